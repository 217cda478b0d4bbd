"""SM2 keys and signatures with SM3 (GB/T 32918.2, .5; GB/T 32905): an optional part of the distribution.

The arithmetic that guards a verifier (is this a point of the curve, are these two numbers in range) is done here, over
whole numbers that hide nothing; signing and hashing are the library's. It comes with the extra `rollbook[sm]` alone:
without it everything here that needs it raises FormatError ``document.unsupported`` and names the extra.

A public key is a compressed point, 33 bytes; as a Multikey ``z`` ‖ base58btc(0x86 0x24 ‖ point), sm2-pub 0x1206.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_decode, base58_encode

EXTRA = "rollbook[sm]"
MULTICODEC = b"\x86\x24"
"""sm2-pub, 0x1206, as an unsigned varint."""
DEFAULT_ID = b"1234567812345678"
"""The signer's identifier where two sides agreed on none (GB/T 35276 §10)."""

# The curve of GB/T 32918.5 §2: y² = x³ + ax + b over the field of p; the base point's order is n, and the cofactor 1.
P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123


@dataclass(frozen=True, slots=True)
class SM2KeyPair:
    """``public`` is the compressed point (33 bytes), ``secret`` the private number (32 bytes, big-endian)."""

    public: bytes
    secret: bytes = field(repr=False)

    @property
    def multikey(self) -> str:
        """The public key as Multikey, ``zEPJ…``."""
        return public_key_to_multikey(self.public)


def is_installed() -> bool:
    """Whether the library is there; nothing of SM2 is shown to people where it is not."""
    return find_spec("gmssl_pyx") is not None


def require() -> None:
    """FormatError ``document.unsupported`` where the extra is not installed; it names it."""
    if not is_installed():
        raise _not_installed()


def library() -> Any:
    """The module that signs and hashes; FormatError ``document.unsupported`` where the extra is not installed."""
    try:
        import gmssl_pyx
    except ImportError:
        raise _not_installed() from None
    return gmssl_pyx


def sm3(data: bytes) -> bytes:
    """The SM3 digest, 32 bytes."""
    digest: bytes = library().sm3_hash(data)
    return digest


def check_public_key(public: bytes) -> bytes:
    """``public`` if it is a compressed point of the curve; FormatError ``key.malformed``.

    The cofactor is 1: every point but the one at infinity, which has no such encoding, generates the whole group.
    """
    _decompress(public)
    return public


def compress(point: bytes) -> bytes:
    """The 33 bytes of a point given as x ‖ y (64 bytes); FormatError ``key.malformed`` where it is not on the curve."""
    x, y = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    if len(point) != 64 or x >= P or y >= P or (y * y - _right_side(x)) % P:
        raise FormatError("key.malformed", "no point of the SM2 curve")
    return bytes([2 | y & 1]) + point[:32]


def point(public: bytes) -> bytes:
    """x ‖ y (64 bytes) of a compressed point; FormatError ``key.malformed``."""
    return _decompress(public)


def public_key_to_multikey(public: bytes) -> str:
    """The Multikey of a compressed point."""
    return "z" + base58_encode(MULTICODEC + check_public_key(public))


@lru_cache(maxsize=256)
def multikey_to_public_key(multikey: str) -> bytes:
    """The compressed point; FormatError ``key.malformed``, or ``key.unsupported`` for a key that is not SM2."""
    if not isinstance(multikey, str) or not multikey.startswith("z"):
        raise FormatError("key.malformed", "a Multikey starts with z")
    try:
        data = base58_decode(multikey[1:])
    except FormatError as error:
        raise FormatError("key.malformed", error.message) from None
    if data[:2] != MULTICODEC:
        raise FormatError("key.unsupported", "not an SM2 public key")
    return check_public_key(data[2:])


def key_pair(secret: bytes, point: bytes) -> SM2KeyPair:
    """A key pair of a private number (32 bytes) and its point x ‖ y (64 bytes), which are proven to belong together."""
    pair = SM2KeyPair(compress(point), secret)
    if not 1 <= int.from_bytes(secret, "big") < N - 1 or len(secret) != 32:
        raise FormatError("key.malformed", "a private key is a number from 1 to n - 2")
    if not verify(pair.public, b"rollbook", sign(pair, b"rollbook")):
        raise FormatError("key.malformed", "the private key is another point's")
    return pair


def sign(pair: SM2KeyPair, message: bytes) -> bytes:
    """r ‖ s (64 bytes) over SM3(Z ‖ ``message``), Z with the default identifier. Two signatures are never the same."""
    signed: bytes = library().sm2_sign(pair.secret, _decompress(pair.public), message, DEFAULT_ID)
    return _from_der(signed)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (r ‖ s) by ``public`` (compressed) over ``message`` holds (GB/T 32918.2 §7.1).

    False for r or s outside of 1 … n - 1 and for r + s = n, whatever the library would say.
    """
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not 1 <= r < N or not 1 <= s < N or (r + s) % N == 0:
        return False
    found = library()
    try:
        return bool(found.sm2_verify(_decompress(public), message, _to_der(r, s), DEFAULT_ID))
    except found.GmsslInnerError:
        return False


def _not_installed() -> FormatError:
    return FormatError("document.unsupported", f"SM2 is read where the extra {EXTRA} is installed")


def _decompress(public: bytes) -> bytes:
    if len(public) != 33 or public[0] not in (2, 3):
        raise FormatError("key.malformed", "an SM2 public key is a compressed point of 33 bytes")
    x = int.from_bytes(public[1:], "big")
    square = _right_side(x)
    y = pow(square, (P + 1) // 4, P)  # p is 3 modulo 4
    if x >= P or (y * y - square) % P:
        raise FormatError("key.malformed", "no point of the SM2 curve")
    if y & 1 != public[0] & 1:
        y = P - y
    return public[1:] + y.to_bytes(32, "big")


def _right_side(x: int) -> int:
    return (x * x * x + A * x + B) % P


def _to_der(r: int, s: int) -> bytes:
    """SEQUENCE of two INTEGERs, the library's form; a number keeps one bit for its sign."""
    parts = [number.to_bytes(number.bit_length() // 8 + 1, "big") for number in (r, s)]
    body = b"".join(bytes([2, len(part)]) + part for part in parts)
    return bytes([0x30, len(body)]) + body


def _from_der(signed: bytes) -> bytes:
    """The library's own signatures, and no others, are read here."""
    first = 4 + signed[3]
    numbers = [int.from_bytes(signed[4:first], "big"), int.from_bytes(signed[first + 2 :], "big")]
    return b"".join(number.to_bytes(32, "big") for number in numbers)
