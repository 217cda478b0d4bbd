"""The entry: what the log commits to for one record (docs/formats.md §5). It holds no personal data.

::

    entry      = 0x01 ‖ len(kind) (1 byte) ‖ kind ‖ issuer id (32) ‖ n (1 byte) ‖ n × (type (1 byte) ‖ commitment (32))
    commitment = HMAC-SHA-256(key = salt, SHA-256(S))

Pairs are in strictly ascending order of type, so that one set of commitments has one encoding. Types that this version
does not know are read all the same: an older verifier can find its own representation beside a newer one.
"""

import hmac
import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from ledger.formats.errors import FormatError

VERSION = 1
MAX_COMMITMENTS = 8
MAX_SIZE = 2 + 32 + 32 + 1 + MAX_COMMITMENTS * 33

STATUS_KIND = "status-list"
"""The reserved kind of a status list's publications (§5)."""
PUBLIC_SALT = bytes(32)
"""The salt of a status list's publications, and of nothing else."""

_NAME = re.compile(rb"[a-z][a-z0-9-]{0,31}")


class Representation(IntEnum):
    """The type byte of a commitment: one signed form of a record."""

    DATA_INTEGRITY = 1
    JWT = 2
    SD_JWT = 3
    SM2 = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded entry: kind name, issuer id (32 bytes) and (type, commitment of 32 bytes), ascending by type."""

    kind: str
    issuer_id: bytes
    commitments: tuple[tuple[int, bytes], ...]

    def commitment(self, representation: int) -> bytes | None:
        """The commitment of this type, or None where the entry has none."""
        return dict(self.commitments).get(representation)


def is_kind_name(name: str) -> bool:
    """Whether ``name`` can stand in an entry: ``[a-z][a-z0-9-]{0,31}``."""
    return name.isascii() and _NAME.fullmatch(name.encode()) is not None


def commitment(salt: bytes, digest: bytes) -> bytes:
    """HMAC-SHA-256 of ``digest`` (SHA-256 of the signed document) under ``salt``; 32 bytes each."""
    if len(salt) != 32 or len(digest) != 32:
        raise FormatError("entry.malformed", "salt and digest have 32 bytes each")
    return hmac.digest(salt, digest, "sha256")


def encode(entry: Entry) -> bytes:
    """The entry's bytes; FormatError ``entry.malformed`` where no entry has these values."""
    pairs = b"".join([_pair(kind, value) for kind, value in entry.commitments])
    data = b"".join((_head(entry.kind, entry.issuer_id), bytes([min(len(entry.commitments), 255)]), pairs))
    if decode(data) != entry:
        raise _malformed("the values do not survive the encoding")
    return data


def single(kind: str, issuer_id: bytes, representation: int, salt: bytes, digest: bytes) -> bytes:
    """The entry with one commitment, made at once: the batch's road."""
    return prefix(kind, issuer_id, representation) + commitment(salt, digest)


def prefix(kind: str, issuer_id: bytes, representation: int) -> bytes:
    """What stands before the commitment in an entry that has only one; the same for a whole batch."""
    if not 1 <= representation <= 255:
        raise _malformed("a type is from 1 to 255")
    return b"".join((_head(kind, issuer_id), b"\x01", bytes([representation])))


def decode(data: bytes) -> Entry:
    """The entry whose only encoding is ``data``; FormatError ``entry.malformed``."""
    if len(data) > MAX_SIZE or len(data) < 2 or data[0] != VERSION:
        raise _malformed("not an entry of version 1")
    at = 2 + data[1]
    name, issuer_id, count = data[2:at], data[at : at + 32], data[at + 32 : at + 33]
    if not _NAME.fullmatch(name):
        raise _malformed("the kind's name is not of the promised form")
    if not count or not 1 <= count[0] <= MAX_COMMITMENTS or len(data) != at + 33 + 33 * count[0]:
        raise _malformed("the commitments are cut short, too many, or followed by other bytes")
    pairs = tuple((data[i], data[i + 1 : i + 33]) for i in range(at + 33, len(data), 33))
    types = [0, *(kind for kind, _ in pairs)]
    if any(low >= high for low, high in pairwise(types)):
        raise _malformed("types are not from 1 upwards in strictly ascending order")
    return Entry(name.decode(), issuer_id, pairs)


def _head(kind: str, issuer_id: bytes) -> bytes:
    if not is_kind_name(kind):
        raise _malformed("the kind's name is not of the promised form")
    if len(issuer_id) != 32:
        raise _malformed("an issuer id has 32 bytes")
    return b"".join((bytes((VERSION, len(kind))), kind.encode(), issuer_id))


def _pair(kind: int, value: bytes) -> bytes:
    if not 1 <= kind <= 255 or len(value) != 32:
        raise _malformed("a commitment is a type from 1 to 255 and 32 bytes")
    return bytes([kind]) + value


def _malformed(message: str) -> FormatError:
    return FormatError("entry.malformed", message)
