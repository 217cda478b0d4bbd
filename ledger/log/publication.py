"""Checkpoints: signed, stored by compare-and-swap, and kept with what became of them on the chain.

A root of one size is signed once, or again with the same bytes. Three things see to that:

- only committed entries are in the tree, and no committed entry is ever changed;
- one writer at a time: signing and storing happen in one fenced transaction, and the size is the row's identity;
- before its first signature an opened log must be shown the chain's head (`Publisher.confirm`). A log restored from an
  old backup does not contain that head, and signs nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Protocol

from sqlalchemy import Connection, delete, insert, select

from ledger.formats.checkpoint import Checkpoint, sign_checkpoint
from ledger.formats.errors import ConflictError, NotFoundError, RollbookError, UnavailableError
from ledger.formats.keys import KeyPair
from ledger.log.checkpoints import (
    StoredCheckpoint,
    anchor_of,
    checkpoint_of,
    newest_checkpoint,
    oldest_unanchored,
)
from ledger.log.lease_tables import FloorRow
from ledger.log.status import status_map
from ledger.log.tables import AnchorAttemptRow, AnchorRow, CheckpointRow, table_of
from ledger.log.transactions import reading
from ledger.log.tree import StoredTree
from ledger.log.writer import LogWriter

MAX_GROWTH = 1 << 24
"""How much a checkpoint may be larger than the one before it: what the contract accepts (docs/formats.md §8)."""

Clock = Callable[[], int]

_CHECKPOINTS, _ANCHORS, _ATTEMPTS = table_of(CheckpointRow), table_of(AnchorRow), table_of(AnchorAttemptRow)
_FLOOR = table_of(FloorRow)


class Transaction(Protocol):
    """A signed transaction for the chain and its 32-byte hash."""

    @property
    def transaction(self) -> bytes: ...
    @property
    def transaction_hash(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class KeptTransaction:
    """A transaction as it was kept."""

    transaction: bytes
    transaction_hash: bytes


class Acceptance(Protocol):
    """A checkpoint that the contract accepted, with its block's facts (`ledger.chain.anchoring.Accepted`)."""

    @property
    def size(self) -> int: ...
    @property
    def root(self) -> bytes: ...
    @property
    def status_root(self) -> bytes: ...
    @property
    def previous_size(self) -> int: ...
    @property
    def time(self) -> int: ...
    @property
    def block_number(self) -> int: ...
    @property
    def transaction_hash(self) -> bytes: ...


