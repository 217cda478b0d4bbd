"""Strict RLP: the `rlp` package is the oracle, and one item has one encoding."""

import contextlib
from typing import Any

import pytest
import rlp as oracle
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import rlp
from ledger.formats.errors import FormatError

ITEMS = st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=20), max_leaves=30)


@given(ITEMS)
def test_encodes_as_the_oracle_and_back(item: rlp.Item) -> None:
    data = rlp.encode(item)
    assert data == oracle.encode(item)
    assert rlp.decode(data) == item


def _listed(item: Any) -> Any:
    return [_listed(child) for child in item] if isinstance(item, list | tuple) else bytes(item)


@given(st.binary(max_size=70))
def test_accepts_what_the_oracle_accepts_and_no_more(data: bytes) -> None:
    ours = theirs = None
    with contextlib.suppress(FormatError):
        ours = rlp.decode(data)
    with contextlib.suppress(oracle.exceptions.RLPException):
        theirs = _listed(oracle.decode(data, strict=True))
    assert ours == theirs


@given(ITEMS, st.data())
def test_one_changed_byte_never_keeps_the_item(item: rlp.Item, data: st.DataObject) -> None:
    encoded = bytearray(rlp.encode(item))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(FormatError):
        assert rlp.decode(bytes(encoded)) != item


@pytest.mark.parametrize(
    "name, data",
    [
        ("nothing", ""),
        ("prefixed_small_byte", "8100"),
        ("prefixed_7f", "817f"),
        ("string_cut_short", "83aabb"),
        ("long_string_of_55", "b837" + "aa" * 55),
        ("long_length_with_leading_zero", "b90038" + "aa" * 56),
        ("long_length_missing", "b8"),
        ("long_length_cut_short", "b901"),
        ("long_string_cut_short", "b838" + "aa" * 55),
        ("list_cut_short", "c3aabb"),
        ("child_beyond_its_list", "c283aabbcc"),
        ("child_beyond_its_list_within_the_outer", "c5c283010101"),
        ("long_child_beyond_its_list", "c2b838" + "aa" * 56),
        ("length_of_child_beyond_its_list", "c1b838" + "aa" * 56),
        ("long_list_of_55", "f837" + "00" * 55),
        ("long_list_with_leading_zero", "f90038" + "00" * 56),
        ("bytes_after", "0000"),
        ("bytes_after_list", "c000"),
        ("huge_length", "bfffffffffffffffff"),
        ("huge_list_length", "ffffffffffffffffff"),
    ],
)
def test_refuses_malformed(name: str, data: str) -> None:
    with pytest.raises(FormatError) as caught:
        rlp.decode(bytes.fromhex(data))
    assert caught.value.code == "rlp.malformed"


def test_refuses_deep_nesting_without_exhausting_the_stack() -> None:
    item: rlp.Item = []
    for _ in range(rlp.MAX_DEPTH - 1):
        item = [item]
    assert rlp.decode(rlp.encode(item)) == item
    with pytest.raises(FormatError) as caught:
        rlp.decode(rlp.encode([item]))
    assert caught.value.code == "rlp.too_deep"


def test_refuses_large_input() -> None:
    data = rlp.encode(b"x" * 100)
    assert rlp.decode(data, max_size=102) == b"x" * 100
    with pytest.raises(FormatError) as caught:
        rlp.decode(data, max_size=101)
    assert caught.value.code == "rlp.too_large"


def test_decode_list_refuses_a_string() -> None:
    assert rlp.decode_list(b"\xc0") == []
    with pytest.raises(FormatError):
        rlp.decode_list(b"\x80")


@given(st.integers(0, 2**256 - 1))
def test_integers_round_trip(number: int) -> None:
    assert rlp.decode_int(rlp.encode_int(number)) == number


@pytest.mark.parametrize("payload", [b"\0", b"\0\1", b"\1" * 33, [b"\1"], []])
def test_integers_refuse_leading_zeros_size_and_lists(payload: rlp.Item) -> None:
    with pytest.raises(FormatError):
        rlp.decode_int(payload)
