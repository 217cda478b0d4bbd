"""`python -m network try`: a ledger on the network, from an empty folder to a record that anyone can verify offline.

Everything goes through the command line of `rollbook`, as a newcomer would do it, and each step's time is printed.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.formats.errors import UnavailableError

ROOT = Path(__file__).resolve().parents[1]
SCHOOL = "3502990010"
SUBJECT = {
    "identifier": "024010001",
    "name": "陈思齐",
    "transcript": {
        "programme": "数学与应用数学",
        "courses": [
            {"code": "MATH1001", "course": "数学分析Ⅰ", "term": "2024-2025-1", "credits": "5", "mark": "80.5"},
        ],
    },
}

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: files, and the seconds until the ledger was made and until its first record was anchored."""

    bundle: Path
    trust_root: Path
    seconds_to_ledger: float
    seconds_to_anchor: float


def run(folder: Path, chain: Mapping[str, str], say: Say) -> Trial:
    """Make a ledger in ``folder`` on the chain that the settings ``chain`` name, and anchor its first record.

    UnavailableError ``network.trial`` with what a command said where one fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    home, bundle, subject = folder / "ledger", folder / "bundle.json", folder / "subject.json"
    secret = folder / "secret"
    if not secret.exists():
        secret.touch(0o600)
        secret.write_text(secrets.token_urlsafe(32))
    subject.write_text(json.dumps(SUBJECT, ensure_ascii=False), encoding="utf-8")
    settings = {"ROLLBOOK_HOME": str(home), "ROLLBOOK_SECRET_FILE": str(secret), **chain}
    begun = time.monotonic()
    _rollbook(settings, "init")
    made = time.monotonic() - begun
    say(f"the ledger is made, and its contracts are on the chain: {made:.1f} s")
    _rollbook(settings, "school", "add", SCHOOL, "--name-en", "Lujiang University", "--name-zh", "鹭江大学")
    said = _rollbook(settings, "issue", "--school", SCHOOL, "--kind", "transcript", str(subject))
    anchored = time.monotonic() - begun
    say(f"its first record is anchored: {anchored:.1f} s")
    _rollbook(settings, "export", said.split()[0], "--output", str(bundle))
    trust_root = home / "trust-root.json"
    verdict = _rollbook(settings, "verify", "--offline", "--trust-root", str(trust_root), str(bundle))
    say(verdict.splitlines()[0])
    return Trial(bundle, trust_root, made, anchored)


def _rollbook(settings: Mapping[str, str], *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ROLLBOOK_")}
    environment |= {**settings, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "api.cli", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        raise UnavailableError(
            "network.trial", f"rollbook {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}"
        )
    return done.stdout
