"""Whether a school may sign a kind now, asked before it signs: what it may not would never verify.

The registry on the chain decides. What it says is kept with the school, and where the chain cannot be reached, that
counts (`issuers.scope`): issuing never waits for it.
"""

import threading
import time

from issuers.kinds import Kinds
from issuers.schools import Schools
from ledger.chain.history import History
from ledger.formats.errors import NotAllowedError, UnavailableError
from ledger.formats.registry import Accreditation, member_id

KEPT_SECONDS = 30.0
"""How long an answer of the chain is remembered."""


class Standing:
    """Answers for the schools of one deployment. Safe to share between threads."""

    def __init__(self, history: History, kinds: Kinds, schools: Schools) -> None:
        self._history = history
        self._kinds = kinds
        self._schools = schools
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, tuple[Accreditation, ...]]] = {}

    def require(self, did: str | None, kind: str) -> None:
        """NotAllowedError ``issuer.not_accredited``, ``issuer.withdrawn`` or ``issuer.out_of_scope``; NotFoundError
        ``kind.unknown``.
        """
        number = self._kinds.get(kind).kind.number
        if did is None:
            return
        try:
            records = self._line(did)
        except UnavailableError:
            return
        if not records:
            raise NotAllowedError("issuer.not_accredited", "the school is not accredited on the chain")
        if any(record.withdrawn for record in records):
            raise NotAllowedError("issuer.withdrawn", "the school's accreditation was withdrawn")
        if not all(record.allows_kind(number) for record in records):
            raise NotAllowedError("issuer.out_of_scope", f"the school is not accredited for the kind {kind}")

    def _line(self, did: str) -> tuple[Accreditation, ...]:
        """The newest accreditations from a school up to the root."""
        with self._lock:
            known = self._known.get(did)
        if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
            return known[1]
        found = tuple(node.newest for node in self._history.tree().path(member_id(did)))
        if found:
            self._schools.note_accreditation(did, found[0])
        with self._lock:
            self._known[did] = (time.monotonic(), found)
        return found
