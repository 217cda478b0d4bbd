"""A disk of 4 MB that fills up: nothing acknowledged is lost, and it goes on by itself once there is room."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY

MOUNT = 'mount -t tmpfs -o size=4m tmpfs "$1" && shift && exec "$@"'
KINDS = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


def _on_a_small_disk(disk: Path) -> list[str]:
    """The command in front of another that gives it a file system of 4 MB at ``disk``, which nobody else sees.

    Root makes a mount namespace; others make a user namespace first, and leave its root again, as which PostgreSQL
    would not run.
    """
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("no unshare on this machine: install the package util-linux")
    if os.geteuid() == 0:
        return [unshare, "--mount", "sh", "-c", MOUNT, "sh", str(disk)]
    ourselves = [unshare, "--user", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}"]
    return [unshare, "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", str(disk), *ourselves]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that others can walk through: where we are root, PostgreSQL's user is another."""
    with tempfile.TemporaryDirectory(prefix="rollbook-disk-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_loses_nothing_and_goes_on_once_there_is_room(kind: str, open_folder: Path) -> None:
    disk, outside = open_folder / "disk", open_folder / "outside"
    disk.mkdir()
    outside.mkdir()
    command = _on_a_small_disk(disk)
    if subprocess.run([*command, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody but root mount a small file system")
    program = [sys.executable, "-m", "tests.faults.full_disk", kind, str(disk), str(outside)]
    done = subprocess.run(
        [*command, *program], cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
