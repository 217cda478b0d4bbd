"""Alarms: what no process may settle by itself and a person must look at. One line in the log, one counter.

A code is that of the error tree or of the thing seen (``anchor.disagreement``, ``log.forked``); what goes with it is
public (sizes, hashes, names of nodes and witnesses), never of a record. `/metrics` shows
``rollbook_alarms_total{code="…"}``: whoever is woken by Prometheus is woken by any increase of it.

The counters are in the database, so that any of several processes shows the alarms of all. Whoever sounds one may be in
the middle of anything, a transaction included: it is written by a thread of its own, and where the database cannot be
written to, with the next one. The line is there at once.
"""

import threading
import time
from collections import Counter
from collections.abc import Mapping

import structlog
from sqlalchemy import Engine, select, text

from api import logs
from api.alarm_tables import AlarmRow
from ledger.formats.errors import UnavailableError
from ledger.log.tables import table_of
from ledger.log.transactions import reading, writing

_log = structlog.get_logger("rollbook.alarm")
_TABLE = table_of(AlarmRow)
_ADD = text(
    "INSERT INTO api_alarms (code, count, sounded_at) VALUES (:code, :count, :at)"
    " ON CONFLICT (code) DO UPDATE SET count = api_alarms.count + excluded.count, sounded_at = excluded.sounded_at"
)
CLOSE_SECONDS = 5.0


class Alarms:
    """The alarms of a deployment; safe to share between threads. Without `keep_in` those of this process alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._waiting: Counter[str] = Counter()
        self._stored: Counter[str] = Counter()
        self._writes = 0  # begun and ended; odd while one may or may not be in the database yet
        self._engine: Engine | None = None
        self._threads: list[threading.Thread] = []

    def keep_in(self, engine: Engine) -> None:
        """Keep the counters in a database that is migrated; ``UnavailableError`` where it cannot be read."""
        self._stored, self._engine = _read(engine), engine

    def sound(self, code: str, **facts: str | int) -> None:
        """Count one alarm and write its line; never raises, and waits for nothing."""
        with self._lock:
            self._waiting[code] += 1
        if not structlog.is_configured():  # in a command, whose standard output is for what was asked
            logs.configure("error")
        _log.critical("alarm", code=code, **facts)
        if self._engine is not None:
            writer = threading.Thread(target=self._write, name="rollbook-alarm", daemon=True)
            writer.start()
            with self._lock:
                self._threads = [one for one in self._threads if one.is_alive()] + [writer]

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each code was sounded: each alarm once and never fewer than before, as a counter must be."""
        while True:
            with self._lock:
                seen = self._writes
                if self._engine is None or seen % 2:
                    return dict(self._stored + self._waiting)
            try:
                stored = _read(self._engine)
            except UnavailableError:
                stored = self._stored  # then what is known here
            with self._lock:
                if self._writes == seen:
                    self._stored = stored
                    return dict(stored + self._waiting)

    def close(self) -> None:
        """Wait until what was sounded is written, for some seconds at most."""
        deadline = time.monotonic() + CLOSE_SECONDS
        with self._lock:
            threads = list(self._threads)
        for writer in threads:
            writer.join(max(0.0, deadline - time.monotonic()))

    def _write(self) -> None:
        with self._writing:
            with self._lock:
                taken, now = Counter(self._waiting), int(time.time())
                if not taken or self._engine is None:
                    return
                self._writes += 1
            written = False
            try:
                with writing(self._engine) as connection:
                    rows = [{"code": code, "count": count, "at": now} for code, count in taken.items()]
                    connection.execute(_ADD, rows)
                written = True
            except UnavailableError as error:
                _log.error("alarm not written", code=error.code)
            finally:
                with self._lock:
                    self._writes += 1
                    if written:
                        self._waiting = +(self._waiting - taken)
                        self._stored = self._stored + taken


def _read(engine: Engine) -> Counter[str]:
    with reading(engine) as connection:
        return Counter({row.code: row.count for row in connection.execute(select(_TABLE))})
