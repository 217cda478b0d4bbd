"""Merkle-Patricia proofs: the `trie` package builds and proves, we verify; then everything is made wrong in turn."""

import json
from pathlib import Path
from typing import Any

import pytest
import rlp as oracle_rlp
from hypothesis import given
from hypothesis import strategies as st
from trie.hexary import HexaryTrie

from ledger.formats import rlp, trie
from ledger.formats.errors import ProofError
from ledger.formats.keccak import keccak256


def build(entries: dict[bytes, bytes]) -> HexaryTrie:
    """A trie of already hashed keys; the oracle."""
    made = HexaryTrie({})
    for key, value in entries.items():
        made[key] = value
    return made


def proof(made: HexaryTrie, key: bytes) -> list[bytes]:
    return [oracle_rlp.encode(node) for node in made.get_proof(key)]


def code_of(root: bytes, key: bytes, nodes: list[bytes]) -> str:
    with pytest.raises(ProofError) as caught:
        trie.lookup(root, key, trie.Nodes(nodes))
    return caught.value.code


def key_of(nibbles: str) -> bytes:
    return bytes.fromhex(nibbles.ljust(64, "0"))


def _vectors(folder: Path) -> list[tuple[str, bytes, dict[bytes, bytes], set[bytes]]]:
    found = []
    for path in sorted((folder / "trie").glob("*ecure*rie*.json")):
        for name, case in json.loads(path.read_text()).items():
            pairs: list[Any] = list(case["in"].items()) if isinstance(case["in"], dict) else case["in"]
            entries: dict[bytes, bytes] = {}
            for key, value in pairs:
                entries[_raw(key)] = b"" if value is None else _raw(value)
            gone = {key for key, value in entries.items() if not value}
            kept = {key: value for key, value in entries.items() if value}
            found.append((f"{path.stem}.{name}", _raw(case["root"]), kept, gone))
    return found


def _raw(text: str) -> bytes:
    return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()


def test_published_secure_tries(shared_vectors: Path) -> None:
    cases = _vectors(shared_vectors)
    assert len(cases) >= 13
    for name, root, kept, gone in cases:
        made = build({keccak256(key): value for key, value in kept.items()})
        assert made.root_hash == root, name
        for key, value in kept.items():
            hashed = keccak256(key)
            assert trie.lookup(root, hashed, trie.Nodes(proof(made, hashed))) == value, name
        for key in gone | {b"absent", b""} - set(kept):
            hashed = keccak256(key)
            assert trie.lookup(root, hashed, trie.Nodes(proof(made, hashed))) is None, name


# Few distinct nibbles at the front make extensions, shared paths and embedded nodes likely.
KEYS = st.one_of(
    st.binary(min_size=32, max_size=32),
    st.text("01a", min_size=64, max_size=64).map(bytes.fromhex),
    st.text("01", min_size=2, max_size=2).map(lambda end: bytes.fromhex("1" * 62 + end)),
)
ENTRIES = st.dictionaries(KEYS, st.binary(min_size=1, max_size=40), max_size=25)


@given(ENTRIES, KEYS)
def test_agrees_with_the_oracle(entries: dict[bytes, bytes], other: bytes) -> None:
    made = build(entries)
    for key in [*entries, other]:
        assert trie.lookup(made.root_hash, key, trie.Nodes(proof(made, key))) == entries.get(key)


@given(ENTRIES.filter(bool), st.data())
def test_a_proof_with_a_node_left_out_is_unknown(entries: dict[bytes, bytes], data: st.DataObject) -> None:
    made = build(entries)
    key = data.draw(st.sampled_from(sorted(entries)))
    nodes = proof(made, key)
    hashed = [node for index, node in enumerate(nodes) if index == 0 or len(node) >= 32]
    hashed.remove(data.draw(st.sampled_from(hashed)))
    assert code_of(made.root_hash, key, hashed) == "chain.proof_missing"


@given(ENTRIES.filter(bool), st.data())
def test_a_changed_node_is_as_good_as_none(entries: dict[bytes, bytes], data: st.DataObject) -> None:
    made = build(entries)
    key = data.draw(st.sampled_from(sorted(entries)))
    nodes = [bytearray(node) for node in proof(made, key) if node == proof(made, key)[0] or len(node) >= 32]
    changed = data.draw(st.sampled_from(nodes))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    assert code_of(made.root_hash, key, [bytes(node) for node in nodes]) == "chain.proof_missing"


