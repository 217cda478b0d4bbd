"""Logs of the tests, on whichever engine."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine

from ledger.formats import checkpoint, keys, note
from ledger.log.sequencer import Sequencer
from ledger.log.submission import own_issuer_only

ORIGIN = "example.org/log"
LOG_KEY = keys.generate(bytes(range(32)))
NOTE_KEY = note.NoteKey(ORIGIN, LOG_KEY.public)
LOG_ID = checkpoint.log_id(ORIGIN, LOG_KEY.public)
NOW = 1_780_000_000


def open_sequencer(
    engine: Engine, *, confirmed: bool = True, now: Callable[[], int] = lambda: NOW, **more: Any
) -> Sequencer:
    """Take over the tests' log; as if the chain had nothing yet, unless told otherwise."""
    made: dict[str, Any] = {"origin": ORIGIN, "key": LOG_KEY, "authorize": own_issuer_only, "now": now, **more}
    sequencer = Sequencer(engine, **made)
    if confirmed:
        sequencer.confirm(0, bytes(32))
    return sequencer
