import base64
import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import statuslist
from ledger.formats.errors import FormatError
from ledger.formats.statuslist import MIN_BYTES, decode, encode, get, only_adds, set_bit

EMPTY = bytes(MIN_BYTES)


def wrap(packed: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@given(st.lists(st.integers(0, MIN_BYTES * 8 - 1), max_size=50))
def test_what_is_set_is_read_and_nothing_else(indexes: list[int]) -> None:
    bits = bytearray(EMPTY)
    for index in indexes:
        set_bit(bits, index)
    again = decode(encode(bytes(bits)))
    assert all(get(again, index) == 1 for index in indexes)
    assert sum(byte.bit_count() for byte in again) == len(set(indexes))


def test_index_0_is_the_leftmost_bit() -> None:
    bits = bytearray(EMPTY)
    set_bit(bits, 0)
    assert bits[0] == 0x80
    set_bit(bits, 15)
    assert bits[1] == 0x01


def test_encoding_is_deterministic() -> None:
    assert encode(EMPTY) == encode(EMPTY)
    assert encode(EMPTY).startswith("uH4sIAAAAAAA")  # mtime 0


@pytest.mark.parametrize(
    ("size", "index", "want"), [(2, 3, 0b10), (2, 0, 0b01), (3, 2, 0b101), (4, 1, 0b0010), (8, 1, 0x25)]
)
def test_wider_entries_are_read_left_to_right(size: int, index: int, want: int) -> None:
    assert get(b"\x42\x25" + EMPTY if size != 3 else b"\x02\x80" + EMPTY, index, size) == want


def test_a_bomb_is_not_expanded() -> None:
    bomb = gzip.compress(bytes(64 * 2**20), mtime=0)
    with pytest.raises(FormatError) as caught:
        decode(wrap(bomb))
    assert caught.value.code == "status.too_large"


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "u",
        "z" + encode(EMPTY)[1:],
        encode(EMPTY)[1:],
        encode(EMPTY) + "=",
        encode(EMPTY) + "\n",
        encode(EMPTY) + "A",
        encode(EMPTY)[:-4],
        "u!!!!",
        wrap(zlib.compress(EMPTY)),
        wrap(gzip.compress(EMPTY, mtime=0) + b"x"),
        wrap(gzip.compress(EMPTY, mtime=0) + gzip.compress(EMPTY, mtime=0)),
        wrap(gzip.compress(EMPTY, mtime=0)[:-1]),
        wrap(gzip.compress(EMPTY, mtime=0)[:-8] + b"\0" * 8),
        wrap(gzip.compress(EMPTY[:-1], mtime=0)),
        "u\u00e9",
    ],
)
def test_a_malformed_list_is_refused(bad: str) -> None:
    with pytest.raises(FormatError) as caught:
        decode(bad)
    assert caught.value.code == "status.malformed"


@pytest.mark.parametrize("index", [-1, MIN_BYTES * 8, 10**9])
def test_an_index_outside_the_list_is_refused(index: int) -> None:
    with pytest.raises(FormatError) as caught:
        get(EMPTY, index)
    assert caught.value.code == "status.out_of_range"
    with pytest.raises(FormatError):
        set_bit(bytearray(EMPTY), index)


@pytest.mark.parametrize("size", [0, 9, -1])
def test_an_impossible_entry_size_is_refused(size: int) -> None:
    with pytest.raises(FormatError):
        get(EMPTY, 0, size)


def test_a_short_list_is_not_written() -> None:
    with pytest.raises(FormatError):
        encode(EMPTY[:-1])


@pytest.mark.parametrize(
    ("older", "newer", "want"),
    [(b"\x80", b"\xc0", True), (b"\x80", b"\x80", True), (b"\x80", b"\x40", False), (b"\0", b"\0\0", False)],
)
def test_a_cleared_bit_is_noticed(older: bytes, newer: bytes, want: bool) -> None:
    assert only_adds(older, newer) is want


def test_the_limit_is_exact() -> None:
    assert len(decode(encode(bytes(MIN_BYTES)), max_bytes=MIN_BYTES)) == MIN_BYTES
    with pytest.raises(FormatError):
        decode(encode(bytes(MIN_BYTES + 1)), max_bytes=MIN_BYTES)
    assert statuslist.MAX_BYTES == 2**20


def test_a_bomb_takes_no_memory() -> None:
    bomb = wrap(gzip.compress(bytes(64 * 2**20), mtime=0))
    tracemalloc.start()
    try:
        with pytest.raises(FormatError):
            decode(bomb)
        assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    finally:
        tracemalloc.stop()
