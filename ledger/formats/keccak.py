"""Keccak-256 as Ethereum uses it: the padding from before FIPS 202, so not SHA3-256."""

from Crypto.Hash import keccak as _keccak


def keccak256(data: bytes) -> bytes:
    """The 32-byte Keccak-256 of ``data``."""
    return _keccak.new(digest_bits=256, data=data).digest()
