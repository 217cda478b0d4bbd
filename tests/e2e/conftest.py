"""Fixtures of the end-to-end tests."""

from tests.support.ledgers import client, deployment, ledger, made_ledger

__all__ = ["client", "deployment", "ledger", "made_ledger"]
