"""Fixtures of the end-to-end tests."""

import structlog

from tests.support.ledgers import client, deployment, ledger, made_ledger

__all__ = ["client", "deployment", "ledger", "made_ledger"]

# A line for each request would bury what a failed test has to say.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
