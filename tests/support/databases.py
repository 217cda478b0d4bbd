"""Both databases under one fixture: every test of the store runs on each. Migrated once, then copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.support.postgres import Server

DATABASES = [pytest.param("sqlite"), pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once of each sort."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rollbook.sqlite'}"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
def empty_engine(database_url: str) -> Iterator["Engine"]:
    """An engine without tables."""
    from api.database import open_engine

    engine = open_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator["Engine"]:
    """An engine whose database has every table, once of each sort."""
    from api.database import open_engine

    if request.param == "sqlite":
        template: Path = request.getfixturevalue("migrated_file")
        shutil.copy(template, tmp_path / "rollbook.sqlite")
        url = f"sqlite:///{tmp_path / 'rollbook.sqlite'}"
    else:
        url = request.getfixturevalue("migrated_url")
    engine = open_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_engine(migrated_file: Path, tmp_path: Path) -> Iterator["Engine"]:
    """An engine over a SQLite file with every table, for rules that no database decides."""
    from api.database import open_engine

    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'rollbook.sqlite')}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "rollbook.sqlite"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_template(postgres_server: "Server") -> str:
    """The name of a PostgreSQL database with every table, to be copied."""
    with postgres_server.connect() as connection:
        connection.execute("CREATE DATABASE migrated")
    _migrate(postgres_server.url("migrated"))
    return "migrated"


@pytest.fixture
def migrated_url(postgres_server: "Server", migrated_template: str) -> Iterator[str]:
    """The address of a PostgreSQL database with every table; dropped after the test."""
    name = f"copy_{next(postgres_server.numbers)}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {migrated_template}")
        yield postgres_server.url(name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _migrate(url: str) -> None:
    from api.database import migrate, open_engine

    engine = open_engine(url)
    migrate(engine)
    engine.dispose()
