"""Says at the end what was skipped and why; with `CI=true` a skipped test fails the run."""

import os
from collections import Counter
from collections.abc import Iterable

import pytest


def reasons(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> Counter[str]:
    """How often each reason stands in the skipped `reports`."""
    found: Counter[str] = Counter()
    for report in reports:
        # A skipped report's longrepr is (path, line, "Skipped: reason").
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found[text.removeprefix("Skipped: ")] += 1
    return found


def nothing_may_be_skipped() -> bool:
    """Whether this run is the one that must leave nothing out."""
    return os.environ.get("CI") == "true"


def skipped(config: pytest.Config) -> Counter[str]:
    """The reasons of this run; empty in the workers of pytest-xdist, which only report to the main process."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reasons(reporter.stats.get("skipped", [])) if reporter else Counter()


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print one line that counts what was skipped, then each reason."""
    found = skipped(config)
    if not found:
        terminalreporter.write_line("nothing was skipped")
        return
    verdict = ": with CI=true that fails the run" if nothing_may_be_skipped() else ""
    why = "; ".join(f"{count} × {reason}" for reason, count in found.most_common())
    terminalreporter.write_line(f"{found.total()} skipped{verdict} ({why})", yellow=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Turn a run that passed into a failed one where it left something out and may not."""
    if exitstatus == pytest.ExitCode.OK and nothing_may_be_skipped() and skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
