"""Opening and migrating the database: durable, whole, and equal to the models on both databases."""

import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from api.database import metadata, migrate, open_engine
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.log.transactions import reading, writing


def _described(engine: Engine) -> dict[str, Any]:
    """All that the database itself says about its tables, without Alembic's own."""
    inspector = inspect(engine)
    return {
        name: (
            [(c["name"], repr(c["type"]), c["nullable"]) for c in inspector.get_columns(name)],
            inspector.get_pk_constraint(name)["constrained_columns"],
            sorted(str(sorted(f.items(), key=str)) for f in map(dict, inspector.get_foreign_keys(name))),
            sorted((u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(name)),
            sorted((str(i["name"]), tuple(i["column_names"])) for i in inspector.get_indexes(name)),
            sorted((str(c["name"]), c["sqltext"]) for c in inspector.get_check_constraints(name)),
        )
        for name in sorted(inspector.get_table_names())
        if name != "alembic_version"
    }


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata()) == []
    migrated = _described(engine)
    with writing(engine) as connection:
        for name in migrated:
            connection.execute(text(f"DROP TABLE {name}" + (" CASCADE" if engine.name == "postgresql" else "")))
        metadata().create_all(connection)
    assert _described(engine) == migrated
    assert len(migrated) == len(metadata().tables)


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    before = _described(engine)
    migrate(engine)
    assert _described(engine) == before


def test_two_processes_that_migrate_at_once_both_succeed(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(3)]
    errors: list[BaseException] = []

    def run(engine: Engine) -> None:
        try:
            migrate(engine)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(engine,)) for engine in engines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert "log_entries" in _described(engines[0])
    for engine in engines:
        engine.dispose()


def test_a_new_file_that_another_process_writes_to_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    ending = threading.Timer(0.2, other.execute, ["COMMIT"])
    ending.start()
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine)
    ending.join()
    assert "log_entries" in _described(engine)
    engine.dispose()
    other.close()


def test_a_file_that_another_process_never_gives_back_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.database._BUSY_TIMEOUT_MS", 50)
    path = tmp_path / "a.sqlite"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError) as caught:
        migrate(open_engine(f"sqlite:///{path}"))
    assert caught.value.code == "log.busy"
    other.close()


def test_a_migration_that_fails_leaves_nothing_behind(empty_engine: Engine) -> None:
    with writing(empty_engine) as connection:
        connection.execute(text("CREATE TABLE log_anchors (n INTEGER)"))
    with pytest.raises(Exception, match="log_anchors"):
        migrate(empty_engine)
    assert inspect(empty_engine).get_table_names() == ["log_anchors"]


def test_the_database_of_a_newer_program_is_refused(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError) as caught:
        migrate(engine)
    assert caught.value.code == "config.database"


@pytest.mark.parametrize(
    "url", ["", "sqlite://", "sqlite:///:memory:", "mysql://u@h/d", "postgresql+asyncpg://h/d", "nonsense"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_engine(url)
    assert caught.value.code == "config.database"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_always_means_psycopg_3(scheme: str) -> None:
    assert open_engine(f"{scheme}://user@localhost/db").dialect.driver == "psycopg"


def test_a_password_is_in_no_message() -> None:
    with pytest.raises(ConfigError) as caught:
        open_engine("mysql://user:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_sqlite_waits_for_the_disk_and_checks_foreign_keys(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    with engine.connect() as connection:
        got = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert got == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_place_without_a_write_ahead_log_is_refused(tmp_path: Path) -> None:
    # SQLite's file system without locks and shared memory, as on some network disks.
    engine = open_engine(f"sqlite:///file:{tmp_path / 'a.sqlite'}?vfs=unix-none&uri=true")
    with pytest.raises(ConfigError) as caught, engine.connect():
        raise AssertionError("opened without a write-ahead log")
    engine.dispose()
    assert caught.value.code == "config.database"


@pytest.mark.postgres
def test_postgresql_waits_for_the_disk_whatever_the_server_says(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with writing(engine) as connection:
        connection.exec_driver_sql("ALTER ROLE CURRENT_USER SET synchronous_commit TO off")
    engine.dispose()
    try:
        with reading(engine) as connection:
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    finally:
        with writing(engine) as connection:
            connection.exec_driver_sql("ALTER ROLE CURRENT_USER RESET synchronous_commit")
        engine.dispose()


def test_a_writer_holds_its_lock_from_the_start(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite'}"
    first, second = open_engine(url), open_engine(url)
    with second.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with writing(first), pytest.raises(UnavailableError) as caught, writing(second):
        raise AssertionError("two writers at once")
    assert caught.value.code == "log.busy"
    with writing(first), reading(second):
        pass
    first.dispose()
    second.dispose()


def test_a_reader_sees_one_moment(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    with reading(engine) as connection:
        before = connection.execute(text("SELECT count(*) FROM t")).scalar()
        with writing(engine) as other:
            other.execute(text("INSERT INTO t VALUES (1)"))
        assert connection.execute(text("SELECT count(*) FROM t")).scalar() == before == 0


def test_a_reader_cannot_write_on_postgresql(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with pytest.raises(Exception, match="read-only"), reading(engine) as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    with writing(engine) as connection:  # and the connection goes back to the pool able to write
        connection.execute(text("CREATE TABLE t (n INTEGER)"))
    engine.dispose()


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    engine = open_engine(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(UnavailableError) as caught, reading(engine):
        raise AssertionError("connected to nothing")
    assert caught.value.code == "log.unavailable"
