"""How ``verify --explain`` writes a step down: a name, its hash, and below it every byte that was hashed."""

import hashlib
from collections.abc import Iterator

from ledger.formats.keccak import keccak256


def sha(name: str, *parts: bytes) -> Iterator[str]:
    """One step; the parts of what is hashed are told apart by spaces only in the length that follows the name."""
    joined = b"".join(parts)
    sizes = " + ".join(str(len(part)) for part in parts)
    yield f"   {name} = {hashlib.sha256(joined).hexdigest()}   ({sizes} bytes)"
    yield f"      sha256 {joined.hex()}"


def keccak(name: str, data: bytes) -> Iterator[str]:
    """One step of the chain."""
    yield f"   {name} = {keccak256(data).hex()}"
    yield f"      keccak256 {data.hex()}"


def answer(holds: bool) -> str:
    """Whether something fits."""
    return "yes" if holds else "NO"
