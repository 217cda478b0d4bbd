"""The one database of a deployment: opened so that a commit is on disk when it returns, and migrated by Alembic.

SQLite runs with a write-ahead log and ``synchronous=FULL``; PostgreSQL, through psycopg 3, with ``synchronous_commit``.
"""

import secrets
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import SQLModel

import api.alarm_tables
import api.batches.tables
import api.presenting.tables  # noqa: F401  (their tables are part of the one metadata)
import issuers.tables
import issuers.wallets.tables  # noqa: F401
import ledger.log.lease_tables
import ledger.log.tables  # noqa: F401
from ledger.formats.errors import ConfigError
from ledger.log.transactions import WRITER, translated

MIGRATIONS = Path(__file__).parent / "migrations"

_BUSY_TIMEOUT_MS = 30_000
_BUSY_PAUSE_S = 0.01
_WAL_KEPT_BYTES = 64 * 2**20
# Any number that no other program uses for its own advisory lock in this database.
_MIGRATION_LOCK = 0x726F6C6C626F6F6B


def metadata() -> MetaData:
    """Every table of every area: what the migrations must add up to."""
    return SQLModel.metadata


def open_engine(url: str) -> Engine:
    """An engine for ``sqlite:///PATH`` or ``postgresql://…``; connects only when first used.

    Raises ConfigError ``config.database`` for any other address, and at the first use for a place where SQLite cannot
    keep a write-ahead log (memory, some network disks). The address, which may hold a password, is in no message.
    """
    address = _address(url)
    if address.get_backend_name() == "postgresql":
        engine = create_engine(address, pool_pre_ping=True)
        # Each process's sessions have a name of their own, by which the next leader ends a paused one's.
        event.listen(engine, "connect", partial(_set_up_postgres, f"rollbook-{secrets.token_hex(8)}"))
        return engine
    engine = create_engine(address)
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(engine: Engine) -> None:
    """Bring the database to the newest revision, whole or not at all; a second process at the same time waits.

    Raises UnavailableError ``log.full``, ``log.busy``, ``log.unavailable``; ConfigError ``config.database`` where a
    newer version of the program has migrated the database already.
    """
    with translated(), engine.connect().execution_options(**{WRITER: True}) as connection, connection.begin():
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """As `migrate`, up to ``revision``, in the caller's transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError as error:
        raise ConfigError("config.database", "the database belongs to another version of the program") from error


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise ConfigError("config.database", "not a database address") from None
    if address.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return address.set(drivername="postgresql+psycopg")
    if address.drivername in ("sqlite", "sqlite+pysqlite") and address.database not in (None, "", ":memory:"):
        return address
    raise ConfigError("config.database", "ROLLBOOK_DATABASE_URL is neither sqlite:///PATH nor postgresql://…")


def _set_up_postgres(name: str, connection: Any, _record: object) -> None:
    connection.autocommit = True
    connection.execute("SELECT set_config('application_name', %s, false)", (name,))
    # A server may be set to acknowledge before the disk has the commit; an acknowledged record must outlive it.
    connection.execute("SET synchronous_commit TO on")
    connection.execute("SET timezone TO 'UTC'")
    connection.autocommit = False


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver must not open transactions by itself: it would do so too late, and not for every statement.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
    mode = _journal_mode(connection)
    if mode != "wal":
        raise ConfigError("config.database", f"SQLite keeps no write-ahead log here, but journal mode {mode!r}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_KEPT_BYTES}")


def _journal_mode(connection: sqlite3.Connection) -> str:
    """Ask for a write-ahead log; the mode that SQLite then has.

    Where another process writes to a new file in its first mode, SQLite says "busy" at once, whatever its timeout.
    """
    until = time.monotonic() + _BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(_BUSY_PAUSE_S)


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get(WRITER, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
