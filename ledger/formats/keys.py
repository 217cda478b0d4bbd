"""Ed25519 keys as Multikey strings, and signatures (RFC 8032) that every strict verifier judges alike.

A public key is refused unless it is the canonical encoding of a point of the prime-order group. Eight points of the
curve have small order; under such a "key" a signature forged without any secret verifies for one message in a few in
common libraries, so whoever registered one could say of any record that it was signed. Their fourteen encodings are
listed below.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_decode, base58_encode

MULTICODEC_ED25519 = b"\xed\x01"


def _small_order_encodings() -> frozenset[bytes]:
    """The y coordinates of the eight small-order points, also as y + p where that fits 255 bits, either sign."""
    p = 2**255 - 19
    order_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
    ys = [0, 1, p - 1, order_8, p - order_8, p, p + 1]  # orders 4, 1, 2, 8, 8; then 4 and 1 again, not reduced
    return frozenset((y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1))


SMALL_ORDER_KEYS = _small_order_encodings()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An Ed25519 key: ``public`` 32 bytes; ``secret`` 64 bytes, the seed followed by the public key."""

    public: bytes
    secret: bytes = field(repr=False)

    @property
    def multikey(self) -> str:
        """The public key as Multikey, ``z6Mk…``."""
        return public_key_to_multikey(self.public)


def generate(seed: bytes) -> KeyPair:
    """Return the key pair of a 32-byte random ``seed``; raises FormatError ``key.malformed`` for another length."""
    if len(seed) != 32:
        raise FormatError("key.malformed", "a seed has 32 bytes")
    return KeyPair(*crypto_sign_seed_keypair(seed))


def check_public_key(public: bytes) -> bytes:
    """Return ``public`` if it may verify signatures; raises FormatError ``key.malformed`` or ``key.weak``."""
    if len(public) != 32:
        raise FormatError("key.malformed", "an Ed25519 public key has 32 bytes")
    if public in SMALL_ORDER_KEYS:
        raise FormatError("key.weak", "a point of small order")
    # On the curve, y < p, and in the prime-order group: others mean different things to different verifiers.
    if not crypto_core_ed25519_is_valid_point(public):
        raise FormatError("key.malformed", "no canonical point of the prime-order group")
    return public


def public_key_to_multikey(public: bytes) -> str:
    """Return ``z6Mk…`` (multibase base58btc of the multicodec ed 01 and 32 bytes); refuses what verifies nothing."""
    return "z" + base58_encode(MULTICODEC_ED25519 + check_public_key(public))


def multikey_to_public_key(multikey: str) -> bytes:
    """Return the 32 bytes of a ``z6Mk…`` string.

    Raises FormatError: ``key.malformed``, ``key.weak`` (small order), or ``key.unsupported`` for a key that is not
    Ed25519 (``zDn…`` is P-256, for one).
    """
    if not isinstance(multikey, str):
        raise FormatError("key.malformed", "a Multikey is a string")
    return _decode_multikey(multikey)


@lru_cache(maxsize=4096)
def _decode_multikey(multikey: str) -> bytes:
    # Cached, since a few hundred issuers sign millions of records, and the point check costs as much as a signature.
    if not multikey.startswith("z"):
        raise FormatError("key.malformed", "a Multikey starts with z")
    try:
        data = base58_decode(multikey[1:])
    except FormatError as error:
        raise FormatError("key.malformed", error.message) from None
    if len(data) < 3:
        raise FormatError("key.malformed", "too short for a key")
    if data[:2] != MULTICODEC_ED25519:
        raise FormatError("key.unsupported", "not an Ed25519 public key")
    return check_public_key(data[2:])


def sign(secret: bytes, message: bytes) -> bytes:
    """Return the 64-byte signature of ``message`` by a 32-byte seed or by the 64-byte ``secret`` of a KeyPair.

    The longer form saves half the time. Its second half must be the public key of its first, as ``generate`` makes it:
    signing under another would give the key away.
    """
    if len(secret) == 32:
        secret = generate(secret).secret
    elif len(secret) != 64:
        raise FormatError("key.malformed", "a secret key has 32 or 64 bytes")
    signature: bytes = crypto_sign(message, secret)[:64]
    return signature


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes, S reduced) by ``public`` (32 bytes, canonical, not of small order) holds."""
    if len(public) != 32 or len(signature) != 64 or public in SMALL_ORDER_KEYS:
        return False
    try:
        crypto_sign_open(signature + message, public)
    except BadSignatureError:
        return False
    return True
