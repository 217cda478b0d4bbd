"""A tree large enough for kept paths and ragged blocks, against the naive one."""

import random
from functools import cache
from hashlib import sha256

import pytest

from ledger.formats.merkle import Tree, verify_consistency
from tests.ledger.formats.naive_merkle import split

LARGE_LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(2 * 65536 + 777)]


@cache
def range_root(start: int, end: int) -> bytes:
    """The naive root of some of the large tree's leaves; kept, since every size shares most of them."""
    if end - start == 1:
        return LARGE_LEAVES[start]
    middle = start + split(end - start)
    return sha256(b"\1" + range_root(start, middle) + range_root(middle, end)).digest()


def range_path(index: int, size: int) -> list[bytes]:
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(middle, end))
            end = middle
        else:
            path.append(range_root(start, middle))
            start = middle
    return path[::-1]


@pytest.fixture(scope="module")
def large_tree() -> Tree:
    """Large enough for kept paths and a ragged block beside them; grown in uneven steps."""
    chance, tree = random.Random(1), Tree()
    while tree.size < len(LARGE_LEAVES):
        step = chance.choice([1, 2, 3, 200, 255, 256, 257, 512, 1_000, 30_000, 70_000])
        tree.extend(b"".join(LARGE_LEAVES[tree.size : tree.size + step]))
    return tree


EDGES = [1, 2, 255, 256, 257, 511, 512, 513, 768, 4096, 65_280, 65_535, 65_536, 65_537, 65_792, 66_000, 131_071]
LARGE_SIZES = [*EDGES, 131_072, 131_073, 131_328, 131_500, len(LARGE_LEAVES)]


def test_proofs_of_a_large_tree_equal_the_naive_ones(large_tree: Tree) -> None:
    chance = random.Random(2)
    for size in chance.sample(LARGE_SIZES * 2, k=2 * len(LARGE_SIZES)):
        assert large_tree.root(size) == range_root(0, size)
        around = [edge + by for edge in (0, *EDGES, size) for by in (-2, -1, 0, 1)]
        for index in [*around, *(chance.randrange(size) for _ in range(50))]:
            if 0 <= index < size:
                path = large_tree.inclusion_proof(index, size)
                assert path == range_path(index, size), (index, size)
                path.clear()  # what a caller does to its proof changes no other's
        for old in LARGE_SIZES:
            if old <= size:
                proof = large_tree.consistency_proof(old, size)
                verify_consistency(old, range_root(0, old), size, range_root(0, size), proof)


def test_hashes_of_a_large_tree_equal_the_naive_ones(large_tree: Tree) -> None:
    for level in range(18):
        count = len(LARGE_LEAVES) >> level
        nodes = [range_root(i << level, i + 1 << level) for i in range(count)]
        for start, end in [(0, count), (count // 2, count), (count - 1, count), (count // 3, count // 2)]:
            assert large_tree.hashes(level, start, end) == b"".join(nodes[start:end])
