"""Proposing other validators by what a QBFT chain's own headers say, without a node."""

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api import proposing
from api.proposing import Wish
from ledger.chain.protocol import BlockRef, Chain
from ledger.formats import trustroot
from ledger.formats.errors import ConfigError
from ledger.formats.trustroot_epochs import Epoch
from tests.worlds.chain import Sealer
from tests.worlds.qbft import QbftWorld, draft, sealers

FIVE = sealers(5)
OLD, NEW = FIVE[:4], FIVE[1:]
CHANGE, HEAD = 12, 30


@dataclass
class Headers:
    """A chain of which nothing but headers is asked: ``by_default`` says who is listed and who seals."""

    change: int = CHANGE
    seals: int = 3

    def final_head(self) -> BlockRef:
        return BlockRef(HEAD, bytes(32), 0, True)

    def header_rlp(self, number: int) -> bytes:
        listed = OLD if number < self.change else NEW
        return draft(listed=listed, number=number).sealed(listed[: self.seals]).encode()


def proposed(wanted: list[Sealer], chain: Headers | None = None, **wish: Any) -> list[tuple[int, int | None]]:
    document = QbftWorld().trust_document()["epochs"][0]
    document["validators"] = [{"from": 0, "to": None, "addresses": [f"0x{one.address.hex()}" for one in OLD]}]
    epoch = _epoch(document)
    whole = Wish(datetime(2036, 1, 1, tzinfo=UTC), tuple(one.address for one in wanted), **wish)
    proposing._change_validators(cast(Chain, chain or Headers()), epoch, document, whole)
    changed = _epoch(document)
    assert changed.validators[-1].addresses == {one.address for one in wanted}
    return [(one.first, one.last) for one in changed.validators]


def _epoch(document: dict[str, Any]) -> Epoch:
    from ledger.formats import trustroot_epochs

    return trustroot_epochs.read([document])[0]


def test_the_first_block_that_lists_them_is_found() -> None:
    assert proposed(NEW) == [(0, CHANGE - 1), (CHANGE, None)]


@pytest.mark.parametrize("change", [1, 2, 15, 29, 30])
def test_wherever_it_is(change: int) -> None:
    assert proposed(NEW, Headers(change)) == [(0, change - 1), (change, None)]


def test_a_block_that_is_to_come() -> None:
    assert proposed(NEW, first=HEAD + 5) == [(0, HEAD + 4), (HEAD + 5, None)]


@pytest.mark.parametrize(
    ("wanted", "chain", "wish"),
    [
        (sealers(4, "strangers"), Headers(), {}),  # nobody lists them
        (NEW, Headers(change=HEAD + 1), {}),  # not yet
        (NEW, Headers(seals=2), {}),  # no quorum sealed the block
        (sealers(4, "strangers"), Headers(), {"first": CHANGE}),
        (NEW, Headers(), {"first": 0}),
    ],
)
def test_what_the_chain_says_otherwise(wanted: list[Sealer], chain: Headers, wish: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"trust\.validators"):
        proposed(wanted, chain, **wish)


@pytest.mark.parametrize(("count", "assurance"), [(3, "single-sealer"), (4, "consortium")])
def test_what_may_be_said_of_them(count: int, assurance: str) -> None:
    document = QbftWorld().trust_document()["epochs"][0]
    document["validators"][0]["addresses"] = [f"0x{one.address.hex()}" for one in FIVE[:count]]
    assert proposing._assurance([_epoch(document)]) == assurance
    clique = QbftWorld().trust_document(consensus="clique", assurance=trustroot.SINGLE_SEALER)["epochs"][0]
    assert proposing._assurance([_epoch(clique), _epoch(document)]) == "single-sealer"  # the sealer goes on beside


@pytest.mark.parametrize("threshold", [0, 1])
def test_a_threshold_that_nobody_could_adopt(threshold: int) -> None:
    deployment: Any = SimpleNamespace(trust_root=SimpleNamespace(threshold=2))
    with pytest.raises(ConfigError, match=r"trust\.threshold"):
        proposing.propose(deployment, Wish(datetime(2036, 1, 1, tzinfo=UTC), threshold=threshold))
