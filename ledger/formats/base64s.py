"""Standard base64 with padding (RFC 4648 §4), in the one spelling that each byte string has."""

from binascii import Error, a2b_base64, b2a_base64
from collections.abc import Sequence

from ledger.formats.errors import FormatError

# 32 bytes leave two bits of the last digit unused: they must be zero.
_LAST_OF_32 = frozenset("AEIMQUYcgkosw048")


def encode(data: bytes) -> str:
    """The text of ``data``, padded, without line breaks."""
    return b2a_base64(data, newline=False).decode("ascii")


def decode(text: object, *, max_bytes: int = 5 * 2**20) -> bytes:
    """The bytes whose one spelling is ``text``; FormatError ``document.malformed``."""
    if not isinstance(text, str) or len(text) > (max_bytes + 2) // 3 * 4:
        raise _malformed()
    try:
        data = a2b_base64(text, strict_mode=True)
    except (Error, ValueError):
        raise _malformed() from None
    if len(data) > max_bytes or encode(data) != text:
        raise _malformed()
    return data


def decode32(text: object) -> bytes:
    """As ``decode``, for exactly 32 bytes."""
    if not isinstance(text, str) or len(text) != 44 or text[42] not in _LAST_OF_32:
        raise _malformed()
    try:
        data = a2b_base64(text, strict_mode=True)
    except (Error, ValueError):
        raise _malformed() from None
    if len(data) != 32:
        raise _malformed()
    return data


def decode_words(texts: Sequence[object]) -> tuple[bytes, ...]:
    """As ``decode32`` for each of many, at half the cost."""
    try:
        words = tuple([a2b_base64(text, strict_mode=True) for text in texts])  # type: ignore[arg-type]
        joined = "".join(texts)  # type: ignore[arg-type]
    except (Error, ValueError, TypeError):
        raise _malformed() from None
    # Strict decoding takes "=" at a text's end only; so with one at every 44th place and no other, each ends there.
    padded = len(joined) == 44 * len(words) and joined[43::44] == "=" * len(words) == "=" * joined.count("=")
    if not padded or not _LAST_OF_32.issuperset(joined[42::44]):
        raise _malformed()
    return words


def _malformed() -> FormatError:
    return FormatError("document.malformed", "not the one base64 spelling of bytes of the promised length")
