"""Transactions on either database, and its errors in the words of the project's one tree.

A writer takes its lock when it begins (SQLite: ``BEGIN IMMEDIATE``), never halfway: a transaction that first reads and
then finds another writer ahead of it would have to start again. A reader sees one moment from begin to end.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ledger.formats.errors import RollbookError, UnavailableError

WRITER = "rollbook_writer"
"""The execution option that ``api.database.open_engine`` answers with ``BEGIN IMMEDIATE`` on SQLite."""

# SQLite's primary result codes (the low byte of the extended ones). A full disk shows as FULL where a page cannot be
# written, and as IOERR where the write-ahead log or its index cannot grow.
_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_UNAVAILABLE = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PROTOCOL}
# SQLSTATE classes: 08 connection, 53 resources, 57 operator intervention, 58 system error; PostgreSQL Appendix A.
_POSTGRES_FULL = "53100"
_POSTGRES_BUSY = {"40001", "40P01", "55P03"}
_POSTGRES_UNAVAILABLE = ("08", "53", "57", "58")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that may write; committed, on disk, when the block is left, or rolled back when it raises.

    Raises UnavailableError ``log.full``, ``log.busy`` or ``log.unavailable``; sqlalchemy's IntegrityError passes.
    """
    with translated(), engine.connect().execution_options(**{WRITER: True}) as connection, connection.begin():
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that only reads, and sees one moment of the database. Raises as ``writing`` does."""
    with translated(), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def translated() -> Iterator[None]:
    """Turns the databases' passing troubles into UnavailableError; what is no passing trouble goes through."""
    try:
        yield
    except DBAPIError as error:
        if (known := _known(error)) is not None:
            raise known from error
        raise
    except PoolTimeoutError as error:
        raise UnavailableError("log.busy", "every connection to the database is in use") from error


def _known(error: DBAPIError) -> RollbookError | None:
    if isinstance(error, IntegrityError):
        return None
    if isinstance(error.orig, sqlite3.Error):
        return _known_sqlite(error.orig)
    if isinstance(error.orig, psycopg.Error):
        return _known_postgres(error.orig)
    return None


def _known_sqlite(error: sqlite3.Error) -> RollbookError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _SQLITE_FULL:
        return UnavailableError("log.full", "the disk is full or cannot be written")
    if code in _SQLITE_BUSY:
        return UnavailableError("log.busy", "another writer holds the database")
    if code in _SQLITE_UNAVAILABLE:
        return UnavailableError("log.unavailable", "the database file cannot be opened for writing")
    return None


def _known_postgres(error: psycopg.Error) -> RollbookError | None:
    state = error.sqlstate
    if state == _POSTGRES_FULL:
        return UnavailableError("log.full", "the database's disk is full")
    if state in _POSTGRES_BUSY:
        return UnavailableError("log.busy", "another writer holds the database")
    # A connection that breaks, or never comes about, has no SQLSTATE.
    lost = state is None and isinstance(error, psycopg.OperationalError)
    if lost or (state is not None and state.startswith(_POSTGRES_UNAVAILABLE)):
        return UnavailableError("log.unavailable", "the database cannot be reached")
    return None
