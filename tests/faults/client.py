"""The outside client of a server that is killed: it asks, writes down what was acknowledged, and asks again.

Its journal is on disk before the client believes an answer, as a careful client's would be. What the server's store
holds afterwards is compared with the journal, and with what a log may never do.
"""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter, deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint, open_checkpoint
from ledger.log.bulk import LOG_INDEX
from ledger.log.reader import LogReader
from ledger.log.submission import Submission
from ledger.log.transactions import reading
from tests.faults import server
from tests.faults.server import Failed
from tests.support.logs import NOTE_KEY, ORIGIN
from tests.support.school import School

OUTSTANDING = 24
PATIENCE = 60.0
NOTES = sa.Table(
    "notes",
    sa.MetaData(),
    sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.String, unique=True, nullable=False),
)

Request = tuple[int, str, Any]


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.server", "alembic", "psycopg", "tests.faults.embedded"])
    return context


class Client:
    """Keeps a server busy with records, status lists and questions; every request is answered once, or asked again."""

    def __init__(self, url: str, chain: Path, journal: Path, seed: int, **server_options: Any) -> None:
        self.asked: dict[str, bytes] = {}
        self.indices: dict[str, int] = {}
        self.checkpoints: dict[int, bytes] = {}
        self.refusals: Counter[str] = Counter()
        self.kills_while_busy = 0
        self._server = ((url, chain), server_options)
        self._journal = journal.open("ab", buffering=0)
        self._random = random.Random(seed)
        self._school = School("one")
        self._asking = True
        self._answers = 0
        self._number = 0
        self._sequence = 0
        self._open: dict[int, Request] = {}
        self._again: deque[Request] = deque()

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    def round(self, seconds: float, *, from_start: bool = False) -> None:
        """Start the server, keep it busy, and kill it so many seconds after its start, or after its first answer."""
        before, end = self._answers, float("inf")

        def over() -> bool:
            nonlocal end
            if end == float("inf") and (from_start or self._answers > before):
                end = time.monotonic() + seconds
            return time.monotonic() >= end

        self._run(over)
        self.kills_while_busy += bool(self._again)

    def settle(self, engine: Engine) -> None:
        """Ask nothing new, and let a last server answer all that is open and anchor all that is in the log."""
        reader = LogReader(engine)
        self._asking = False

        def over() -> bool:
            newest = reader.anchor()
            return not self._open and not self._again and newest is not None and newest.size == len(self.asked)

        self._run(over)

    def _run(self, over: Callable[[], bool]) -> None:
        ours, theirs = multiprocessing.Pipe()
        arguments, options = self._server
        process = _context().Process(target=server.serve, args=(theirs, *arguments), kwargs=options)
        process.start()
        theirs.close()
        deadline = time.monotonic() + PATIENCE
        try:
            while not over():
                assert time.monotonic() < deadline, "the server does not get done"
                self._ask(ours)
                if ours.poll(0.005):
                    self._hear(ours)
        finally:
            os.kill(process.pid or 0, signal.SIGKILL)
            self._hear_the_rest(ours)
            process.join()
        self._again.extend(self._open.values())
        self._open.clear()

    def _ask(self, connection: Connection) -> None:
        while len(self._open) < OUTSTANDING and (self._again or self._asking):
            request = self._again.popleft() if self._again else self._new()
            self._open[request[0]] = request
            connection.send(request)

    def _new(self) -> Request:
        self._number += 1
        dice = self._random.random()
        if dice < 0.1:
            return (self._number, "checkpoint", None)
        if (dice < 0.15 and f"status {self._sequence}" in self.indices) or not self._sequence:
            self._sequence += 1
            signed = self._school.signed_status(self._sequence, range(self._sequence))
            self.asked[f"status {self._sequence}"] = signed
            return (self._number, "status", signed)
        return (self._number, "append", [self._record() for _ in range(self._random.choice((1, 1, 1, 2, 30)))])

    def _record(self) -> Submission:
        n = len(self.asked)
        key = f"{self._school.did} {n}"
        submission = self._school.submission(n, rows=((NOTES, {"idx": LOG_INDEX, "name": key}),))
        self.asked[key] = submission.entry
        return submission

    def _hear(self, connection: Connection) -> None:
        answers = [connection.recv()]
        while connection.poll():
            answers.append(connection.recv())
        # Written down before any of it is believed: the journal is what remains of a client that dies now.
        self._journal.write(repr(answers).encode() + b"\n")
        os.fsync(self._journal.fileno())
        for number, result in answers:
            self._believe(self._open.pop(number), result)

    def _hear_the_rest(self, connection: Connection) -> None:
        """What was in the pipe when the server was killed was acknowledged too."""
        try:
            while True:
                self._hear(connection)
        except (EOFError, OSError):
            connection.close()

    def _believe(self, request: Request, result: Any) -> None:
        self._answers += 1
        _, method, argument = request
        if isinstance(result, Failed):
            self.refusals[result] += 1
            self._again.append(request)
        elif method == "append":
            for submission, index in zip(argument, result, strict=True):
                self._acknowledged(submission.key, index)
        elif method == "status":
            self._acknowledged(f"status {self._sequence}", result)
        elif method == "checkpoint" and result is not None:
            size, root = result
            assert self.checkpoints.setdefault(size, root) == root, "two checkpoints of one size"

    def _acknowledged(self, key: str, index: int) -> None:
        assert self.indices.setdefault(key, index) == index, "another index than was acknowledged before"


def compare(engine: Engine, client: Client) -> None:
    """Nothing acknowledged is lost, moved or doubled; nothing is there by halves; no history has two versions."""
    with reading(engine) as connection:
        entries = connection.execute(sa.text("SELECT idx, entry, key FROM log_entries ORDER BY idx")).all()
        notes = {name: index for index, name in connection.execute(sa.select(NOTES))}
        lists = {index: n for index, n in connection.execute(sa.text("SELECT idx, sequence FROM log_status_lists"))}
    assert [row.idx for row in entries] == list(range(len(entries)))
    stored = {f"status {lists[row.idx]}" if row.idx in lists else row.key: row for row in entries}
    assert len(stored) == len(entries)
    for key, index in client.indices.items():
        assert stored[key].idx == index, f"{key} was acknowledged at {index}"
    for key, row in stored.items():
        if row.idx not in lists:
            assert bytes(row.entry) == client.asked[key]
            assert notes.pop(key) == row.idx
    assert notes == {}, "rows without their entries"
    _compare_checkpoints(engine, client, [bytes(row.entry) for row in entries])


def _compare_checkpoints(engine: Engine, client: Client, entries: list[bytes]) -> None:
    tree = merkle.Tree()
    tree.extend_entries(entries)
    reader = LogReader(engine)
    with reading(engine) as connection:
        published = connection.execute(sa.text("SELECT size, root, note FROM log_checkpoints")).all()
    for size, root, note in published:
        assert open_checkpoint(bytes(note).decode(), NOTE_KEY) == Checkpoint(ORIGIN, size, bytes(root))
        assert tree.root(size) == bytes(root)
    sizes = {row.size for row in published}
    for size, root in client.checkpoints.items():
        assert size in sizes and tree.root(size) == root, "a checkpoint that was served is gone"
    assert reader.root(len(entries)) == tree.root()
