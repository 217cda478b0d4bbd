"""Suspending a record for a while, and lifting that: its bit in the suspension list is set, and cleared again.

Each suspension and its end is a row that stays. Whether a record is suspended now is whether one of its rows is open;
there is never more than one, because they are numbered and the number is part of the row's identity.
"""

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import IntegrityError

from issuers.schools import Member
from issuers.store import RecordStore, StoredRecord
from issuers.tables import RecordRow, StatusListRow, SuspensionRow
from ledger.formats.errors import ConflictError
from ledger.log.tables import table_of
from ledger.log.transactions import writing

_SUSPENSIONS, _LISTS, _RECORDS = table_of(SuspensionRow), table_of(StatusListRow), table_of(RecordRow)


class Suspensions:
    """The suspensions of all schools' records."""

    def __init__(self, engine: Engine, store: RecordStore) -> None:
        self._engine, self._store = engine, store

    def suspend(self, member: Member, record_id: str, reason: str, now: int) -> StoredRecord:
        """Suspend a record of the school; one that is suspended stays so, for the first reason.

        Raises NotFoundError ``record.unknown``; ConflictError ``record.revoked`` for one that is revoked for good.
        """
        record = self._store.get(member, record_id)
        if record.revoked is not None:
            raise ConflictError("record.revoked", "a record that is revoked is not suspended besides")
        try:
            with writing(self._engine) as connection:
                list_id, position, number = self._place(connection, record)
                here = (_SUSPENSIONS.c.list_id == list_id) & (_SUSPENSIONS.c.position == position)
                is_open = select(_SUSPENSIONS.c.number).where(here, _SUSPENSIONS.c.lifted_at.is_(None))
                if connection.execute(is_open).one_or_none() is None:
                    row = {"list_id": list_id, "position": position, "number": number}
                    connection.execute(_SUSPENSIONS.insert(), row | {"reason": reason, "suspended_at": now})
        except IntegrityError:
            pass  # somebody else suspended it meanwhile; theirs is the reason
        return self._store.get(member, record_id)

    def lift(self, member: Member, record_id: str, reason: str, now: int) -> StoredRecord:
        """End the suspension of a record; nothing where there is none. NotFoundError ``record.unknown``."""
        record = self._store.get(member, record_id)
        with writing(self._engine) as connection:
            list_id, position, _ = self._place(connection, record)
            still = (
                (_SUSPENSIONS.c.list_id == list_id)
                & (_SUSPENSIONS.c.position == position)
                & _SUSPENSIONS.c.lifted_at.is_(None)
            )
            connection.execute(_SUSPENSIONS.update().where(still).values(lifted_at=now, lift_reason=reason))
        return self._store.get(member, record_id)

    @staticmethod
    def _place(connection: Connection, record: StoredRecord) -> tuple[str, int, int]:
        """The record's suspension list, its position there, and the number of its next suspension."""
        joined = select(_LISTS.c.id, _RECORDS.c.position).join(_LISTS, _LISTS.c.group_id == _RECORDS.c.group_id)
        here = (_RECORDS.c.record_id == record.record_id) & (_LISTS.c.purpose == "suspension")
        found = connection.execute(joined.where(here)).one_or_none()
        if found is None:
            raise ConflictError("record.no_suspension", "the record was issued before suspension lists were kept")
        mine = (_SUSPENSIONS.c.list_id == found.id) & (_SUSPENSIONS.c.position == found.position)
        number = connection.scalar(select(func.count()).select_from(_SUSPENSIONS).where(mine)) or 0
        return found.id, found.position, number
