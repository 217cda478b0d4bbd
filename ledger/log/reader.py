"""Reading the log, from any process: checkpoints, entries, proofs of any size, and C2SP tiles.

A reader keeps a tree of its own (or shares the sequencer's) and follows the log by reading the rows that are new. What
goes out to the public never reaches beyond the newest published checkpoint.
"""

from sqlalchemy import Connection, Engine, select

from ledger.formats import cosignature, tiles
from ledger.formats.errors import NotFoundError
from ledger.formats.statusmap import StatusMap
from ledger.log import checkpoints, cosignatures, status
from ledger.log.checkpoints import PAGE, Page, Progress, StoredAnchor, StoredCheckpoint
from ledger.log.cosignatures import Cosigner, StoredCosignature
from ledger.log.status import StoredStatusList
from ledger.log.tables import EntryRow, table_of
from ledger.log.transactions import reading
from ledger.log.tree import StoredTree

_ENTRIES = table_of(EntryRow)
MOST_ENTRIES = 1000


class LogReader:
    """Reads one log; safe to share between threads. Every method raises UnavailableError as ``reading`` does."""

    def __init__(self, engine: Engine, tree: StoredTree | None = None) -> None:
        """``tree`` may be the one of a `Sequencer` in this process, to have it in memory once."""
        self._engine = engine
        self._tree = tree or StoredTree(engine)

    def size(self) -> int:
        """How many entries are in the log now, whoever appended them."""
        with reading(self._engine) as connection:
            return self._tree.follow(connection)

    def checkpoint(self, size: int | None = None) -> StoredCheckpoint:
        """The checkpoint of this very size, or the newest; NotFoundError ``log.no_checkpoint``."""
        with reading(self._engine) as connection:
            newest = checkpoints.newest_checkpoint
            found = newest(connection) if size is None else checkpoints.checkpoint_of(connection, size)
        if found is None:
            raise NotFoundError("log.no_checkpoint", "no such checkpoint is published")
        return found

    def note(self, size: int | None = None) -> str:
        """As `checkpoint`, as a note with the cosignatures that there are by now."""
        found = self.checkpoint(size)
        lines = [one.line for one in self.cosignatures(found.size)]
        return cosignature.with_lines(found.note.decode(), lines) if lines else found.note.decode()

    def cosignatures(self, size: int) -> list[StoredCosignature]:
        """Those under the checkpoint of this size."""
        with reading(self._engine) as connection:
            return cosignatures.under(connection, size)

    def cosigner(self, witness: bytes) -> Cosigner | None:
        """How far the witness whose key has this 32-byte id has come."""
        with reading(self._engine) as connection:
            return cosignatures.cosigner(connection, witness)

    def progress(self) -> Progress:
        """How far publishing and anchoring have come."""
        with reading(self._engine) as connection:
            return checkpoints.progress(connection)

    def checkpoints_after(self, after: int) -> list[StoredCheckpoint]:
        """Checkpoints larger than ``after``, the smallest first; at most 100."""
        with reading(self._engine) as connection:
            return checkpoints.checkpoints_after(connection, after)

    def anchors_after(self, after: int) -> list[StoredAnchor]:
        """Anchors of checkpoints larger than ``after``, the smallest first; at most 100."""
        with reading(self._engine) as connection:
            return checkpoints.anchors_after(connection, after)

    def checkpoints(self, before: int | None = None, limit: int = PAGE) -> Page[StoredCheckpoint]:
        """Checkpoints, newest first, smaller than ``before``; at most 100."""
        with reading(self._engine) as connection:
            return checkpoints.checkpoint_page(connection, before, limit)

    def anchors(self, before: int | None = None, limit: int = PAGE) -> Page[StoredAnchor]:
        """Anchors, newest first, of checkpoints smaller than ``before``; at most 100."""
        with reading(self._engine) as connection:
            return checkpoints.anchor_page(connection, before, limit)

    def anchor(self, size: int | None = None) -> StoredAnchor | None:
        """The anchor of the checkpoint of this very size, or the newest one."""
        with reading(self._engine) as connection:
            newest = checkpoints.newest_anchor
            return newest(connection) if size is None else checkpoints.anchor_of(connection, size)

    def anchor_over(self, index: int) -> StoredAnchor | None:
        """The one anchor whose checkpoint was the first to hold the entry at ``index``; None while it is pending."""
        with reading(self._engine) as connection:
            return checkpoints.anchor_over(connection, index)

    def entries(self, start: int, end: int) -> list[bytes]:
        """The entries from ``start`` up to ``end``, at most 1,000; NotFoundError ``log.no_entry`` beyond the last."""
        if not 0 <= start <= end <= start + MOST_ENTRIES:
            raise NotFoundError("log.no_entry", f"entries {start} to {end} cannot be asked for at once")
        with reading(self._engine) as connection:
            return self._entries(connection, start, end)

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """RFC 9162 §2.1.3.1; NotFoundError ``tree.out_of_range`` for what is not in the log yet."""
        self._reach(size)
        return self._tree.inclusion_proof(index, size)

    def consistency_proof(self, old: int, new: int) -> list[bytes]:
        """RFC 9162 §2.1.4.1 between any two sizes, empty from 0; NotFoundError ``tree.out_of_range``."""
        self._reach(new)
        return self._tree.consistency_proof(old, new)

    def root(self, size: int) -> bytes:
        """The root of the first ``size`` entries; NotFoundError ``tree.out_of_range``."""
        self._reach(size)
        return self._tree.root(size)

    def tile(self, level: int, index: int, width: int = tiles.WIDTH) -> bytes:
        """The first ``width`` hashes of a tile; NotFoundError ``log.no_tile`` beyond the newest checkpoint."""
        self._check_width(level, index, width)
        start = index * tiles.WIDTH
        return self._tree.hashes(8 * level, start, start + width)

    def entry_bundle(self, index: int, width: int = tiles.WIDTH) -> bytes:
        """The first ``width`` entries of a bundle; NotFoundError ``log.no_tile`` beyond the newest checkpoint."""
        self._check_width(None, index, width)
        start = index * tiles.WIDTH
        with reading(self._engine) as connection:
            return tiles.encode_bundle(self._entries(connection, start, start + width))

    def tile_at(self, path: str) -> bytes:
        """What a C2SP path such as ``tile/0/x001/234.p/5`` names; NotFoundError ``log.no_tile``, FormatError
        ``tile.malformed``."""
        tile = tiles.parse_path(path)
        if tile.level is None:
            return self.entry_bundle(tile.index, tile.width)
        return self.tile(tile.level, tile.index, tile.width)

    def status_list(self, url: str, size: int | None = None) -> StoredStatusList | None:
        """The newest publication under a URL, of those that a checkpoint of ``size`` covers where that is given."""
        with reading(self._engine) as connection:
            return status.newest_publication(connection, url, size)

    def publication(self, index: int) -> StoredStatusList:
        """The status list whose publication is the entry at ``index``; NotFoundError ``status.unknown``, also beyond
        the newest checkpoint."""
        with reading(self._engine) as connection:
            newest = checkpoints.newest_checkpoint(connection)
            found = status.publication_at(connection, index) if newest and index < newest.size else None
        if found is None:
            raise NotFoundError("status.unknown", "no published entry of this index is of a status list")
        return found

    def newest_lists(self) -> list[bytes]:
        """The signed bytes of every list's newest publication."""
        with reading(self._engine) as connection:
            return status.newest_lists(connection)

    def status_map(self, size: int) -> StatusMap:
        """The map of all lists' newest publications that a checkpoint of ``size`` covers."""
        with reading(self._engine) as connection:
            return status.status_map(connection, size)

    def _entries(self, connection: Connection, start: int, end: int) -> list[bytes]:
        wanted = select(_ENTRIES.c.entry).where(_ENTRIES.c.idx >= start, _ENTRIES.c.idx < end).order_by(_ENTRIES.c.idx)
        found = [bytes(entry) for entry in connection.scalars(wanted)]
        if len(found) != end - start:
            raise NotFoundError("log.no_entry", f"entries {start} to {end} are not all in the log")
        return found

    def _reach(self, size: int) -> None:
        """Follow the log, but only where the tree in memory is too small for what is asked."""
        if size > self._tree.size:
            with reading(self._engine) as connection:
                self._tree.follow(connection)

    def _check_width(self, level: int | None, index: int, width: int) -> None:
        size = self.checkpoint().size
        if not 1 <= width <= tiles.partial_width(level, index, size):
            raise NotFoundError("log.no_tile", "no such tile in the newest checkpoint")
        self._reach(size)
