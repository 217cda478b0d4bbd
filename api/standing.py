"""Whether a school may sign a kind now, and under which key, asked before it signs: what it may not would never verify.

The registry on the chain decides. What it says is kept with the school, and where the chain cannot be reached, that
counts (`issuers.scope`): issuing never waits for it.
"""

import threading
import time
from collections.abc import Mapping

from api import accreditation
from issuers.kinds import Kinds
from issuers.profiles import Profiles
from issuers.schools import Schools
from ledger.chain.history import History, Node, Tree
from ledger.formats.errors import NotAllowedError, RollbookError, UnavailableError
from ledger.formats.registry import Accreditation, member_id

KEPT_SECONDS = 30.0
"""How long an answer of the chain is remembered."""


class Standing:
    """Answers for the schools of one deployment. Safe to share between threads."""

    def __init__(self, history: History, kinds: Kinds, schools: Schools, profiles: Profiles) -> None:
        self._history = history
        self._kinds = kinds
        self._schools = schools
        self._profiles = profiles
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, tuple[Accreditation, ...]]] = {}
        self._looked = -KEPT_SECONDS
        self._noted: Mapping[bytes, Node] = {}

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

    def look(self) -> None:
        """Before a key signs: every half minute hold the books against the registry, as far as that has changed.

        A key that was retired or reported stolen there signs nothing more then, be it a record, a form of one or a
        status list. Nothing where the chain cannot be reached. Raises UnavailableError as the database does.
        """
        with self._lock:
            if time.monotonic() - self._looked < KEPT_SECONDS:
                return
            self._looked = time.monotonic()  # so that nobody else waits for the chain
        try:
            tree = self._history.latest()
        except RollbookError:
            return
        try:
            self.note(tree)
        except RollbookError:
            self._looked = -KEPT_SECONDS
            raise

    def note(self, tree: Tree, *, whole: bool = False) -> None:
        """Keep in the books what the tree says of each member that has changed since the last one; or of all."""
        before = {} if whole else self._noted
        changed = {member for member, node in tree.members.items() if before.get(member) is not node}
        if changed:
            members = [one for one in self._schools.every() if one.member_id in changed]
            accreditation.note(tree, self._schools, self._profiles, members)
        self._noted = tree.members

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
