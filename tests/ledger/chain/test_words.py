"""A contract's words are of the block that was asked for, under whichever consensus it was made."""

from typing import cast

import pytest

from ledger.chain.protocol import BlockRef, Chain
from ledger.chain.words import Words
from ledger.formats.errors import UnavailableError
from ledger.formats.keccak import keccak256
from tests.worlds.qbft import Draft, draft, sealers

FOUR = sealers(4)
ADDRESS = bytes(20)


class Showing:
    """A node that shows one header, whatever is asked."""

    def __init__(self, header: Draft) -> None:
        self._header = header

    def header_rlp(self, number: int) -> bytes:
        return self._header.encode()


def words(header: Draft, digest: bytes, number: int = 7) -> Words:
    return Words(cast(Chain, Showing(header)), ADDRESS, BlockRef(number, digest, 0, True))


@pytest.mark.parametrize("round", [0, 3])
def test_a_block_of_a_consortium_is_another_for_its_seals(round: int) -> None:
    """Its hash is the same with whichever seals, and in whichever round."""
    made = draft(listed=FOUR, number=7, round=round)
    for sealing in (FOUR[:3], FOUR[1:], FOUR):
        words(made.sealed(sealing), made.block_hash())
    with pytest.raises(UnavailableError) as caught:
        words(made.sealed(FOUR), keccak256(made.sealed(FOUR).encode()))
    assert caught.value.code == "anchor.disagreement"


def test_another_block_is_believed() -> None:
    made, other = (draft(listed=FOUR, number=7, timestamp=at).sealed(FOUR) for at in (1_780_000_000, 1_780_000_001))
    with pytest.raises(UnavailableError) as caught:
        words(other, made.block_hash())
    assert caught.value.code == "anchor.disagreement"
    with pytest.raises(UnavailableError) as caught:
        words(made, made.block_hash(), number=8)
    assert caught.value.code == "anchor.disagreement"
