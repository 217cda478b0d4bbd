"""The chain's key-value store on disk: one SQLite table, and one SQLite transaction for each block.

WAL with synchronous FULL: a block is on disk before anybody hears of it, and a kill at any moment leaves the block
before it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eth.db.backends.base import BaseDB

from ledger.formats.errors import UnavailableError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kv (key BLOB PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS event_blocks (address BLOB, number INTEGER, PRIMARY KEY (address, number)) WITHOUT ROWID;
"""


class Store(BaseDB):
    """What py-evm asks of a database, and an index of the blocks in which a contract left events.

    Not thread-safe by itself. Every method raises UnavailableError ``chain.disk`` where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        with _disk():
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; nothing is pending."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside reaches the disk together when the block of code ends, or not at all."""
        with _disk(), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield

    def __getitem__(self, key: bytes) -> bytes:
        with _disk():
            row = self._connection.execute("SELECT value FROM kv WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise KeyError(key)
        return bytes(row[0])

    def __setitem__(self, key: bytes, value: bytes) -> None:
        with _disk():
            self._connection.execute("INSERT OR REPLACE INTO kv VALUES (?, ?)", (key, value))

    def __delitem__(self, key: bytes) -> None:
        with _disk():
            if self._connection.execute("DELETE FROM kv WHERE key = ?", (key,)).rowcount == 0:
                raise KeyError(key)

    def _exists(self, key: bytes) -> bool:
        with _disk():
            return self._connection.execute("SELECT 1 FROM kv WHERE key = ?", (key,)).fetchone() is not None

    def add_event_blocks(self, addresses: set[bytes], number: int) -> None:
        """Remember that these contracts left events in block ``number``."""
        with _disk():
            rows = [(address, number) for address in sorted(addresses)]
            self._connection.executemany("INSERT OR IGNORE INTO event_blocks VALUES (?, ?)", rows)

    def event_blocks(self, address: bytes | None, first: int, last: int) -> list[int]:
        """The blocks from ``first`` to ``last`` in which the contract, or any for None, left events; ascending."""
        with _disk():
            rows = self._connection.execute(
                "SELECT DISTINCT number FROM event_blocks"
                " WHERE (?1 IS NULL OR address = ?1) AND number BETWEEN ?2 AND ?3 ORDER BY number",
                (address, first, last),
            ).fetchall()
        return [row[0] for row in rows]


@contextmanager
def _disk() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise UnavailableError("chain.disk", f"the chain's file cannot be used: {error}") from error
