"""Records as they are stored. Every question names the school that asks it, and sees that school's rows alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, select
from sqlalchemy.exc import IntegrityError

from issuers.schools import Member
from issuers.tables import MemberRow, RecordRow, RepresentationRow, StatusListRow, StatusMarkRow, SuspensionRow
from ledger.formats import canonical
from ledger.formats.entry import Representation
from ledger.formats.errors import NotFoundError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

MAX_PAGE = 1_000
_IDENTITIES_AT_ONCE = 500

_RECORDS, _LISTS, _MARKS = table_of(RecordRow), table_of(StatusListRow), table_of(StatusMarkRow)
_MEMBERS, _FORMS, _SUSPENSIONS = table_of(MemberRow), table_of(RepresentationRow), table_of(SuspensionRow)


@dataclass(frozen=True, slots=True)
class Newest:
    """The record of an identity that counts, as far as it decides on a further one."""

    idx: int
    record_id: str
    content: bytes
    revision: int
    revoked: bool
    message_list: str
    position: int
    learner: str


@dataclass(frozen=True, slots=True)
class Mark:
    """That a record was revoked, suspended or superseded: when (seconds since 1970), and the school's reason."""

    at: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record with all that a bundle needs of it: ``document`` is S, ``idx`` its entry's index.

    Or one more form of a record: then ``idx``, ``document``, ``digest`` and ``salt`` are that form's, ``form`` names
    it, ``representation`` is its type in the entry, and everything else is the record's.
    """

    idx: int
    record_id: str
    issuer: str
    kind: str
    version: int
    learner: str
    slot: tuple[str, ...]
    revision: int
    supersedes: int | None
    issued_at: int
    revoked: Mark | None
    superseded: Mark | None
    suspended: Mark | None
    identity: bytes = field(repr=False)
    document: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    form: str = "record"
    representation: int = Representation.DATA_INTEGRITY
    private: bytes | None = field(default=None, repr=False)


class RecordStore:
    """The table of records, with the status marks beside it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self, member: Member, identities: Sequence[bytes]) -> dict[bytes, Newest]:
        """For each identity that has records, the one with the greatest revision."""
        revoked, message = _LISTS.alias("revoked"), _LISTS.alias("message")
        mark = _MARKS.alias("mark")
        columns = (_RECORDS.c.idx, _RECORDS.c.record_id, _RECORDS.c.member_id, _RECORDS.c.identity, _RECORDS.c.content)
        statement = (
            select(*columns, _RECORDS.c.revision, _RECORDS.c.position, _RECORDS.c.learner)
            .add_columns(message.c.id.label("list_id"), mark.c.marked_at)
            .join(message, (message.c.group_id == _RECORDS.c.group_id) & (message.c.purpose == "message"))
            .join(revoked, (revoked.c.group_id == _RECORDS.c.group_id) & (revoked.c.purpose == "revocation"))
            .outerjoin(mark, (mark.c.list_id == revoked.c.id) & (mark.c.position == _RECORDS.c.position))
            .order_by(_RECORDS.c.revision)
        )
        found: dict[bytes, Newest] = {}
        with reading(self._engine) as connection:
            for start in range(0, len(identities), _IDENTITIES_AT_ONCE):
                some = _RECORDS.c.identity.in_(identities[start : start + _IDENTITIES_AT_ONCE])
                for row in connection.execute(statement.where(some)):
                    # Not asked for in SQL: SQLite would go through all of the school's records by that index.
                    if row.member_id != member.id:
                        continue
                    found[bytes(row.identity)] = Newest(
                        idx=row.idx,
                        record_id=row.record_id,
                        content=bytes(row.content),
                        revision=row.revision,
                        revoked=row.marked_at is not None,
                        message_list=row.list_id,
                        position=row.position,
                        learner=row.learner,
                    )
        return found

    def get(self, member: Member, record_id: str) -> StoredRecord:
        """One record of the school by its id; NotFoundError ``record.unknown``, also for another school's."""
        with reading(self._engine) as connection:
            return self._get(connection, member, record_id)

    def find(
        self, member: Member, *, learner: str | None, kind: str | None, after: int, limit: int
    ) -> list[StoredRecord]:
        """Some records of the school, in the order of the log."""
        statement = _select().where(_RECORDS.c.member_id == member.id, _RECORDS.c.idx > after)
        if learner is not None:
            statement = statement.where(_RECORDS.c.learner == learner)
        if kind is not None:
            statement = statement.where(_RECORDS.c.kind == kind)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(_RECORDS.c.idx).limit(max(1, min(limit, MAX_PAGE))))
            return [_stored(row) for row in rows]

    def by_digest(self, digest: bytes) -> StoredRecord:
        """The record, or form of one, whose signed document has this SHA-256: whoever knows it has the document.

        It may be any school's. What may be handed out for it is the caller's to decide. NotFoundError
        ``record.unknown``.
        """
        with reading(self._engine) as connection:
            row = connection.execute(_select().where(_RECORDS.c.digest == digest)).one_or_none()
            if row is not None:
                return _stored(row)
            form = connection.execute(select(_FORMS).where(_FORMS.c.digest == digest)).one_or_none()
            if form is None:
                raise _unknown()
            row = connection.execute(_select().where(_RECORDS.c.idx == form.record_idx)).one()
        return _formed(_stored(row), form)

    def form(self, record: StoredRecord, form: str) -> StoredRecord | None:
        """The newest form of this name of a record, or None where none was made."""
        mine = (_FORMS.c.record_idx == record.idx) & (_FORMS.c.form == form)
        with reading(self._engine) as connection:
            row = connection.execute(select(_FORMS).where(mine).order_by(_FORMS.c.idx.desc()).limit(1)).one_or_none()
        return None if row is None else _formed(record, row)

    def forms(self, record: StoredRecord, names: Sequence[str]) -> list[StoredRecord]:
        """The newest form of each of these names that there is, in the order of the names."""
        return [found for name in names if (found := self.form(record, name)) is not None]

    def revoke(self, member: Member, record_id: str, reason: str, now: int) -> StoredRecord:
        """Set the record's bit in its revocation list, once and for all; the first reason stays."""
        try:
            with writing(self._engine) as connection:
                record = self._get(connection, member, record_id)
                if record.revoked is not None:
                    return record
                place = select(_LISTS.c.id, _RECORDS.c.position).join(_LISTS, _LISTS.c.group_id == _RECORDS.c.group_id)
                here = (_RECORDS.c.idx == record.idx) & (_LISTS.c.purpose == "revocation")
                list_id, position = connection.execute(place.where(here)).one()
                mark = {"list_id": list_id, "position": position, "reason": reason, "marked_at": now}
                connection.execute(_MARKS.insert(), mark)
        except IntegrityError:
            pass  # somebody else revoked it meanwhile; theirs is the reason
        return self.get(member, record_id)

    @staticmethod
    def _get(connection: Connection, member: Member, record_id: str) -> StoredRecord:
        plain = record_id.removeprefix("urn:uuid:")
        mine = _select().where(_RECORDS.c.member_id == member.id, _RECORDS.c.record_id == plain)
        row = connection.execute(mine).one_or_none()
        if row is None:
            raise _unknown()
        return _stored(row)


