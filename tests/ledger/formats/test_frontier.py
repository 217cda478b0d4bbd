"""The right edge of a tree, and roots from tiles, against the tree itself."""

from hashlib import sha256

import pytest

from ledger.formats import frontier, tiletree
from ledger.formats.errors import FormatError
from ledger.formats.frontier import Frontier
from ledger.formats.merkle import HASH_SIZE, Tree, verify_consistency
from ledger.formats.tiles import TilePath

LEAVES = [sha256(number.to_bytes(4, "big")).digest() for number in range(70_000)]
TREE = Tree(b"".join(LEAVES))
SIZES = (1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 1000, 65_535, 65_536, 65_537, 66_000, 70_000)


def tile(path: TilePath) -> bytes:
    assert path.level is not None
    start = path.index * 256
    return TREE.hashes(8 * path.level, start, start + path.width)


def test_roots_of_the_edge_are_those_of_the_tree() -> None:
    assert Frontier().root == TREE.root(0)
    edge = Frontier()
    for size in SIZES:
        edge = edge.extended(LEAVES[edge.size : size])
        assert (edge.size, edge.root) == (size, TREE.root(size))
        assert frontier.decode(size, edge.encode()) == edge


def test_one_leaf_of_another_history_gives_another_root() -> None:
    edge = Frontier().extended(LEAVES[:256])
    other = Frontier().extended([*LEAVES[:100], LEAVES[0], *LEAVES[101:256]])
    for size in (257, 300, 512):
        assert edge.extended(LEAVES[256:size]).root == TREE.root(size)
        assert other.extended(LEAVES[256:size]).root != TREE.root(size)
    assert edge.extended([LEAVES[257], LEAVES[256]]).root != TREE.root(258)


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(-1, ()), (1, ()), (0, (bytes(32),)), (3, (bytes(32),)), (1, (bytes(31),)), (2, (bytes(32), bytes(32)))],
)
def test_an_edge_that_no_tree_has(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(FormatError, match=r"tree.malformed"):
        Frontier(size, hashes)


def test_an_edge_cut_short() -> None:
    edge = Frontier().extended(LEAVES[:7])
    for data in (edge.encode()[:-1], edge.encode()[:-32], edge.encode() + bytes(32)):
        with pytest.raises(FormatError, match=r"tree.malformed"):
            frontier.decode(7, data)


@pytest.mark.parametrize("within", [257, 65_537, 70_000])
def test_roots_from_tiles_are_those_of_the_tree(within: int) -> None:
    for size in (0, *(size for size in SIZES if size <= within)):
        assert tiletree.root(size, within, tile) == TREE.root(size)


def test_a_tile_with_another_hash_gives_another_root() -> None:
    def forged(path: TilePath) -> bytes:
        return tile(path)[:-HASH_SIZE] + bytes(32)

    assert tiletree.root(70_000, 70_000, forged) != TREE.root(70_000)


@pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: data + bytes(32), lambda _: b""])
def test_a_tile_of_another_length(change) -> None:
    with pytest.raises(FormatError, match=r"tile.malformed"):
        tiletree.root(300, 300, lambda path: change(tile(path)))


@pytest.mark.parametrize(("size", "within"), [(301, 300), (-1, 300)])
def test_a_tree_that_is_not_within_the_other(size: int, within: int) -> None:
    with pytest.raises(FormatError, match=r"tile.malformed"):
        tiletree.root(size, within, tile)


@pytest.mark.parametrize("new", [2, 257, 66_000, 70_000])
def test_proofs_from_tiles_are_those_of_the_tree(new: int) -> None:
    for old in (size for size in (*SIZES, 130, 65_280) if size < new):
        proof = tiletree.consistency(old, new, tile)
        assert proof == TREE.consistency_proof(old, new)
        verify_consistency(old, TREE.root(old), new, TREE.root(new), proof)


@pytest.mark.parametrize(("old", "new"), [(0, 300), (300, 300), (301, 300)])
def test_a_proof_between_sizes_out_of_order(old: int, new: int) -> None:
    with pytest.raises(FormatError, match=r"tile.malformed"):
        tiletree.consistency(old, new, tile)
