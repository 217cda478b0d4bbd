"""Threads beside the server: started with it, stopped with it, and started again by themselves where one fails.

A worker that is killed in the middle does nothing twice and loses nothing: what it does is idempotent below. What no
retry can mend (an old backup behind its chain) ends that worker alone, loudly; the readiness answer names it.
"""

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Protocol

import structlog

from api.http.guard import where
from ledger.formats.errors import ConfigError, ConflictError, RollbookError

_log = structlog.get_logger("rollbook.workers")

RETRY_SECONDS = 5.0
STOP_SECONDS = 20.0


class Wait:
    """What a worker is given: called with seconds it sleeps, and says whether the worker is to stop."""

    def __init__(self, stop: threading.Event, tell: Callable[[str], None]) -> None:
        self._stop = stop
        self.tell = tell
        """Says how the worker is: ``ok``, or the code of what keeps it from its work, though it goes on trying."""

    def __call__(self, seconds: float) -> bool:
        return self._stop.wait(seconds)


class Work(Protocol):
    """A worker's loop: returns when told to stop."""

    def __call__(self, wait: Wait) -> None: ...


class Workers:
    """Named workers, each in a thread of its own, between ``start`` and ``stop``."""

    def __init__(self, works: Mapping[str, Work], *, retry_seconds: float = RETRY_SECONDS) -> None:
        self._works = dict(works)
        self._retry_seconds = retry_seconds
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._states = {name: "stopped" for name in works}

    def __enter__(self) -> "Workers":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def states(self) -> dict[str, str]:
        """`ok`, `stopped`, or the code of what went wrong, by name."""
        return dict(self._states)

    def start(self) -> None:
        """Start every worker."""
        for name, work in self._works.items():
            thread = threading.Thread(target=self._run, args=(name, work), name=f"rollbook-{name}", daemon=True)
            self._threads.append(thread)
            self._states[name] = "ok"
            thread.start()

    def stop(self) -> None:
        """Tell all of them to stop, and wait until they have."""
        self._stop.set()
        for thread in self._threads:
            thread.join(STOP_SECONDS)
        self._threads.clear()

    def _run(self, name: str, work: Work) -> None:
        wait = Wait(self._stop, lambda code: self._states.__setitem__(name, code))
        while not self._stop.is_set():
            try:
                work(wait)
            except (ConflictError, ConfigError) as error:
                self._states[name] = error.code
                _log.critical("worker ended", worker=name, code=error.code)
                return
            except Exception as error:  # a defect must not end anchoring for good while records are still issued
                self._states[name] = error.code if isinstance(error, RollbookError) else "internal"
                _log.error("worker failed", worker=name, error=type(error).__name__, where=where(error))
                self._stop.wait(self._retry_seconds)
            else:
                self._states[name] = "ok"
        self._states[name] = "stopped"
