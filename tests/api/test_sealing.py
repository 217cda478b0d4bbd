"""Who would be named as sealing a QBFT chain, and is not: by what the chain's own headers say."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

import pytest

from api.sealing import shown
from ledger.chain.protocol import BlockRef, Chain
from ledger.formats import trustroot_epochs
from ledger.formats.trustroot_epochs import Validators
from tests.worlds.chain import Sealer
from tests.worlds.qbft import QbftWorld, draft, sealers

FIVE = sealers(5)
OLD, NEW, STRANGERS = FIVE[:4], FIVE[1:], sealers(4, "strangers")
CHANGE, HEAD = 12, 30


@dataclass
class Headers:
    """A chain of which nothing but headers is asked: ``OLD`` seal it up to a block, ``NEW`` from it on."""

    change: int = CHANGE
    seals: int = 3
    listed: list[Sealer] | None = None
    off: int = 0
    asked: list[int] = field(default_factory=list)

    def final_head(self) -> BlockRef:
        return BlockRef(HEAD, bytes(32), 0, True)

    def header_rlp(self, number: int) -> bytes:
        self.asked.append(number)
        sealing = OLD if number < self.change else NEW
        listed = sealing if self.listed is None else self.listed
        return draft(listed=listed, number=number + self.off).sealed(sealing[: self.seals]).encode()


def found(
    named: list[Sealer],
    first: int,
    last: int | None = None,
    chain: Headers | None = None,
    before: Sequence[Sealer] = (),
) -> list[str]:
    (epoch,) = trustroot_epochs.read([QbftWorld().trust_document()["epochs"][0]])
    range_ = Validators(first, last, frozenset(one.address for one in named))
    return list(shown(cast(Chain, chain or Headers()), epoch, range_, frozenset(one.address for one in before)))


def test_those_who_do() -> None:
    assert found(OLD, 0, CHANGE - 1) == []
    assert found(NEW, CHANGE) == []
    assert found(NEW, HEAD + 1) == []  # the next block: the newest says who


def test_both_ends_are_asked() -> None:
    chain = Headers()
    found(OLD, 3, CHANGE - 1, chain)
    assert chain.asked == [3, CHANGE - 1]


@pytest.mark.parametrize(
    ("named", "first", "last", "chain", "said"),
    [
        (NEW, HEAD + 2, None, Headers(), "block 32 is to come"),
        (STRANGERS, HEAD + 1, None, Headers(), "about block 30: its validators are 0x"),
        (FIVE, CHANGE, None, Headers(), "about block 12: its validators are 0x"),  # one who does not seal
        (NEW[:3], CHANGE, None, Headers(), "about block 12: its validators are 0x"),  # one who does is left out
        (NEW, CHANGE - 1, None, Headers(), "about block 11: its validators are 0x"),
        (OLD, 1, CHANGE, Headers(), "about block 12: its validators are 0x"),
        (NEW, CHANGE, None, Headers(seals=2), "sealed by 2 of the 4 validators"),
        (STRANGERS, CHANGE, None, Headers(listed=STRANGERS), "sealed by 0 of the 4 validators"),  # a header may lie
        (STRANGERS, CHANGE, None, Headers(listed=[]), "sealed by 0 of the 4 validators"),  # a contract names them
        (NEW, CHANGE + 1, None, Headers(off=1), "another header"),
    ],
)
def test_those_who_do_not(named: list[Sealer], first: int, last: int | None, chain: Headers, said: str) -> None:
    told = found(named, first, last, chain)
    assert told and said in told[0]


def test_those_who_are_believed_already_may_have_been_joined_by_others() -> None:
    joined = Headers(listed=FIVE)
    assert found(NEW, HEAD + 1, None, joined, before=NEW) == []
    assert found(NEW, HEAD + 1, None, joined) != []
    assert found(STRANGERS, HEAD + 1, None, joined, before=STRANGERS) != []
