"""Who leads: the process that runs the sequencer and the workers, among those that serve one deployment.

Alone (SQLite, or the embedded chain) a process leads as long as it lives. Together (`Settings.together`) each process
has a thread that renews the lease or tries to get it; what happens when another takes it is in `ledger.log.lease`.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Protocol

import structlog
from sqlalchemy import Engine

from api.http.guard import where
from api.workers.runner import Work, Workers
from ledger.formats.errors import RollbookError, UnavailableError
from ledger.log.lease import ASKED_SECONDS, Held, Lease

WAIT_SECONDS = 60.0
"""How long a command waits for the lease: until a server has finished what it has in hand, or another command."""

_log = structlog.get_logger("rollbook.leading")


class Leads(Protocol):
    """What takes the lead and leaves it again: a `ledger.log.sequencer.Sequencer`."""

    @property
    def leads(self) -> bool: ...
    @property
    def epoch(self) -> int: ...
    def lead(self, *, asking: bool = False) -> bool: ...
    def step_back(self) -> None: ...


class Leadership(Protocol):
    """What HTTP asks of it."""

    @property
    def leads(self) -> bool:
        """Whether this process writes."""

    @property
    def leader(self) -> Held | None:
        """The other process that writes, as far as is known; None where there is none."""

    def look(self) -> Held | None:
        """As ``leader``, asked of the database now; UnavailableError as the log does."""

    @property
    def states(self) -> dict[str, str]:
        """`ok`, `stopped`, or the code of what went wrong, for each worker."""


class Alone:
    """The one process of a deployment; its workers run within the block."""

    def __init__(self, works: Mapping[str, Work]) -> None:
        self._workers = Workers(works)
        self.leads, self.leader = True, None

    def __enter__(self) -> "Alone":
        self._workers.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._workers.stop()

    def look(self) -> None:
        """There is no other."""

    @property
    def states(self) -> dict[str, str]:
        """See `Leadership`."""
        return self._workers.states


class Elected:
    """One of several processes: leads when it gets the lease, with workers of its own for each time that it does."""

    def __init__(
        self,
        sequencer: Leads,
        lease: Lease,
        works: Mapping[str, Work],
        *,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """``changed`` is called whenever another than before leads: it may have written what is kept in memory here."""
        self._sequencer, self._lease, self._works, self._changed = sequencer, lease, works, changed
        self._beat = beat(lease)
        self._workers, self._working = Workers(works), False
        self._seen: Held | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rollbook-leading", daemon=True)

    def __enter__(self) -> "Elected":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    @property
    def leads(self) -> bool:
        """See `Leadership`."""
        return self._sequencer.leads

    @property
    def leader(self) -> Held | None:
        """See `Leadership`."""
        seen = self._seen
        return seen if seen is not None and seen.live and not self.leads else None

    def look(self) -> Held | None:
        """See `Leadership`."""
        self._seen = self._lease.look()
        return self.leader

    @property
    def states(self) -> dict[str, str]:
        """See `Leadership`."""
        return self._workers.states

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._step()
            except Exception as error:  # whatever it was: the next beat may find it mended, and none would find nothing
                code = error.code if isinstance(error, RollbookError) else "internal"
                _log.error("leading failed", code=code, error=type(error).__name__, where=where(error))
            self._stop.wait(self._beat)
        self._step_back("stopped")

    def _step(self) -> None:
        """One beat."""
        sequencer = self._sequencer
        if not sequencer.leads:
            sequencer.lead()
        elif not self._lease.renew(sequencer.epoch):
            sequencer.step_back()  # before anything else is tried; what was tried was refused
            self._rest("another process leads")
        elif self._lease.look().asked:
            self._step_back("a command asked for it")
        if sequencer.leads and not self._working:
            _log.warning("leading", epoch=sequencer.epoch)
            self._workers, self._working = Workers(self._works), True
            self._workers.start()
        before, self._seen = self._seen, self._lease.look()
        if before is None or before.epoch != self._seen.epoch:
            self._changed()

    def _step_back(self, why: str) -> None:
        self._rest(why)
        with suppress(UnavailableError):  # then the lease ends by itself
            self._sequencer.step_back()

    def _rest(self, why: str) -> None:
        if self._working:
            self._workers.stop()
            self._working = False
            _log.warning("not leading", why=why)


@contextmanager
def holding(sequencer: Leads, lease: Lease, *, wait: float = WAIT_SECONDS) -> Iterator[None]:
    """Lead within the block, for a command: ask whoever leads to step back, and hand the lease back at the end.

    Raises UnavailableError ``deployment.locked`` where nobody lets go of it in time.
    """
    _ask(sequencer, lease, time.monotonic() + wait)
    stop = threading.Event()
    thread = threading.Thread(target=_renew, args=(sequencer, lease, stop), name="rollbook-lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with suppress(UnavailableError):
            sequencer.step_back()


def _ask(sequencer: Leads, lease: Lease, until: float) -> None:
    lease.ask()
    while not sequencer.lead(asking=True):
        if time.monotonic() >= until:
            raise UnavailableError("deployment.locked", f"another process writes to this ledger: {lease.look().holder}")
        time.sleep(min(0.1, ASKED_SECONDS / 4))
        lease.ask()


def _renew(sequencer: Leads, lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(beat(lease)):
        try:
            if not lease.renew(sequencer.epoch):
                return  # what it writes from now on is refused, and tells the command so
        except UnavailableError as error:
            _log.error("the lease could not be renewed", code=error.code)


def beat(lease: Lease) -> float:
    """Seconds between two heartbeats: four at least in a lease's time, and often enough to see who asks."""
    return min(1.0, lease.seconds / 5)


def make_lease(engine: Engine, seconds: float, address: str) -> Lease:
    """The lease as this process takes it; ``address`` is where others reach it, empty for a command."""
    return Lease(engine, holder=f"{socket.gethostname()} process {os.getpid()}", address=address, seconds=seconds)