def test_empty_trie_holds_nothing_and_needs_no_node() -> None:
    assert HexaryTrie({}).root_hash == trie.EMPTY_ROOT
    assert trie.lookup(trie.EMPTY_ROOT, bytes(32), trie.Nodes([])) is None


def test_no_nodes_for_another_root_is_unknown() -> None:
    assert code_of(b"\1" * 32, bytes(32), []) == "chain.proof_missing"


@pytest.mark.parametrize(
    "name, present, absent",
    [
        ("empty_branch_slot", ["1", "2"], "3"),
        ("diverging_leaf_at_root", ["1"], "2"),
        ("diverging_leaf_below_a_branch", ["11", "2"], "12"),
        ("diverging_leaf_in_its_last_nibble", ["1", "2"], "1" + "0" * 62 + "1"),
        ("diverging_extension", ["111", "112"], "121"),
        ("diverging_extension_at_its_first_nibble", ["111", "112"], "211"),
        ("diverging_extension_below_a_branch", ["2111", "2112", "3"], "2211"),
        ("embedded_leaf", ["0" * 63 + "1", "0" * 63 + "2"], "0" * 63 + "3"),
    ],
)
def test_every_form_of_exclusion(name: str, present: list[str], absent: str) -> None:
    made = build({key_of(key): b"v" for key in present})
    assert trie.lookup(made.root_hash, key_of(absent), trie.Nodes(proof(made, key_of(absent)))) is None
    for key in present:
        assert trie.lookup(made.root_hash, key_of(key), trie.Nodes(proof(made, key_of(key)))) == b"v"


def test_embedded_nodes_are_read_in_place() -> None:
    made = build({key_of("0" * 63 + "1"): b"a", key_of("0" * 63 + "2"): b"b"})
    nodes = proof(made, key_of("0" * 63 + "1"))
    assert any(len(node) < 32 for node in nodes[1:])
    assert trie.lookup(made.root_hash, key_of("0" * 63 + "2"), trie.Nodes(nodes[:2])) == b"b"


LEAF = rlp.encode([b"\x20" + b"\1" * 32, b"value"])


def crafted(node: rlp.Item) -> tuple[bytes, list[bytes]]:
    data = rlp.encode(node)
    return keccak256(data), [data]


BLANK: list[rlp.Item] = [b""] * 17


def branch(**slots: rlp.Item) -> list[rlp.Item]:
    return [slots.get(f"s{index}", b"") for index in range(17)]


@pytest.mark.parametrize(
    "name, node",
    [
        ("a_string", b"x" * 40),
        ("empty_list", []),
        ("three_items", [b"\x20", b"a", b"b"]),
        ("sixteen_items", [b""] * 16),
        ("eighteen_items", [b""] * 18),
        ("branch_with_a_value", branch(s16=b"value")),
        ("branch_child_too_short", branch(s1=b"\1" * 31)),
        ("branch_child_too_long", branch(s1=b"\1" * 33)),
        ("branch_child_embedded_though_long", branch(s1=[b"\x31" + b"\x11" * 31, b"v"])),
        ("path_is_a_list", [[b"\x20"], b"value"]),
        ("path_is_empty", [b"", b"value"]),
        ("path_flag_unknown", [b"\x60" + b"\x11" * 32, b"value"]),
        ("path_padding_not_zero", [b"\x21" + b"\x11" * 32, b"value"]),
        ("leaf_too_short", [b"\x20" + b"\x11" * 31, b"value"]),
        ("leaf_one_nibble_short", [b"\x31" + b"\x11" * 31, b"value"]),
        ("leaf_too_long", [b"\x20" + b"\x11" * 33, b"value"]),
        ("leaf_elsewhere_and_too_short", [b"\x20" + b"\x22" * 31, b"value"]),
        ("leaf_with_a_list", [b"\x20" + b"\x11" * 32, [b"value"]]),
        ("leaf_with_nothing", [b"\x20" + b"\x11" * 32, b""]),
        ("extension_without_nibbles", [b"\x00", b"\1" * 32]),
        ("extension_over_the_whole_key", [b"\x00" + b"\x11" * 32, b"\1" * 32]),
        ("extension_elsewhere_over_the_whole_key", [b"\x00" + b"\x22" * 32, b"\1" * 32]),
        ("extension_to_a_leaf", [b"\x00" + b"\x11" * 31, [b"\x20\x11", b"v"]]),
        ("extension_to_an_extension", [b"\x11", [b"\x11", branch(s1=[b"\x20" + b"\x11" * 5, b"v"])]]),
        ("extension_to_nothing", [b"\x11", b""]),
        ("extension_to_a_short_hash", [b"\x11", b"\1" * 31]),
    ],
)
def test_a_malformed_node_is_invalid_though_its_hash_is_right(name: str, node: rlp.Item) -> None:
    root, nodes = crafted(node)
    assert code_of(root, b"\x11" * 32, nodes) == "chain.proof_invalid"


