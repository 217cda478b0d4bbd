import json
import random
from base64 import b64decode
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import merkle
from ledger.formats.errors import FormatError, NotFoundError, ProofError
from ledger.formats.merkle import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)

SIZES = 70
ENTRIES = [b"entry %d" % number * (number % 5) for number in range(SIZES)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def split(n: int) -> int:
    """The largest power of two below n."""
    return 1 << (n - 1).bit_length() - 1


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 9162 §2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_consistency(m: int, leaves: list[bytes], known: bool = True) -> list[bytes]:
    """RFC 9162 §2.1.4.1, SUBPROOF."""
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*naive_consistency(m, leaves[:k], known), naive_root(leaves[k:])]
    return [*naive_consistency(m - k, leaves[k:], False), naive_root(leaves[:k])]


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


def vector_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json"))


def test_published_inclusion_vectors(shared_vectors: Path) -> None:
    outcomes = []
    for file in vector_files(shared_vectors / "merkle" / "inclusion"):
        case = json.loads(file.read_text())
        path = [b64decode(step) for step in case["proof"] or []]
        leaf, root = b64decode(case["leafHash"]), b64decode(case["root"])
        refused = inclusion_refused(leaf, case["leafIdx"], case["treeSize"], path, root)
        assert refused == case["wantErr"], file
        outcomes.append(refused)
    assert outcomes.count(False) >= 2
    assert outcomes.count(True) >= 40


def test_published_consistency_vectors(shared_vectors: Path) -> None:
    outcomes = []
    for file in vector_files(shared_vectors / "merkle" / "consistency"):
        case = json.loads(file.read_text())
        proof = [b64decode(step) for step in case["proof"] or []]
        root1, root2 = b64decode(case["root1"]), b64decode(case["root2"])
        refused = consistency_refused(case["size1"], root1, case["size2"], root2, proof)
        assert refused == case["wantErr"], file
        outcomes.append(refused)
    assert outcomes.count(False) >= 2
    assert outcomes.count(True) >= 40


def inclusion_refused(*arguments: Any) -> bool:
    try:
        verify_inclusion(*arguments)
    except ProofError as error:
        assert error.code == "inclusion.mismatch"
        return True
    return False


def consistency_refused(*arguments: Any) -> bool:
    try:
        verify_consistency(*arguments)
    except ProofError as error:
        assert error.code == "consistency.mismatch"
        return True
    return False


TREE = Tree(b"".join(LEAVES))


def altered(steps: list[bytes]) -> list[list[bytes]]:
    """Every way to spoil a list of hashes: one bit, one left out, one more, two swapped, one cut or stretched."""
    spoiled = []
    for i, step in enumerate(steps):
        spoiled.append([*steps[:i], bytes([step[0] ^ 1]) + step[1:], *steps[i + 1 :]])
        spoiled.append([*steps[:i], step[:-1] + bytes([step[-1] ^ 0x80]), *steps[i + 1 :]])
        spoiled.append(steps[:i] + steps[i + 1 :])
        spoiled.append([*steps[:i], step[:-1], *steps[i + 1 :]])
        spoiled.append([*steps[:i], step + b"\0", *steps[i + 1 :]])
        spoiled.append([*steps[:i], b"", *steps[i:]])
        if i:
            spoiled.append([*steps[: i - 1], step, steps[i - 1], *steps[i + 1 :]])
    for extra in (b"", b"\0" * 32, LEAVES[0], TREE.root()):
        spoiled += [[*steps, extra], [extra, *steps]]
    return spoiled


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9, 31, 33, SIZES])
def test_refused_every_altered_inclusion_proof(size: int) -> None:
    root = TREE.root(size)
    for index in range(size):
        path, leaf = TREE.inclusion_proof(index, size), LEAVES[index]
        assert all(inclusion_refused(leaf, index, size, bad, root) for bad in altered(path))
        assert all(inclusion_refused(leaf, other, size, path, root) for other in range(-1, size + 2) if other != index)
        assert all(inclusion_refused(other, index, size, path, root) for other in (b"", LEAVES[index - 1], EMPTY_ROOT))
        assert inclusion_refused(leaf, index, size, path, EMPTY_ROOT)
        assert inclusion_refused(leaf, index, size, path, b"")
        assert inclusion_refused(leaf, index, -size, path, root)
        assert inclusion_refused(leaf, index, 0, path, root)


