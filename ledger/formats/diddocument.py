"""DID documents of did:key: the key itself, written out (W3C CCG did:key v0.7 §3.1; Controlled Identifiers 1.0 §2.2).

Every type of public key that the method specifies for single keys is read, and refused where it is of another length or
no point of its curve. Rollbook signs and verifies with Ed25519 and P-256 alone; the others are here so that a DID of
another system can be looked up.
"""

import re
from typing import Any, NamedTuple

from nacl.bindings import crypto_sign_ed25519_pk_to_curve25519

from ledger.formats import keys
from ledger.formats.contexts import DID_V1, ED25519_2020_V1, MULTIKEY_V1
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_decode, base58_encode, base64url_encode

MULTIKEY, KEY_2020, JWK_2020 = "Multikey", "Ed25519VerificationKey2020", "JsonWebKey2020"
FORMATS = (MULTIKEY, KEY_2020, JWK_2020)
"""What ``publicKeyFormat`` may ask for."""
EXPERIMENTAL = frozenset(
    {"Ed25519VerificationKey2018", "X25519KeyAgreementKey2019", "EcdsaSecp256k1VerificationKey2019", "JsonWebKey"}
)
_JWS_2020 = "https://w3id.org/security/suites/jws-2020/v1"
_X25519_2020 = "https://w3id.org/security/suites/x25519-2020/v1"
_X25519 = b"\xec\x01"
_METHOD_ID = re.compile(r"z[1-9A-HJ-NP-Za-km-z]+")
_SIGNS = ("authentication", "assertionMethod", "capabilityDelegation", "capabilityInvocation")

Document = dict[str, Any]


class _Curve(NamedTuple):
    """y² = x³ + ax + b over the integers modulo p (SEC 1 §3.1.1); p is 3 modulo 4 for each."""

    name: str
    p: int
    a: int
    b: int

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8


def _nist(name: str, p: int, b: str) -> _Curve:
    return _Curve(name, p, p - 3, int(b, 16))


_P256 = _nist(
    "P-256",
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
)
_P384 = _nist(
    "P-384",
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
)
_P521 = _nist(
    "P-521",
    2**521 - 1,
    "051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef"
    "451fd46b503f00",
)
_SECP256K1 = _Curve("secp256k1", 2**256 - 2**32 - 977, 0, 7)
_EDWARDS = {b"\xed\x01": "Ed25519", _X25519: "X25519"}
_WEIERSTRASS = {b"\x80\x24": _P256, b"\x81\x24": _P384, b"\x82\x24": _P521, b"\xe7\x01": _SECP256K1}


def of_did_key(did: str, key_format: str = MULTIKEY) -> Document:
    """The document of a did:key, its key as ``key_format`` (one of `FORMATS`).

    Raises FormatError ``did.malformed``, ``key.length``, ``key.malformed``, ``key.weak``, and ``key.unsupported`` for
    another type of key, or one that has no such form.
    """
    multikey = did.removeprefix("did:key:")
    if not did.startswith("did:key:") or len(multikey) > 200 or not _METHOD_ID.fullmatch(multikey):
        raise FormatError("did.malformed", "a did:key is a key in base58, behind a z")
    data = base58_decode(multikey[1:])
    codec, key = data[:2], data[2:]
    jwk = _jwk(codec, key)
    method = _method(did, multikey, key_format, jwk)
    agreement = _agreement(did, codec, key, key_format)
    document: Document = {"@context": _contexts(key_format, agreement), "id": did}
    if codec == _X25519:
        return document | {"verificationMethod": [method], "keyAgreement": [method["id"]]}
    document |= {"verificationMethod": [method]} | {name: [method["id"]] for name in _SIGNS}
    return document | ({"keyAgreement": [agreement]} if agreement else {})


def _contexts(key_format: str, agreement: Document | None) -> list[str]:
    more = {MULTIKEY: [MULTIKEY_V1], JWK_2020: [_JWS_2020]}.get(key_format)
    return [DID_V1, *(more or [ED25519_2020_V1, *([_X25519_2020] if agreement else [])])]


def _method(did: str, multikey: str, key_format: str, jwk: dict[str, str]) -> Document:
    method = {"id": f"{did}#{multikey}", "type": key_format, "controller": did}
    if key_format == JWK_2020:
        return method | {"publicKeyJwk": jwk}
    if key_format == KEY_2020 and jwk["crv"] == "X25519":
        return method | {"type": "X25519KeyAgreementKey2020", "publicKeyMultibase": multikey}
    if key_format == KEY_2020 and jwk["crv"] != "Ed25519":
        raise FormatError("key.unsupported", f"{KEY_2020} is for Ed25519 keys")
    return method | {"publicKeyMultibase": multikey}


def _agreement(did: str, codec: bytes, key: bytes, key_format: str) -> Document | None:
    """The X25519 key that follows from an Ed25519 key, for encryption (did:key §3.1.3)."""
    if _EDWARDS.get(codec) != "Ed25519":
        return None
    other = crypto_sign_ed25519_pk_to_curve25519(key)
    jwk = {"kty": "OKP", "crv": "X25519", "x": base64url_encode(other)}
    return _method(did, "z" + base58_encode(_X25519 + other), key_format, jwk)


def _jwk(codec: bytes, key: bytes) -> dict[str, str]:
    """A key as JWK, after it was found to be one."""
    edwards, curve = _EDWARDS.get(codec), _WEIERSTRASS.get(codec)
    if curve is not None:
        x, y = _point(curve, key)
        return {"kty": "EC", "crv": curve.name, "x": base64url_encode(x), "y": base64url_encode(y)}
    if edwards is None:
        raise FormatError("key.unsupported", "a type of key that is not known here")
    if len(key) != 32:
        raise FormatError("key.length", f"an {edwards} key has 32 bytes")
    if edwards == "Ed25519":
        keys.check_public_key(key)
    return {"kty": "OKP", "crv": edwards, "x": base64url_encode(key)}


def _point(curve: _Curve, key: bytes) -> tuple[bytes, bytes]:
    """Both coordinates of a compressed point (SEC 1 §2.3.4)."""
    if len(key) != 1 + curve.size:
        raise FormatError("key.length", f"a {curve.name} key has {1 + curve.size} bytes")
    x, p = int.from_bytes(key[1:], "big"), curve.p
    square = (x * x * x + curve.a * x + curve.b) % p
    y = pow(square, (p + 1) // 4, p)
    if key[0] not in (2, 3) or x >= p or y * y % p != square:
        raise FormatError("key.malformed", f"no compressed point of {curve.name}")
    y = y if y & 1 == key[0] & 1 else p - y
    return key[1:], y.to_bytes(curve.size, "big")
