"""Keys that a school keeps itself: what it signs to show that it has one, on a machine of its own.

Only the public key and that signature ever leave it. The deployment signs nothing under such a key; it brings it to the
registry, with custody ``own``.
"""

from dataclasses import dataclass

from ledger.formats import base64s, keys, p256, publickeys, registry
from ledger.formats.errors import FormatError, ProofError

SIGNATURE = 64


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A public key (as ``publickeys`` has it) and the signature that shows its possession."""

    multikey: str
    possession: bytes

    @property
    def public_key(self) -> bytes:
        """Its bytes: 32 of an Ed25519 key, a P-256 one behind its multicodec prefix."""
        return publickeys.from_multikey(self.multikey)

    @property
    def key_id(self) -> bytes:
        """Its id in the registry."""
        return registry.key_id(self.public_key)


def read(multikey: str, possession: str, message: bytes) -> OwnKey:
    """A key with its proof of possession (base64) of ``message`` (docs/formats.md §9).

    Raises FormatError ``key.…`` for another sort of key or text, ProofError ``key.not_possessed`` where the signature
    does not hold: it may be for another registry, chain or school.
    """
    public = publickeys.from_multikey(multikey)
    try:
        signature = base64s.decode(possession)
    except FormatError:
        raise FormatError("key.possession", "the proof of possession is 64 bytes in base64") from None
    if len(signature) != SIGNATURE:
        raise FormatError("key.possession", "the proof of possession is 64 bytes in base64")
    if not publickeys.verify(public, message, signature):
        said = "the signature is not this key's over the message for this school, registry and chain"
        raise ProofError("key.not_possessed", said)
    return OwnKey(multikey, signature)


def prove(seed: bytes, message: bytes, *, curve: str = "ed25519") -> OwnKey:
    """On the school's own machine: the key of a 32-byte seed, and its signature over ``message``."""
    if curve == "p256":
        pair = p256.generate(seed)
        return OwnKey(pair.multikey, p256.sign(pair.secret, message))
    made = keys.generate(seed)
    return OwnKey(made.multikey, keys.sign(made.secret, message))
