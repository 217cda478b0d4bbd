"""Alarms: what no process may settle by itself and a person must look at. One line in the log, one counter.

A code is that of the error tree or of the thing seen (``anchor.disagreement``, ``log.forked``); what goes with it is
public (sizes, hashes, names of nodes and witnesses), never of a record. `/metrics` shows
``rollbook_alarms_total{code="…"}``: whoever is woken by Prometheus is woken by any increase of it.
"""

import threading
from collections import Counter
from collections.abc import Mapping

import structlog

_log = structlog.get_logger("rollbook.alarm")


class Alarms:
    """The alarms of one process since it started; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def sound(self, code: str, **facts: str | int) -> None:
        """Count one alarm and write its line; never raises."""
        with self._lock:
            self._counts[code] += 1
        _log.critical("alarm", code=code, **facts)

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each code was sounded."""
        with self._lock:
            return dict(self._counts)
