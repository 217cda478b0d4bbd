"""`rollbook serve` as a process of its own, and a client for it."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.commands import COMMAND, environment

START_SECONDS = 60


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Server:
    """A running server; ``log`` is where it writes."""

    port: int
    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def url(self) -> str:
        """Where it answers, whatever address its ledger was made for."""
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Until it answers; AssertionError with what it wrote where it does not."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz", timeout=1)
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the server did not start: {self.log.read_text(errors='replace')}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Tell it to stop, and its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


@contextmanager
def serving(env: Mapping[str, str], folder: Path, *command: str, port: int = 0, **more: str) -> Iterator[Server]:
    """A server over the ledger that ``env`` names, ended with the block however that ends."""
    port = port or free_port()
    log = folder / f"serve-{port}.log"
    settings = {**env, "ROLLBOOK_PORT": str(port), "ROLLBOOK_ANCHOR_SECONDS": "0.2", **more}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*COMMAND, *(command or ("serve",))], env=environment(settings), cwd=folder, stdout=output, stderr=output
        )
        server = Server(port, process, log)
        try:
            server.wait()
            yield server
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
