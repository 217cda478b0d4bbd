"""RFC 9162 §2.1 word by word, slow and without cleverness: the reference that the contract is held against."""

import hashlib
from collections.abc import Sequence


def tree_hash(leaves: Sequence[bytes]) -> bytes:
    """MTH (§2.1.1) of leaf hashes; at least one."""
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return node_hash(tree_hash(leaves[:split]), tree_hash(leaves[split:]))


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def consistency(first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF (§2.1.4.1) from the first ``first`` leaves to all of them."""
    return _subproof(first, leaves, True)


def _subproof(first: int, leaves: Sequence[bytes], complete: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if complete else [tree_hash(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(first, leaves[:split], complete), tree_hash(leaves[split:])]
    return [*_subproof(first - split, leaves[split:], False), tree_hash(leaves[:split])]


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
