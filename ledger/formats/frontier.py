"""A log's tree from its right edge alone: what a witness needs to keep to compute every later root by itself.

The edge of a tree of n leaves is one hash for each bit of n that is set, of complete subtrees from the largest, at the
left, to the smallest: RFC 9162 §2.1.1 splits the tree so. At most 48 hashes, whatever the log's size. Whoever computes
a later root on top of an edge has shown that the older tree is a prefix of the newer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.formats import merkle
from ledger.formats.errors import FormatError
from ledger.formats.merkle import EMPTY_ROOT, HASH_SIZE


@dataclass(frozen=True, slots=True)
class Frontier:
    """The edge of a tree of ``size`` leaves; ``hashes`` of 32 bytes, of the largest subtree first.

    Raises FormatError ``tree.malformed`` where the number of hashes is not that of the size's bits.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        fits = self.size >= 0 and len(self.hashes) == self.size.bit_count()
        if not fits or any(len(node) != HASH_SIZE for node in self.hashes):
            raise FormatError("tree.malformed", "a tree's edge has one hash for each bit of its size")

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """The edge after these 32-byte leaf hashes."""
        size, hashes = self.size, list(self.hashes)
        for leaf in leaves:
            node, level = leaf, size
            while level & 1:  # a complete subtree of this height stands to the left: both make one
                node = merkle.node_hash(hashes.pop(), node)
                level >>= 1
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """The tree's root."""
        if not self.hashes:
            return EMPTY_ROOT
        *left, root = self.hashes
        for node in reversed(left):
            root = merkle.node_hash(node, root)
        return root

    def encode(self) -> bytes:
        """The hashes, joined; `decode` with the size gives the edge back."""
        return b"".join(self.hashes)


def decode(size: int, data: bytes) -> Frontier:
    """The edge of a tree of ``size`` from its joined hashes; FormatError ``tree.malformed``."""
    return Frontier(size, tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))
