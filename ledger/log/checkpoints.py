"""Checkpoints and anchors as they are stored, and how they are listed, a page at a time.

For people newest first; for witnesses and monitors, who follow the log, oldest first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Select, func, select

from ledger.log.tables import AnchorRow, CheckpointRow, EntryRow, table_of

PAGE = 100

_CHECKPOINTS, _ANCHORS, _ENTRIES = table_of(CheckpointRow), table_of(AnchorRow), table_of(EntryRow)

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A published checkpoint: size, 32-byte root, root of the status map, signed note, seconds since 1970."""

    size: int
    root: bytes
    status_root: bytes
    note: bytes
    published_at: int


@dataclass(frozen=True, slots=True)
class StoredAnchor:
    """A checkpoint that is on the chain, in the form of `ledger.chain.anchoring.Accepted`."""

    size: int
    root: bytes
    status_root: bytes
    previous_size: int
    time: int
    block_number: int
    transaction_hash: bytes


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some items, newest first; ``before`` asks for the next page, and is None on the last one."""

    items: tuple[Item, ...]
    before: int | None


def newest_checkpoint(connection: Connection) -> StoredCheckpoint | None:
    """The largest published checkpoint."""
    return _first(connection, select(_CHECKPOINTS).order_by(_CHECKPOINTS.c.size.desc()))


def checkpoint_of(connection: Connection, size: int) -> StoredCheckpoint | None:
    """The published checkpoint of this very size."""
    return _first(connection, select(_CHECKPOINTS).where(_CHECKPOINTS.c.size == size))


def oldest_unanchored(connection: Connection) -> StoredCheckpoint | None:
    """The smallest published checkpoint beyond the newest anchor."""
    anchored = select(_ANCHORS.c.size).order_by(_ANCHORS.c.size.desc()).limit(1).scalar_subquery()
    beyond = (_CHECKPOINTS.c.size > anchored) | anchored.is_(None)
    return _first(connection, select(_CHECKPOINTS).where(beyond).order_by(_CHECKPOINTS.c.size))


def newest_anchor(connection: Connection) -> StoredAnchor | None:
    """The anchor of the largest size."""
    rows = connection.execute(_anchors().order_by(_ANCHORS.c.size.desc()).limit(1)).all()
    return _anchor(rows[0]) if rows else None


def anchor_of(connection: Connection, size: int) -> StoredAnchor | None:
    """The anchor of the checkpoint of this very size."""
    rows = connection.execute(_anchors().where(_ANCHORS.c.size == size)).all()
    return _anchor(rows[0]) if rows else None


def anchor_over(connection: Connection, index: int) -> StoredAnchor | None:
    """The one anchor with ``previous_size <= index < size``; None while the entry is pending."""
    rows = connection.execute(
        _anchors().where(_ANCHORS.c.size > index, _ANCHORS.c.previous_size <= index).order_by(_ANCHORS.c.size).limit(1)
    ).all()
    return _anchor(rows[0]) if rows else None


def checkpoint_page(connection: Connection, before: int | None, limit: int) -> Page[StoredCheckpoint]:
    """Checkpoints smaller than ``before``."""
    return _page(connection, select(_CHECKPOINTS), _CHECKPOINTS.c.size, _checkpoint, before, limit)


def anchor_page(connection: Connection, before: int | None, limit: int) -> Page[StoredAnchor]:
    """Anchors of checkpoints smaller than ``before``."""
    return _page(connection, _anchors(), _ANCHORS.c.size, _anchor, before, limit)


def checkpoints_after(connection: Connection, after: int, limit: int = PAGE) -> list[StoredCheckpoint]:
    """Checkpoints larger than ``after``, the smallest first."""
    statement = select(_CHECKPOINTS).where(_CHECKPOINTS.c.size > after).order_by(_CHECKPOINTS.c.size).limit(limit)
    return [_checkpoint(row) for row in connection.execute(statement)]


def anchors_after(connection: Connection, after: int, limit: int = PAGE) -> list[StoredAnchor]:
    """Anchors of checkpoints larger than ``after``, the smallest first."""
    statement = _anchors().where(_ANCHORS.c.size > after).order_by(_ANCHORS.c.size).limit(limit)
    return [_anchor(row) for row in connection.execute(statement)]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the log has come: how many entries, checkpoints and anchors there are, how many checkpoints are larger
    than every anchored one, and when the oldest of those was published (Unix seconds, None where there is none)."""

    entries: int
    checkpoints: int
    anchors: int
    unanchored: int
    waiting_since: int | None


def progress(connection: Connection) -> Progress:
    """As of one moment."""
    last = connection.scalar(select(func.max(_ENTRIES.c.idx)))
    checkpoints = connection.scalar(select(func.count()).select_from(_CHECKPOINTS)) or 0
    anchors, newest = connection.execute(select(func.count(), func.max(_ANCHORS.c.size)).select_from(_ANCHORS)).one()
    beyond = select(func.count(), func.min(_CHECKPOINTS.c.published_at)).select_from(_CHECKPOINTS)
    unanchored, since = connection.execute(beyond.where(_CHECKPOINTS.c.size > (newest or 0))).one()
    return Progress(0 if last is None else last + 1, checkpoints, anchors, unanchored, since)


def _anchors() -> Select[Any]:
    joined = _ANCHORS.join(_CHECKPOINTS, _ANCHORS.c.size == _CHECKPOINTS.c.size)
    return select(_ANCHORS, _CHECKPOINTS.c.root, _CHECKPOINTS.c.status_root).select_from(joined)


def _first(connection: Connection, statement: Select[Any]) -> StoredCheckpoint | None:
    row = connection.execute(statement.limit(1)).one_or_none()
    return None if row is None else _checkpoint(row)


def _checkpoint(row: Row[Any]) -> StoredCheckpoint:
    return StoredCheckpoint(row.size, bytes(row.root), bytes(row.status_root), bytes(row.note), row.published_at)


def _anchor(row: Row[Any]) -> StoredAnchor:
    return StoredAnchor(
        size=row.size,
        root=bytes(row.root),
        status_root=bytes(row.status_root),
        previous_size=row.previous_size,
        time=row.block_time,
        block_number=row.block_number,
        transaction_hash=bytes(row.transaction_hash),
    )


def _page(
    connection: Connection,
    statement: Select[Any],
    size: Any,
    read: Callable[[Row[Any]], Item],
    before: int | None,
    limit: int,
) -> Page[Item]:
    limit = min(max(limit, 1), PAGE)
    if before is not None:
        statement = statement.where(size < before)
    # One more than asked for, to know whether there is a next page.
    rows = connection.execute(statement.order_by(size.desc()).limit(limit + 1)).all()
    items = tuple(read(row) for row in rows[:limit])
    return Page(items, rows[limit - 1].size if len(rows) > limit else None)
