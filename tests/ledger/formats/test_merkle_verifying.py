"""Proofs altered in every way, and those of the published vectors, are refused."""

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import merkle
from ledger.formats.errors import ProofError
from ledger.formats.merkle import (
    EMPTY_ROOT,
    Tree,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.ledger.formats.naive_merkle import LEAVES, SIZES


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
