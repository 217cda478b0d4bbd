"""A fresh registry for each test here."""

from collections.abc import Iterator

import pytest

from tests.contracts.issuer_registry.deployed import Registry
from tests.support.chain import TestChain


@pytest.fixture
def registry(test_chain: TestChain) -> Iterator[Registry]:
    """A fresh deployment."""
    yield Registry(test_chain)