def _select() -> Select[Any]:
    statement = select(_RECORDS, _MEMBERS.c.did.label("issuer")).join(_MEMBERS, _MEMBERS.c.id == _RECORDS.c.member_id)
    for purpose in ("revocation", "message"):
        listed, mark = _LISTS.alias(f"{purpose}_list"), _MARKS.alias(f"{purpose}_mark")
        statement = (
            statement.join(listed, (listed.c.group_id == _RECORDS.c.group_id) & (listed.c.purpose == purpose))
            .outerjoin(mark, (mark.c.list_id == listed.c.id) & (mark.c.position == _RECORDS.c.position))
            .add_columns(mark.c.marked_at.label(f"{purpose}_at"), mark.c.reason.label(f"{purpose}_reason"))
        )
    listed, open_one = _LISTS.alias("suspension_list"), _SUSPENSIONS.alias("suspension")
    here = (open_one.c.list_id == listed.c.id) & (open_one.c.position == _RECORDS.c.position)
    return (
        statement.outerjoin(listed, (listed.c.group_id == _RECORDS.c.group_id) & (listed.c.purpose == "suspension"))
        .outerjoin(open_one, here & open_one.c.lifted_at.is_(None))
        .add_columns(open_one.c.suspended_at.label("suspension_at"), open_one.c.reason.label("suspension_reason"))
    )


def _stored(row: Row[Any]) -> StoredRecord:
    slot: Any = canonical.loads(row.slot.encode())
    return StoredRecord(
        idx=row.idx,
        record_id=row.record_id,
        issuer=row.issuer,
        kind=row.kind,
        version=row.version,
        learner=row.learner,
        slot=tuple(slot),
        revision=row.revision,
        supersedes=row.supersedes,
        issued_at=row.issued_at,
        revoked=None if row.revocation_at is None else Mark(row.revocation_at, row.revocation_reason),
        superseded=None if row.message_at is None else Mark(row.message_at, row.message_reason),
        suspended=None if row.suspension_at is None else Mark(row.suspension_at, row.suspension_reason),
        identity=bytes(row.identity),
        document=bytes(row.document),
        digest=bytes(row.digest),
        salt=bytes(row.salt),
    )


def _formed(record: StoredRecord, row: Row[Any]) -> StoredRecord:
    return replace(
        record,
        idx=row.idx,
        document=bytes(row.document),
        digest=bytes(row.digest),
        salt=bytes(row.salt),
        form=row.form,
        representation=row.representation,
        private=None if row.private is None else bytes(row.private),
    )


def _unknown() -> NotFoundError:
    return NotFoundError("record.unknown", "there is no such record")
