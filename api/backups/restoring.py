"""`rollbook restore`: a backup put back where nothing is, so that the log never goes on as if nothing had been lost.

What is put back is a moment of the past. Therefore:

- the log takes nothing until it was held against the chain, and against a checkpoint that somebody else has kept
  (`ledger.log.lease_tables.FloorRow`); what it lacks is fetched by `rollbook catch-up`;
- every list of statuses is closed, so that no index is given to two records: how many were given out since the backup
  is not known;
- transactions that were kept to be sent are forgotten: an older chain may not have reached their numbers.

A ledger that is there is never written into. With ``missing`` what is there is kept and the rest is put back: a chain
that is still there must not be replaced by its own past, nor a database. Where one of the two was put back, the other
alone remembers how long the log was, until they agree again. So

- a database that was put back and has not been held against the chain since is no memory: if then the chain is to be
  put back, too, a checkpoint is asked for, as for both at once;
- beside a chain that is put back, the newest checkpoint that the database there had is kept
  (`chain/checkpoint.json`): a database that is put back later has to hold it.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, delete, inspect, select

from api import database, facts
from api.backups import manifest, tables
from api.backups.making import CHAIN_FILES, FOLDERS
from api.backups.manifest import POSTGRES, Manifest
from api.clock import now
from api.folder import TRUST_ROOT, exclusively
from api.home import make_private, write_whole
from api.settings import Settings
from issuers.restored import close_groups
from ledger.formats import trustroot
from ledger.formats.checkpoint import Checkpoint, open_checkpoint
from ledger.formats.errors import ConfigError, ConflictError, NotAllowedError
from ledger.log.checkpoints import newest_checkpoint
from ledger.log.lease_tables import FloorRow
from ledger.log.tables import AnchorAttemptRow, table_of
from ledger.log.transactions import WRITER, translated, writing

_FLOOR, _ATTEMPTS = table_of(FloorRow), table_of(AnchorAttemptRow)

KEPT = "checkpoint.json"
"""Beside the chain's own files: see above."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back (``database``, ``chain``), and the checkpoint that the log has to hold, where one was given."""

    manifest: Manifest
    database: bool
    chain: bool
    floor: Checkpoint | None


def restore(
    settings: Settings, source: Path, *, note: str | None = None, unchecked: bool = False, missing: bool = False
) -> Restored:
    """Put the backup ``source`` back. ``note`` is the newest checkpoint that somebody else has kept.

    Raises ConfigError ``restore.not_empty``, ``restore.other_ledger``, ``restore.database``; FormatError ``backup.…``;
    NotAllowedError ``restore.unchecked`` where nothing here could tell how long the log was and neither a checkpoint
    nor ``unchecked`` was given; ConflictError ``restore.nothing``; ProofError for a ``note`` that the log has not
    signed.
    """
    home = make_private(settings.home)
    with _alone(settings), manifest.opened(source, home) as folder:
        found = manifest.read(folder)
        floor = None if note is None else _opened(folder, note)
        chain, data = _wanted(settings, found, folder, missing)
        if floor is None and not unchecked:
            _check_memory(settings, folder, chain, data)
        if data:
            floor = floor if unchecked else _furthest(floor, _kept(home))
            _put_back_database(settings, found, folder, floor)
        if found.has_chain and (chain or data):
            # Before the chain's own file is there: without this it would be taken for one that remembers.
            _keep(home, floor if data else _prepare_database(settings, floor))
        _put_back_files(home, found, folder, chain)
    return Restored(found, data, chain, floor)


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Without any other process in the data folder, and without what one left that was killed while it restored."""
    with exclusively(settings.home):
        left = manifest.left_behind(settings.home)
        if not settings.database.startswith("postgres"):
            target = Path(settings.database.removeprefix("sqlite:///"))
            left += manifest.left_behind(target.parent, target.name)
        for folder in left:
            shutil.rmtree(folder, ignore_errors=True)
        yield


def _kept(home: Path) -> Checkpoint | None:
    """What was kept when the chain here was put back; ConfigError ``config.damaged``."""
    path = home / "chain" / KEPT
    try:
        value = json.loads(path.read_bytes())
        return Checkpoint("", int(value["size"]), bytes.fromhex(value["root"]))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        raise ConfigError("config.damaged", f"{path} cannot be read") from None


def _keep(home: Path, newest: Checkpoint | None) -> None:
    path = home / "chain" / KEPT
    if newest is None:
        path.unlink(missing_ok=True)
    else:
        make_private(path.parent)
        write_whole(path, json.dumps({"size": newest.size, "root": newest.root.hex()}).encode(), mode=0o600)


def _furthest(*known: Checkpoint | None) -> Checkpoint | None:
    return max((one for one in known if one is not None), key=lambda one: one.size, default=None)


def _opened(folder: Path, note: str) -> Checkpoint:
    """A checkpoint under the log's own signature, whatever other lines are under it."""
    root = trustroot.parse((folder / TRUST_ROOT).read_bytes())
    return open_checkpoint(note, root.epochs[-1].logs[-1].key)


