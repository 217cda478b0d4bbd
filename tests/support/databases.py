"""Both databases under one fixture: every test of the store runs on each."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sqlalchemy import Engine

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


@pytest.fixture
def engine(empty_engine: "Engine") -> "Engine":
    """An engine whose database has every table."""
    from api.database import migrate

    migrate(empty_engine)
    return empty_engine
