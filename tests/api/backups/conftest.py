"""Fixtures of the tests of backups."""

from tests.support.ledgers import ledger, made_ledger

__all__ = ["ledger", "made_ledger"]
