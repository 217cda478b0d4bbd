"""The database as files: SQLite by its backup interface, PostgreSQL by COPY of every table in one transaction."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, inspect, text

from api.backups.manifest import Table
from ledger.formats.errors import FormatError, UnavailableError

_CHUNK = 1 << 20


def copy_sqlite(source: Path, target: Path) -> None:
    """A copy of a database that others may be writing to: one moment of it, in one file.

    Raises UnavailableError ``backup.database`` where it cannot be read, FormatError ``backup.damaged`` where the copy
    is not sound.
    """
    try:
        with closing(sqlite3.connect(source)) as here, closing(sqlite3.connect(target)) as there:
            here.backup(there)
            there.execute("PRAGMA journal_mode = DELETE")
            (sound,) = there.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise UnavailableError("backup.database", f"{source.name} cannot be copied: {error}") from None
    if sound != "ok":
        raise FormatError("backup.damaged", f"{source.name} is not sound: {sound}")
    target.chmod(0o600)


def write_tables(connection: Connection, folder: Path) -> tuple[Table, ...]:
    """Every table of a PostgreSQL database, as the transaction of ``connection`` sees it, in files of ``folder``."""
    folder.mkdir(mode=0o700)
    inspector = inspect(connection)
    # In an order in which they may be filled again: a table after those that it refers to.
    named = [name for name, _ in inspector.get_sorted_table_and_fkc_names() if name is not None]
    return tuple(_write(connection, name, [c["name"] for c in inspector.get_columns(name)], folder) for name in named)


def _write(connection: Connection, name: str, columns: Sequence[str], folder: Path) -> Table:
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(name), _joined(columns))
    path = folder / f"{name}.copy"
    with path.open("xb") as file, _driver(connection).cursor() as cursor:
        path.chmod(0o600)
        with cursor.copy(statement) as copy:
            for chunk in copy:
                file.write(chunk)
        rows = cursor.rowcount
    return Table(name, tuple(columns), rows)


def read_tables(connection: Connection, tables: Sequence[Table], folder: Path) -> None:
    """Fill the empty tables again, in their order. FormatError ``backup.damaged`` where the files do not fit them."""
    for table in tables:
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _joined(table.columns))
        try:
            with (folder / f"{table.name}.copy").open("rb") as file, _driver(connection).cursor() as cursor:
                with cursor.copy(statement) as copy:
                    while chunk := file.read(_CHUNK):
                        copy.write(chunk)
                rows = cursor.rowcount
        except (psycopg.DataError, psycopg.ProgrammingError, psycopg.IntegrityError) as error:
            raise FormatError("backup.damaged", f"the table {table.name}: {type(error).__name__}") from None
        if rows != table.rows:
            raise FormatError("backup.damaged", f"the table {table.name} has {rows} rows, not {table.rows}")
        _continue_numbers(connection, table)


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Rows to come get numbers after those that are there."""
    for column in table.columns:
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), {"table": table.name, "column": column}
        )
        if sequence is not None:
            newest = sql.SQL("SELECT max({}) FROM {}").format(sql.Identifier(column), sql.Identifier(table.name))
            greatest = connection.exec_driver_sql(newest.as_string(_driver(connection))).scalar()
            if greatest is not None:
                connection.execute(text("SELECT setval(:sequence, :value)"), {"sequence": sequence, "value": greatest})


def _joined(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
