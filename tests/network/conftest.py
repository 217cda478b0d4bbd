"""Fixtures of the tests on the validator network: one network and one ledger on it for all of them."""

import structlog

from tests.support.validators import geth, ledger, made_on_network, network, running

__all__ = ["geth", "ledger", "made_on_network", "network", "running"]

# A line for each request would bury what a failed test has to say.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
