"""Fixtures of the tests on the validator network: one network and one ledger on it for all of them."""

import pytest

from tests.support.validators import FIGURES, figure, geth, ledger, made_on_network, network, running

__all__ = ["figure", "geth", "ledger", "made_on_network", "network", "running"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    for name, value in FIGURES.items():
        terminalreporter.write_line(f"{name.replace(chr(95), chr(32))}: {value:.1f}")
