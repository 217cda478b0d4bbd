"""Batches of checked submissions, several callers' in one transaction, each with the rows that belong to it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.bulk import LOG_INDEX, Row, insert_rows
from ledger.log.grouping import Grouping
from ledger.log.submission import Submission
from ledger.log.tables import EntryRow, table_of
from ledger.log.transactions import reading
from ledger.log.writer import LogWriter

_ENTRIES = table_of(EntryRow)
TROUBLE_SECONDS = 30.0

_GROUP = 20_000
_KEYS_AT_ONCE = 500

Precondition = Callable[[Connection], None]
"""Looked at in the transaction of the append, so that nothing comes between; may raise."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Submissions that go in together or not at all, already checked; ``keys`` in the order of the answer.

    ``precondition`` may still refuse them.
    """

    keys: tuple[str, ...]
    distinct: dict[str, Submission]
    precondition: Precondition | None = None

    @classmethod
    def of(cls, submissions: Sequence[Submission], precondition: Precondition | None = None) -> "Batch":
        """Raises ConflictError ``log.conflict`` where two of them have one key and different entries."""
        distinct: dict[str, Submission] = {}
        for submission in submissions:
            if distinct.setdefault(submission.key, submission).entry != submission.entry:
                raise _conflict(submission.key)
        return cls(tuple(submission.key for submission in submissions), distinct, precondition)

    def answer(self, indices: dict[str, int]) -> list[int]:
        """The indices in the order of the submissions."""
        return [indices[key] for key in self.keys]


class Appender:
    """Appends batches of checked submissions through a writer, several callers' batches in one transaction."""

    def __init__(self, writer: LogWriter) -> None:
        self._writer = writer
        self._grouping: Grouping[Batch, list[int]] = Grouping(self._append, lambda batch: len(batch.keys), _GROUP)
        self._trouble: tuple[float, UnavailableError] | None = None

    def append(self, batch: Batch) -> list[int]:
        """The entries' indices once they are on disk. See `ledger.log.sequencer.Sequencer.append` for the errors."""
        try:
            indices = self._grouping.run(batch)
        except UnavailableError as error:
            self._trouble = time.monotonic(), error
            raise
        self._trouble = None
        return indices

    def check(self) -> None:
        """Raise the UnavailableError of the last append, where that was less than ``TROUBLE_SECONDS`` ago.

        A full disk may still have room for the next small thing; whether for a record, only a record can tell.
        """
        trouble = self._trouble
        if trouble is not None and time.monotonic() - trouble[0] < TROUBLE_SECONDS:
            raise trouble[1]

    def _append(self, batches: Sequence[Batch]) -> list[list[int]]:
        try:
            return self._append_new(batches)
        except IntegrityError:
            # A key that is taken, or a row that another area refuses. Which of them is seen with each batch alone.
            if len(batches) > 1:
                raise
            return [self._append_rest(batches[0])]

    def _append_new(self, batches: Sequence[Batch]) -> list[list[int]]:
        """Suppose that every key is new, which costs nothing where it is true: the database refuses one that is not."""
        submissions = [submission for batch in batches for submission in batch.distinct.values()]

        def within(connection: Connection, start: int) -> None:
            rows: list[Row] = []
            for batch in batches:
                if batch.precondition is not None:
                    # It is to see what the batches before it in this transaction write.
                    insert_rows(connection, rows)
                    rows = []
                    batch.precondition(connection)
                rows += _rows(batch, start)
                start += len(batch.distinct)
            insert_rows(connection, rows)

        start = self._writer.append([s.entry for s in submissions], [s.key for s in submissions], within)
        answers = []
        for batch in batches:
            answers.append(batch.answer({key: start + i for i, key in enumerate(batch.distinct)}))
            start += len(batch.distinct)
        return answers

    def _append_rest(self, batch: Batch) -> list[int]:
        """Append those whose keys are not taken; the others are there already, or are refused."""
        known = self._known(list(batch.distinct))
        for key, (_, stored) in known.items():
            if stored != batch.distinct[key].entry:
                raise _conflict(key)
        rest = [submission for key, submission in batch.distinct.items() if key not in known]
        indices = {key: index for key, (index, _) in known.items()}
        if rest:
            try:
                (appended,) = self._append_new([Batch.of(rest, batch.precondition)])
            except IntegrityError as error:
                raise ConflictError("log.row_conflict", "a row of a record contradicts one that is stored") from error
            indices |= zip((submission.key for submission in rest), appended, strict=True)
        return batch.answer(indices)

    def _known(self, keys: list[str]) -> dict[str, tuple[int, bytes]]:
        """Which of the keys are taken: by which index, with which entry."""
        found: dict[str, tuple[int, bytes]] = {}
        with reading(self._writer.tree.engine) as connection:
            for at in range(0, len(keys), _KEYS_AT_ONCE):
                some = select(_ENTRIES).where(_ENTRIES.c.key.in_(keys[at : at + _KEYS_AT_ONCE]))
                for index, entry, key in connection.execute(some):
                    found[key] = (index, bytes(entry))
        return found


def _rows(batch: Batch, start: int) -> list[Row]:
    rows = []
    for index, submission in enumerate(batch.distinct.values(), start):
        for table, values in submission.rows:
            rows.append((table, {name: index if value is LOG_INDEX else value for name, value in values.items()}))
    return rows


def _conflict(key: str) -> ConflictError:
    return ConflictError("log.conflict", f"another entry is in the log under the key {key!r}")
