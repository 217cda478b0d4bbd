"""Rounds without end: one after the other, until told to stop; what cannot be reached is asked for again."""

import threading
from collections.abc import Callable

from ledger.formats.errors import UnavailableError

Say = Callable[[str], None]


def rounds(one: Callable[[], None], *, every: float, wait: Callable[[float], bool], say: Say) -> None:
    """Run ``one`` every so many seconds until ``wait`` says to stop. UnavailableError is said; all else ends it."""
    while True:
        try:
            one()
        except UnavailableError as error:
            say(f"{error.code}: {error.message}")
        if wait(every):
            return


def until_told() -> Callable[[float], bool]:
    """A wait that ends early, and for good, on SIGINT or SIGTERM."""
    import signal

    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    return told.wait
