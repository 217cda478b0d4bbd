"""The embedded chain, for the tests here; not for all, since importing it takes a second."""

from tests.support.chain import test_chain

__all__ = ["test_chain"]
