"""What the two contracts store, as bytes: identifiers, packed records, anchors and the proof of possession of a key.

The contracts' sources (``contracts/*.vy``) state the same; ``docs/formats.md`` §8 and §9 repeat it. Times are
seconds since 1970.
"""

import hashlib
from dataclasses import dataclass

from ledger.formats.errors import FormatError

AUTHORITY_BIT = 63
MAX_KIND = 62
CUSTODY_HOSTED = 1
CUSTODY_OWN = 2

_ED25519_MULTICODEC = b"\xed\x01"
# P-256 and SM2: compressed points of 33 bytes.
_POINT_MULTICODECS = (b"\x80\x24", b"\x86\x24")
_POSSESSION_DOMAIN = b"rollbook key possession v1"
_SUCCESSOR_DOMAIN = b"rollbook successor v1"


def member_id(did: str) -> bytes:
    """The 32-byte id under which the registry keeps an authority or issuer: SHA-256 of the DID in UTF-8."""
    return hashlib.sha256(did.encode()).digest()


def prefixed(public_key: bytes) -> bytes:
    """A public key behind its multicodec prefix: 32 bytes are an Ed25519 key, longer ones have theirs already."""
    if len(public_key) == 32:
        return _ED25519_MULTICODEC + public_key
    if len(public_key) != 35 or public_key[:2] not in _POINT_MULTICODECS:
        raise FormatError("registry.malformed", "neither an Ed25519 key nor another one behind its multicodec prefix")
    return public_key


def key_id(public_key: bytes) -> bytes:
    """The 32-byte id of a key, as ``prefixed`` takes it: SHA-256 of it behind its multicodec prefix."""
    return hashlib.sha256(prefixed(public_key)).digest()


def possession_message(chain_id: int, registry: bytes, member: bytes, public_key: bytes) -> bytes:
    """The 32 bytes that a key, as ``prefixed`` takes it, signs to show that its holder wants it under ``member`` here.

    An Ed25519 key signs them by RFC 8032, a P-256 key by ES256.
    """
    return hashlib.sha256(
        _POSSESSION_DOMAIN + _word(chain_id) + _exactly(registry, 20) + _exactly(member, 32) + prefixed(public_key)
    ).digest()


def anchor_digest(size: int, root: bytes, prev_size: int, time: int, status_root: bytes) -> bytes:
    """The word that CheckpointRegistry stores for an accepted checkpoint: SHA-256 over five 32-byte words."""
    words = (_word(size), _exactly(root, 32), _word(prev_size), _word(time), _exactly(status_root, 32))
    return hashlib.sha256(b"".join(words)).digest()


def successor(chain_id: int, registry: bytes, log_id: bytes) -> bytes:
    """What a frozen log names where it goes on, under its own id, in another CheckpointRegistry (20-byte address)."""
    words = (_SUCCESSOR_DOMAIN, _word(chain_id), _exactly(registry, 20), _exactly(log_id, 32))
    return hashlib.sha256(b"".join(words)).digest()


@dataclass(frozen=True, slots=True)
class Accreditation:
    """One numbered accreditation record. ``withdrawn`` is 0 while open; ``kinds`` has bit n set for kind number n.

    ``region`` is the prefix of the school codes in scope, up to 12 ASCII bytes without a zero byte; empty for all.
    """

    accredited: int
    withdrawn: int
    region: bytes
    kinds: int

    @property
    def is_authority(self) -> bool:
        """Whether the member may accredit others."""
        return bool(self.kinds >> AUTHORITY_BIT & 1)

    def covers(self, time: int) -> bool:
        """Whether the accreditation was open at ``time``: from the second of accreditation until before withdrawal."""
        return self.accredited <= time and (self.withdrawn == 0 or time < self.withdrawn)

    def allows_kind(self, number: int) -> bool:
        """Whether records of the kind with this number (0 to 62) are in scope."""
        return 0 <= number <= MAX_KIND and bool(self.kinds >> number & 1)

    def allows_code(self, code: bytes) -> bool:
        """Whether a school with this code lies in the region."""
        return code.startswith(self.region)

    def pack(self) -> bytes:
        """The record's 32 bytes as the contract stores them."""
        if len(self.region) > 12 or b"\0" in self.region:
            raise FormatError("registry.malformed", "a region has at most 12 bytes, none of them zero")
        return _time(self.accredited) + _time(self.withdrawn) + self.region.ljust(12, b"\0") + _unsigned(self.kinds, 8)

    @classmethod
    def unpack(cls, word: bytes) -> "Accreditation | None":
        """The record in a storage word; None where the word is zero (no such record).

        Raises FormatError ``registry.malformed`` for a word that the contract never writes.
        """
        if _exactly(word, 32) == bytes(32):
            return None
        region = word[12:24].rstrip(b"\0")
        made = cls(_int(word[:6]), _int(word[6:12]), region, _int(word[24:]))
        if not made.accredited or b"\0" in region or 0 < made.withdrawn < made.accredited:
            raise FormatError("registry.malformed", "not an accreditation record")
        return made


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key under a member. ``retired`` and ``compromised_since`` are 0 where they do not apply."""

    added: int
    retired: int
    compromised_since: int
    custody: int

    def usable(self, time: int) -> bool:
        """Whether a signature anchored at ``time`` counts: added, not yet retired, before any compromise."""
        return (
            self.added <= time
            and (self.retired == 0 or time < self.retired)
            and (self.compromised_since == 0 or time < self.compromised_since)
        )

    def pack(self) -> bytes:
        """The record's 32 bytes as the contract stores them."""
        times = _time(self.added) + _time(self.retired) + _time(self.compromised_since)
        return times + _unsigned(self.custody, 1) + bytes(13)

    @classmethod
    def unpack(cls, word: bytes) -> "KeyRecord | None":
        """The record in a storage word; None where the word is zero (no such key under this member).

        Raises FormatError ``registry.malformed`` for a word that the contract never writes.
        """
        if _exactly(word, 32) == bytes(32):
            return None
        made = cls(_int(word[:6]), _int(word[6:12]), _int(word[12:18]), word[18])
        known = made.custody in (CUSTODY_HOSTED, CUSTODY_OWN)
        if not made.added or not known or any(word[19:]) or 0 < made.retired < made.added:
            raise FormatError("registry.malformed", "not a key record")
        return made


def _int(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _time(seconds: int) -> bytes:
    return _unsigned(seconds, 6)


def _word(number: int) -> bytes:
    return _unsigned(number, 32)


def _unsigned(number: int, size: int) -> bytes:
    if not 0 <= number < 1 << (8 * size):
        raise FormatError("registry.malformed", f"{number} does not fit {size} bytes")
    return number.to_bytes(size, "big")


def _exactly(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise FormatError("registry.malformed", f"{len(data)} bytes where {size} are expected")
    return data
