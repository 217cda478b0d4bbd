"""Recursive length prefix: strict canonical decoding and encoding (Ethereum Yellow Paper, appendix B).

Items are ``bytes`` or lists of items. One item has one encoding only: a length that is not minimal, a single byte below
0x80 that carries a prefix, and bytes after the item are all refused, so that ``encode(decode(x)) == x``.
"""

from typing import TypeAlias

from ledger.formats.errors import FormatError

Item: TypeAlias = "bytes | list[Item]"

MAX_DEPTH = 16
MAX_SIZE = 1 << 20


def decode(data: bytes, *, max_size: int = MAX_SIZE, max_depth: int = MAX_DEPTH) -> Item:
    """The one item that ``data`` encodes.

    Raises FormatError ``rlp.too_large`` beyond ``max_size`` bytes, ``rlp.too_deep`` beyond ``max_depth`` nested lists,
    ``rlp.malformed`` for anything that is not exactly one canonical item.
    """
    if len(data) > max_size:
        raise FormatError("rlp.too_large", f"{len(data)} bytes where at most {max_size} are read")
    item, end = _item(data, 0, len(data), max_depth)
    if end != len(data):
        raise FormatError("rlp.malformed", "bytes follow the item")
    return item


def decode_list(data: bytes, *, max_size: int = MAX_SIZE) -> list[Item]:
    """As ``decode``, where the item must be a list."""
    item = decode(data, max_size=max_size)
    if not isinstance(item, list):
        raise FormatError("rlp.malformed", "a list is expected")
    return item


def encode(item: Item) -> bytes:
    """The canonical bytes of ``item``."""
    if isinstance(item, list):
        body = b"".join([encode(child) for child in item])
        return _prefix(0xC0, len(body)) + body
    if len(item) == 1 and item[0] < 0x80:
        return bytes(item)
    return _prefix(0x80, len(item)) + item


def encode_int(number: int) -> bytes:
    """The payload of a non-negative integer: big-endian without leading zeros, empty for zero (not yet prefixed)."""
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def decode_int(payload: Item, *, max_bytes: int = 32) -> int:
    """The non-negative integer of a payload; refuses lists, leading zeros and more than ``max_bytes`` bytes."""
    if not isinstance(payload, bytes) or len(payload) > max_bytes or payload[:1] == b"\0":
        raise FormatError("rlp.malformed", f"not a canonical integer of at most {max_bytes} bytes")
    return int.from_bytes(payload, "big")


def _prefix(base: int, length: int) -> bytes:
    if length < 56:
        return bytes([base + length])
    size = encode_int(length)
    return bytes([base + 55 + len(size)]) + size


def _item(data: bytes, start: int, end: int, depth: int) -> tuple[Item, int]:
    """The item at ``start`` and where it ends, which is never beyond ``end``, the end of the list around it."""
    if start >= end:
        raise FormatError("rlp.malformed", "the item is cut short")
    first = data[start]
    if first < 0x80:
        return data[start : start + 1], start + 1
    if first < 0xC0:
        begin, stop = _span(data, start, end, first - 0x80)
        if stop - begin == 1 and data[begin] < 0x80:
            raise FormatError("rlp.malformed", "a single byte below 0x80 with a prefix")
        return data[begin:stop], stop
    if depth == 0:
        raise FormatError("rlp.too_deep", "lists are nested too deeply")
    begin, stop = _span(data, start, end, first - 0xC0)
    children: list[Item] = []
    while begin < stop:
        child, begin = _item(data, begin, stop, depth - 1)
        children.append(child)
    return children, stop


def _span(data: bytes, start: int, end: int, code: int) -> tuple[int, int]:
    """Begin and end of the payload whose length ``code`` (0 to 63) gives, directly or by the bytes that follow."""
    begin = start + 1
    length = code
    if code > 55:
        size = data[begin : begin + code - 55]
        begin += code - 55
        length = int.from_bytes(size, "big")
        if begin > end or size[0] == 0 or length < 56:
            raise FormatError("rlp.malformed", "the length is cut short or not minimal")
    if begin + length > end:
        raise FormatError("rlp.malformed", "the item is cut short")
    return begin, begin + length
