"""Several processes on one port: what is refused, what is replaced, and that none is left behind."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api import supervising
from api.settings import load
from ledger.formats.errors import ConfigError
from tests.support.commands import environment
from tests.support.shared import REPOSITORY

PROGRAM = """
import os, sys, time
from api.workers import supervisor
supervisor.SHORTEST_PAUSE = 0.02
supervisor.WATCH_SECONDS = 0.05

def work():
    os.write(1, f"begun {{os.getpid()}}\\n".encode())  # at once: two of them write to one pipe
    {act}
    return 0

supervisor.Supervisor(work, 2).run()
print("done", flush=True)
"""


@contextmanager
def supervised(act: str) -> Iterator["subprocess.Popen[str]"]:
    """Two children that do this."""
    command = [sys.executable, "-c", PROGRAM.format(act=act)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment({}), cwd=REPOSITORY
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _begun(process: "subprocess.Popen[str]") -> int:
    assert process.stdout is not None
    while line := process.stdout.readline():
        if line.startswith("begun"):
            return int(line.split()[1])
    raise AssertionError("it ended")


def _is_there(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists() and ") Z " not in Path(f"/proc/{pid}/stat").read_text()


def test_a_process_that_dies_is_replaced_and_all_stop_together() -> None:
    with supervised("time.sleep(60)") as parent:
        first, second = _begun(parent), _begun(parent)
        subprocess.run(["kill", "-9", str(first)], check=True)
        third = _begun(parent)
        assert len({first, second, third}) == 3
        parent.send_signal(signal.SIGTERM)
        assert parent.wait(10) == 0
        assert not _is_there(second) and not _is_there(third)


def test_a_child_that_fails_never_goes_on_as_its_parent() -> None:
    with supervised("raise RuntimeError") as parent:
        assert len({_begun(parent) for _ in range(4)}) == 4
        parent.send_signal(signal.SIGINT)
        assert parent.wait(10) == 0
        assert parent.stdout is not None and parent.stdout.read().count("done") == 1


def test_a_parent_that_is_killed_leaves_no_process_on_the_port() -> None:
    with supervised("time.sleep(60)") as parent:
        children = [_begun(parent), _begun(parent)]
        parent.kill()
        deadline = time.monotonic() + 10
        while any(map(_is_there, children)):
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_what_one_process_owns_is_not_served_by_several(tmp_path: Path) -> None:
    for count, more in ((2, {}), (2, {"database_url": "postgresql:///x"}), (2, {"chain_url": "http://x"}), (0, {})):
        with pytest.raises(ConfigError) as caught:
            supervising.serve(load(home=tmp_path, **more), count, say=print)
        assert caught.value.code == "config.workers"
        assert "ROLLBOOK_DATABASE_URL" in caught.value.message or not count
