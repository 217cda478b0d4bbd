"""Fixtures of the tests of `api`."""

from tests.support.ledgers import client, deployment, ledger, made_ledger

__all__ = ["client", "deployment", "ledger", "made_ledger"]