def test_a_branch_below_the_last_nibble_is_invalid() -> None:
    above, nodes = crafted(branch(s1=BLANK))
    root, top = crafted([b"\x11" + b"\x11" * 31, above])
    assert code_of(root, b"\x11" * 32, top + nodes) == "chain.proof_invalid"


def test_a_node_that_is_not_rlp_is_invalid() -> None:
    data = LEAF + b"\0"
    assert code_of(keccak256(data), b"\1" * 32, [data]) == "chain.proof_invalid"


@pytest.mark.parametrize(
    "root, key", [(b"\1" * 31, b"\1" * 32), (b"\1" * 32, b"\1" * 31), (b"", b""), (b"", b"\1" * 33)]
)
def test_root_and_key_of_wrong_length(root: bytes, key: bytes) -> None:
    assert code_of(root, key, []) == "chain.proof_invalid"


ACCOUNT: list[rlp.Item] = [b"\1", b"\2\0", b"\3" * 32, b"\4" * 32]


def test_account_fields() -> None:
    assert trie.Account.decode(rlp.encode(ACCOUNT)) == trie.Account(1, 512, b"\3" * 32, b"\4" * 32)


@pytest.mark.parametrize(
    "name, value",
    [
        ("no_rlp", b"\x83aa"),
        ("a_string", rlp.encode(b"x" * 70)),
        ("three_fields", rlp.encode(ACCOUNT[:3])),
        ("five_fields", rlp.encode([*ACCOUNT, b""])),
        ("nonce_with_leading_zero", rlp.encode([b"\0\1", *ACCOUNT[1:]])),
        ("nonce_too_large", rlp.encode([b"\1" * 9, *ACCOUNT[1:]])),
        ("balance_with_leading_zero", rlp.encode([b"\1", b"\0", *ACCOUNT[2:]])),
        ("balance_too_large", rlp.encode([b"\1", b"\1" * 33, *ACCOUNT[2:]])),
        ("balance_is_a_list", rlp.encode([b"\1", [b"\1"], *ACCOUNT[2:]])),
        ("storage_root_short", rlp.encode([*ACCOUNT[:2], b"\3" * 31, b"\4" * 32])),
        ("storage_root_is_a_list", rlp.encode([*ACCOUNT[:2], [b"\3" * 32], b"\4" * 32])),
        ("code_hash_long", rlp.encode([*ACCOUNT[:3], b"\4" * 33])),
        ("code_hash_is_a_list", rlp.encode([*ACCOUNT[:3], [b"\4" * 32]])),
    ],
)
def test_no_account(name: str, value: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        trie.Account.decode(value)
    assert caught.value.code == "chain.proof_invalid"


def test_account_and_storage_under_one_state_root() -> None:
    slot, address = b"\7" * 32, b"\5" * 20
    storage = build({keccak256(slot): rlp.encode(b"\x12\x34")})
    entry = rlp.encode([b"\1", b"", storage.root_hash, trie.EMPTY_CODE_HASH])
    state = build({keccak256(address): entry, keccak256(b"\6" * 20): entry})
    nodes = trie.Nodes([*proof(state, keccak256(address)), *proof(storage, keccak256(slot))])
    found = trie.account(state.root_hash, address, nodes)
    assert found is not None
    assert trie.storage_value(found.storage_root, slot, nodes) == bytes(30) + b"\x12\x34"
    assert trie.storage_value(found.storage_root, b"\x08" * 32, nodes) == bytes(32)
    absent = trie.Nodes(proof(state, keccak256(b"\x09" * 20)))
    assert trie.account(state.root_hash, b"\x09" * 20, absent) is None


@pytest.mark.parametrize(
    "value", [b"\x80", b"\x00", b"\x82\x00\x01", rlp.encode(b"\1" * 33), rlp.encode([b"\1"]), b"\x81\x01", b"", b"\1\1"]
)
def test_a_storage_word_has_one_form(value: bytes) -> None:
    with pytest.raises(ProofError) as caught:
        trie.decode_storage(value)
    assert caught.value.code == "chain.proof_invalid"
