"""Durable appends by one writer at a time.

A writer raises the epoch when it takes over; every transaction of every writer first reads the epoch, holding the lock
that a take-over needs. So a writer that was paused, and wakes when another has taken over, can write nothing any more.
Where several processes serve one log, who may take over is decided by a lease (`ledger.log.lease`).

An append goes so, and a crash leaves:

1. The transaction begins: the epoch is ours, and the tree in memory is as long as the rows on disk.
   If we were to crash here, nothing has happened.
2. Entries, whole leaf tiles and other areas' rows are inserted.
   If we were to crash here, the database forgets all of them.
3. The transaction commits, and is on disk when that returns.
   If we were to crash here, the entries are in the log and their submitters have no answer. They ask again with the
   same keys, and get the indices. Neither do we know when the connection is lost in the middle of a commit: the next
   transaction begins by reading what is there (1), and what it finds goes into the tree.
4. The tree in memory grows. If we were to crash here, it is made again from the rows.
5. The submitters are answered.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, select, text

from ledger.formats import merkle
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.log.bulk import insert_many
from ledger.log.lease import Lease
from ledger.log.tables import HASH_SIZE, LEAVES_PER_TILE, EntryRow, LeafTileRow, SequencerRow, table_of
from ledger.log.transactions import reading, writing
from ledger.log.tree import StoredTree

Within = Callable[[Connection, int], None]
"""Called inside an append's transaction, after its entries are inserted, with the first one's index; may raise."""

_SEQUENCER, _ENTRIES, _TILES = table_of(SequencerRow), table_of(EntryRow), table_of(LeafTileRow)

_NO_EPOCH = 0  # of a process that does not lead

_TAKE_OVER = text(
    "INSERT INTO log_sequencer (id, log_id, origin, epoch, holder) VALUES (1, :log_id, :origin, 1, :holder)"
    " ON CONFLICT (id) DO UPDATE SET epoch = log_sequencer.epoch + 1, holder = excluded.holder"
    " RETURNING log_id, origin, epoch"
)


class LogWriter:
    """The right to write to the log, until somebody else takes over; safe to share between threads."""

    def __init__(
        self, tree: StoredTree, *, origin: str, log_id: bytes, holder: str, lease: Lease | None = None
    ) -> None:
        """Take over as ``holder`` (a name for people), and bring ``tree`` up to date.

        With a ``lease`` nothing is taken over before `lead`. Raises ConfigError ``log.other_log`` where the database
        holds the log of another origin or key.
        """
        self.tree = tree
        self.epoch = _NO_EPOCH
        self._lock = threading.RLock()
        self._names = {"log_id": log_id, "origin": origin, "holder": holder}
        self._lease = lease
        if lease is None:
            with writing(tree.engine) as connection:
                self.epoch = self._raise_epoch(connection)

    def lead(self, *, asking: bool = False) -> int | None:
        """Take the lease and with it the log; the epoch, or None where another process has it.

        ``asking`` is for one that has asked for it (`Lease.ask`). Raises as ``__init__``.
        """
        assert self._lease is not None
        if not self._lease.is_free(asking=asking):
            return None
        with reading(self.tree.engine) as connection:  # what takes long is done before anybody is kept waiting
            self.tree.follow(connection)
        with self._lock, writing(self.tree.engine) as connection:
            epoch = self._lease.seize(connection, self._raise_epoch, asking=asking)
        self.epoch = _NO_EPOCH if epoch is None else epoch
        return epoch

    def step_back(self) -> None:
        """Write no more, and let another process lead; whatever was being written is done before."""
        with self._lock:
            epoch, self.epoch = self.epoch, _NO_EPOCH
        if self._lease is not None and epoch != _NO_EPOCH:
            self._lease.release(epoch)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction with the epoch checked and the tree up to date, and no other writer beside it.

        Raises UnavailableError ``log.fenced`` where another writer has taken over, ``log.standby`` where this process
        does not lead; else as ``writing`` does.
        """
        if self.epoch == _NO_EPOCH:
            raise UnavailableError("log.standby", "another process writes to this log")
        with self._lock, writing(self.tree.engine) as connection:
            self._check_epoch(connection)
            self.tree.follow(connection)
            yield connection

    def append(self, entries: Sequence[bytes], keys: Sequence[str], within: Within | None = None) -> int:
        """Append entries, already checked, under their keys, and return the index of the first once all are on disk.

        ``within`` writes what belongs to them in the same transaction. Nothing at all is written where anything fails:
        sqlalchemy's IntegrityError for a key that is taken, UnavailableError as `transaction` does.
        """
        leaves = b"".join([merkle.leaf_hash(entry) for entry in entries])
        with self._lock:
            with self.transaction() as connection:
                start = self.tree.size
                rows = list(zip(range(start, start + len(entries)), entries, keys, strict=True))
                insert_many(connection, _ENTRIES, rows)
                insert_many(connection, _TILES, _whole_tiles(start, self.tree.unfinished_tile(), leaves))
                if within is not None:
                    within(connection, start)
            self.tree.extend(start, leaves)
            return start

    def _raise_epoch(self, connection: Connection) -> int:
        row = connection.execute(_TAKE_OVER, self._names).one()
        if bytes(row.log_id) != self._names["log_id"]:  # which the origin is part of
            raise ConfigError("log.other_log", f"the database holds the log {row.origin!r}, or its key is another")
        self.tree.follow(connection)
        epoch: int = row.epoch
        return epoch

    def _check_epoch(self, connection: Connection) -> None:
        # On PostgreSQL the row's lock is the writer's lock; on SQLite the transaction has it since it began.
        epoch = connection.scalar(select(_SEQUENCER.c.epoch).with_for_update())
        if epoch != self.epoch:
            raise UnavailableError("log.fenced", f"epoch {self.epoch} has ended, another writer holds epoch {epoch}")


def _whole_tiles(start: int, unfinished: bytes, leaves: bytes) -> list[tuple[int, bytes]]:
    """The rows of the tiles that the leaves from index ``start`` on complete."""
    first, hashes, width = start // LEAVES_PER_TILE, unfinished + leaves, HASH_SIZE * LEAVES_PER_TILE
    return [(first + i, hashes[i * width : (i + 1) * width]) for i in range(len(hashes) // width)]
