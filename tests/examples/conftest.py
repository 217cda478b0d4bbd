"""A deployment for the examples; one database is enough, since the issuers' own tests run on each."""

import pytest
from sqlalchemy import Engine

from tests.support.issuers import Deployment


@pytest.fixture
def deployment(sqlite_engine: Engine) -> Deployment:
    """A deployment on an empty SQLite file."""
    return Deployment(sqlite_engine)
