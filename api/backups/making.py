"""`rollbook backup`: a whole ledger in files, while it is being served or not.

The order matters. The embedded chain is copied first and the database second, so that the copy of the log has every
checkpoint that the copy of the chain has; the other way round the pair would refuse to sign.
"""

import os
import shutil
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine

from api import contexts, database, facts
from api.backups import manifest, tables
from api.backups.manifest import POSTGRES, SQLITE, Manifest, Table
from api.clock import now
from api.folder import PAST, TRUST_ROOT, made_by_init
from api.settings import Settings
from ledger.formats.datetimes import render
from ledger.formats.errors import ConfigError
from ledger.log.checkpoints import newest_checkpoint
from ledger.log.transactions import reading, translated
from ledger.log.tree import StoredTree

CHAIN_FILES = ("chain.sqlite", "genesis.json")
FOLDERS = (PAST, contexts.FOLDER)
"""Of small files, which stand beside the rest in the data folder."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: where it is, what it says of itself, and the SHA-256 of that."""

    path: Path
    manifest: Manifest
    digest: str


@dataclass(frozen=True, slots=True)
class _Log:
    """The database's own facts, as one transaction saw them."""

    revision: str
    size: int
    root: str
    note: str | None
    tables: tuple[Table, ...] = ()


def backup(settings: Settings, target: Path, *, with_secret: bool = False) -> Made:
    """Make a backup in ``target``: a new folder, or one file where its name ends in ``.tar``.

    Raises ConfigError ``backup.exists`` where there is something already, ``config.…`` where there is no ledger;
    UnavailableError where the database or the disk cannot be used.
    """
    _, fixed = made_by_init(settings)
    if target.exists():
        raise ConfigError("backup.exists", f"{target} is there already: give another name")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(mkdtemp(prefix=f".{target.name}.", dir=target.parent))  # mode 0700
    try:
        _copy_chain(settings, folder)
        log = _copy_database(settings, folder)
        for name in (facts.FILE, TRUST_ROOT):
            shutil.copyfile(settings.home / name, folder / name)
        for name in FOLDERS:
            if (settings.home / name).is_dir():
                shutil.copytree(settings.home / name, folder / name)
        if with_secret:
            _write_secret(settings, folder)
        sort = POSTGRES if log.tables else SQLITE
        made = Manifest(
            made_at=render(now().replace(microsecond=0)),
            base=fixed.base,
            database=sort,
            revision=log.revision,
            size=log.size,
            root=log.root,
            note=log.note,
            files=manifest.hashes(folder),
            tables=log.tables,
        )
        digest = made.write(folder)
        _sync(folder)
        if target.suffix == ".tar":
            manifest.pack(folder, target)
        else:
            folder.rename(target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return Made(target, made, digest)


def _copy_chain(settings: Settings, folder: Path) -> None:
    chain = settings.home / "chain"
    if settings.chains or not chain.is_dir():
        return
    copy = folder / "chain"
    copy.mkdir(mode=0o700)
    tables.copy_sqlite(chain / CHAIN_FILES[0], copy / CHAIN_FILES[0])
    shutil.copyfile(chain / CHAIN_FILES[1], copy / CHAIN_FILES[1])


def _copy_database(settings: Settings, folder: Path) -> _Log:
    engine = database.open_engine(settings.database)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        if engine.dialect.name == "postgresql":
            with reading(engine) as connection:  # one moment of all tables
                exported = tables.write_tables(connection, folder / "tables")
                return _described(connection, exported)
        copy = folder / "database.sqlite"
        tables.copy_sqlite(Path(str(engine.url.database)), copy)
        copied = create_engine(f"sqlite:///{copy}")  # without our own settings, which would put files beside it
        stack.callback(copied.dispose)
        with translated(), copied.connect() as connection:
            return _described(connection, ())


def _described(connection: Connection, exported: tuple[Table, ...]) -> _Log:
    tree = StoredTree(connection.engine)
    size = tree.follow(connection)
    newest = newest_checkpoint(connection)
    revision = MigrationContext.configure(connection).get_current_revision() or ""
    return _Log(revision, size, tree.root(size).hex(), newest.note.decode() if newest else None, exported)


def _write_secret(settings: Settings, folder: Path) -> None:
    descriptor = os.open(folder / "secret", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(settings.passphrase() + "\n")


def _sync(folder: Path) -> None:
    """On disk before anybody is told that it is there."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
