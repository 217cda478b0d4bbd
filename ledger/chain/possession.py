"""The proof of possession that comes with a key (docs/formats.md §9): the contract emits it, and here it is checked."""

from ledger.formats import keys, p256, registry, sm2
from ledger.formats.errors import FormatError
from ledger.formats.keys import MULTICODEC_ED25519


def is_key(public_key: bytes) -> bool:
    """Whether these bytes are a key of a known form, behind its multicodec prefix."""
    try:
        registry.prefixed(_bare(public_key))
    except FormatError:
        return False
    return len(public_key) != 32


def is_shown(chain_id: int, address: bytes, member: bytes, public_key: bytes, signature: bytes) -> bool:
    """Whether ``signature`` is the key's own over the message for this registry and member.

    ``public_key`` has its multicodec prefix, as the event has it. False, too, for what is no key, and for an SM2 key
    where that extra is not installed: nothing is known of it then.
    """
    if not is_key(public_key):
        return False
    message = registry.possession_message(chain_id, address, member, _bare(public_key))
    try:
        if public_key.startswith(MULTICODEC_ED25519):
            return keys.verify(public_key[2:], message, signature)
        if public_key.startswith(sm2.MULTICODEC):
            return sm2.verify(public_key[2:], message, signature)
        return p256.verify(public_key[2:], message, signature)
    except FormatError:
        return False


def _bare(public_key: bytes) -> bytes:
    """As ``registry.prefixed`` takes it: an Ed25519 key without its prefix."""
    return public_key[2:] if len(public_key) == 34 and public_key.startswith(MULTICODEC_ED25519) else public_key
