"""Log lines: JSON on stderr in a pipe, readable text on a terminal; never a name, number, digest, secret or address."""

import logging
import sys
from typing import Any, TextIO, cast

import structlog

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure(level: str) -> None:
    """Send our own lines, and the warnings of the libraries, to stderr."""
    last: Any = structlog.processors.JSONRenderer()
    if sys.stderr.isatty():
        last = structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _Stderr())),
        cache_logger_on_first_use=True,
    )
    # Libraries may put values into their messages; below a warning they say nothing that is needed here.
    logging.basicConfig(level=logging.WARNING, handlers=[_Bridge()], force=True)


class _Stderr:
    """Standard error as it is at each line: loggers last for the process, the stream that they met first may not."""

    def write(self, text: str) -> int:
        """Write a line."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Send it off."""
        sys.stderr.flush()


_OWN = ("api.", "issuers.", "ledger.", "verifier.")
"""Loggers whose messages are ours: they say what they are given to say, and are given nothing of a record."""


class _Bridge(logging.Handler):
    """Lines of the standard library's loggers in our form.

    Of another library's line the form alone, without what was put into it, and of an exception the type: there may be
    values in either. Our own packages' lines are whole.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        fields: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
        log = structlog.get_logger(record.name)
        said = record.getMessage() if record.name.startswith(_OWN) else str(record.msg)
        log.log(max(record.levelno, 30), said[:200], **fields)
