"""A deployment for the examples; one database is enough, since the issuers' own tests run on each."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.database import open_engine
from tests.support.issuers import Deployment


@pytest.fixture
def deployment(migrated_file: Path, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment on an empty SQLite file."""
    engine = open_engine(f"sqlite:///{shutil.copy(migrated_file, tmp_path / 'rollbook.sqlite')}")
    yield Deployment(engine)
    engine.dispose()
