"""Vyper's storage slots; that a real contract's storage lies there is shown in tests/contracts."""

import pytest

from ledger.formats.errors import FormatError
from ledger.formats.keccak import keccak256
from ledger.formats.slots import Layout, mapping_slot

LAYOUT = Layout({"admin": 0, "anchors": 4})


def test_slots_of_plain_mapped_and_nested() -> None:
    one = bytes(31) + b"\1"
    assert LAYOUT.slot("admin") == bytes(32)
    assert LAYOUT.slot("anchors") == bytes(31) + b"\4"
    inner = keccak256(bytes(31) + b"\4" + b"\5" * 32)
    assert LAYOUT.slot("anchors", b"\5" * 32) == inner
    assert LAYOUT.slot("anchors", b"\5" * 32, 1) == keccak256(inner + one)
    assert mapping_slot(4, b"\5" * 32) == inner
    assert mapping_slot(inner, 1) == mapping_slot(inner, one)


def test_unknown_variable() -> None:
    with pytest.raises(FormatError) as caught:
        LAYOUT.slot("nobody")
    assert caught.value.code == "layout.unknown_name"


@pytest.mark.parametrize("key", [b"", b"\1" * 20, b"\1" * 31, b"\1" * 33, -1, 1 << 256])
def test_keys_of_another_size(key: bytes | int) -> None:
    for slot in (lambda: LAYOUT.slot("anchors", key), lambda: mapping_slot(key, 0)):
        with pytest.raises(FormatError) as caught:
            slot()
        assert caught.value.code == "layout.malformed"


@pytest.mark.parametrize(
    "slots", [{"a": -1}, {"a": 1 << 256}, {"a": True}, {"a": "1"}, {"a": 1.0}, {"a": None}, {1: 1}]
)
def test_layouts_that_are_none(slots: dict[str, int]) -> None:
    with pytest.raises(FormatError) as caught:
        Layout(slots)
    assert caught.value.code == "layout.malformed"


def test_a_layout_does_not_follow_its_source() -> None:
    source = {"a": 1}
    layout = Layout(source)
    source["a"] = 2
    assert layout.slot("a") == bytes(31) + b"\1"
    with pytest.raises(TypeError):
        layout.slots["a"] = 2  # type: ignore[index]
