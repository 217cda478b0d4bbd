"""The log's tree in memory, over the rows on disk. Any process may have one; it follows the log by reading new rows.

Only committed rows ever get in. Leaf hashes of whole tiles are stored joined, 256 to a row, so that a log of a million
entries opens in about a second; those after the last whole tile are hashed again from the entries.
"""

import threading

from sqlalchemy import Connection, Engine, func, select

from ledger.formats import merkle
from ledger.formats.errors import ConflictError
from ledger.log.tables import HASH_SIZE, LEAVES_PER_TILE, EntryRow, LeafTileRow, table_of

_ENTRIES, _TILES = table_of(EntryRow), table_of(LeafTileRow)
_TILES_AT_ONCE = 512


class StoredTree:
    """RFC 6962 tree of the stored entries, safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._tree = merkle.Tree()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many entries this tree holds; others may have been stored since the last `follow`."""
        return self._tree.size

    def follow(self, connection: Connection) -> int:
        """Read the rows that are new to this tree, in the caller's transaction; the size then.

        Raises ConflictError ``log.rolled_back`` where the database holds less than this process has seen, and
        ``log.damaged`` where rows are missing.
        """
        with self._lock:
            newest = connection.scalar(select(func.max(_ENTRIES.c.idx)))
            stored = 0 if newest is None else newest + 1
            if stored < self._tree.size:
                raise ConflictError("log.rolled_back", f"{stored} entries stored, {self._tree.size} were seen before")
            if stored > self._tree.size:
                self._load(connection, stored)
            return stored

    def extend(self, start: int, leaves: bytes) -> None:
        """Add the joined leaf hashes from index ``start`` on, of committed entries; those already known are skipped."""
        with self._lock:
            known = self._tree.size - start
            if known < 0:
                raise ConflictError("log.damaged", f"leaves from {start} on, while {self._tree.size} are known")
            self._tree.extend(leaves[known * HASH_SIZE :])

    def unfinished_tile(self) -> bytes:
        """The joined leaf hashes after the last whole tile, at most 255."""
        with self._lock:
            size = self._tree.size
            return self._tree.hashes(0, size - size % LEAVES_PER_TILE, size)

    def hashes(self, level: int, start: int, end: int) -> bytes:
        """The joined hashes of complete subtrees; see `merkle.Tree.hashes`."""
        with self._lock:
            return self._tree.hashes(level, start, end)

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` entries; NotFoundError ``tree.out_of_range`` for more than there are."""
        with self._lock:
            return self._tree.root(size)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The path of the entry at ``index`` in the tree of ``size``; NotFoundError ``tree.out_of_range``."""
        with self._lock:
            return self._tree.inclusion_proof(index, size)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """The proof between two sizes, empty where ``old`` is 0 or ``new``; NotFoundError ``tree.out_of_range``."""
        with self._lock:
            if old == 0:
                self._tree.root(new)  # refuses a size that is not there
                return []
            return self._tree.consistency_proof(old, new)

    def _load(self, connection: Connection, stored: int) -> None:
        """Up to the next tile's border from the entries, then whole tiles, then the rest from the entries again."""
        border = -(-self._tree.size // LEAVES_PER_TILE) * LEAVES_PER_TILE
        self._load_entries(connection, min(border, stored))
        self._load_tiles(connection, stored // LEAVES_PER_TILE)
        self._load_entries(connection, stored)

    def _load_entries(self, connection: Connection, end: int) -> None:
        start = self._tree.size
        if start == end:
            return
        wanted = select(_ENTRIES.c.entry).where(_ENTRIES.c.idx >= start, _ENTRIES.c.idx < end).order_by(_ENTRIES.c.idx)
        entries = [bytes(entry) for entry in connection.scalars(wanted)]
        if len(entries) != end - start:
            raise ConflictError("log.damaged", f"{len(entries)} entries stored from {start} to {end}")
        self._tree.extend_entries(entries)

    def _load_tiles(self, connection: Connection, end: int) -> None:
        start = self._tree.size // LEAVES_PER_TILE
        wanted = select(_TILES.c.hashes).where(_TILES.c.idx >= start, _TILES.c.idx < end)
        rows = connection.execute(wanted.order_by(_TILES.c.idx), execution_options={"yield_per": _TILES_AT_ONCE})
        for some in rows.partitions():
            self._tree.extend(b"".join([row.hashes for row in some]))
            start += len(some)
        if start < end:
            raise ConflictError("log.damaged", f"{start} leaf tiles stored of {end}")
