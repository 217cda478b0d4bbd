"""What the log's database says of an anchor, held against the word that the contract keeps of it.

The rows are a memory of what the chain said; whoever can write to the database can write others. Nothing leaves here on
their word alone: where a row and the contract differ there is no material, and an alarm. Where a row is right, whatever
stands in a bundle beside its proof is what the contract hashed.
"""

import threading
from typing import Protocol

from ledger.formats.errors import UnavailableError
from ledger.formats.registry import anchor_digest
from ledger.log.checkpoints import StoredAnchor

ALTERED = "anchor.altered"


class Sound(Protocol):
    """Sounds an alarm that people must look at; ``facts`` are public."""

    def __call__(self, code: str, **facts: str | int) -> None: ...


def silent(code: str, **facts: str | int) -> None:
    """For whoever has nobody to alarm."""


def holds(word: bytes | None, row: StoredAnchor) -> bool:
    """Whether a row is what the contract accepted; ``word`` is what it keeps under the row's size, None for nothing."""
    return word == anchor_digest(row.size, row.root, row.previous_size, row.time, row.status_root)


class Altered:
    """Makes the error of an altered row, and sounds the alarm of each size once; safe to share between threads."""

    def __init__(self, alarm: Sound = silent) -> None:
        self._alarm = alarm
        self._lock = threading.Lock()
        self._told: set[int] = set()

    def __call__(self, size: int, message: str) -> UnavailableError:
        """UnavailableError ``anchor.altered``, to be raised."""
        with self._lock:
            new = size not in self._told
            self._told.add(size)
        if new:
            self._alarm(ALTERED, size=size)
        return UnavailableError(ALTERED, message)
