"""Bitstring Status List 1.0: the bits themselves (W3C vc-bitstring-status-list §3, §4).

Index 0 is the left-most bit of the first byte. An encoded list is multibase ``u`` (base64url without padding) of the
gzipped bytes. Encoding is deterministic, so that the same bits sign and hash alike on every machine of one zlib.
"""

import base64
import binascii
import gzip
import re
import zlib

from ledger.formats.errors import FormatError

MIN_ENTRIES = 131_072
MIN_BYTES = MIN_ENTRIES // 8
MAX_BYTES = 2**20

_ALPHABET = re.compile(r"u[A-Za-z0-9_-]*")
_GZIP = 16 + zlib.MAX_WBITS


def encode(bits: bytes) -> str:
    """Compress ``bits`` into an ``encodedList``.

    Raises FormatError ``status.malformed`` for fewer than 131,072 entries: a short list says whom it is about.
    """
    if len(bits) < MIN_BYTES:
        raise FormatError("status.malformed", f"a status list has at least {MIN_ENTRIES} entries")
    return "u" + base64.urlsafe_b64encode(gzip.compress(bits, mtime=0)).rstrip(b"=").decode()


def decode(encoded: str, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Expand an ``encodedList`` to its bytes, at most ``max_bytes`` of them, whatever it claims.

    Raises FormatError: ``status.too_large`` for a list that expands beyond that, ``status.malformed`` for anything that
    is not one whole gzip member of at least 16 KiB.
    """
    if not _ALPHABET.fullmatch(encoded):
        raise FormatError("status.malformed", "an encoded status list is multibase u")
    text = encoded[1:]
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise FormatError("status.malformed", "an encoded status list is multibase u") from None
    bits = _gunzip(packed, max_bytes)
    if len(bits) < MIN_BYTES:
        raise FormatError("status.malformed", f"a status list has at least {MIN_ENTRIES} entries")
    return bits


def get(bits: bytes, index: int, size: int = 1) -> int:
    """The status at ``index`` of a list whose entries have ``size`` bits (``statusSize``, 1 to 8).

    Raises FormatError ``status.out_of_range`` for an index that the list does not have.
    """
    if not 1 <= size <= 8:
        raise FormatError("status.malformed", "statusSize is from 1 to 8")
    start = index * size
    if index < 0 or start + size > len(bits) * 8:
        raise FormatError("status.out_of_range", "the status list has no such index")
    first = start >> 3
    window = int.from_bytes(bits[first : first + 2].ljust(2, b"\0"), "big")
    return window >> (16 - (start & 7) - size) & (1 << size) - 1


def set_bit(bits: bytearray, index: int) -> None:
    """Set the one-bit status at ``index``, in place; there is no way to clear one.

    Raises FormatError ``status.out_of_range`` for an index that the list does not have.
    """
    if not 0 <= index < len(bits) * 8:
        raise FormatError("status.out_of_range", "the status list has no such index")
    bits[index >> 3] |= 0x80 >> (index & 7)


def only_adds(older: bytes, newer: bytes) -> bool:
    """Whether every bit of ``older`` is still set in ``newer``: a revocation is never undone. Lengths must agree."""
    if len(older) != len(newer):
        return False
    return int.from_bytes(older, "big") & ~int.from_bytes(newer, "big") == 0


def _gunzip(packed: bytes, max_bytes: int) -> bytes:
    expander = zlib.decompressobj(_GZIP)
    try:
        bits = expander.decompress(packed, max_bytes + 1)
    except zlib.error as error:
        raise FormatError("status.malformed", f"not gzip: {error}") from None
    if len(bits) > max_bytes:
        raise FormatError("status.too_large", f"a status list of more than {max_bytes} bytes")
    if not expander.eof or expander.unused_data:
        raise FormatError("status.malformed", "not one whole gzip member")
    return bits
