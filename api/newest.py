"""Since when a file must know the log and the registry to be as new as what this process has read of them.

An anchor tells of new records and status lists, an act on the registry of keys and accreditations: a report of a theft
may make a block without any anchor. Both are read by a thread beside the requests, and only while there are some. So a
request compares two numbers, and waits for no node and no database.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ledger.chain.history import History
from ledger.formats.errors import RollbookError
from ledger.log.reader import LogReader

READ_SECONDS = 1.0
"""After this long what is known is read anew."""

KEPT_SECONDS = 2.0
"""After this long it is gone by no more, where log and chain answered: there may have been no request meanwhile."""


class Newest:
    """The time of the newest anchor or act, whichever is later. Safe to share between threads."""

    def __init__(self, reader: LogReader, history: History) -> None:
        self._reader = reader
        self._history = history
        self._lock = threading.Lock()
        self._beside = ThreadPoolExecutor(1, "newest")
        self._reading: Future[None] | None = None
        self._anchor = self._act = 0
        self.forget()

    def known(self) -> int | None:
        """In seconds since 1970, 0 where there is nothing yet; None where it is not known now. Never waits.

        Where log or chain did not answer, what they last said: a complete bundle needs neither to be verified.
        """
        age = time.monotonic() - self._known_at
        if age >= READ_SECONDS:
            self._begin()
        return None if self._answered and age >= KEPT_SECONDS else max(self._anchor, self._act)

    def ensure(self) -> None:
        """Wait until it is known, where it is not."""
        if self.known() is None:
            wait([self._begin()])

    def forget(self) -> None:
        """What is known is to be read anew before anything is gone by."""
        self._known_at, self._answered = -KEPT_SECONDS, True

    def close(self) -> None:
        """Before the log and the chain are closed."""
        self._beside.shutdown()

    def _begin(self) -> "Future[None]":
        with self._lock:
            if self._reading is None or self._reading.done():
                self._reading = self._beside.submit(self._read)
                self._reading.add_done_callback(Future.result)  # so that what nobody has foreseen is in the log
            return self._reading

    def _read(self) -> None:
        self._answered = all([_answers(self._read_anchor), _answers(self._read_act)])
        self._known_at = time.monotonic()

    def _read_anchor(self) -> None:
        anchor = self._reader.anchor()
        self._anchor = anchor.time if anchor else 0

    def _read_act(self) -> None:
        acts = self._history.tree().acts
        self._act = acts[-1].time if acts else 0


def _answers(read: Callable[[], None]) -> bool:
    try:
        read()
    except RollbookError:  # it is away, or contradicts itself, and an alarm was sounded
        return False
    return True
