"""SM2 keys as they are kept: made by the library, since a private number has to be one of its curve's.

What is kept is the private number and its point, 96 bytes. Needs the optional part of the distribution.
"""

from ledger.formats import sm2
from ledger.formats.sm2 import SM2KeyPair


def generate() -> bytes:
    """A new key as it is kept; FormatError ``document.unsupported`` where SM2 is not installed."""
    point, secret = sm2.library().sm2_key_generate()
    return bytes(secret) + bytes(point)


def restore(kept: bytes) -> SM2KeyPair:
    """The key pair; FormatError ``key.malformed`` where the two parts do not belong together."""
    return sm2.key_pair(kept[:32], kept[32:])
