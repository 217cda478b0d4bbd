"""Opening compact JWE: to a P-256 key by ECDH-ES in direct agreement, with AES-GCM (RFC 7516, RFC 7518 §4.6, §5.3).

A stranger encrypts, so a header chooses among what is named here and nothing else: no other algorithm, no compression
(a bomb would hide in it), no extension. The ephemeral key must be a point of the curve, or its sender would learn
something of the secret.
"""

import hashlib
import re
from dataclasses import dataclass, field
from typing import Any

from ledger.formats import canonical, p256
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base64url_decode

ALGORITHM = "ECDH-ES"
ENCODINGS = {"A128GCM": 16, "A256GCM": 32}
"""Content encryption by its name, and the bytes of its key."""

_COMPACT = re.compile(r"([A-Za-z0-9_-]{1,11000})\.\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})")
_MOST = canonical.MAX_BYTES
_REFUSED = ("crit", "zip", "b64")


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted message that is not opened. ``protected`` is the header as it is authenticated."""

    header: dict[str, Any]
    protected: bytes
    iv: bytes
    text: bytes = field(repr=False)
    tag: bytes

    @property
    def kid(self) -> str:
        """For which key it says it is; "" where it says nothing."""
        kid = self.header.get("kid", "")
        return kid if isinstance(kid, str) else ""


def parse(text: str) -> Sealed:
    """The message; FormatError ``jwe.malformed``, ``jwe.unsupported`` for other algorithms, ``document.…``."""
    found = _COMPACT.fullmatch(text) if len(text) <= 2 * _MOST else None
    if found is None:
        raise FormatError("jwe.malformed", "no compact JWE of direct key agreement")
    protected, iv, ciphertext, tag = (base64url_decode(part, max_bytes=_MOST) for part in found.groups())
    header = canonical.loads(protected)
    if not isinstance(header, dict):
        raise FormatError("jwe.malformed", "the header is an object")
    if header.get("alg") != ALGORITHM or header.get("enc") not in ENCODINGS or any(name in header for name in _REFUSED):
        raise FormatError("jwe.unsupported", f"{ALGORITHM} with {' or '.join(ENCODINGS)}, and nothing besides")
    return Sealed(header, found[1].encode("ascii"), iv, ciphertext, tag)


def decrypt(sealed: Sealed, secret: bytes) -> bytes:
    """What is in it, by a 32-byte scalar; ProofError ``jwe.invalid``, FormatError ``jwe.malformed``, ``key.…``."""
    from Crypto.Cipher import AES

    epk = sealed.header.get("epk")
    if not isinstance(epk, dict):
        raise FormatError("jwe.malformed", "there is no ephemeral key")
    shared = p256.agree(secret, p256.jwk_to_public_key(epk))
    encoding = str(sealed.header["enc"])
    parties = [_party(sealed.header.get(name, "")) for name in ("apu", "apv")]
    key = derive(shared, encoding, *parties)
    cipher: Any = AES.new(key, AES.MODE_GCM, nonce=sealed.iv, mac_len=16)
    cipher.update(sealed.protected)
    try:
        opened: bytes = cipher.decrypt_and_verify(sealed.text, sealed.tag)
    except ValueError:
        raise ProofError("jwe.invalid", "the message was altered, or is for another key") from None
    return opened


def derive(shared: bytes, encoding: str, apu: bytes, apv: bytes) -> bytes:
    """The content key: one round of Concat KDF (RFC 7518 §4.6.2), which 32 bytes of SHA-256 are enough for."""
    size = ENCODINGS[encoding]
    parts = b"".join(len(part).to_bytes(4, "big") + part for part in (encoding.encode("ascii"), apu, apv))
    return hashlib.sha256(b"\x00\x00\x00\x01" + shared + parts + (8 * size).to_bytes(4, "big")).digest()[:size]


def _party(value: object) -> bytes:
    if not isinstance(value, str) or len(value) > 1024:
        raise FormatError("jwe.malformed", "apu and apv are short texts")
    return base64url_decode(value, max_bytes=768)
