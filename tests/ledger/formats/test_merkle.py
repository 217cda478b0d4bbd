"""The tree at every small size against the naive one: roots, proofs, hashes, and what lies outside."""

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import merkle
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.merkle import EMPTY_ROOT, Tree, leaf_hash, verify_consistency, verify_inclusion
from tests.ledger.formats.naive_merkle import ENTRIES, LEAVES, SIZES, naive_consistency, naive_path, naive_root


@pytest.fixture(params=[16, 0, 1, 3])
def tree(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A tree of all sizes, its paths shared from the usual level on or from a low one, which small trees reach."""
    monkeypatch.setattr(merkle, "_SHARED_LEVEL", request.param)
    grown = Tree()
    grown.extend_entries(ENTRIES)
    return grown


def test_roots_of_every_size_equal_the_naive_ones(tree: Tree) -> None:
    assert [tree.root(size) for size in range(SIZES + 1)] == [naive_root(LEAVES[:size]) for size in range(SIZES + 1)]
    assert tree.root() == naive_root(LEAVES)
    assert tree.root(0) == Tree().root() == EMPTY_ROOT


def test_inclusion_proofs_of_every_size_equal_the_naive_ones_and_verify(tree: Tree) -> None:
    for size in range(1, SIZES + 1):
        for index in range(size):
            path = tree.inclusion_proof(index, size)
            assert path == naive_path(index, LEAVES[:size])
            verify_inclusion(LEAVES[index], index, size, path, tree.root(size))


def test_consistency_proofs_of_every_size_equal_the_naive_ones_and_verify(tree: Tree) -> None:
    for new in range(1, SIZES + 1):
        for old in range(1, new + 1):
            proof = tree.consistency_proof(old, new)
            assert proof == naive_consistency(old, LEAVES[:new])
            verify_consistency(old, tree.root(old), new, tree.root(new), proof)


def test_kept_paths_never_leak_from_one_size_to_another(tree: Tree) -> None:
    chance = random.Random(7)
    for _ in range(500):
        size = chance.randrange(1, SIZES + 1)
        index = chance.randrange(size)
        assert tree.inclusion_proof(index, size) == naive_path(index, LEAVES[:size])
        path = tree.inclusion_proof(index, size)
        path.clear()  # what a caller does to its proof changes no other's


@given(st.lists(st.integers(0, 20), max_size=8), st.booleans())
def test_growing_in_any_steps_gives_one_tree(steps: list[int], joined: bool) -> None:
    tree, whole = Tree(), [leaf_hash(bytes([number])) for number in range(sum(steps))]
    ends = [0]
    for step in steps:
        ends.append(ends[-1] + step)
    for start, end in pairwise(ends):
        part = whole[start:end]
        tree.extend(b"".join(part) if joined else part)
        assert tree.root() == naive_root(whole[:end])
    assert tree.size == len(whole)
    assert Tree(b"".join(whole)).root() == tree.root()


def test_appending_one_by_one_gives_the_same_tree() -> None:
    tree = Tree()
    for size, leaf in enumerate(LEAVES):
        tree.append(leaf)
        assert tree.root() == naive_root(LEAVES[: size + 1])
        assert tree.inclusion_proof(0, size + 1) == naive_path(0, LEAVES[: size + 1])


def test_known_answers_of_rfc6962() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    tree = Tree()
    tree.extend_entries([bytes.fromhex(data) for data in inputs])
    assert tree.root(1).hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert tree.root(8).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def test_hashes_are_those_of_complete_subtrees(tree: Tree) -> None:
    for level in range(8):
        nodes = [naive_root(LEAVES[i << level : i + 1 << level]) for i in range(SIZES >> level)]
        assert tree.hashes(level, 0, len(nodes)) == b"".join(nodes)
        assert tree.hashes(level, len(nodes), len(nodes)) == b""
        with pytest.raises(NotFoundError):
            tree.hashes(level, 0, len(nodes) + 1)
    assert tree.hashes(99, 0, 0) == b""


@pytest.mark.parametrize(("level", "start", "end"), [(-1, 0, 1), (0, -1, 1), (0, 2, 1), (0, 0, SIZES + 1), (7, 0, 1)])
def test_refused_hashes_of_incomplete_subtrees(tree: Tree, level: int, start: int, end: int) -> None:
    with pytest.raises(NotFoundError):
        tree.hashes(level, start, end)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (6, 5), (0, 0), (0, -1), (0, SIZES + 1), (SIZES, SIZES)])
def test_refused_a_proof_outside_the_tree(tree: Tree, index: int, size: int) -> None:
    with pytest.raises(NotFoundError) as caught:
        tree.inclusion_proof(index, size)
    assert caught.value.code == "tree.out_of_range"


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 5), (-1, 5), (6, 5), (1, SIZES + 1), (1, -1)])
def test_refused_a_consistency_proof_outside_the_tree(tree: Tree, old: int, new: int) -> None:
    with pytest.raises(NotFoundError):
        tree.consistency_proof(old, new)


@pytest.mark.parametrize("size", [-1, SIZES + 1])
def test_refused_a_root_outside_the_tree(tree: Tree, size: int) -> None:
    with pytest.raises(NotFoundError):
        tree.root(size)


@pytest.mark.parametrize("leaves", [b"\0" * 31, b"\0" * 33, [b"\0" * 31], [b"\0" * 31, b"\0" * 33], [LEAVES[0], b""]])
def test_refused_leaf_hashes_of_another_length_and_nothing_grown(leaves: Any) -> None:
    tree = Tree(b"".join(LEAVES[:5]))
    with pytest.raises(FormatError):
        tree.extend(leaves)
    assert tree.size == 5
    assert tree.root() == naive_root(LEAVES[:5])
