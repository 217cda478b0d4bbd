"""The deployment that the issuers' tests work on."""

import pytest
from sqlalchemy import Engine

from tests.support.issuers import Deployment


@pytest.fixture
def deployment(engine: Engine) -> Deployment:
    """A deployment on an empty database of each sort."""
    return Deployment(engine)
