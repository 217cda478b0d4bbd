"""A stand-in for the chain with the contract's rules, in a SQLite file that outlives a kill.

It has what makes anchoring hard: transactions that wait in a pool, numbers that can be used once, an answer that comes
too late. It counts every transaction that was ever sent, so that a second one for a checkpoint cannot hide.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.formats import merkle
from ledger.formats.errors import ConflictError, RollbookError, UnavailableError

_SCHEMA = """
PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS sent (
  hash BLOB PRIMARY KEY, nonce INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS mined (
  nonce INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, size INTEGER UNIQUE, root BLOB, status_root BLOB,
  previous_size INTEGER, time INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class SimulatedHead:
    """Size and root of the newest accepted checkpoint."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class SimulatedTransaction:
    """A signed transaction nobody has seen."""

    transaction: bytes
    transaction_hash: bytes


@dataclass(frozen=True, slots=True)
class SimulatedAnchor:
    """An accepted checkpoint; block numbers are transaction numbers here."""

    size: int
    root: bytes
    previous_size: int
    time: int
    status_root: bytes
    block_number: int
    transaction_hash: bytes


class SimulatedRegistry:
    """One log's CheckpointRegistry. With ``automatic`` each transaction is mined when sent, else by `mine`."""

    def __init__(self, path: Path, *, automatic: bool = True) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.executescript(_SCHEMA)
        self.automatic = automatic
        self.reachable = True

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def head(self) -> SimulatedHead:
        """The newest accepted checkpoint."""
        self._reach()
        row = self._db.execute(
            "SELECT size, root FROM mined WHERE size IS NOT NULL ORDER BY size DESC LIMIT 1"
        ).fetchone()
        return SimulatedHead(*row) if row else SimulatedHead(0, bytes(32))

    def prepare(self, size: int, root: bytes, status_root: bytes, proof: Sequence[bytes]) -> SimulatedTransaction:
        """A transaction under the next number that no mined one has."""
        self._reach()
        self._check(size, root, proof)
        (nonce,) = self._db.execute("SELECT count(*) FROM mined").fetchone()
        fields = {"nonce": nonce, "size": size, "root": root.hex(), "status_root": status_root.hex()}
        fields["unique"] = os.urandom(8).hex()  # two transactions are never the same by chance
        body = json.dumps(fields | {"proof": [node.hex() for node in proof]}).encode()
        return SimulatedTransaction(body, hashlib.sha256(body).digest())

    def send(self, transaction: bytes) -> None:
        """Into the pool, unless it is known already."""
        self._reach()
        fields, name = json.loads(transaction), hashlib.sha256(transaction).digest()
        if found := self._db.execute("SELECT size FROM mined WHERE hash = ?", [name]).fetchone():
            if found[0] is None:
                raise ConflictError("chain.failed", "the contract refused it in a block")
            return
        if self._db.execute("SELECT 1 FROM mined WHERE nonce = ?", [fields["nonce"]]).fetchone():
            raise ConflictError("chain.spent", "another transaction has this number")
        row = (name, fields["nonce"], fields["size"], transaction)
        self._db.execute("INSERT INTO sent VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", row)
        if self.automatic:
            self.mine()

    def mine(self, time: int | None = None) -> None:
        """Mine what is in the pool and fits, each in a block of its own; a refused one uses its number up too."""
        self._db.execute("BEGIN IMMEDIATE")
        pool = self._db.execute(
            "SELECT hash, nonce, body FROM sent WHERE hash NOT IN (SELECT hash FROM mined) ORDER BY nonce"
        )
        for name, nonce, body in pool.fetchall():
            (newest,) = self._db.execute("SELECT count(*) FROM mined").fetchone()
            if nonce == newest:
                self._mine_one(name, nonce, json.loads(body), time if time is not None else 1_800_000_000 + nonce)
        self._db.execute("COMMIT")

    def spend_a_number(self) -> None:
        """Another transaction of the same account, which has nothing to do with anchoring."""
        (nonce,) = self._db.execute("SELECT count(*) FROM mined").fetchone()
        other = hashlib.sha256(b"other %d" % nonce).digest()
        self._db.execute("INSERT INTO mined (nonce, hash, time) VALUES (?, ?, 0)", (nonce, other))

    def accepted(self, size: int) -> SimulatedAnchor | None:
        """The mined checkpoint of this size."""
        self._reach()
        row = self._db.execute(
            "SELECT size, root, previous_size, time, status_root, nonce, hash FROM mined WHERE size = ?", [size]
        ).fetchone()
        return SimulatedAnchor(*row) if row else None

    def sent_for(self, size: int) -> int:
        """How many different transactions for this size were ever sent."""
        (count,) = self._db.execute("SELECT count(*) FROM sent WHERE size = ?", [size]).fetchone()
        return int(count)

    def sizes(self) -> list[int]:
        """Every accepted size in the order of acceptance."""
        rows = self._db.execute("SELECT size FROM mined WHERE size IS NOT NULL ORDER BY nonce")
        return [size for (size,) in rows]

    def _mine_one(self, name: bytes, nonce: int, fields: dict[str, object], time: int) -> None:
        size, root = int(str(fields["size"])), bytes.fromhex(str(fields["root"]))
        proof = fields["proof"]
        assert isinstance(proof, list)
        head = self.head()
        try:
            self._check(size, root, [bytes.fromhex(node) for node in proof])
        except RollbookError:
            self._db.execute("INSERT INTO mined (nonce, hash, time) VALUES (?, ?, ?)", (nonce, name, time))
            return
        row = (nonce, name, size, root, bytes.fromhex(str(fields["status_root"])), head.size, time)
        self._db.execute("INSERT INTO mined VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _check(self, size: int, root: bytes, proof: Sequence[bytes]) -> None:
        head = self.head()
        if not 0 < size - head.size <= 2**24 or root == bytes(32):
            raise ConflictError("chain.refused", f"from {head.size} to {size}")
        try:
            if head.size:  # from the empty log no proof is needed
                merkle.verify_consistency(head.size, head.root, size, root, proof)
        except RollbookError as error:
            raise ConflictError("chain.refused", str(error)) from error

    def _reach(self) -> None:
        if not self.reachable:
            raise UnavailableError("chain.unavailable", "the test says so")
