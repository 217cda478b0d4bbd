"""The log's tree: bulk append and inclusion proofs, against one SHA-256 of 65 bytes (an interior node)."""

import hashlib
import os
from collections.abc import Iterator

from bench.harness import Batch, Growth, Row, compare, median_microseconds
from ledger.formats import entry, merkle

NODE = b"\x01" + bytes(64)
PROOFS = 1_000


def raw_hashes(n: int = 20_000) -> Batch:
    """`hashlib.sha256` of 65 bytes, `n` times."""

    def work() -> int:
        sha256 = hashlib.sha256
        for _ in range(n):
            sha256(NODE).digest()
        return n

    return work


def entries(n: int, start: int = 0) -> list[bytes]:
    """`n` encoded entries of one representation each, all different."""
    issuer = hashlib.sha256(b"did:web:example.org:schools:350100").digest()
    made = []
    for i in range(start, start + n):
        salt = hashlib.sha256(i.to_bytes(8)).digest()
        made.append(entry.single("transcript", issuer, entry.Representation.DATA_INTEGRITY, salt, salt))
    return made


def log_append() -> Row:
    """Stored entries' bytes into a tree, in bulk: leaf hashing and tree."""
    some = entries(100_000)

    def work() -> int:
        merkle.Tree().extend_entries(some)
        return len(some)

    return compare("log_append", work, raw_hashes(), limit=3.5)


def tree_of(size: int) -> merkle.Tree:
    """A tree over random leaf hashes: proofs cost the same whatever the leaves are."""
    tree = merkle.Tree()
    for start in range(0, size, 1_000_000):
        tree.extend(os.urandom(32 * min(1_000_000, size - start)))
    return tree


def inclusion(tree: merkle.Tree, n: int = PROOFS) -> Batch:
    """Inclusion proofs of `n` entries spread over a log."""
    size = tree.size
    indices = [(i * 7_368_787) % size for i in range(n)]

    def work() -> int:
        prove = tree.inclusion_proof
        for index in indices:
            prove(index, size)
        return n

    return work


def inclusion_rows() -> Iterator[Row]:
    """`inclusion_proof` at a million, and its growth from 100,000 to ten million."""
    yield compare("inclusion_proof", inclusion(tree_of(1_000_000)), raw_hashes(), limit=25)
    small, large = inclusion(tree_of(100_000)), inclusion(tree_of(10_000_000))
    yield compare("inclusion_growth", large, small, limit=1.5)


def growth() -> Iterator[Growth]:
    """Cost of an entry, a proof and a root from 1,000 to 1,000,000 entries."""
    for size in (1_000, 10_000, 100_000, 1_000_000):
        some, tree = entries(1_000, size), tree_of(size)

        def append(some: list[bytes] = some, tree: merkle.Tree = tree) -> int:
            tree.extend_entries(some)
            return len(some)

        yield Growth("append", size, median_microseconds(append))
        yield Growth("inclusion_proof", size, median_microseconds(inclusion(tree)))
