"""What a backup says of itself: every file with its SHA-256, and how far the log in it reaches.

A backup is a folder, or a tar file of one (its name ends in ``.tar``)::

    manifest.json          written last: without it a backup is none
    deployment.json, trust-root.json, trust-roots/
    contexts/              the operator's own, where they are in the data folder
    database.sqlite        a ledger in SQLite
    tables/NAME.copy       a ledger in PostgreSQL: each table as COPY writes it, in text
    chain/chain.sqlite, chain/genesis.json
                           where the chain is the embedded one
    secret                 only where that was asked for

The hashes tell a damaged backup from a whole one. They are no signature: whoever can alter the files can alter these.
"""

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from api.home import write_whole
from ledger.formats.errors import FormatError

NAME, FORMAT = "manifest.json", "rollbook-backup/1"
SQLITE, POSTGRES = "sqlite", "postgresql"
UNPACKED = ".restoring-"
"""How the folders begin in which `restore` works: the whole backup is in them."""
_CHUNK = 1 << 20
_FILE = re.compile(r"(?:(?:chain|tables|trust-roots|contexts)/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of PostgreSQL as it was exported: its columns in the order of the file, and how many rows."""

    name: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """``size`` entries with ``root`` (hexadecimal) are in the log, and ``note`` is its newest checkpoint, if any.

    ``revision`` is that of the tables, ``base`` the deployment's address, ``files`` SHA-256 by name.
    """

    made_at: str
    base: str
    database: str
    revision: str
    size: int
    root: str
    note: str | None
    files: dict[str, str] = field(default_factory=dict)
    tables: tuple[Table, ...] = ()

    @property
    def has_chain(self) -> bool:
        """Whether the embedded chain is in it."""
        return "chain/chain.sqlite" in self.files

    def write(self, folder: Path) -> str:
        """Write it as the last file of the backup in ``folder``; its own SHA-256."""
        data = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, ensure_ascii=False).encode() + b"\n"
        write_whole(folder / NAME, data, mode=0o600)
        return hashlib.sha256(data).hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file in ``folder``, by its name from there."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / NAME)
    return {path.relative_to(folder).as_posix(): file_hash(path) for path in files}


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def read(folder: Path) -> Manifest:
    """The manifest of the backup in ``folder``, which is whole.

    Raises FormatError ``backup.malformed`` for what is no backup, ``backup.damaged`` for one that was altered.
    """
    try:
        value: dict[str, Any] = json.loads((folder / NAME).read_bytes())
        if value.pop("format") != FORMAT:
            raise FormatError("backup.malformed", "the backup is of another version of the program")
        tables = tuple(Table(one["name"], tuple(one["columns"]), one["rows"]) for one in value.pop("tables"))
        found = Manifest(**value, tables=tables)
    except FileNotFoundError:
        raise FormatError("backup.malformed", f"there is no {NAME}: this is no backup, or one that broke off") from None
    except (ValueError, TypeError, KeyError, AttributeError):
        raise FormatError("backup.malformed", f"the {NAME} cannot be read") from None
    wanted, there = found.files, hashes(folder)
    for name in sorted(wanted.keys() | there.keys()):
        if wanted.get(name) != there.get(name) or not _FILE.fullmatch(name):
            raise FormatError("backup.damaged", f"{name} is missing, or is not what the manifest says")
    return found


@contextmanager
def opened(source: Path, beside: Path) -> Iterator[Path]:
    """The folder of a backup, unpacked for the block's time into a folder in ``beside`` where it is a file.

    Raises FormatError ``backup.malformed``.
    """
    if source.is_dir():
        yield source
        return
    with TemporaryDirectory(prefix=UNPACKED, dir=beside) as folder:
        try:
            with tarfile.open(source, "r:") as archive:
                archive.extractall(folder, filter="data")
        except (tarfile.TarError, EOFError):
            raise FormatError("backup.malformed", f"{source} is no backup that this program made") from None
        yield Path(folder)


def left_behind(where: Path, name: str = "") -> list[Path]:
    """Folders in which a `restore` works, or worked when it was killed: those for the database ``name``, or all."""
    mine = f"{UNPACKED}{name}-" if name else UNPACKED
    found = sorted(where.iterdir()) if where.is_dir() else []
    return [one for one in found if one.name.startswith(mine) and one.is_dir() and not one.is_symlink()]


def pack(folder: Path, target: Path) -> None:
    """The folder as one tar file, whole or not at all."""
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("xb") as raw, tarfile.open(fileobj=raw, mode="w") as archive:
            part.chmod(0o600)
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
