"""A run says what it skipped and why, and fails for it where nothing may be skipped."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.shared import REPOSITORY

SKIPPING = """
import pytest

def test_passes():
    pass

@pytest.mark.parametrize("turn", [1, 2])
def test_skips(turn):
    pytest.skip("no such machine")
"""
PASSING = "def test_passes():\n    pass\n"


def run(folder: Path, source: str, workers: str, ci: str) -> "subprocess.CompletedProcess[str]":
    (folder / "test_inner.py").write_text(source)
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(REPOSITORY)}
    environment.pop("PYTEST_XDIST_WORKER", None)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.support.skips",
        "-p",
        "no:cacheprovider",
        "-n",
        workers,
        ".",
    ]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_skip_passes_unnoticed_in_ci(tmp_path: Path, workers: str) -> None:
    done = run(tmp_path, SKIPPING, workers, ci="true")
    assert done.returncode == 1
    assert "2 skipped: with CI=true that fails the run (2 × no such machine)" in done.stdout


def test_skip_fails_a_run_elsewhere(tmp_path: Path) -> None:
    done = run(tmp_path, SKIPPING, "0", ci="")
    assert done.returncode == 0
    assert "2 skipped (2 × no such machine)" in done.stdout


def test_module_skipped_as_a_whole_passes_unnoticed_in_ci(tmp_path: Path) -> None:
    whole = "import pytest\npytest.skip('not here', allow_module_level=True)\n"
    (tmp_path / "test_other.py").write_text(PASSING)
    assert run(tmp_path, whole, "0", ci="true").returncode == 1


def test_complete_run_fails_in_ci(tmp_path: Path) -> None:
    done = run(tmp_path, PASSING, "0", ci="true")
    assert done.returncode == 0
    assert "nothing was skipped" in done.stdout
