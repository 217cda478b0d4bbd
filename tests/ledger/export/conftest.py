"""One deployment for the tests of what leaves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.database import open_engine
from tests.support.exports import Deployment, Issuer


@pytest.fixture
def engine(migrated_file: Path, tmp_path: Path) -> Iterator[Engine]:
    """One database is enough here: the reader is tested on both."""
    (tmp_path / "rollbook.sqlite").write_bytes(migrated_file.read_bytes())
    made = open_engine(f"sqlite:///{tmp_path / 'rollbook.sqlite'}")
    yield made
    made.dispose()


@pytest.fixture
def made(tmp_path: Path, engine: Engine) -> Iterator[Deployment]:
    found = Deployment(tmp_path / "chain", engine)
    yield found
    found.close()


@pytest.fixture
def school(made: Deployment) -> Issuer:
    found = made.school()
    made.publish_list(found)
    return found
