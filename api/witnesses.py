"""The log's side of witnessing: whose cosignatures are taken, and which are kept (docs/formats.md §6.1).

Nothing waits for a witness: a cosignature comes whenever it comes, and is kept beside a checkpoint that is published.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from api.alarms import Alarms
from ledger.formats import cosignature, note
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, NotFoundError, ProofError
from ledger.formats.note import Note, NoteKey
from ledger.log import cosignatures
from ledger.log.cosignatures import StoredCosignature
from ledger.log.reader import LogReader
from ledger.log.transactions import writing

MAX_BODY = 16 * 1024
"""Bytes of a note that is handed in: its text, and the lines of the witnesses that there may be."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a witness that the operator named has come: ``size`` 0 where it has cosigned nothing yet."""

    name: str
    count: int
    size: int
    cosigned_at: int


class Witnesses:
    """The witnesses that this log's operator named. Safe to share between threads."""

    def __init__(
        self,
        engine: Engine,
        reader: LogReader,
        log_key: NoteKey,
        named: tuple[NoteKey, ...],
        alarms: Alarms,
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._reader = reader
        self._log_key = log_key
        self._named = named
        self._alarms = alarms
        self._now = now

    def take(self, body: bytes) -> tuple[int, int]:
        """Keep the cosignatures of named witnesses in a note: the checkpoint's size, and how many of them are new.

        Raises FormatError ``note.malformed``, ``checkpoint.malformed``; NotFoundError ``log.no_checkpoint``;
        NotAllowedError ``cosignature.unknown_witness``; ProofError ``note.bad_signature``; ConflictError
        ``log.forked`` where a named witness cosigned another root of a size that we have published.
        """
        try:
            text = body.decode()
        except UnicodeDecodeError:
            raise FormatError("note.malformed", "a note is UTF-8") from None
        parsed, head = note.parse(text), cosignature.body_of(text)
        here = [key for key in self._named if _has_line(parsed, key)]
        if not here:
            raise NotAllowedError("cosignature.unknown_witness", "no line is of a witness that this log takes")
        if head.origin != self._log_key.name:
            raise NotFoundError("log.no_checkpoint", "the checkpoint is another log's")
        published = self._reader.checkpoint(head.size)
        counting = cosignature.counting(text, here, int(self._now().timestamp()))
        if len(counting) != len(here):
            raise ProofError("note.bad_signature", "a witness's line does not hold, or is from the future")
        if published.root != head.root:
            self._tell_of_fork(parsed, head, [key.name for key in counting])
            raise ConflictError("log.forked", f"the published checkpoint of size {head.size} has another root")
        with writing(self._engine) as connection:
            return head.size, cosignatures.keep(connection, [_stored(parsed, head, key) for key in here])

    def standings(self) -> list[Standing]:
        """Each named witness, in the order of the settings."""
        found = [(key, self._reader.cosigner(key.full_id)) for key in self._named]
        return [
            Standing(key.name, one.count, one.size, one.cosigned_at) if one else Standing(key.name, 0, 0, 0)
            for key, one in found
        ]

    def _tell_of_fork(self, parsed: Note, head: Checkpoint, names: list[str]) -> None:
        """Only where our own key is under it too: a witness's word alone shows nothing about this log."""
        try:
            ours = note.verify(parsed, [self._log_key])
        except ProofError:
            ours = {}
        if ours:
            self._alarms.sound("log.forked", size=head.size, root=head.root.hex(), witness=", ".join(names))


def _has_line(parsed: Note, key: NoteKey) -> bool:
    return any((line.name, line.key_id) == (key.name, key.full_id[:4]) for line in parsed.signatures)


def _stored(parsed: Note, head: Checkpoint, key: NoteKey) -> StoredCosignature:
    value = next(line.value for line in parsed.signatures if (line.name, line.key_id) == (key.name, key.full_id[:4]))
    return StoredCosignature(head.size, key.full_id, key.name, value, int.from_bytes(value[:8], "big"))
