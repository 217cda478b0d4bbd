"""The command `rollbook` as a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.shared import REPOSITORY

COMMAND = (sys.executable, "-m", "api.cli")


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without any setting of ours, and ``more``."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **more}


def rollbook(
    *arguments: str | Path,
    env: Mapping[str, str],
    cwd: Path,
    prefix: tuple[str, ...] = (),
    stdin: bytes = b"",
    timeout: float = 120,
) -> subprocess.CompletedProcess[bytes]:
    """Run one command to its end, from another folder than the checkout."""
    command = [*prefix, *COMMAND, *map(str, arguments)]
    return subprocess.run(
        command, env=environment(env), cwd=cwd, input=stdin, capture_output=True, timeout=timeout, check=False
    )
