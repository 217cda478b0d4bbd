"""Durable appends: the log's writer on SQLite (WAL, FULL), against a bare `executemany` of the same rows."""

import sqlite3
import time
from itertools import count
from pathlib import Path

from api import database
from bench.harness import Batch, Row, compare
from bench.tree_rows import entries
from ledger.formats import merkle
from ledger.log.tree import StoredTree
from ledger.log.writer import LogWriter

BATCH = 10_000
_TILE = 256


def log_append_durable(folder: Path) -> Row:
    """Batches of 10,000 in one transaction each; both sides hold the same tables, rows and pragmas."""
    rounds, ours, bare = 15, folder / "log.sqlite", folder / "bare.sqlite"
    engine = database.open_engine(f"sqlite:///{ours}")
    database.migrate(engine)
    writer = LogWriter(StoredTree(engine), origin="bench.example/log", log_id=bytes(32), holder="bench")
    try:
        work, raw = _appending(writer), _bare(bare)
        return compare("log_append_durable", work, raw, limit=2, rounds=rounds, clock=time.perf_counter)
    finally:
        engine.dispose()


def _batches() -> "count[int]":
    return count(0, BATCH)


def _appending(writer: LogWriter) -> Batch:
    starts = _batches()
    made = {start: (entries(BATCH, start), _keys(start)) for start in range(0, 16 * BATCH, BATCH)}

    def work() -> int:
        writer.append(*made[next(starts)])
        return BATCH

    return work


def _bare(path: Path) -> Batch:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE e (idx INTEGER PRIMARY KEY, entry BLOB NOT NULL, key TEXT NOT NULL UNIQUE)")
    connection.execute("CREATE TABLE t (idx INTEGER PRIMARY KEY, hashes BLOB NOT NULL)")
    starts = _batches()
    made = {}
    for start in range(0, 16 * BATCH, BATCH):
        some = entries(BATCH, start)
        hashes = b"".join(merkle.leaf_hash(one) for one in some)
        tiles = [(start // _TILE + at, hashes[at * 8192 : (at + 1) * 8192]) for at in range(BATCH // _TILE)]
        made[start] = (list(zip(range(start, start + BATCH), some, _keys(start), strict=True)), tiles)

    def work() -> int:
        rows, tiles = made[next(starts)]
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO e VALUES (?, ?, ?)", rows)
        connection.executemany("INSERT INTO t VALUES (?, ?)", tiles)
        connection.execute("COMMIT")
        return BATCH

    return work


def _keys(start: int) -> list[str]:
    return [f"record {at:064x} 0" for at in range(start, start + BATCH)]
