"""What a witness or a monitor remembers: one SQLite file of its own, on disk before anything is said to others.

Its newest checkpoint with the tree's edge, the newest publication of each status list, and every checkpoint that it has
followed: of one size one root, which the database itself sees to. One process works with a file at a time.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from api.home import make_private
from api.watching.errors import Broken
from api.watching.following import Published
from api.watching.statuses import Known
from ledger.formats import cosignature, frontier
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.frontier import Frontier

_SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS heads (
    size INTEGER PRIMARY KEY CHECK (size > 0), root BLOB NOT NULL CHECK (length(root) = 32),
    note TEXT NOT NULL, published INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS lists (
    url TEXT PRIMARY KEY, issuer_id BLOB NOT NULL, purpose TEXT NOT NULL, sequence INTEGER NOT NULL,
    digest BLOB NOT NULL, bits BLOB NOT NULL) STRICT;
"""


class State:
    """The file; ``schema`` adds the tables of one sort of watcher."""

    def __init__(self, path: Path, schema: str = "") -> None:
        """Opens or makes it. UnavailableError ``watch.locked`` where another process works with it, ConfigError
        ``watch.state`` where it is no such file."""
        make_private(path.parent)
        self._db = sqlite3.connect(path, isolation_level=None, timeout=0)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA synchronous = FULL")
            with self.transaction():
                for statement in (_SCHEMA + schema).split(";"):
                    self._db.execute(statement)
        except sqlite3.OperationalError as error:
            self._db.close()
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise UnavailableError("watch.locked", f"another process works with {path}") from None
            raise UnavailableError("watch.state", f"{path}: {error}") from None
        except sqlite3.DatabaseError as error:
            self._db.close()
            raise ConfigError("watch.state", f"{path}: {error}") from None

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing, on disk when the block is left; UnavailableError ``watch.state`` where the disk is full."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._rollback()
            raise UnavailableError("watch.state", str(error)) from None
        except BaseException:
            self._rollback()
            raise

    def _rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    @property
    def edge(self) -> Frontier:
        """The tree as far as it was followed."""
        row = self.one("SELECT size FROM heads ORDER BY size DESC LIMIT 1")
        return frontier.decode(row[0], self.fact("edge") or b"") if row else Frontier()

    def newest(self) -> Published | None:
        """The newest checkpoint that was followed."""
        row = self.one("SELECT size FROM heads ORDER BY size DESC LIMIT 1")
        return self.head(row[0]) if row else None

    def head(self, size: int) -> Published | None:
        """The checkpoint of this size, where it was followed."""
        row = self.one("SELECT note, published FROM heads WHERE size = ?", size)
        return Published(_head(row[0]), row[0], row[1]) if row else None

    def known(self, url: str) -> Known | None:
        """What is remembered of a status list."""
        row = self.one("SELECT issuer_id, purpose, sequence, digest, bits FROM lists WHERE url = ?", url)
        return Known(url, row[0], row[1], row[2], row[3], zlib.decompress(row[4])) if row else None

    def go_on(self, to: Published, edge: Frontier, lists: list[Known], seen: int) -> None:
        """Inside a transaction: this checkpoint is the newest one now."""
        self._db.execute("INSERT INTO heads VALUES (?, ?, ?, ?, ?)", (to.head.size, to.head.root, to.note, to.at, seen))
        self.keep("edge", edge.encode())
        for one in lists:
            row = (one.url, one.issuer_id, one.purpose, one.sequence, one.digest, zlib.compress(one.bits))
            self._db.execute("INSERT OR REPLACE INTO lists VALUES (?, ?, ?, ?, ?, ?)", row)

    def fact(self, name: str) -> bytes | None:
        """A named value."""
        row = self.one("SELECT value FROM facts WHERE name = ?", name)
        return bytes(row[0]) if row else None

    def keep(self, name: str, value: bytes) -> None:
        """Inside a transaction: set a named value."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def stop(self, broken: Broken) -> None:
        """Remember for good that the log has broken a promise."""
        said = {"code": broken.code, "message": broken.message, "evidence": broken.evidence}
        with self.transaction():
            self.keep("broken", json.dumps(said).encode())

    def broken(self) -> Broken | None:
        """The promise that was broken, if one was."""
        said = self.fact("broken")
        if said is None:
            return None
        value = json.loads(said)
        return Broken(value["code"], value["message"], **value["evidence"])

    def one(self, statement: str, *values: Any) -> Any:
        """The first row, or None."""
        return self._db.execute(statement, values).fetchone()

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Every row."""
        return self._db.execute(statement, values).fetchall()


def _head(text: str) -> Checkpoint:
    return cosignature.body_of(text)
