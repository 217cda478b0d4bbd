"""The witness: follows one log, cosigns what goes on from what it has seen, and never anything else.

The order of one round, and what a crash after each act leaves:

1. The next published checkpoint is read with all that is new, and held against what is known (`Reader`).
   If we were to crash here, nothing has happened.
2. The cosignature is made and kept with the checkpoint and the tree's edge, in one transaction.
   If we were to crash here, the line is on disk and nobody has it; it is handed in by the next round.
   Before the commit nobody can have seen it: of one size there is one root and one line, whatever happens.
3. The line is handed in to the log, and noted as taken. If we were to crash between, it is handed in again: the log
   keeps the first.

A broken promise is kept as evidence and ends it for good: a witness that goes on after a fork is worth nothing.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api.watching import statuses
from api.watching.errors import Broken, write_down
from api.watching.following import Follower
from api.watching.reading import Climbed, Reader
from api.watching.source import Source
from api.watching.state import State
from api.watching.statuses import Known
from ledger.formats import cosignature
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.formats.keys import KeyPair
from ledger.formats.note import COSIGNATURE_V1, NoteKey

SCHEMA = """
CREATE TABLE IF NOT EXISTS cosignatures (
    size INTEGER PRIMARY KEY REFERENCES heads (size), time INTEGER NOT NULL, line TEXT NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0) STRICT;
"""
MOST_POSTS = 500
"""Cosignatures that are handed in, in one round."""
MOST_SERVED = 100
"""Published lists that are looked at, in one round."""
_MAX_LIST = 2**21
_SERVED = re.compile(r"https?://([^/]+)/(status-lists/[A-Za-z0-9_-]{1,64})")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round came to: how many checkpoints were cosigned and how many lines taken, the newest size that is
    cosigned, and what was odd, for people."""

    cosigned: int
    taken: int
    size: int
    odd: tuple[str, ...]


class Witness:
    """One witness of one log; ``now`` gives Unix seconds. It signs under ``name`` with ``pair``."""

    def __init__(
        self,
        source: Source,
        log_key: NoteKey,
        state: State,
        *,
        name: str,
        pair: KeyPair,
        now: Callable[[], float],
        evidence: Path,
    ) -> None:
        """``evidence`` is the folder where a broken promise is written down."""
        self._source = source
        self._follower = Follower(source, log_key)
        self._reader = Reader(self._follower, state)
        self._state = state
        self._name, self._pair, self._now = name, pair, now
        self._evidence = evidence
        self.key = NoteKey(name, pair.public, COSIGNATURE_V1)

    def round(self) -> Round:
        """Follow the log as far as it goes.

        Raises Broken where the log broke a promise, now or ever before; UnavailableError ``watch.…`` where it cannot
        be followed now, or ``watch.clock`` where our own clock went back.
        """
        if (known := self._state.broken()) is not None:
            raise known
        odd: list[str] = []
        try:
            cosigned, changed = self._follow()
            if self._reader.missing:
                odd.append(f"the log shows {self._reader.missing} entries less than before")
            self._look_at_served(changed, odd)
        except Broken as broken:
            self._give_up(broken)
            raise
        taken = self._hand_in(odd)
        return Round(cosigned, taken, self._state.edge.size, tuple(odd))

    def newest_note(self) -> str | None:
        """The newest checkpoint that is cosigned, with our line; for whoever cannot be handed it."""
        newest = self._state.newest()
        return None if newest is None else self.note_of(newest.head.size)

    def note_of(self, size: int) -> str | None:
        """The checkpoint of this size with our line, where it is cosigned."""
        head, row = self._state.head(size), self._state.one("SELECT line FROM cosignatures WHERE size = ?", size)
        return None if head is None or row is None else head.note + str(row[0])

    def _follow(self) -> tuple[int, list[Known]]:
        cosigned, changed = 0, dict[str, Known]()
        for to in self._reader.pending():
            climbed = self._reader.climb(to)
            self._cosign(climbed)
            cosigned += 1
            changed |= {one.url: one for one in climbed.lists}
        return cosigned, list(changed.values())

    def _cosign(self, climbed: Climbed) -> None:
        time = int(self._now())
        last = self._state.one("SELECT max(time) FROM cosignatures")[0] or 0
        if time < last:
            raise UnavailableError("watch.clock", "this machine's clock is behind the newest cosignature")
        line = cosignature.cosign(climbed.to.head, self._name, self._pair.secret, time)
        with self._state.transaction() as db:
            self._state.go_on(climbed.to, climbed.edge, climbed.lists, time)
            row = (climbed.to.head.size, time, str(line))
            db.execute("INSERT INTO cosignatures (size, time, line) VALUES (?, ?, ?)", row)

    def _hand_in(self, odd: list[str]) -> int:
        """The oldest first; nothing more in this round once one was refused, or nobody answers."""
        waiting = self._state.rows("SELECT size FROM cosignatures WHERE taken = 0 ORDER BY size LIMIT ?", MOST_POSTS)
        for done, (size,) in enumerate(waiting):
            try:
                refusal = self._source.post("log/cosignatures", (self.note_of(size) or "").encode())
            except (UnavailableError, NotFoundError) as error:
                refusal = error.code
            if refusal:
                odd.append(f"the log did not take the cosignature of {size}: {refusal}")
                return done
            with self._state.transaction() as db:
                db.execute("UPDATE cosignatures SET taken = 1 WHERE size = ?", (size,))
        return len(waiting)

    def _look_at_served(self, changed: list[Known], odd: list[str]) -> None:
        """Whether what the deployment serves under a list's address is what its log has."""
        for known in changed[:MOST_SERVED]:
            path = self._path_of(known.url)
            if path is None:
                continue
            try:
                data = self._follower.document(path, _MAX_LIST)
            except (NotFoundError, UnavailableError) as error:
                odd.append(f"{known.url} is not to be had: {error.code}")
                continue
            _compare(known, data, odd)

    def _path_of(self, url: str) -> str | None:
        """Where a list of this deployment is served; None for any other address: nobody sends us elsewhere."""
        found = _SERVED.fullmatch(url)
        return found[2] if found and found[1] == self._follower.key.name.removesuffix("/log") else None

    def _give_up(self, broken: Broken) -> None:
        broken.evidence["cosigned"] = self.newest_note()
        self._state.stop(broken)
        told = {"log": str(self._follower.key), "witness": str(self.key), "time": int(self._now())}
        write_down(broken, self._evidence, **told)


def _compare(known: Known, data: bytes, odd: list[str]) -> None:
    """What is served is no part of the log and may come from a cache, or from anybody: odd, and no evidence."""
    try:
        served = statuses.read(data)
        if served.url != known.url or served.sequence < known.sequence:
            odd.append(f"{known.url} is served in sequence {served.sequence}, and the log has {known.sequence}")
        elif served.sequence > known.sequence:
            statuses.check_bits(known, served, data)
        elif hashlib.sha256(data).digest() != known.digest:
            odd.append(f"{known.url} is served as another list than the log has in sequence {known.sequence}")
    except Broken as error:
        odd.append(f"{known.url} is served, and wrong: {error.message}")
