"""Keccak-256 against published digests."""

import hashlib

from eth_hash.auto import keccak as oracle
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats.keccak import keccak256


def test_empty_and_abc() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak256(b"abc").hex() == "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"


def test_is_not_sha3() -> None:
    assert keccak256(b"abc") != hashlib.sha3_256(b"abc").digest()


@given(st.binary(max_size=300))
def test_agrees_with_the_oracle(data: bytes) -> None:
    assert keccak256(data) == oracle(data)
