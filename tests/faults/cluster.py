"""A PostgreSQL server that can be killed, and processes of a deployment over it that can be killed and paused."""

import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import httpx
import psycopg

from tests.faults.load import PATIENCE
from tests.support import postgres
from tests.support.servers import free_port
from tests.support.together import Together, until


class Database:
    """A server of its own, killed and started again with the same data."""

    def __init__(self, home: Path) -> None:
        self._home, self._account = home, postgres._account()
        with postgres.running(home) as first:  # makes the cluster, and copies the programs where that is needed
            with first.connect() as connection:
                connection.execute("CREATE DATABASE ledger")
            self.server = postgres.Server(first.socket, count(1))
        self._programs = next((home.rglob("initdb")), postgres._package() / "pginstall" / "bin" / "initdb").parent
        self.start()

    @property
    def url(self) -> str:
        """The ledger's database."""
        return self.server.url("ledger")

    def start(self) -> None:
        """Start, and wait until it answers; what the killed one left may still be going away."""
        command: list[str | Path] = [self._programs / "postgres", "-D", self._home / "data", "-k", self._home]
        options: dict[str, Any] = {"cwd": self._home, "env": {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}}
        deadline = time.monotonic() + PATIENCE
        while True:
            with (self._home / "server.log").open("ab") as output:
                self._process: subprocess.Popen[bytes] = subprocess.Popen(
                    [*command, "-c", "listen_addresses="],
                    stdout=output,
                    stderr=output,
                    preexec_fn=postgres._die_with_parent,
                    **options,
                    **postgres._as(self._account),
                )
            while self._process.poll() is None:
                try:
                    self.server.connect().close()
                except psycopg.OperationalError:
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
                else:
                    return
            assert time.monotonic() < deadline, (self._home / "server.log").read_text()[-2000:]
            time.sleep(0.05)

    def kill(self) -> None:
        """As a power cut would end the process: at once."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """In order."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(30)


def _serve(settings: dict[str, Any], port: int, log: Path) -> None:
    """A process of the deployment, as `rollbook serve`."""
    from api import serving
    from api.settings import load

    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    serving.serve(load(**settings, port=port, host="127.0.0.1"), say=lambda _: None)


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["api.serving", "alembic.command", "psycopg", "tests.faults.cluster"])
    return context


class Member:
    """One process of the deployment; ``url`` stays its own over restarts."""

    def __init__(self, settings: dict[str, Any], folder: Path) -> None:
        self._port = free_port()
        self._arguments = (settings, self._port, folder / f"member-{self._port}.log")
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        """Start it; it answers some time later."""
        self._process: ForkServerProcess = _context().Process(target=_serve, args=self._arguments, daemon=True)
        self._process.start()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self._process.pid or 0, number)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()

    def stop(self) -> int | None:
        """As SIGTERM does; its exit code."""
        self._process.terminate()
        self._process.join(30)
        return self._process.exitcode

    def state(self) -> dict[str, Any]:
        """What `/readyz` says; nothing where it does not answer."""
        try:
            found: dict[str, Any] = httpx.get(f"{self.url}/readyz", timeout=2).json()
        except (httpx.HTTPError, ValueError):
            return {}
        return found

    @property
    def leads(self) -> bool:
        """Whether it says that it writes."""
        return bool(self.state().get("leader", {}).get("here"))


@contextmanager
def members(together: Together, folder: Path, number: int) -> Iterator[list[Member]]:
    """So many processes, ready, one of which leads."""
    settings = {**together.settings, "anchor_seconds": 0.2, "log_level": "warning"}
    found = [Member(settings, folder) for _ in range(number)]
    try:
        until(lambda: all(one.state().get("status") == "ok" for one in found), PATIENCE)
        yield found
    finally:
        for one in found:
            one.kill()


def leader_of(found: list[Member]) -> Member:
    """The one that leads, once there is one."""
    leading: list[Member] = []

    def seen() -> bool:
        leading[:] = [one for one in found if one.leads]
        return len(leading) == 1

    until(seen, PATIENCE)
    return leading[0]
