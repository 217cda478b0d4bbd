"""Status lists as the log commits to them: each publication is opened, and held against the one before it.

Rules of docs/formats.md §6.1, numbered in the code: the published list is the one that the entry commits to (1), of
the form of §7 and signed by the key that it names under its issuer (2); under one URL the issuer id and the purpose
stay (3), the sequence grows (4), the length stays and no bit is cleared but of a suspension (5).
"""

import hashlib
from dataclasses import dataclass, field

from api.watching.errors import Broken
from api.watching.following import damaged
from ledger.formats import base64s, canonical, entry, statuscredential, statuslist, suites
from ledger.formats.entry import PUBLIC_SALT, Entry, Representation
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.registry import member_id
from ledger.formats.statuscredential import StatusList


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a list: whose it is, and its newest publication."""

    url: str
    issuer_id: bytes
    purpose: str
    sequence: int
    digest: bytes
    bits: bytes = field(repr=False)


def open_publication(data: bytes, committed: Entry) -> StatusList:
    """The list that an entry commits to.

    Raises UnavailableError ``watch.damaged`` where ``data`` is another document; Broken ``status.undone`` where what
    was logged is no list, or is not its issuer's.
    """
    opened = entry.commitment(PUBLIC_SALT, hashlib.sha256(data).digest())
    if committed.commitments != ((int(Representation.DATA_INTEGRITY), opened),):  # 1
        raise damaged("the status list is not the one that the entry commits to")
    return read(data)


def read(data: bytes) -> StatusList:
    """A list whose own signature holds; Broken ``status.undone``."""
    try:  # 2
        credential = canonical.loads(data)
        found = statuscredential.parse(credential)
        signed = suites.verify(credential)  # type: ignore[arg-type]
    except (FormatError, ProofError) as error:
        raise _undone(f"a published status list is none: {error}", data) from None
    if signed.did != found.issuer:
        raise _undone("a status list is signed under another DID than its issuer's", data)
    return found


def follow(known: Known | None, found: StatusList, committed: Entry, data: bytes) -> Known:
    """What is known after this publication; Broken ``status.undone``."""
    digest, own = hashlib.sha256(data).digest(), member_id(found.issuer)
    if known is None:
        if committed.issuer_id != own:  # 3
            raise _undone("a new status list is logged under another issuer than its own", data)
        return Known(found.url, own, found.purpose, found.sequence, digest, found.bits)
    if committed.issuer_id not in (known.issuer_id, own) or found.purpose != known.purpose:  # 3
        raise _undone(f"{found.url} has another issuer or purpose than before", data)
    if found.sequence <= known.sequence:  # 4
        raise _undone(f"{found.url}: sequence {found.sequence} after {known.sequence}", data)
    check_bits(known, found, data)
    return Known(found.url, known.issuer_id, found.purpose, found.sequence, digest, found.bits)


def check_bits(known: Known, found: StatusList, data: bytes) -> None:
    """Rule 5: Broken ``status.undone``."""
    if len(found.bits) != len(known.bits):
        raise _undone(f"{found.url} has another length than before", data)
    if found.purpose != "suspension" and not statuslist.only_adds(known.bits, found.bits):
        raise _undone(f"{found.url}: what was {found.purpose} is no more in sequence {found.sequence}", data)


def _undone(message: str, data: bytes) -> Broken:
    return Broken("status.undone", message, list=base64s.encode(data))
