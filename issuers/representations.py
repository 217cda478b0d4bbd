"""Further signed forms of a record: one made later gets an entry of its own in the log (docs/formats.md §5).

Such a form has the record's id and status index, and a salt of its own; so what revokes the record revokes every form
of it, and nobody can tell from the log that two entries are one record. What is signed, and how, is the business of
whoever makes the form (badges, JWT, SD-JWT, SM2); that it is signed by the school is checked by the log, as always.

A record that no longer counts gets no new form: what is revoked or superseded is not signed again.
"""

import hashlib
import os

from sqlalchemy import Connection, Engine, select

from issuers.schools import Clock, Schools
from issuers.store import RecordStore, StoredRecord
from issuers.tables import RecordRow, RepresentationRow, StatusListRow, StatusMarkRow, SuspensionRow
from ledger.formats import entry
from ledger.formats.errors import ConflictError
from ledger.log.bulk import LOG_INDEX, Row
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Caller, SignedDocument, Submission
from ledger.log.tables import table_of
from ledger.log.transactions import reading

_FORMS, _RECORDS = table_of(RepresentationRow), table_of(RecordRow)
_LISTS, _MARKS, _SUSPENSIONS = table_of(StatusListRow), table_of(StatusMarkRow), table_of(SuspensionRow)


class Representations:
    """Adds forms to the records of one deployment, and finds them again."""

    def __init__(self, engine: Engine, sequencer: Sequencer, schools: Schools, clock: Clock) -> None:
        self._engine = engine
        self._store = RecordStore(engine)
        self._sequencer = sequencer
        self._schools = schools
        self._clock = clock

    def find(self, record: StoredRecord, form: str) -> StoredRecord | None:
        """The newest form of this name, or None where none was made yet."""
        return self._store.form(record, form)

    def add(
        self,
        caller: Caller,
        record: StoredRecord,
        form: str,
        representation: int,
        signed: bytes,
        *,
        private: bytes | None = None,
        key: str | None = None,
        rows: tuple[Row, ...] = (),
    ) -> StoredRecord:
        """Commit to one more signed form of ``record`` under an entry of its own; the form, once it is on disk.

        ``signed`` is S of that ``representation``; ``private`` is kept beside it, ``rows`` are written in the entry's
        own transaction. ``key`` names the form in the log for good: without one there is one form of this name for each
        record, and where there is one already that one is given. Raises ConflictError ``record.revoked``,
        ``record.not_newest`` where the record counts no more, and what the log raises: ConflictError ``log.conflict``
        for a ``key`` that names another form, NotAllowedError for another school's record, ProofError for a signature
        that does not hold.
        """
        self.require_current(record)
        salt, digest = os.urandom(32), hashlib.sha256(signed).digest()
        document = SignedDocument(representation, signed, salt)
        member = self._schools.get(record.issuer)
        submission = Submission(
            entry=entry.single(record.kind, member.member_id, representation, salt, digest),
            documents=(document,),
            issuer=record.issuer,
            key=f"form {record.identity.hex()} {record.revision} {key or form}",
            rows=(self._row(record, form, representation, document, private), *rows),
        )
        try:
            self._sequencer.append([submission], caller=caller)
        except ConflictError as error:
            if error.code != "log.conflict" or key is not None:
                raise
            # Somebody else made it meanwhile, under another salt: theirs is the one.
            made = self._store.form(record, form)
            assert made is not None
            return made
        return self._store.by_digest(digest)  # not the newest of this name: that may be another wallet's by now

    def require_current(self, record: StoredRecord) -> None:
        """Raise ConflictError where the record does not count.

        ``record.revoked``, ``record.not_newest``, or ``record.suspended`` until that is lifted.
        """
        with reading(self._engine) as connection:
            marked = self._marked(connection, record)
        if "revocation" in marked:
            raise ConflictError("record.revoked", "the record is revoked: no further form of it is signed")
        if "message" in marked:
            raise ConflictError("record.not_newest", "the record was superseded: no further form of it is signed")
        if "suspension" in marked:
            raise ConflictError("record.suspended", "the record is suspended: no further form of it is signed now")

    @staticmethod
    def _marked(connection: Connection, record: StoredRecord) -> set[str]:
        """The purposes of the lists in which the record's bit is set."""
        mine = _RECORDS.c.record_id == record.record_id
        found: set[str] = set()
        for bits, still in ((_MARKS, None), (_SUSPENSIONS, _SUSPENSIONS.c.lifted_at.is_(None))):
            here = (_RECORDS.c.group_id == _LISTS.c.group_id) & (_RECORDS.c.position == bits.c.position)
            statement = select(_LISTS.c.purpose).join(bits, bits.c.list_id == _LISTS.c.id).join(_RECORDS, here)
            found |= set(connection.scalars(statement.where(mine if still is None else mine & still)))
        return found

    def _row(
        self, record: StoredRecord, form: str, representation: int, document: SignedDocument, private: bytes | None
    ) -> Row:
        values = {
            "idx": LOG_INDEX,
            "representation": representation,
            "record_idx": record.idx,
            "form": form,
            "document": document.signed,
            "digest": hashlib.sha256(document.signed).digest(),
            "salt": document.salt,
            "private": private,
            "made_at": int(self._clock().timestamp()),
        }
        return (_FORMS, values)
