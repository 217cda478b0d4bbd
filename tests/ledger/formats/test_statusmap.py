import hashlib
from dataclasses import replace
from typing import Any

import pytest

from ledger.formats.errors import FormatError, ProofError
from ledger.formats.statusmap import EMPTY_ROOT, StatusLeaf, StatusMap, map_key, verify, verify_absent

ISSUER = hashlib.sha256(b"did:web:example.org").digest()


def leaf(n: int, sequence: int = 1) -> StatusLeaf:
    return StatusLeaf(
        ISSUER, f"https://example.org/status-lists/{n}", sequence, hashlib.sha256(b"%d" % n).digest(), 2000
    )


def node(left: bytes, split: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + split + right).digest()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 33])
def test_every_leaf_is_proved(count: int) -> None:
    leaves = [leaf(n) for n in range(count)]
    tree = StatusMap(reversed(leaves))
    for one in leaves:
        assert one.key in tree
        verify(tree.root, one, tree.prove(one.key))


@pytest.mark.parametrize("count", [1, 2, 3, 8, 21])
def test_absence_is_proved_by_the_leaf_at_the_end_of_the_path(count: int) -> None:
    leaves = [leaf(n) for n in range(count)]
    tree = StatusMap(leaves)
    key = map_key(ISSUER, "https://example.org/another")
    steps = tree.prove(key)
    shown = [one for one in leaves if _accepts_absence(tree.root, key, one, steps)]
    assert len(shown) == 1


def _accepts_absence(root: bytes, key: bytes, other: StatusLeaf, steps: list[tuple[bytes, bytes]]) -> bool:
    try:
        verify_absent(root, key, other, steps)
    except ProofError:
        return False
    return True


def test_the_bytes_are_those_of_the_page() -> None:
    one, two = sorted((leaf(1), leaf(2)), key=lambda x: x.key)
    digest = hashlib.sha256(b"\x00" + one.key + (1).to_bytes(8) + one.list_hash + (2000).to_bytes(8)).digest()
    assert one.digest() == digest
    assert StatusMap([one]).root == digest
    assert StatusMap([two, one]).root == node(digest, two.key, two.digest())
    assert StatusMap([]).root == EMPTY_ROOT == hashlib.sha256(b"\x02").digest()


@pytest.mark.parametrize(
    "change",
    [
        {"sequence": 2},
        {"list_hash": b"\1" * 32},
        {"valid_until": 2001},
        {"issuer_id": b"\1" * 32},
        {"list_url": "https://x"},
    ],
)
def test_an_altered_field_is_refused(change: dict[str, Any]) -> None:
    tree = StatusMap([leaf(n) for n in range(5)])
    steps = tree.prove(leaf(3).key)
    with pytest.raises(ProofError, match="not the one"):
        verify(tree.root, replace(leaf(3), **change), steps)


def test_an_older_list_kept_beside_the_newer_one_is_not_reachable() -> None:
    # The attack of the module's docstring: two leaves of one key. Whatever the split, the key goes one way.
    old, new = leaf(1, sequence=1), leaf(1, sequence=2)
    for split in (old.key, (int.from_bytes(old.key) + 1).to_bytes(32), b"\0" * 32, b"\xff" * 32):
        root = node(old.digest(), split, new.digest())
        reached = [one for one, sibling in ((old, new), (new, old)) if _accepts(root, one, [(split, sibling.digest())])]
        assert len(reached) == 1


def _accepts(root: bytes, one: StatusLeaf, steps: list[tuple[bytes, bytes]]) -> bool:
    try:
        verify(root, one, steps)
    except ProofError:
        return False
    return True


def test_two_leaves_of_one_key_are_refused() -> None:
    with pytest.raises(FormatError) as caught:
        StatusMap([leaf(1), leaf(2), leaf(1, sequence=2)])
    assert caught.value.code == "status.duplicate_key"