def _wanted(settings: Settings, found: Manifest, folder: Path, missing: bool) -> tuple[bool, bool]:
    """Whether the chain, and whether the database are to be put back."""
    home = settings.home
    if (found.database == POSTGRES) != settings.database.startswith("postgres"):
        raise ConfigError(
            "restore.database", f"the backup is of {found.database}: set ROLLBOOK_DATABASE_URL to suit it"
        )
    if settings.chains and found.has_chain:
        raise ConfigError("restore.database", "the backup has a chain of its own: ROLLBOOK_CHAIN_URL must not be set")
    there = {
        "chain": (home / "chain" / CHAIN_FILES[0]).exists(),
        "database": _has_database(settings),
        facts.FILE: (home / facts.FILE).exists(),
        TRUST_ROOT: (home / TRUST_ROOT).exists(),
    }
    if any(there.values()) and not missing:
        names = ", ".join(name for name, is_there in there.items() if is_there)
        raise ConfigError("restore.not_empty", f"there is a ledger already ({names}): nothing was written")
    _check_same(home, folder)
    wanted = found.has_chain and not there["chain"], not there["database"]
    if not any(wanted) and there[facts.FILE] and there[TRUST_ROOT]:
        raise ConflictError("restore.nothing", "nothing is missing")
    return wanted


def _check_same(home: Path, folder: Path) -> None:
    """What is there may be newer than the backup, but it is of the same ledger."""
    here, kept = facts.load(home), facts.load(folder)
    if kept is None or (here is not None and (here.base, here.genesis) != (kept.base, kept.genesis)):
        raise ConfigError("restore.other_ledger", f"{facts.FILE} here is of another ledger: nothing was written")


def _check_memory(settings: Settings, folder: Path, chain: bool, data: bool) -> None:
    """Something that is newer than what is put back remembers how long the log was: the chain, where that can be asked,
    or the database."""
    kept = facts.load(folder)
    if chain and (data or _waits(settings)):
        said = "log and chain would both be of the past, and nothing here could tell that anything is missing"
        if not data:
            said = f"the database was itself put back, and has not been held against the chain since: {said}"
    elif data and kept is not None and kept.next_chain_id not in (0, kept.chain_id):
        said = "the log was moving to another chain, which the ledger of the backup cannot ask how far it has come"
    else:
        return
    raise NotAllowedError(
        "restore.unchecked", f"{said}: give --checkpoint (a witness keeps one), or --unchecked where nobody has one"
    )


def _waits(settings: Settings) -> bool:
    """Whether the log that is there was restored and still has to be held against the chain."""
    engine = database.open_engine(settings.database)
    try:
        with translated(), engine.connect() as connection:
            return inspect(connection).has_table(_FLOOR.name) and connection.scalar(select(_FLOOR.c.id)) is not None
    finally:
        engine.dispose()


