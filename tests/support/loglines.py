"""Log lines during the tests: none of each request, and none that one test makes another's."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

# A line for each request would bury what a failed test has to say.
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))


@pytest.fixture(autouse=True)
def own_log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test configures ends with it. Loggers are the process's and would keep for good how they were first used:
    they may not."""
    before, configure = structlog.get_config(), structlog.configure
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def for_now(**wanted: Any) -> None:
        configure(**{**wanted, "cache_logger_on_first_use": False})

    monkeypatch.setattr(structlog, "configure", for_now)
    yield
    configure(**before)
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)
