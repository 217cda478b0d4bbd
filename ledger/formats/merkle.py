"""The log's Merkle tree: RFC 6962 hashing, RFC 9162 proofs.

A leaf is SHA-256(00 ‖ entry), an interior node SHA-256(01 ‖ left ‖ right); a tree of n leaves is split at the largest
power of two below n. Hashes are 32 bytes, sizes and indices count leaves. ``Tree`` makes proofs; the functions below
it check them, knowing nothing but their arguments, and demand proofs of exactly the right length.
"""

from collections.abc import Sequence
from hashlib import sha256
from struct import Struct

from ledger.formats import rows
from ledger.formats.errors import FormatError, NotFoundError, ProofError

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()
_HASH_SIZES = frozenset({HASH_SIZE})

# From this level on, paths are kept: 65,536 neighbours share one. So a proof's time hardly grows with the log.
_SHARED_LEVEL = 16
_hash_at = Struct("32s").unpack_from
_pairs_of = Struct("64s").iter_unpack


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf (RFC 9162 §2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an interior node over two 32-byte hashes (RFC 9162 §2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """An append-only tree in memory: one flat row of bytes a level, holding the complete subtrees only.

    64 bytes a leaf. Every size up to ``size`` can be asked about. One thread may append while no other reads.
    """

    __slots__ = ("_edge", "_levels", "_shared", "_size")

    def __init__(self, leaf_hashes: bytes = b"") -> None:
        self._levels: list[rows.Row] = [bytearray()]
        self._size = 0
        # What was computed for the size asked last, with that size: many proofs are made from one checkpoint.
        self._edge: tuple[int, list[bytes]] = (0, [b""])
        self._shared: tuple[int, dict[int, list[bytes]]] = (0, {})
        self.extend(leaf_hashes)

    @property
    def size(self) -> int:
        """How many leaves there are."""
        return self._size

    def append(self, leaf: bytes) -> None:
        """Append one 32-byte leaf hash."""
        self.extend([leaf])

    def extend_entries(self, entries: Sequence[bytes]) -> None:
        """Append many entries, hashing each as a leaf."""
        self._grow(b"".join([sha256(b"\0" + entry).digest() for entry in entries]))

    def extend(self, leaf_hashes: bytes | Sequence[bytes]) -> None:
        """Append many leaf hashes of 32 bytes, joined or as a list; raises FormatError ``tree.malformed``."""
        if not isinstance(leaf_hashes, bytes):
            if any(len(leaf) != HASH_SIZE for leaf in leaf_hashes):
                raise FormatError("tree.malformed", "a leaf hash has 32 bytes")
            leaf_hashes = b"".join(leaf_hashes)
        if len(leaf_hashes) % HASH_SIZE:
            raise FormatError("tree.malformed", "leaf hashes have 32 bytes each")
        self._grow(leaf_hashes)

    def _grow(self, new: bytes) -> None:
        level, before = 0, self._size
        self._size += len(new) // HASH_SIZE
        while new:
            if level == len(self._levels):
                self._levels.append(bytearray())
            end = (before >> level) * HASH_SIZE
            row = self._levels[level] = rows.extended(self._levels[level], end, new)
            start = end & -64  # where the pairs begin that now become complete
            pairs = bytes(row[start : (end + len(new)) & -64])
            new = b"".join([sha256(b"\1" + pair).digest() for (pair,) in _pairs_of(pairs)])
            level += 1

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """Return the joined hashes of the complete subtrees of 2**level leaves from number ``start`` up to ``end``.

        This is what tiles are cut from. Raises NotFoundError ``tree.out_of_range`` where one is not complete.
        """
        if level < 0 or not 0 <= start <= end <= self.size >> level:
            raise NotFoundError("tree.out_of_range", "no such complete subtrees")
        return bytes(self._levels[level][start * HASH_SIZE : end * HASH_SIZE]) if start < end else b""

    def root(self, size: int | None = None) -> bytes:
        """Return the root of the first ``size`` leaves (all where None); raises NotFoundError ``tree.out_of_range``."""
        size = self._check_size(self.size if size is None else size)
        if size == 0:
            return EMPTY_ROOT
        height = (size - 1).bit_length()
        return self._ragged_edge(size)[height] or self.hashes(height, 0, 1)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """Return the path of leaf ``index`` in the tree of ``size``, leaf to root (RFC 9162 §2.1.3.1).

        Raises NotFoundError ``tree.out_of_range`` unless 0 <= index < size <= ``self.size``.
        """
        if not 0 <= index < self._check_size(size):
            raise NotFoundError("tree.out_of_range", "no such leaf in a tree of this size")
        block = index >> _SHARED_LEVEL
        if (block + 1) << _SHARED_LEVEL > size:
            return self._path(index, 0, size)
        proof: list[bytes] = []
        for row in self._levels[:_SHARED_LEVEL]:  # inside a complete block every sibling is complete
            proof += _hash_at(row, (index ^ 1) * HASH_SIZE)
            index >>= 1
        return proof + self._shared_path(block, size)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the tree of ``old`` is a prefix of that of ``new`` (RFC 9162 §2.1.4.1).

        Raises NotFoundError ``tree.out_of_range`` unless 0 < old <= new <= ``self.size``.
        """
        if not 0 < old <= self._check_size(new):
            raise NotFoundError("tree.out_of_range", "no such pair of sizes")
        if old == new:
            return []
        level = (old & -old).bit_length() - 1  # the last complete subtree of the old tree starts the proof
        node = (old - 1) >> level
        known = old == 1 << level  # then that subtree is the old tree, whose root the verifier has
        return ([] if known else [self.hashes(level, node, node + 1)]) + self._path(node, level, new)

    def _check_size(self, size: int) -> int:
        if not 0 <= size <= self.size:
            raise NotFoundError("tree.out_of_range", "no tree of this size yet")
        return size

    def _shared_path(self, block: int, size: int) -> list[bytes]:
        known, paths = self._shared
        if known != size:
            paths = {}
            self._shared = (size, paths)
        path = paths.get(block)
        if path is None:
            path = paths[block] = self._path(block, _SHARED_LEVEL, size)
        return path

    def _path(self, node: int, level: int, size: int) -> list[bytes]:
        """Siblings from subtree ``node`` of ``level`` up to the root of the tree of ``size``."""
        edge = self._ragged_edge(size)
        path: list[bytes] = []
        last = (size - 1) >> level
        while last:
            sibling, complete = node ^ 1, size >> level
            if sibling < complete:
                path += _hash_at(self._levels[level], sibling * HASH_SIZE)
            elif sibling == last:
                path.append(edge[level])
            node, last, level = node >> 1, last >> 1, level + 1
        return path

    def _ragged_edge(self, size: int) -> list[bytes]:
        """For each level the hash of the incomplete subtree at the right edge, empty where there is none."""
        known, edge = self._edge
        if known == size:
            return edge
        ragged = b""
        edge = [b""]
        for level in range(size.bit_length()):
            if size >> level & 1:
                node = (size >> level) - 1
                left = self.hashes(level, node, node + 1)
                ragged = node_hash(left, ragged) if ragged else left
            edge.append(ragged)
        self._edge = (size, edge)
        return edge


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """Return the root that ``path`` leads to from the leaf hash ``leaf`` at ``index`` (RFC 9162 §2.1.3.2).

    Raises ProofError ``inclusion.mismatch`` where index, size, hash lengths or the number of hashes cannot be right.
    """
    if not 0 <= index < size:
        raise ProofError("inclusion.mismatch", "the index is outside the tree")
    inner = (index ^ (size - 1)).bit_length()  # below it both children are there; above it only left siblings remain
    if len(path) != inner + (index >> inner).bit_count():
        raise ProofError("inclusion.mismatch", "the proof has another length than this index and size need")
    if len(leaf) != HASH_SIZE or not {*map(len, path)} <= _HASH_SIZES:
        raise ProofError("inclusion.mismatch", "a hash has 32 bytes")
    root = leaf
    for sibling in path[:inner]:
        pair = b"\1" + sibling + root if index & 1 else b"\1" + root + sibling
        root = sha256(pair).digest()
        index >>= 1
    for sibling in path[inner:]:
        root = sha256(b"\1" + sibling + root).digest()
    return root


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash ``leaf`` is at ``index`` of the tree (``size``, ``root``).

    Raises ProofError ``inclusion.mismatch``.
    """
    if root_from_inclusion(leaf, index, size, path) != root:
        raise ProofError("inclusion.mismatch", "the proof leads to another root")


def verify_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (size1, root1) is a prefix of (size2, root2) (RFC 9162 §2.1.4.2).

    The empty tree is a prefix of everything and so proves nothing: ``size1`` 0 is refused.
    Raises ProofError ``consistency.mismatch``.
    """
    if not 0 < size1 <= size2:
        raise ProofError("consistency.mismatch", "the sizes are not in order, or the older tree is empty")
    if size1 == size2:
        if proof or root1 != root2:
            raise ProofError("consistency.mismatch", "equal sizes need equal roots and no proof")
        return
    level = (size1 & -size1).bit_length() - 1
    node = (size1 - 1) >> level
    inner = (node ^ ((size2 - 1) >> level)).bit_length()
    seed = [root1] if size1 == 1 << level else []
    path = [*seed, *proof]
    if len(path) != 1 + inner + (node >> inner).bit_count():
        raise ProofError("consistency.mismatch", "the proof has another length than these sizes need")
    if any(len(step) != HASH_SIZE for step in path):
        raise ProofError("consistency.mismatch", "a hash has 32 bytes")
    if _roots_from_consistency(node, inner, path) != (root1, root2):
        raise ProofError("consistency.mismatch", "the proof leads to other roots")


def _roots_from_consistency(node: int, inner: int, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of the older and newer tree, from the last complete subtree of the older (the first of ``path``) up."""
    old = new = path[0]
    for sibling in path[1 : inner + 1]:
        if node & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:
            new = node_hash(new, sibling)
        node >>= 1
    for sibling in path[inner + 1 :]:
        old, new = node_hash(sibling, old), node_hash(sibling, new)
    return old, new
