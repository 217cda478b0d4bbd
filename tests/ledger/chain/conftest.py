"""The embedded chain, and a client of it, for the tests here; not for all, since importing it takes a second."""

from tests.ledger.chain.between import between, chain
from tests.support.chain import test_chain

__all__ = ["between", "chain", "test_chain"]