def _has_database(settings: Settings) -> bool:
    if not settings.database.startswith("postgres"):
        return Path(settings.database.removeprefix("sqlite:///")).exists()
    engine = database.open_engine(settings.database)
    try:
        with translated(), engine.connect() as connection:
            return bool(inspect(connection).get_table_names())
    finally:
        engine.dispose()


def _put_back_database(settings: Settings, found: Manifest, folder: Path, floor: Checkpoint | None) -> None:
    if found.database == POSTGRES:
        engine = database.open_engine(settings.database)
        try:
            with translated(), engine.connect().execution_options(**{WRITER: True}) as connection, connection.begin():
                database.upgrade(connection, found.revision)
                tables.read_tables(
                    connection, [one for one in found.tables if one.name != "alembic_version"], folder / "tables"
                )
                database.upgrade(connection)
                _mark(connection, floor)
        finally:
            engine.dispose()
        return
    target = Path(settings.database.removeprefix("sqlite:///"))
    with TemporaryDirectory(prefix=f"{manifest.UNPACKED}{target.name}-", dir=target.parent) as beside:
        copy = Path(beside) / "database.sqlite"
        shutil.copyfile(folder / "database.sqlite", copy)
        engine = database.open_engine(f"sqlite:///{copy}")
        try:
            database.migrate(engine)
            with writing(engine) as connection:
                _mark(connection, floor)
        finally:
            engine.dispose()
        _settle(copy)
        copy.chmod(0o600)
        copy.replace(target)


def _mark(connection: Connection, floor: Checkpoint | None) -> None:
    """What a log that was put back has to know of itself."""
    marked = int(now().timestamp())
    connection.execute(delete(_FLOOR))
    known = {"size": floor.size, "root": floor.root} if floor is not None else {"size": 0, "root": bytes(32)}
    connection.execute(_FLOOR.insert(), {"id": 1, **known, "set_at": marked})
    connection.execute(delete(_ATTEMPTS))
    close_groups(connection)


def _prepare_database(settings: Settings, given: Checkpoint | None) -> Checkpoint | None:
    """The database that stays, for a chain of the past: what it has to forget, and to hold where it waits for the chain
    itself. The furthest checkpoint that it knows of."""
    engine = database.open_engine(settings.database)
    try:
        database.migrate(engine)
        with writing(engine) as connection:
            connection.execute(delete(_ATTEMPTS))
            newest = newest_checkpoint(connection)
            known = [given, None if newest is None else Checkpoint("", newest.size, newest.root)]
            row = connection.execute(select(_FLOOR)).one_or_none()
            if row is not None:
                held = _furthest(Checkpoint("", row.size, bytes(row.root)), given)
                assert held is not None  # the first is one
                connection.execute(_FLOOR.update().values(size=held.size, root=held.root))
                known += [held]
            furthest = _furthest(*known)
            return furthest if furthest is not None and furthest.size else None
    finally:
        engine.dispose()


def _settle(copy: Path) -> None:
    """One file, with nothing left in a write-ahead log beside it."""
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")


def _put_back_files(home: Path, found: Manifest, folder: Path, chain: bool) -> None:
    """The trust root last: a ledger that has one is complete."""
    if chain:
        target = make_private(home / "chain")
        for name in reversed(CHAIN_FILES):
            write_whole(target / name, (folder / "chain" / name).read_bytes(), mode=0o600)
    if "secret" in found.files and not (home / "secret").exists():
        write_whole(home / "secret", (folder / "secret").read_bytes(), mode=0o600)
    for name in FOLDERS:
        if (folder / name).is_dir() and not (home / name).exists():
            shutil.copytree(folder / name, home / name)
    for name in (facts.FILE, TRUST_ROOT):
        if not (home / name).exists():
            write_whole(home / name, (folder / name).read_bytes())