@pytest.mark.parametrize(("old", "new"), [(1, 2), (2, 3), (3, 4), (4, 7), (6, 8), (7, 8), (8, 9), (5, 33), (64, 70)])
def test_refused_every_altered_consistency_proof(old: int, new: int) -> None:
    proof, root1, root2 = TREE.consistency_proof(old, new), TREE.root(old), TREE.root(new)
    assert not consistency_refused(old, root1, new, root2, proof)
    assert all(consistency_refused(old, root1, new, root2, bad) for bad in altered(proof))
    for wrong in (b"", EMPTY_ROOT, LEAVES[-1], root1[:-1], root1 + b"\0"):
        assert consistency_refused(old, wrong, new, root2, proof)
        assert consistency_refused(old, root1, new, wrong, proof)
    assert consistency_refused(old, root2, new, root1, proof)
    assert consistency_refused(new, root2, old, root1, proof)
    assert consistency_refused(0, EMPTY_ROOT, new, root2, [])
    assert consistency_refused(0, root1, new, root2, proof)
    assert consistency_refused(-old, root1, new, root2, proof)
    assert consistency_refused(old, root1, old, root1, proof)
    assert consistency_refused(old, root1, new, root1, [])


@pytest.mark.parametrize("size", [1, 2, 5, 8, 70])
def test_refused_equal_sizes_with_another_root_or_a_proof(size: int) -> None:
    root = TREE.root(size)
    assert not consistency_refused(size, root, size, root, [])
    assert consistency_refused(size, root, size, EMPTY_ROOT, [])
    assert consistency_refused(size, root, size, root, [root])


def test_refused_an_interior_node_as_a_leaf() -> None:
    inner = node_hash(LEAVES[0], LEAVES[1])
    path = TREE.inclusion_proof(0, 4)
    assert root_from_inclusion(inner, 0, 2, path[1:]) == TREE.root(4)  # the shape alone does not tell them apart
    assert inclusion_refused(leaf_hash(LEAVES[0] + LEAVES[1]), 0, 2, path[1:], TREE.root(4))  # the 00 and 01 do
    assert inclusion_refused(inner, 0, 4, path[1:], TREE.root(4))


def test_an_index_of_another_parity_or_a_size_of_another_height_is_told_apart() -> None:
    path = TREE.inclusion_proof(5, 8)
    assert inclusion_refused(LEAVES[5], 5 + 8, 8, path, TREE.root(8))
    assert inclusion_refused(LEAVES[5], 5 + 8, 16, path, TREE.root(8))
    assert inclusion_refused(LEAVES[5], 5, 16, path, TREE.root(8))
    assert inclusion_refused(LEAVES[5], 5, 4, path, TREE.root(8))


H = [sha256(bytes([number])).digest() for number in range(6)]


@pytest.mark.parametrize(
    ("leaf", "index", "size", "path"),
    [
        (H[0], 0, 1, [H[1]]),  # one hash more than the shape has
        (H[0], 1, 2, [H[1], H[2]]),
        (H[0], 0, 2, []),
        (H[0], 2, 3, [H[1], H[2]]),
        (H[0], -1, 1, [H[1], H[2]]),
        (H[0], -2, 3, [H[1], H[2]]),
        (H[0], 0, 2, [H[1] + b"\0"]),
        (H[0], 0, 2, [H[1][:31]]),
        (H[0][:31], 0, 2, [H[1]]),
        (b"", 0, 1, []),
    ],
)
def test_refused_a_proof_of_a_wrong_shape_whatever_root_it_leads_to(
    leaf: bytes, index: int, size: int, path: list[bytes]
) -> None:
    with pytest.raises(ProofError) as caught:
        root_from_inclusion(leaf, index, size, path)
    assert caught.value.code == "inclusion.mismatch"


@pytest.mark.parametrize("spoil", [lambda p: [*p, H[5]], lambda p: [p[0], p[1][:31], *p[2:]], lambda p: [H[5], *p]])
def test_refused_a_consistency_proof_of_a_wrong_shape_between_the_roots_it_leads_to(spoil: Any) -> None:
    node, inner = 2, 1  # sizes 3 to 4
    good = H[:3]
    roots = merkle._roots_from_consistency(node, inner, good)
    assert not consistency_refused(3, roots[0], 4, roots[1], good)
    bad = spoil(good)
    roots = merkle._roots_from_consistency(node, inner, bad)
    assert consistency_refused(3, roots[0], 4, roots[1], bad)