@pytest.mark.parametrize("spoil", ["drop", "add", "swap", "split", "sibling", "short", "long"])
def test_a_spoilt_path_is_refused(spoil: str) -> None:
    tree = StatusMap([leaf(n) for n in range(9)])
    one = leaf(4)
    steps = tree.prove(one.key)
    split, sibling = steps[0]
    bad = {
        "drop": steps[1:],
        "add": [*steps, steps[-1]],
        "swap": [*steps[1:], steps[0]],
        "split": [(bytes([split[0] ^ 1]) + split[1:], sibling), *steps[1:]],
        "sibling": [(split, bytes([sibling[0] ^ 1]) + sibling[1:]), *steps[1:]],
        "short": [(split[:31], sibling), *steps[1:]],
        "long": steps * 40,
    }[spoil]
    with pytest.raises(ProofError):
        verify(tree.root, one, bad)


def test_a_leaf_is_not_absent() -> None:
    tree = StatusMap([leaf(1), leaf(2)])
    with pytest.raises(ProofError):
        verify_absent(tree.root, leaf(1).key, leaf(1), tree.prove(leaf(1).key))
    with pytest.raises(ProofError):
        verify_absent(tree.root, leaf(1).key, None, [])


def test_a_map_that_is_not_empty_does_not_pass_for_empty() -> None:
    verify_absent(EMPTY_ROOT, leaf(1).key, None, [])
    with pytest.raises(ProofError):
        verify_absent(EMPTY_ROOT, leaf(1).key, None, [(b"\0" * 32, b"\0" * 32)])


@pytest.mark.parametrize(
    "bad",
    [leaf(1, sequence=0), leaf(1, sequence=2**64), replace(leaf(1), list_hash=b""), replace(leaf(1), valid_until=-1)],
)
def test_a_field_out_of_range_is_refused(bad: StatusLeaf) -> None:
    with pytest.raises(FormatError) as caught:
        bad.digest()
    assert caught.value.code == "status.malformed"


def test_an_issuer_id_of_another_length_is_refused() -> None:
    # Otherwise bytes could move between id and URL without changing the key.
    with pytest.raises(FormatError):
        map_key(ISSUER[:31], "https://example.org/1")


def test_a_step_whose_boundary_moved_does_not_lead_to_the_other_side() -> None:
    """An interior node hashes left ‖ split ‖ right; were lengths free, its bytes could be cut elsewhere.

    The operator has hidden an older list in the right half. A shorter sibling and a longer split have the same bytes
    together, and the split then begins with bytes of the left half, which can be below the key.
    """
    newer, older = leaf(1, sequence=2), leaf(1, sequence=1)
    split = bytes([newer.key[0] + 1]) + bytes(31)
    assert newer.key < split
    left = next(d for d in (hashlib.sha256(b"%d" % n).digest() for n in range(10_000)) if d[31:] + split < newer.key)
    root = node(left, split, older.digest())
    assert not _accepts(root, older, [(split, left)])
    assert not _accepts(root, older, [(left[31:] + split, left[:31])])
    with pytest.raises(ProofError):
        verify_absent(root, map_key(ISSUER, "https://example.org/another"), older, [(left[31:] + split, left[:31])])


@pytest.mark.parametrize("cut", [0, 1, 31])
def test_a_step_of_another_length_is_refused(cut: int) -> None:
    one = leaf(1)
    low, high = b"\0" * 32, b"\xff" * 32
    assert _accepts(node(one.digest(), high, low), one, [(high, low)])
    assert not _accepts(node(one.digest(), high[:cut], low), one, [(high[:cut], low)])
    assert not _accepts(node(one.digest(), high, low[:cut]), one, [(high, low[:cut])])


def test_a_path_deeper_than_any_map_is_refused() -> None:
    one, high, low = leaf(1), b"\xff" * 32, b"\0" * 32
    root = one.digest()
    for count in range(1, 66):
        root = node(root, high, low)
        assert _accepts(root, one, [(high, low)] * count) == (count <= 64)
