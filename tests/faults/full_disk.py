"""A log on a disk of 4 MB that fills up, is killed while it is full, and goes on once there is room.

Run by ``test_full_disk`` in a mount namespace of its own: ``python -m tests.faults.full_disk KIND DISK OUTSIDE``. DISK
is the small file system, OUTSIDE a folder elsewhere for the client's journal (and PostgreSQL's own files, but for its
tables, which are on the small disk). Each step is a process of its own, the first of which is killed.
"""

import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql
from sqlalchemy import Engine, text

from api.database import migrate, open_engine
from ledger.formats import merkle
from ledger.formats.errors import UnavailableError
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import reading
from tests.support import postgres
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL = School("one")
BALLAST = 1_200_000
BATCH = 40
THREADS = 3


class Journal:
    """What was acknowledged, on a disk that does not fill up."""

    def __init__(self, outside: Path) -> None:
        self._path = outside / "acknowledged"
        self.indices: dict[str, int] = {}
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                key, index = json.loads(line)
                self.indices[key] = index
        self._file = self._path.open("a")
        self._lock = threading.Lock()

    def write(self, acknowledged: dict[str, int]) -> None:
        """Keep some acknowledgements before anybody believes them."""
        with self._lock:
            for key, index in acknowledged.items():
                assert self.indices.setdefault(key, index) == index
                self._file.write(json.dumps([key, index]) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def append(sequencer: Sequencer, journal: Journal, batch: int) -> None:
    """Append one batch of records and write down what was acknowledged."""
    submissions = SCHOOL.submissions(range(batch * BATCH, (batch + 1) * BATCH))
    indices = sequencer.append(submissions, caller=SCHOOL.caller)
    journal.write({submission.key: index for submission, index in zip(submissions, indices, strict=True)})


def fill(engine: Engine, journal: Journal, _disk: Path) -> None:
    """Append from several threads until there is no room; then nothing is lost, the rest still works, and a kill."""
    migrate(engine)
    sequencer = open_sequencer(engine)
    codes: list[str] = []

    def client(mine: int) -> None:
        for batch in range(mine, 10**6, THREADS):
            try:
                append(sequencer, journal, batch)
            except UnavailableError as error:
                codes.append(error.code)
                return

    threads = [threading.Thread(target=client, args=(mine,)) for mine in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["log.full"] * THREADS, codes
    assert len(journal.indices) > 10 * BATCH
    compare(engine, sequencer, journal)
    for attempt in range(3):
        until_refused(sequencer, journal, 10**6 * (attempt + 1))
    assert len(LogReader(engine).entries(0, BATCH)) == BATCH
    compare(engine, sequencer, journal)
    os.kill(os.getpid(), signal.SIGKILL)


def reopen(engine: Engine, journal: Journal, disk: Path) -> None:
    """After the kill, with the disk still full: what was acknowledged is there, or the answer is that there is no room;
    once there is room, the same process goes on, and what was refused is accepted."""
    try:
        sequencer = open_sequencer(engine)
    except UnavailableError as error:
        assert error.code == "log.full", error
        (disk / "ballast").unlink()
        sequencer = open_sequencer(engine)
        batch = 10**7
    else:
        batch = until_refused(sequencer, journal, 10**7)
        compare(engine, sequencer, journal)
        (disk / "ballast").unlink()
    before = sequencer.size
    append(sequencer, journal, batch)
    append(sequencer, journal, batch)
    assert sequencer.size == before + BATCH
    assert sequencer.publish() is not None
    compare(engine, sequencer, journal)


def go_on(engine: Engine, journal: Journal, _disk: Path) -> None:
    """A later start finds everything as it was."""
    sequencer = open_sequencer(engine)
    compare(engine, sequencer, journal)
    assert sequencer.size >= len(journal.indices)


def until_refused(sequencer: Sequencer, journal: Journal, first: int) -> int:
    """Append batches from ``first`` on until there is no room for one, and give its number.

    A few may still fit after a refusal: the database may have tidied up meanwhile, as SQLite does with its journal.
    """
    for batch in range(first, first + 100):
        size = sequencer.size
        try:
            append(sequencer, journal, batch)
        except UnavailableError as error:
            assert error.code == "log.full", error
            assert sequencer.size == size
            return batch
    raise AssertionError("a full disk took four thousand records more")


def compare(engine: Engine, sequencer: Sequencer, journal: Journal) -> None:
    """What was acknowledged is stored where it was said to be; memory and disk agree."""
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT idx, entry, key FROM log_entries ORDER BY idx")).all()
    assert [row.idx for row in rows] == list(range(len(rows)))
    stored = {row.key: row.idx for row in rows}
    lost = {key: index for key, index in journal.indices.items() if stored.get(key) != index}
    assert not lost, lost
    tree = merkle.Tree()
    tree.extend_entries([bytes(row.entry) for row in rows])
    assert sequencer.size == len(rows)
    assert sequencer.tree.root(len(rows)) == tree.root()


@contextmanager
def database(kind: str, disk: Path, outside: Path) -> Iterator[str]:
    """The address of a database on the small disk."""
    if kind == "sqlite":
        yield f"sqlite:///{disk / 'rollbook.sqlite'}"
        return
    home, space = outside / "postgres", disk / "space"
    home.mkdir()
    with postgres.running(home) as server, server.connect() as connection:
        space.mkdir(mode=0o700)
        os.chown(space, home.stat().st_uid, home.stat().st_gid)
        connection.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(str(space)))
        connection.execute("CREATE DATABASE log")
        connection.execute("ALTER DATABASE log SET default_tablespace = small")
        yield server.url("log")


def step(act: Callable[[Engine, Journal, Path], None], url: str, disk: Path, outside: Path) -> int:
    """Run one step in a process of its own; how it ended, as subprocess tells it."""

    def run() -> None:
        engine = open_engine(url)
        act(engine, Journal(outside), disk)
        engine.dispose()

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    return process.exitcode or 0


def main(kind: str, disk: Path, outside: Path) -> None:
    """All steps, in order."""
    (disk / "ballast").write_bytes(bytes(BALLAST))
    with database(kind, disk, outside) as url:
        assert step(fill, url, disk, outside) == -signal.SIGKILL
        assert step(reopen, url, disk, outside) == 0
        assert step(go_on, url, disk, outside) == 0


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
