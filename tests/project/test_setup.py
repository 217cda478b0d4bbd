"""The setup picks a Python that works, and says in one line what a machine without one lacks."""

import subprocess
from pathlib import Path

from tests.support.shared import REPOSITORY

DEAD_SHIM = "echo 'command not found' >&2; exit 127"
TOO_OLD = "exit 1"
# New enough, and says its version, but has neither ensurepip nor venv.
WITHOUT_VENV = 'case "$2" in *print*) echo 3.12 ;; *ensurepip*) exit 1 ;; esac'
WORKS = 'case "$*" in *setup.py*) echo "made by ${0##*/}" ;; esac'


def put(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{body}\n")
    program.chmod(0o755)


def run(*path: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": ":".join(map(str, path)), **variables}
    command = ["/bin/sh", str(REPOSITORY / "scripts/setup.sh")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_machine_without_python(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 1
    assert "no Python of 3.11 or newer" in done.stderr
    assert done.stderr.count("\n") == 1


def test_machine_with_an_old_python_only(tmp_path: Path) -> None:
    put(tmp_path, "python3", TOO_OLD)
    done = run(tmp_path)
    assert done.returncode == 1
    assert "no Python of 3.11 or newer" in done.stderr


def test_machine_without_venv(tmp_path: Path) -> None:
    put(tmp_path, "python3", WITHOUT_VENV)
    done = run(tmp_path)
    assert done.returncode == 1
    assert "install the package python3.12-venv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_dead_shim_hides_a_working_python_of_the_same_name(tmp_path: Path) -> None:
    put(tmp_path / "shims", "python3.11", DEAD_SHIM)
    put(tmp_path / "bin", "python3.11", WORKS)
    assert run(tmp_path / "shims", tmp_path / "bin").stdout == "made by python3.11\n"


def test_first_python_lacks_venv_but_a_later_one_has_it(tmp_path: Path) -> None:
    put(tmp_path, "python3.11", WITHOUT_VENV)
    put(tmp_path, "python3.13", WORKS)
    assert run(tmp_path).stdout == "made by python3.13\n"


def test_named_python_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "python3.11", WORKS)
    put(tmp_path / "own", "mine", WORKS)
    assert run(tmp_path, PYTHON=str(tmp_path / "own" / "mine")).stdout == "made by mine\n"
