"""A wallet's encryption (RFC 7516, RFC 7518 §4.6), by the library that the project itself does not use for it."""

import base64
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash

_SIZES = {"A128GCM": 16, "A256GCM": 32}


def encrypt(text: bytes, jwk: dict[str, Any], encoding: str, **changes: Any) -> str:
    """A compact JWE to a P-256 ``jwk``; ``changes`` are members of the header that are put over the right ones."""
    x, y = (int.from_bytes(_decoded(jwk[name]), "big") for name in ("x", "y"))
    theirs = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    own = ec.generate_private_key(ec.SECP256R1())
    point = own.public_key().public_numbers()
    epk = {"kty": "EC", "crv": "P-256"} | {
        name: _encoded(value.to_bytes(32, "big")) for name, value in (("x", point.x), ("y", point.y))
    }
    header = {"alg": "ECDH-ES", "enc": encoding, "epk": epk} | ({"kid": jwk["kid"]} if "kid" in jwk else {}) | changes
    parties = [_decoded(header[n]) if _is_encoded(header.get(n)) else b"" for n in ("apu", "apv")]
    info = b"".join(len(part).to_bytes(4, "big") + part for part in (encoding.encode(), *parties))
    size = _SIZES[encoding]
    kdf = ConcatKDFHash(hashes.SHA256(), size, info + (8 * size).to_bytes(4, "big"))
    key = kdf.derive(own.exchange(ec.ECDH(), theirs))
    protected = _encoded(json.dumps(header, separators=(",", ":")).encode())
    iv = os.urandom(12)
    sealed = AESGCM(key).encrypt(iv, text, protected.encode())
    return f"{protected}..{_encoded(iv)}.{_encoded(sealed[:-16])}.{_encoded(sealed[-16:])}"


def _is_encoded(value: Any) -> bool:
    return isinstance(value, str) and value != "" and len(value) < 100 and value.isalnum() and len(value) % 4 != 1


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
