"""Keys of schools: which sorts there are, what is kept of each, and signing with any of them."""

import os
from dataclasses import dataclass
from typing import Literal

from issuers import national
from ledger.formats import keys, p256, publickeys, sm2
from ledger.formats.errors import FormatError

Curve = Literal["ed25519", "p256", "sm2"]
"""Ed25519 keys sign documents and status lists, P-256 keys JWTs and SD-JWTs, SM2 keys envelopes of that form."""

CURVES: tuple[Curve, ...] = ("ed25519", "p256")
"""Those of which every school has a key from the first; an SM2 key is made where one is asked for."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A school's key, without its secret. Times are seconds since 1970; it signs once activated and until retired."""

    did: str
    multikey: str
    created_at: int
    activated_at: int | None
    retired_at: int | None

    @property
    def verification_method(self) -> str:
        """``did:web:…#z6Mk…``, or ``#zDn…``."""
        return f"{self.did}#{self.multikey}"

    @property
    def public_key(self) -> bytes:
        """Its bytes, as ``publickeys`` has them: 32 of an Ed25519 key."""
        return public_key(self.multikey)

    @property
    def curve(self) -> Curve:
        """Which kind of key it is."""
        public = self.public_key
        if len(public) == 32:
            return "ed25519"
        return "sm2" if public.startswith(sm2.MULTICODEC) else "p256"


def make(curve: Curve) -> bytes:
    """A new key as it is kept: a seed, or an SM2 key's two parts."""
    return national.generate() if curve == "sm2" else os.urandom(32)


def multikey(curve: Curve, kept: bytes) -> str:
    """The Multikey of what is kept."""
    if curve == "sm2":
        return national.restore(kept).multikey
    return p256.generate(kept).multikey if curve == "p256" else keys.generate(kept).multikey


def sign(curve: Curve, kept: bytes, message: bytes) -> bytes:
    """A signature of 64 bytes."""
    if curve == "sm2":
        return sm2.sign(national.restore(kept), message)
    if curve == "p256":
        return p256.sign(p256.generate(kept).secret, message)
    return keys.sign(keys.generate(kept).secret, message)


def public_key(multikey: str) -> bytes:
    """As ``publickeys`` has it, and an SM2 key in the same way: behind its multicodec prefix."""
    try:
        return publickeys.from_multikey(multikey)
    except FormatError as error:
        if error.code != "key.unsupported":
            raise
    return sm2.MULTICODEC + sm2.multikey_to_public_key(multikey)
