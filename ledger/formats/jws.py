"""Compact JWS with a JSON payload, which is a JWT (RFC 7515, RFC 7519, RFC 8725), by ES256 and EdDSA.

The algorithm is the key's own, and the header must say the same: a header chooses nothing. ``none`` is no signature.
Keys that a token brings along (``jwk``, ``jku``, ``x5u``, ``x5c``) are never used. Each part has one base64url
spelling, and the JSON inside is read as strictly as all JSON here.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ledger.formats import canonical, publickeys
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base64url_decode, base64url_encode

_COMPACT = re.compile(r"[A-Za-z0-9_-]{1,11000}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
# RFC 7797 lets b64 change what is signed; crit names extensions that must be understood, and none is.
_REFUSED = ("crit", "b64")


@dataclass(frozen=True, slots=True)
class Token:
    """A parsed token, not verified. ``text`` is the whole in ASCII; ``signed`` what stands before the last dot."""

    text: str
    header: dict[str, Any]
    payload: dict[str, Any]
    signature: bytes = field(repr=False)

    @property
    def signed(self) -> bytes:
        """The JWS signing input (RFC 7515 §5.1)."""
        return self.text.rpartition(".")[0].encode("ascii")


def looks_like(text: str) -> bool:
    """Whether a text has the three parts of a compact JWS."""
    return _COMPACT.fullmatch(text) is not None


def parse(text: object) -> Token:
    """The token in a text; FormatError ``document.malformed`` and what ``canonical.loads`` raises."""
    if not isinstance(text, str) or len(text) > canonical.MAX_BYTES or not _COMPACT.fullmatch(text):
        raise _malformed("not a compact JWS")
    parts = [_decode(part) for part in text.split(".")]
    header, payload = (canonical.loads(part) for part in parts[:2])
    if not isinstance(header, dict) or not isinstance(payload, dict):
        raise _malformed("header and payload of a JWT are objects")
    return Token(text, header, payload, parts[2])


def check_header(token: Token, types: tuple[str, ...]) -> None:
    """Check what can be told before the key is known: the algorithm, and that ``typ`` is one of ``types``.

    ``typ`` is compared without its ``application/`` and case (RFC 7515 §4.1.9); an absent one is ``""``.
    Raises ProofError: ``proof.missing`` for ``none``, ``proof.unsupported`` for another algorithm or an extension,
    ``proof.wrong_purpose`` for another type.
    """
    algorithm = token.header.get("alg")
    if isinstance(algorithm, str) and algorithm.lower() == "none":
        raise ProofError("proof.missing", "the token says itself that it is not signed")
    if not isinstance(algorithm, str) or algorithm not in publickeys.ALGORITHMS:
        raise ProofError("proof.unsupported", "a JWS algorithm other than ES256 and EdDSA")
    if any(name in token.header for name in _REFUSED):
        raise ProofError("proof.unsupported", "the header demands an extension")
    if kind_of(token) not in types:
        raise ProofError("proof.wrong_purpose", "a token of another type")


def verify(token: Token, public: bytes, types: tuple[str, ...]) -> None:
    """Check the header, and the signature by a key (as ``publickeys`` has it).

    Raises ProofError as ``check_header``, ``proof.wrong_key`` where the key is of another algorithm, ``proof.invalid``.
    """
    check_header(token, types)
    if token.header["alg"] != publickeys.algorithm(public):
        raise ProofError("proof.wrong_key", "the key is not of the algorithm that the header names")
    if not publickeys.verify(public, token.signed, token.signature):
        raise ProofError("proof.invalid", "the signature does not match the token")


def kind_of(token: Token) -> str:
    """The header's ``typ``, in lower case and without ``application/``; empty where there is none, and only there."""
    if "typ" not in token.header:
        return ""
    kind = token.header["typ"]
    return (kind.lower().removeprefix("application/") if isinstance(kind, str) else "") or "?"


def sign(header: dict[str, Any], payload: dict[str, Any], secret: bytes) -> str:
    """The compact JWS by a P-256 secret (32 bytes): ``alg`` ES256 is set here. Header and payload are JCS bytes."""
    from ledger.formats import p256

    signing_input = _encode(header | {"alg": publickeys.ES256}) + "." + _encode(payload)
    return signing_input + "." + base64url_encode(p256.sign(secret, signing_input.encode("ascii")))


def sign_ed25519(header: dict[str, Any], payload: dict[str, Any], secret: bytes) -> str:
    """As ``sign``, by an Ed25519 secret: ``alg`` EdDSA. What a holder's wallet does whose key is one."""
    from ledger.formats import keys

    signing_input = _encode(header | {"alg": publickeys.EDDSA}) + "." + _encode(payload)
    return signing_input + "." + base64url_encode(keys.sign(secret, signing_input.encode("ascii")))


def _encode(value: dict[str, Any]) -> str:
    return base64url_encode(canonical.dumps(value))


def _decode(part: str) -> bytes:
    try:
        return base64url_decode(part, max_bytes=canonical.MAX_BYTES)
    except FormatError as error:
        raise _malformed(error.message) from None


def _malformed(message: str) -> FormatError:
    return FormatError("document.malformed", message)
