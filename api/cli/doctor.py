"""`rollbook doctor`: what is here, what is missing, and how to get it. Changes nothing."""

import importlib.metadata
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from api.cli import exits, output
from api.home import checkout, data_folder
from ledger.formats.errors import RollbookError

BASE = ("nacl", "coincurve", "Crypto", "orjson", "rfc8785", "jsonschema_rs", "typer", "rich", "platformdirs")
SERVER = (
    *(
        "alembic",
        "cryptography",
        "eth",
        "eth_account",
        "fastapi",
        "jinja2",
        "multipart",
        "openpyxl",
        "prometheus_client",
    ),
    *("psycopg", "pydantic_settings", "python_calamine", "sqlalchemy", "sqlmodel", "structlog", "uvicorn", "web3"),
)
PAPER = ("PIL", "fontTools", "justmytype_intl_cjk", "justmytype_western_core", "segno", "typst", "zxingcpp")
LEAST_FREE = 200 * 2**20

Finding = tuple[str, str, str]
"""`ok`, `note` or `missing`; what; how to get it."""


def doctor() -> int:
    """Say what is here, what is missing and how to get it; exit code 69 where something needed is missing."""
    findings = [*_program(), *_verifier(), *_server()]
    output.table(findings)
    return exits.UNAVAILABLE if any(state == "missing" for state, _, _ in findings) else exits.OK


def version() -> str:
    """The installed version, or `from source`."""
    try:
        return importlib.metadata.version("rollbook")
    except importlib.metadata.PackageNotFoundError:
        return "from source"


def _program() -> Iterator[Finding]:
    yield "ok", f"rollbook {version()}, Python {sys.version.split()[0]}", ""
    missing = [name for name in BASE if not _has(name)]
    yield (
        _state(not missing),
        "parts that verifying needs",
        f"pip install rollbook  ({', '.join(missing)})" if missing else "",
    )


def _verifier() -> Iterator[Finding]:
    from api.pins import Pins

    home = data_folder()
    try:
        roots = Pins(home).all()
    except RollbookError as error:
        yield "missing", "trust roots", error.message
        return
    hint = "" if roots else "rollbook trust add FILE, with the file that the authority publishes"
    yield "ok" if roots else "note", f"pinned trust roots: {len(roots)}", hint


def _server() -> Iterator[Finding]:
    missing = [name for name in SERVER if not _has(name)]
    if missing:
        yield "note", "parts that a server needs", f"in a checkout: pip install '.[server]'  ({', '.join(missing)})"
        return
    yield "ok", "parts that a server needs", ""
    yield from _paper()
    yield from _network()
    home = data_folder()
    yield from _disk(home)
    yield from _deployment(home)


def _paper() -> Iterator[Finding]:
    missing = [name for name in PAPER if not _has(name)]
    hint = f"in a checkout: pip install '.[server]'  ({', '.join(missing)})" if missing else ""
    yield "note" if missing else "ok", "parts that printing and reading codes need", hint


def _network() -> Iterator[Finding]:
    """Go builds the validators of a network on this machine; nobody else needs it."""
    if checkout() is None:
        return
    found = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin:/usr/lib/go/bin")
    hint = "" if found else "for `make network` alone: apt-get install golang-go gcc libc6-dev, or another Go from 1.18"
    yield "ok" if found else "note", "Go, for a network of validators on this machine", hint


def _disk(home: Path) -> Iterator[Finding]:
    from api.backups.manifest import left_behind

    existing = next(folder for folder in (home, *home.parents) if folder.exists())
    yield _state(os.access(existing, os.W_OK)), f"data folder {home}", "" if home.exists() else "made by rollbook init"
    for left in left_behind(home):
        hint = (
            "a whole backup is in it: unless a restore is running now, one was killed; delete it, or the next one does"
        )
        yield "note", f"{left}", hint
    free = shutil.disk_usage(existing).free
    yield (
        "ok" if free > LEAST_FREE else "missing",
        f"{free // 2**20} MB free there",
        "" if free > LEAST_FREE else "make room",
    )


def _deployment(home: Path) -> Iterator[Finding]:
    from api.folder import read_trust_root
    from api.settings import load
    from api.wiring import open_deployment

    try:
        root = read_trust_root(home)
        settings = load()
        settings.passphrase()
        with open_deployment(settings, address="") as deployment:  # as a server: nobody has to step back
            states = deployment.readiness()
    except RollbookError as error:
        older = error.code == "trust.older"  # no ledger yet is well; one that went back is not
        yield "missing" if older else "note", "ledger", f"{error.code}: {error.message}"
        return
    yield "ok", f"ledger {root.fingerprint[:23]}…, {deployment.base}", ""
    for name, state in states.items():
        yield _state(state == "ok"), name, "" if state == "ok" else state


def _has(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _state(good: bool) -> str:
    return "ok" if good else "missing"
