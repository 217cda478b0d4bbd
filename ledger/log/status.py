"""Publications of status lists: each an entry of the log, and the newest of each list a leaf of the status map.

What a checkpoint's status root covers follows from its size: every publication whose entry is among its entries. Rules
for a publication, numbered in the code:

1. the list is well-formed, and signed by its issuer;
2. its issuer alone publishes it: the caller acts for that issuer, and the deployment lets it; where it publishes in
   the place of an issuer that has ended (docs/formats.md §7), the deployment lets it do that;
3. a URL belongs to the issuer, ended or not, and the purpose that it was first published with;
4. its sequence is greater than every earlier one of that URL;
5. no bit is cleared: a revocation or supersession is never undone. Only a suspension can be lifted.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, func, select

from ledger.formats import canonical, entry, registry, statuscredential, statuslist
from ledger.formats.entry import Representation
from ledger.formats.errors import ConflictError, NotAllowedError
from ledger.formats.statuscredential import StatusList
from ledger.formats.statusmap import StatusLeaf, StatusMap
from ledger.log.bulk import LOG_INDEX
from ledger.log.submission import Authorize, Caller, SignedDocument, Submission, check_documents
from ledger.log.tables import StatusListRow, table_of

_TABLE = table_of(StatusListRow)


@dataclass(frozen=True, slots=True)
class StoredStatusList:
    """A publication: the index of its entry, its issuer's id, URL, sequence, JCS bytes and their SHA-256, end in Unix
    seconds."""

    index: int
    issuer_id: bytes
    url: str
    sequence: int
    credential: bytes = field(repr=False)
    digest: bytes
    valid_until: int


@dataclass(frozen=True, slots=True)
class Publication:
    """A checked publication: the list, and its submission with the row that goes beside the entry."""

    list: StatusList
    submission: Submission

    def check_against_newest(self, connection: Connection) -> None:
        """Rules 3 to 5, in the transaction of the append. ConflictError ``status.conflict``."""
        newest = newest_publication(connection, self.list.url)
        if newest is None:
            return
        before = statuscredential.parse(canonical.loads(newest.credential))
        owner = registry.member_id(self.submission.in_place_of or self.list.issuer)
        if (newest.issuer_id, before.purpose) != (owner, self.list.purpose):  # 3
            raise _conflict("another issuer or purpose has this URL")
        if self.list.sequence <= before.sequence:  # 4
            raise _conflict(f"sequence {self.list.sequence} does not follow {before.sequence}")
        if len(self.list.bits) != len(before.bits):
            raise _conflict("a list keeps its length")
        if self.list.purpose != "suspension" and not statuslist.only_adds(before.bits, self.list.bits):  # 5
            raise _conflict("a revocation or supersession is never undone")


def check_publication(
    signed: bytes, caller: Caller, authorize: Authorize, in_place_of: str | None = None
) -> Publication:
    """Rules 1 and 2 for the signed bytes (JCS) of a list credential.

    ``in_place_of`` is the DID of the issuer whose list it is, where another one has taken over.
    Raises FormatError ``status.malformed``, ``document.…``; ProofError ``proof.…``; NotAllowedError
    ``log.not_allowed``.
    """
    listed = statuscredential.parse(canonical.loads(signed))
    digest, issuer_id = hashlib.sha256(signed).digest(), registry.member_id(in_place_of or listed.issuer)
    row = {
        "idx": LOG_INDEX,
        "issuer_id": issuer_id,
        "url": listed.url,
        "sequence": listed.sequence,
        "credential": signed,
        "digest": digest,
        "valid_until": listed.valid_until,
    }
    submission = Submission(
        entry=entry.single(entry.STATUS_KIND, issuer_id, Representation.DATA_INTEGRITY, entry.PUBLIC_SALT, digest),
        documents=(SignedDocument(Representation.DATA_INTEGRITY, signed, entry.PUBLIC_SALT),),
        issuer=listed.issuer,
        key=f"status-list {digest.hex()}",
        rows=((_TABLE, row),),
        in_place_of=in_place_of,
    )
    if caller.issuer != listed.issuer or not authorize(caller, submission):  # 2
        raise NotAllowedError("log.not_allowed", f"{caller.name!r} may not publish this status list")
    check_documents(submission, entry.decode(submission.entry))  # 1
    return Publication(listed, submission)


def newest_publication(connection: Connection, url: str, size: int | None = None) -> StoredStatusList | None:
    """The newest publication under a URL, of those that a checkpoint of ``size`` covers."""
    statement = select(_TABLE).where(_TABLE.c.url == url)
    if size is not None:
        statement = statement.where(_TABLE.c.idx < size)
    row = connection.execute(statement.order_by(_TABLE.c.sequence.desc()).limit(1)).one_or_none()
    return None if row is None else _stored(row)


def publication_at(connection: Connection, index: int) -> StoredStatusList | None:
    """The publication whose entry has this index."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.idx == index)).one_or_none()
    return None if row is None else _stored(row)


def newest_lists(connection: Connection) -> list[bytes]:
    """The signed bytes of every list's newest publication."""
    newest = select(_TABLE.c.url, func.max(_TABLE.c.sequence).label("sequence")).group_by(_TABLE.c.url).subquery()
    same = and_(_TABLE.c.url == newest.c.url, _TABLE.c.sequence == newest.c.sequence)
    return [bytes(one) for one in connection.scalars(select(_TABLE.c.credential).join(newest, same))]


def status_map(connection: Connection, size: int) -> StatusMap:
    """The map of all lists' newest publications that a checkpoint of ``size`` covers."""
    newest = select(_TABLE.c.url, func.max(_TABLE.c.sequence).label("sequence"))
    newest_each = newest.where(_TABLE.c.idx < size).group_by(_TABLE.c.url).subquery()
    same = and_(_TABLE.c.url == newest_each.c.url, _TABLE.c.sequence == newest_each.c.sequence)
    columns = (_TABLE.c.issuer_id, _TABLE.c.url, _TABLE.c.sequence, _TABLE.c.digest, _TABLE.c.valid_until)
    rows = connection.execute(select(*columns).join(newest_each, same))
    return StatusMap(
        StatusLeaf(bytes(row.issuer_id), row.url, row.sequence, bytes(row.digest), row.valid_until) for row in rows
    )


def _stored(row: Any) -> StoredStatusList:
    return StoredStatusList(
        index=row.idx,
        issuer_id=bytes(row.issuer_id),
        url=row.url,
        sequence=row.sequence,
        credential=bytes(row.credential),
        digest=bytes(row.digest),
        valid_until=row.valid_until,
    )


def _conflict(message: str) -> ConflictError:
    return ConflictError("status.conflict", message)
