"""NIST P-256 keys as Multikey and JWK, and ES256 signatures (RFC 7518 §3.4).

A public key is its compressed point, 33 bytes; the Multikey is ``zDn…`` (multicodec 0x80 0x24). Refused is whatever is
no point of the curve, so the group's order being prime, any key that is read here has no weak sibling.

A signature is 64 bytes, r ‖ s. For each one there is a second, with n − s, that holds as well: nothing may be told
apart by a signature's bytes alone, and what is logged is committed to with the signature that it has.

Signing takes no random number (RFC 6979): two signatures can never share one, which would give the key away.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_decode, base58_encode, base64url_decode, base64url_encode

MULTICODEC_P256 = b"\x80\x24"

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A P-256 key: ``public`` is the compressed point (33 bytes), ``secret`` the scalar (32 bytes)."""

    public: bytes
    secret: bytes = field(repr=False)

    @property
    def multikey(self) -> str:
        """The public key as Multikey, ``zDn…``."""
        return public_key_to_multikey(self.public)


def generate(seed: bytes) -> KeyPair:
    """The key pair of a 32-byte random ``seed``; FormatError ``key.malformed`` for another length."""
    if len(seed) != 32:
        raise FormatError("key.malformed", "a seed has 32 bytes")
    secret = (int.from_bytes(seed, "big") % (_ORDER - 1) + 1).to_bytes(32, "big")
    return KeyPair(public_of(secret), secret)


def public_of(secret: bytes) -> bytes:
    """The public key (33 bytes) of a 32-byte scalar; FormatError ``key.malformed``."""
    point = _signing(secret).pointQ
    return _compressed(int(point.x), int(point.y))


def check_public_key(public: bytes) -> bytes:
    """``public`` (33 bytes) if it is a compressed point of the curve; FormatError ``key.malformed``."""
    _point(public)
    return public


def public_key_to_multikey(public: bytes) -> str:
    """``zDn…``: multibase base58btc of the multicodec 80 24 and the compressed point."""
    return "z" + base58_encode(MULTICODEC_P256 + check_public_key(public))


@lru_cache(maxsize=1024)
def multikey_to_public_key(multikey: str) -> bytes:
    """The 33 bytes of a ``zDn…`` string; FormatError ``key.malformed``, ``key.unsupported`` for another curve."""
    if not isinstance(multikey, str) or not multikey.startswith("z"):
        raise FormatError("key.malformed", "a Multikey starts with z")
    try:
        data = base58_decode(multikey[1:], max_bytes=64)
    except FormatError as error:
        raise FormatError("key.malformed", error.message) from None
    if data[:2] != MULTICODEC_P256:
        raise FormatError("key.unsupported", "not a P-256 public key")
    return check_public_key(data[2:])


def public_key_to_jwk(public: bytes) -> dict[str, str]:
    """The key as JWK (RFC 7518 §6.2.1): ``kty``, ``crv``, ``x``, ``y``."""
    x, y = _point(public)
    return {"kty": "EC", "crv": "P-256", "x": _coordinate(x), "y": _coordinate(y)}


def jwk_to_public_key(jwk: dict[str, Any]) -> bytes:
    """The 33 bytes of a JWK with ``crv`` P-256, whose coordinates have 32 bytes each; FormatError ``key.…``."""
    if jwk.get("kty") != "EC" or jwk.get("crv") != "P-256":
        raise FormatError("key.unsupported", "no P-256 key")
    if "d" in jwk:
        raise FormatError("key.malformed", "a secret key where a public one belongs")
    x, y = (_decode(jwk.get(name)) for name in ("x", "y"))
    public = _compressed(x, y)
    if _point(public) != (x, y):
        raise FormatError("key.malformed", "no point of the curve P-256")
    return public


def sign(secret: bytes, message: bytes) -> bytes:
    """The 64-byte ES256 signature of ``message`` by a 32-byte scalar."""
    from Crypto.Hash import SHA256
    from Crypto.Signature import DSS

    signature: bytes = DSS.new(_signing(secret), "deterministic-rfc6979").sign(SHA256.new(message))
    return signature


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) by ``public`` (33 bytes) holds; FormatError ``key.malformed`` for no point."""
    from Crypto.Hash import SHA256

    verifier = _verifier(public)
    if len(signature) != 64:
        return False
    try:
        verifier.verify(SHA256.new(message), signature)
    except ValueError:
        return False
    return True


def agree(secret: bytes, public: bytes) -> bytes:
    """The 32 bytes that a scalar and a point (33 bytes) have in common (ECDH, SEC 1 §3.3.1); FormatError ``key.…``."""
    from Crypto.PublicKey.ECC import EccPoint

    pair = _signing(secret)
    common = EccPoint(*_point(public), curve="p256") * pair.d
    return int(common.x).to_bytes(32, "big")


def _signing(secret: bytes) -> Any:
    from Crypto.PublicKey import ECC

    scalar = int.from_bytes(secret, "big")
    if len(secret) != 32 or not 0 < scalar < _ORDER:
        raise FormatError("key.malformed", "a secret key is a scalar of 32 bytes below the group's order")
    return ECC.construct(curve="P-256", d=scalar)


@lru_cache(maxsize=256)
def _verifier(public: bytes) -> Any:
    from Crypto.PublicKey import ECC
    from Crypto.Signature import DSS

    x, y = _point(public)
    return DSS.new(ECC.construct(curve="P-256", point_x=x, point_y=y), "fips-186-3")


@lru_cache(maxsize=1024)
def _point(public: bytes) -> tuple[int, int]:
    """The coordinates of a compressed point (SEC 1 §2.3.4)."""
    if len(public) != 33 or public[0] not in (2, 3):
        raise FormatError("key.malformed", "a P-256 public key is a compressed point of 33 bytes")
    x = int.from_bytes(public[1:], "big")
    square = (pow(x, 3, _P) - 3 * x + _B) % _P
    y = pow(square, (_P + 1) // 4, _P)
    if x >= _P or y * y % _P != square:
        raise FormatError("key.malformed", "no point of the curve P-256")
    return x, y if y & 1 == public[0] & 1 else _P - y


def _compressed(x: int, y: int) -> bytes:
    return bytes([2 + (y & 1)]) + x.to_bytes(32, "big")


def _coordinate(value: int) -> str:
    return base64url_encode(value.to_bytes(32, "big"))


def _decode(text: object) -> int:
    try:
        data = base64url_decode(text, max_bytes=32) if isinstance(text, str) else b""
    except FormatError:
        data = b""
    if len(data) != 32:
        raise FormatError("key.malformed", "a coordinate is 32 bytes in base64url")
    return int.from_bytes(data, "big")
