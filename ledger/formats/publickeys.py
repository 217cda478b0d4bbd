"""Public keys of every type that is read here, as one sort of bytes.

An Ed25519 key is its 32 bytes, a P-256 key its compressed point behind the multicodec prefix 80 24 (35 bytes): so the
bytes alone say what they are, and ``registry.key_id`` names either.
"""

from typing import Any

from ledger.formats import keys, p256
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base64url_decode, base64url_encode
from ledger.formats.p256 import MULTICODEC_P256

EDDSA = "EdDSA"
ES256 = "ES256"
ALGORITHMS = (ES256, EDDSA)
"""JWS algorithms that are read; EdDSA is Ed25519 (RFC 8037 §3.1)."""


def from_multikey(multikey: str) -> bytes:
    """The key of a Multikey, ``z6Mk…`` or ``zDn…``; FormatError ``key.…``: ``malformed``, ``weak``, ``unsupported``."""
    try:
        return keys.multikey_to_public_key(multikey)
    except FormatError as error:
        if error.code != "key.unsupported":
            raise
    return MULTICODEC_P256 + p256.multikey_to_public_key(multikey)


def to_multikey(public: bytes) -> str:
    """The Multikey of a key."""
    if len(public) == 32:
        return keys.public_key_to_multikey(public)
    return p256.public_key_to_multikey(_p256(public))


def algorithm(public: bytes) -> str:
    """The one JWS algorithm that a key signs with."""
    return EDDSA if len(public) == 32 else ES256


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature holds, by the key's own algorithm."""
    if len(public) == 32:
        return keys.verify(public, message, signature)
    return p256.verify(_p256(public), message, signature)


def to_jwk(public: bytes) -> dict[str, str]:
    """The key as JWK (RFC 7518 §6.2.1, RFC 8037 §2)."""
    if len(public) == 32:
        return {"kty": "OKP", "crv": "Ed25519", "x": base64url_encode(keys.check_public_key(public))}
    return p256.public_key_to_jwk(_p256(public))


def from_jwk(jwk: object) -> bytes:
    """The key of a public JWK; FormatError ``key.malformed``, ``key.weak``, ``key.unsupported``."""
    if not isinstance(jwk, dict):
        raise FormatError("key.malformed", "a JWK is an object")
    if jwk.get("kty") == "EC":
        return MULTICODEC_P256 + p256.jwk_to_public_key(jwk)
    if jwk.get("kty") != "OKP" or jwk.get("crv") != "Ed25519":
        raise FormatError("key.unsupported", "neither a P-256 nor an Ed25519 key")
    return keys.check_public_key(_octets(jwk))


def _octets(jwk: dict[str, Any]) -> bytes:
    text = jwk.get("x")
    if "d" in jwk or not isinstance(text, str):
        raise FormatError("key.malformed", "no public Ed25519 key")
    try:
        return base64url_decode(text, max_bytes=32)
    except FormatError as error:
        raise FormatError("key.malformed", error.message) from None


def _p256(public: bytes) -> bytes:
    if public[:2] != MULTICODEC_P256:
        raise FormatError("key.unsupported", "neither an Ed25519 nor a P-256 key")
    return public[2:]
