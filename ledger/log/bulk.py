"""Many rows at once, by the shortest road each database has: ``executemany`` on SQLite, ``COPY`` on PostgreSQL.

SQLAlchemy's own way through a table is kept for the rows of other areas (``insert_rows``), whose types it knows.
"""

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Row = tuple[sa.Table, dict[str, Any]]


class _Placeholder(Enum):
    """An enumeration, since its members stay what they are when a submission is copied or sent to another process."""

    LOG_INDEX = "log index"


LOG_INDEX = _Placeholder.LOG_INDEX
"""Stands in a submission's row for the index that its entry is about to get."""


def insert_many(connection: Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in order, of the driver's own types."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(_insert_statement(table), list(rows))


def insert_rows(connection: Connection, rows: Iterable[Row]) -> None:
    """Insert rows of any tables.

    Rows of one table with the same columns go together, at the place of the first of them; so name a table before those
    that refer to it.
    """
    groups: dict[tuple[sa.Table, tuple[str, ...]], list[dict[str, Any]]] = {}
    for table, values in rows:
        groups.setdefault((table, tuple(values)), []).append(values)
    for (table, _), together in groups.items():
        connection.execute(table.insert(), together)


def _copy(connection: Connection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(_copy_statement(table)) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        # Past SQLAlchemy, so its own names are put on the error here.
        raise DBAPIError.instance("COPY", None, error, psycopg.Error, dialect=connection.dialect) from error


@cache
def _insert_statement(table: sa.Table) -> str:
    names = [column.name for column in table.columns]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


@cache
def _copy_statement(table: sa.Table) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