class Publisher:
    """The part of a sequencer that signs checkpoints and keeps what anchoring needs (`ledger.chain.anchoring`)."""

    def __init__(self, writer: LogWriter, *, origin: str, key: KeyPair, now: Clock) -> None:
        """Raises ConflictError ``log.damaged`` where the stored entries do not have the newest checkpoint's root."""
        self._writer = writer
        self._origin = origin
        self._key = key
        self._now = now
        self._confirmed = False
        self._refusal: RollbookError | None = None
        if self.leads:
            self._begin()

    def lead(self, *, asking: bool = False) -> bool:
        """Become the one process that writes, where the lease may be taken (`LogWriter.lead`); raises as ``__init__``.

        What was confirmed before counts no more: others may have written meanwhile.
        """
        if self._writer.lead(asking=asking) is None:
            return False
        try:
            self._begin()
        except BaseException:
            self._writer.step_back()
            raise
        return True

    def step_back(self) -> None:
        """Write no more, and let another process lead."""
        self._writer.step_back()

    @property
    def leads(self) -> bool:
        """Whether this process is the one that writes, as far as it knows."""
        return self._writer.epoch > 0

    @property
    def epoch(self) -> int:
        """The epoch in which it writes; 0 where it does not."""
        return self._writer.epoch

    def require(self) -> None:
        """Raise what keeps this log from being appended to: ConflictError ``log.behind_chain``, where it was found to
        be an old backup; UnavailableError ``log.unconfirmed``, where it was restored and not held against the chain."""
        if self._refusal is not None:
            raise type(self._refusal)(self._refusal.code, self._refusal.message)

    @property
    def tree(self) -> StoredTree:
        """The log's tree, for a `LogReader` of this process to share."""
        return self._writer.tree

    @property
    def size(self) -> int:
        """How many entries are in the log."""
        return self._writer.tree.size

    def check(self) -> None:
        """Whether this log can be written to now; raises as `LogWriter.transaction` does."""
        with self._writer.transaction():
            pass

    def confirm(self, size: int, root: bytes) -> None:
        """Show the log the newest checkpoint that the chain has (size 0: none yet); it signs nothing before.

        Raises ConflictError ``log.behind_chain`` where the log does not contain that checkpoint: an old backup, or
        another log under the same key. Nothing is signed or appended then, whatever was confirmed before.
        """
        missing = next(self._missing(size, root), None)
        self._confirmed = missing is None
        self._refusal = None if missing is None else ConflictError("log.behind_chain", missing)
        self.require()
        self._forget_floor()

    def refuse(self, why: RollbookError) -> None:
        """Sign and append nothing, since the chain shows that this log is not to be gone on with; until `confirm`."""
        self._confirmed, self._refusal = False, why

    def publish(self) -> StoredCheckpoint | None:
        """Sign and store a checkpoint of the log as it is; None where the newest one covers all entries.

        Raises UnavailableError ``log.unconfirmed`` before `confirm`, else as `LogWriter.transaction` does.
        """
        if not self._confirmed:
            raise UnavailableError("log.unconfirmed", "the chain's head has not been seen since this log was opened")
        with self._writer.transaction() as connection:
            newest = newest_checkpoint(connection)
            published = newest.size if newest else 0
            size = min(self._writer.tree.size, published + MAX_GROWTH)
            if size == published:
                return None
            made = self._sign(connection, size)
            connection.execute(insert(_CHECKPOINTS), [asdict(made)])
        # If we were to crash before the commit, nobody has seen the signature; the next one of this size is the same.
        return made

    def unanchored(self) -> StoredCheckpoint | None:
        """The oldest published checkpoint that is not recorded as anchored."""
        with reading(self._writer.tree.engine) as connection:
            return oldest_unanchored(connection)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The RFC 9162 §2.1.4.1 proof between two sizes; empty from 0."""
        return self._writer.tree.consistency_proof(old, new)

    def attempt(self, size: int) -> Transaction | None:
        """The kept transaction that is to anchor the checkpoint of this size."""
        with reading(self._writer.tree.engine) as connection:
            row = connection.execute(select(_ATTEMPTS).where(_ATTEMPTS.c.size == size)).one_or_none()
        return None if row is None else KeptTransaction(bytes(row.transaction), bytes(row.transaction_hash))

    def keep_attempt(self, size: int, prepared: Transaction) -> None:
        """Keep a transaction on disk before it is sent, in place of one that can no longer be accepted."""
        row = {"size": size, "transaction": prepared.transaction, "transaction_hash": prepared.transaction_hash}
        with self._writer.transaction() as connection:
            connection.execute(delete(_ATTEMPTS).where(_ATTEMPTS.c.size == size))
            connection.execute(insert(_ATTEMPTS), [row])

    def record(self, accepted: Acceptance) -> None:
        """Record an anchor; nothing where it is recorded already.

        Raises ConflictError ``log.behind_chain`` where what was accepted is not the published checkpoint of that size.
        """
        with self._writer.transaction() as connection:
            published = checkpoint_of(connection, accepted.size)
            if published is None or (published.root, published.status_root) != (accepted.root, accepted.status_root):
                raise ConflictError("log.behind_chain", f"the chain has another checkpoint of size {accepted.size}")
            if anchor_of(connection, accepted.size) is None:
                # What is recorded in between is not on the chain that followed `previous_size` with this checkpoint: a
                # chain restored from a copy older than the database's. Its entries are under this anchor now.
                between = (_ANCHORS.c.size > accepted.previous_size) & (_ANCHORS.c.size < accepted.size)
                connection.execute(delete(_ANCHORS).where(between))
                connection.execute(insert(_ANCHORS), [_anchor_row(accepted)])
                connection.execute(delete(_ATTEMPTS).where(_ATTEMPTS.c.size == accepted.size))

    def _begin(self) -> None:
        """The tree is up to date, and this process writes: see that what is stored is whole and may be gone on with."""
        self._confirmed, self._refusal = False, None
        with reading(self._writer.tree.engine) as connection:
            newest = newest_checkpoint(connection)
        if newest is not None and not self._contains(newest.size, newest.root):
            raise ConflictError("log.damaged", f"the stored entries are not those of the checkpoint of {newest.size}")
        if self.floor:
            restored = "the log was restored from a backup, and the chain's head has not been seen in it since"
            self._refusal = UnavailableError("log.unconfirmed", restored)

    @property
    def floor(self) -> list[tuple[int, bytes]]:
        """Size and root that a restored log has to hold before it goes on; empty for a log like others."""
        with reading(self._writer.tree.engine) as connection:
            return [(row.size, bytes(row.root)) for row in connection.execute(select(_FLOOR))]

    def _forget_floor(self) -> None:
        """What a restored log had to hold is in it, and was shown to be: it is a log like others from now on."""
        if self.leads and self.floor:
            with self._writer.transaction() as connection:
                connection.execute(delete(_FLOOR))

    def _missing(self, size: int, root: bytes) -> Iterator[str]:
        """What is said of each checkpoint that this log does not contain: the chain's, and the floor."""
        known = [("the chain has", size, root), *(("there was", *one) for one in self.floor)]
        for who, at, wanted in known:
            if not self._contains(at, wanted):
                yield f"{who} a checkpoint of size {at} that this log has not"

    def _contains(self, size: int, root: bytes) -> bool:
        if size == 0:
            return True
        try:
            return self._writer.tree.root(size) == root
        except NotFoundError:
            return False

    def _sign(self, connection: Connection, size: int) -> StoredCheckpoint:
        root = self._writer.tree.root(size)
        note = sign_checkpoint(Checkpoint(self._origin, size, root), self._key).encode()
        return StoredCheckpoint(size, root, status_map(connection, size).root, note, self._now())


def _anchor_row(accepted: Acceptance) -> dict[str, int | bytes]:
    return {
        "size": accepted.size,
        "previous_size": accepted.previous_size,
        "block_number": accepted.block_number,
        "block_time": accepted.time,
        "transaction_hash": accepted.transaction_hash,
    }
