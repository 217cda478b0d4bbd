"""Makes `.venv` for this checkout, once: everything the lock names, by hash, then the project itself.

Run by `scripts/setup.sh` with the chosen interpreter; uses nothing but the standard library.
The stamp is written last, so that an interrupted run is started again; it is a hash of what the environment
was made from, so that a later run returns at once as long as nothing of that changed.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements" / "dev.txt"
VERIFIER_LOCK = ROOT / "requirements" / "verifier.txt"
PYPROJECT = ROOT / "pyproject.toml"
ENVIRONMENT = ROOT / ".venv"
STAMP = ENVIRONMENT / "stamp"
PYTHON = ENVIRONMENT / "bin" / "python"
# What the test of the bare verifier installs from, so that it needs no network.
WHEELS = ENVIRONMENT / "verifier-wheels"


def fingerprint() -> str:
    """Hash of all that the environment follows from; its scripts hold this folder's path, so that counts too."""
    digest = hashlib.sha256()
    for part in (LOCK, VERIFIER_LOCK, PYPROJECT, Path(__file__)):
        digest.update(hashlib.sha256(part.read_bytes()).digest())
    digest.update(f"{sys.version}\n{sys.base_prefix}\n{ROOT}".encode())
    return digest.hexdigest()


def ready(wanted: str) -> bool:
    """Whether the environment was finished from the same sources, and its interpreter is still there."""
    return PYTHON.exists() and STAMP.is_file() and STAMP.read_text() == wanted


def pip(*arguments: str) -> None:
    """Run the environment's pip, quietly; it prints what went wrong by itself."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    environment = {**os.environ, "PIP_ROOT_USER_ACTION": "ignore"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    if done.returncode != 0:
        raise SystemExit(f"setup failed at: pip {arguments[0]} (above is why); run make again to go on")


def build() -> None:
    """Make the environment from nothing."""
    try:
        if ENVIRONMENT.exists():
            shutil.rmtree(ENVIRONMENT)
        venv.create(ENVIRONMENT, symlinks=True, with_pip=True)
    except OSError as error:
        raise SystemExit(f"setup cannot write {ENVIRONMENT}: {error}") from error
    pip("install", "--quiet", "--require-hashes", "--no-deps", "-r", str(LOCK))
    pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".")
    verifier = ("--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(VERIFIER_LOCK))
    pip("download", "--quiet", "--dest", str(WHEELS), *verifier)


def main() -> None:
    """Make the environment unless it stands; two runs at once wait for each other."""
    with PYPROJECT.open("rb") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        wanted = fingerprint()
        if ready(wanted):
            return
        print(f"setting up .venv with Python {sys.version.split()[0]} (a minute or two)", file=sys.stderr, flush=True)
        build()
        STAMP.write_text(wanted)


if __name__ == "__main__":
    main()
