"""kill -9 in the middle of sealing: the chain opens again, and nothing that was acknowledged is lost."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("kill_rounds.py")
REPOSITORY = SCRIPT.parents[4]


def run(folder: Path, rounds: int, seed: int) -> None:
    command = [sys.executable, str(SCRIPT), str(folder), str(rounds), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, env={"PYTHONPATH": str(REPOSITORY)}, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged, _ = map(int, done.stdout.split())
    assert acknowledged >= rounds


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_killed_ten_times_while_sealing(tmp_path: Path) -> None:
    run(tmp_path, 10, seed=1)


@pytest.mark.faults
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("seed", range(10))
def test_killed_a_hundred_times_while_sealing(tmp_path: Path, seed: int) -> None:
    run(tmp_path, 10, seed=100 + seed)
