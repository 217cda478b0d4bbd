"""The PostgreSQL of the tests is real, durable and fresh for each test."""

import psycopg
import pytest

pytestmark = pytest.mark.postgres


def _connect(url: str) -> "psycopg.Connection[tuple[str]]":
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_gets_an_empty_database(postgres_url: str, turn: int) -> None:
    with _connect(postgres_url) as connection:
        connection.execute("CREATE TABLE once (n int)")


def test_commits_wait_for_the_disk(postgres_url: str) -> None:
    with _connect(postgres_url) as connection:
        values = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert values == [("on",), ("on",)]
