"""Children that are kept running: forked, replaced when they end, and ended together. It imports nothing heavy.

The parent opens neither database nor threads, so that nothing is shared that must not be. A child that ends by itself
is replaced, after a pause that grows where it ends at once. SIGTERM and SIGINT go on to all, and the parent ends when
they have.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import structlog

SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
STABLE_SECONDS = 30.0
"""A child that lived so long did not end because of something that the next one will meet at once."""
WATCH_SECONDS = 1.0

_log = structlog.get_logger("rollbook.supervisor")


class Supervisor:
    """Keeps so many children running, each of which does ``work`` and then ends."""

    def __init__(self, work: Callable[[], int], count: int) -> None:
        self._work, self._count = work, count
        self._children: dict[int, float] = {}
        self._stopping = False

    def run(self) -> None:
        """Until told to stop by SIGINT or SIGTERM, and all children have ended."""
        before = {number: signal.signal(number, self._stop) for number in (signal.SIGINT, signal.SIGTERM)}
        pause = SHORTEST_PAUSE
        try:
            while True:
                while not self._stopping and len(self._children) < self._count:
                    self._begin()
                if not self._children:
                    return
                pid, status = self._wait()
                lived = time.monotonic() - self._children.pop(pid)
                if self._stopping:
                    continue
                _log.error("a process ended", process=pid, status=os.waitstatus_to_exitcode(status))
                pause = SHORTEST_PAUSE if lived >= STABLE_SECONDS else min(2 * pause, LONGEST_PAUSE)
                self._sleep(pause)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _begin(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # Held back until the child has its own handlers: one that came in between would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
        parent, pid = os.getpid(), os.fork()
        if pid == 0:
            _end(self._work, parent)
        self._children[pid] = time.monotonic()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))

    def _wait(self) -> tuple[int, int]:
        while True:
            pid, status = os.wait()
            if pid in self._children:
                return pid, status

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(0.1)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for pid in self._children:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)


def _end(work: Callable[[], int], parent: int) -> None:
    """The child: whatever happens in it, it never goes on with what the parent was about to do."""
    code = 70
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM))
        threading.Thread(target=_watch, args=(parent,), name="rollbook-parent", daemon=True).start()
        code = work()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _watch(parent: int) -> None:
    """Where the parent is killed nobody would end this process, and it would keep the port."""
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
