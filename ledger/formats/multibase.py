"""Multibase strings (W3C Controlled Identifiers 1.0 §2.4): ``z`` base58btc and ``u`` base64url without padding.

Each byte string has one spelling, and every other is refused: no padding, no stray or white-space characters, no set
bits after the last base64 digit. Base58 costs quadratic time, so its length is limited before any work is done.
"""

import base64

from ledger.formats.errors import FormatError

MAX_BASE58_BYTES = 256  # keys take 34 bytes, signatures 64

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Five digits at a time, because 58**5 is the largest power within one 30-bit limb of Python's integers: dividing and
# multiplying by it takes CPython's short path.
_CHUNK = 58**5
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_DIGITS = bytes(max(_ALPHABET.find(chr(byte)), 0) for byte in range(256))
_ALPHABET_BYTES = _ALPHABET.encode()
# For up to 512 digits: width of a digit, a mask of every second one, and their base.
_STEPS = [
    (8 << step, sum((1 << (8 << step)) - 1 << (lane * 16 << step) for lane in range(256 >> step)), 58 ** (1 << step))
    for step in range(9)
]


def multibase_encode(data: bytes, prefix: str = "z") -> str:
    """Return ``data`` as a multibase string, ``prefix`` being ``z`` (base58btc) or ``u`` (base64url, no padding)."""
    if prefix == "z":
        return "z" + base58_encode(data)
    if prefix == "u":
        return "u" + base64url_encode(data)
    raise FormatError("multibase.unsupported", f"no multibase prefix {prefix!r} here")


def multibase_decode(text: str, *, prefixes: str = "zu", max_bytes: int = MAX_BASE58_BYTES) -> bytes:
    """Return the bytes of a multibase string whose prefix is one of ``prefixes``.

    Raises FormatError: ``multibase.unsupported`` for another prefix, ``multibase.malformed`` for anything else that is
    not the one spelling of at most ``max_bytes`` bytes.
    """
    if not isinstance(text, str) or not text:
        raise FormatError("multibase.malformed", "no multibase string")
    if text[0] not in prefixes or text[0] not in "zu":
        raise FormatError("multibase.unsupported", "another multibase prefix than " + " or ".join(prefixes))
    decode = base58_decode if text[0] == "z" else base64url_decode
    return decode(text[1:], max_bytes=max_bytes)


def base58_encode(data: bytes) -> str:
    """Return base58 (Bitcoin alphabet, each leading zero byte a ``1``), without multibase prefix."""
    number = int.from_bytes(data, "big")
    parts: list[str] = []
    while number:
        number, chunk = divmod(number, _CHUNK)
        parts.append(_PAIRS[chunk % 3364])
        chunk //= 3364
        parts.append(_PAIRS[chunk % 3364])
        parts.append(_ALPHABET[chunk // 3364])
    parts.reverse()
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(parts).lstrip("1")


def base58_decode(text: str, *, max_bytes: int = MAX_BASE58_BYTES) -> bytes:
    """Return the bytes of a base58 text without prefix, at most ``max_bytes`` and never more than 256.

    Raises FormatError ``multibase.malformed``.
    """
    max_bytes = min(max_bytes, MAX_BASE58_BYTES)
    # 138/100 digits a byte is a little more than log(256)/log(58); the exact length is checked at the end.
    if not text.isascii() or len(text) > max_bytes * 138 // 100 + 1:
        raise FormatError("multibase.malformed", "not base58, or too long")
    digits = text.encode()
    if digits.translate(None, _ALPHABET_BYTES):
        raise FormatError("multibase.malformed", "a character outside base58")
    # All digits side by side in one integer, eight bits each; every step joins two neighbours to one digit of twice the
    # width, whose base is the square of theirs.
    number = int.from_bytes(digits.translate(_DIGITS), "big")
    for width, lower, base in _STEPS:
        number = (number & lower) + ((number >> width) & lower) * base
    length = len(text) - len(text.lstrip("1")) + (number.bit_length() + 7) // 8
    if length > max_bytes:
        raise FormatError("multibase.malformed", f"more than {max_bytes} bytes")
    return number.to_bytes(length, "big")


def base64url_encode(data: bytes) -> str:
    """Return base64url (RFC 4648 §5) without padding and without multibase prefix."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def base64url_decode(text: str, *, max_bytes: int) -> bytes:
    """Return the bytes of unpadded base64url; raises FormatError ``multibase.malformed`` for any other spelling."""
    if len(text) > (max_bytes * 4 + 2) // 3 or not text.isascii():
        raise FormatError("multibase.malformed", f"not base64url, or more than {max_bytes} bytes")
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise FormatError("multibase.malformed", "not base64url") from None
    # The library skips characters outside the alphabet and ignores set bits after the end: compare instead.
    if base64url_encode(data) != text:
        raise FormatError("multibase.malformed", "not the one base64url spelling of its bytes")
    return data
