"""Whether a school may sign a kind now, asked before it signs: what it may not would never verify.

The registry on the chain decides. What it says is kept with the school, and where the chain cannot be reached, that
counts (`issuers.scope`): issuing never waits for it.
"""

import threading
import time

from issuers.kinds import Kinds
from issuers.schools import Schools
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotAllowedError, UnavailableError
from ledger.formats.registry import Accreditation, member_id

KEPT_SECONDS = 30.0
"""How long an answer of the chain is remembered."""


class Standing:
    """Answers for the schools of one deployment. Safe to share between threads."""

    def __init__(self, registry: IssuerRegistryClient, kinds: Kinds, schools: Schools) -> None:
        self._registry = registry
        self._kinds = kinds
        self._schools = schools
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Accreditation | None]] = {}

    def require(self, did: str | None, kind: str) -> None:
        """NotAllowedError ``issuer.not_accredited``, ``issuer.withdrawn`` or ``issuer.out_of_scope``; NotFoundError
        ``kind.unknown``.
        """
        number = self._kinds.get(kind).kind.number
        if did is None:
            return
        try:
            record = self._newest(did)
        except UnavailableError:
            return
        if record is None:
            raise NotAllowedError("issuer.not_accredited", "the school is not accredited on the chain")
        if record.withdrawn:
            raise NotAllowedError("issuer.withdrawn", "the school's accreditation was withdrawn")
        if not record.allows_kind(number):
            raise NotAllowedError("issuer.out_of_scope", f"the school is not accredited for the kind {kind}")

    def _newest(self, did: str) -> Accreditation | None:
        with self._lock:
            known = self._known.get(did)
        if known is not None and time.monotonic() - known[0] < KEPT_SECONDS:
            return known[1]
        records = self._registry.accreditations(member_id(did))
        found = records[-1] if records else None
        if found is not None:
            self._schools.note_accreditation(did, found)
        with self._lock:
            self._known[did] = (time.monotonic(), found)
        return found
