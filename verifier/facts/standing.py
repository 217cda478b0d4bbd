"""Whether a signature of an issuer counts at a time: the rules of docs/formats.md §9, on words of the chain alone.

From the issuer up to the registry's root, at the anchored time:

1. the registry knows the member, and the profile is the registered one;
2. it has an accreditation record that contains the time (read from n = 0; a zero word ends the list);
3. that record's region begins with the parent's, and the kind is among its kinds;
4. the issuer's school code begins with its own region;
5. the path ends at the trust root's authority;
6. the kind's definition is the registered one;
7. the key was added, and neither retired nor compromised;
8. where a current accreditation is demanded (§13), every level's newest record is open in this state too.

What is found wrong comes before what is not proven; what is not proven never counts as wrong.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ledger.formats.errors import FormatError, ProofError
from ledger.formats.kind import Kind
from ledger.formats.profile import Profile
from ledger.formats.registry import CUSTODY_OWN, Accreditation, KeyRecord, key_id, member_id
from verifier.facts.chainstate import ChainState

MAX_LEVELS = 16
MAX_RECORDS = 64
OK = "issuer.ok"
MISSING = "issuer.missing"
_ZERO = bytes(32)
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Standing:
    """``code`` is the check's; ``registered``: the registry has the member; ``profile`` is the registered one.

    ``issuer`` shows that profile, and is empty where there is none; ``kind_is_registered``: the kind's hash is.
    """

    code: str
    registered: bool
    profile: Profile | None
    evidence: dict[str, Any] = field(default_factory=dict)
    issuer: dict[str, Any] = field(default_factory=dict)
    kind_is_registered: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is said to have signed what: the issuer's DID, its 32-byte key, the kind of the record, profiles upwards."""

    issuer: str
    key: bytes | None
    kind: Kind | None
    profiles: tuple[Profile, ...]


def standing(state: ChainState, claim: Claim, time: int | None, *, current: bool = False) -> Standing:
    """How the claim stands at ``time`` (Unix seconds); at None only what holds at any time is answered.

    ``current``: and in this state itself.
    """
    profiles = tuple([profile.hash for profile in claim.profiles])
    kind = claim.kind.hash if claim.kind else None
    key = ("standing", claim.issuer, claim.key, kind, profiles, time, current)
    made = state.derived.get(key, lambda: _Inquiry(state, claim, time, current).answer())
    assert isinstance(made, Standing)
    return made


def key_record(state: ChainState, issuer: str, key: bytes) -> KeyRecord | None:
    """The registered key, or None where it is proven never to have been added; errors as ``ChainState.word``.

    Raises FormatError ``registry.malformed`` for a word that the contract never writes.
    """
    return KeyRecord.unpack(state.issuer_word("keys", member_id(issuer), key_id(key)))


def accreditation(state: ChainState, member: bytes, n: int) -> Accreditation | None:
    """A member's ``n``-th accreditation, or None where it is proven that there is none; errors as ``key_record``."""
    return Accreditation.unpack(state.issuer_word("accreditations", member, n))


def has_taken_over(state: ChainState, heir: str, issuer: str, time: int) -> bool:
    """Whether ``heir`` may publish the status lists of ``issuer`` at ``time`` (docs/formats.md §7, taking over): it is
    the registered parent, and no accreditation of the issuer contains the time. Errors as ``key_record``.
    """
    member = member_id(issuer)
    if member_id(heir) == member or state.issuer_word("parents", member) != member_id(heir):
        return False
    for n in range(MAX_RECORDS):
        record = accreditation(state, member, n)
        if record is None or record.covers(time):
            return record is None
    raise ProofError("chain.proof_missing", "too many accreditations to tell that the last one has ended")


class _Inquiry:
    """One claim being looked into; findings gather in the order of the rules."""

    def __init__(self, state: ChainState, claim: Claim, time: int | None, current: bool) -> None:
        self._state, self._claim, self._time, self._current = state, claim, time, current
        self._registered = self._kind_is_registered = False
        self._profile: Profile | None = None
        self._path: list[str] = []
        self._custody: str | None = None
        self._codes: list[str] = []

    def answer(self) -> Standing:
        """Everything that can be looked into is, whatever was found before."""
        self._attempt(self._climb)
        self._attempt(self._check_kind)
        self._attempt(self._check_key)
        wrong = [code for code in self._codes if code != MISSING]
        code = wrong[0] if wrong else (MISSING if self._codes else OK)
        evidence: dict[str, Any] = {"did": self._claim.issuer, "path": self._path}
        if self._custody:
            evidence["custody"] = self._custody
        profile = self._profile
        issuer = {"did": profile.did, "code": profile.code, "name": profile.name} if profile else {}
        return Standing(code, self._registered, profile, evidence, issuer, self._kind_is_registered)

    def _attempt(self, step: Callable[..., Answer], *arguments: Any) -> Answer | None:
        """A step's answer; None where it rests on a fact that the nodes do not prove."""
        try:
            return step(*arguments)
        except (ProofError, FormatError):
            self._codes.append(MISSING)
            return None

    def _climb(self) -> None:
        member, below = member_id(self._claim.issuer), None
        for level in range(MAX_LEVELS):
            parent = self._state.issuer_word("parents", member)
            if parent == _ZERO:  # 1
                self._codes.append("issuer.unknown")
                return
            self._registered = True
            self._attempt(self._check_profile, level, member)
            record = self._attempt(self._covering, member)
            if self._current and self._time is not None:
                self._attempt(self._check_current, member)
            if record is not None:
                self._check_scope(level, record, below)
            if parent == member:
                if member != self._state.epoch.root_member:  # 5
                    self._codes.append("issuer.unknown")
                return
            member, below = parent, record
        self._codes.append("issuer.unknown")

    def _check_profile(self, level: int, member: bytes) -> None:
        """Rule 1. Only what has the registered hash is shown as the issuer's name."""
        given = self._claim.profiles[level] if level < len(self._claim.profiles) else None
        if given is None:
            self._codes.append(MISSING)
        elif given.member != member or self._state.issuer_word("profiles", member) != given.hash:
            self._codes.append("issuer.unknown")
        else:
            self._path.append(given.did)
            if level == 0:
                self._profile = given

    def _covering(self, member: bytes) -> Accreditation | None:
        """Rule 2: the record that contains the time. None where the time is not known either."""
        if self._time is None:
            return None
        code = "issuer.not_accredited"
        for n in range(MAX_RECORDS):
            record = accreditation(self._state, member, n)
            if record is None:
                break
            if record.covers(self._time):
                return record
            if record.accredited <= self._time:
                code = "issuer.withdrawn"
        else:
            code = MISSING
        self._codes.append(code)
        return None

    def _check_current(self, member: bytes) -> None:
        """Rule 8. An open record is the newest: none follows before it has ended."""
        newest = None
        for n in range(MAX_RECORDS):
            record = accreditation(self._state, member, n)
            if record is None or record.withdrawn == 0:
                newest = record or newest
                break
            newest = record
        else:
            self._codes.append(MISSING)
            return
        if newest is not None and newest.withdrawn:
            self._codes.append("issuer.withdrawn")

    def _check_scope(self, level: int, record: Accreditation, below: Accreditation | None) -> None:
        """Rules 3 and 4; a region is compared once the parent's is known."""
        kind, profile = self._claim.kind, self._profile
        too_wide = below is not None and not below.region.startswith(record.region)
        other_kind = kind is not None and not record.allows_kind(kind.number)
        other_code = level == 0 and profile is not None and not record.allows_code(profile.code.encode())
        if too_wide or other_kind or other_code:
            self._codes.append("issuer.out_of_scope")

    def _check_kind(self) -> None:
        """Rule 6."""
        kind = self._claim.kind
        if kind is None:
            self._codes.append(MISSING)
        elif self._state.issuer_word("kinds", kind.number, kind.version) != kind.hash:
            self._codes.append("issuer.out_of_scope")
        else:
            self._kind_is_registered = True

    def _check_key(self) -> None:
        """Rule 7."""
        if self._claim.key is None:
            self._codes.append(MISSING)
            return
        record = key_record(self._state, self._claim.issuer, self._claim.key)
        if record is None:
            self._codes.append("issuer.key_not_valid")
            return
        self._custody = "own" if record.custody == CUSTODY_OWN else "hosted"
        if self._time is not None and not record.usable(self._time):
            stolen = 0 < record.compromised_since <= self._time
            self._codes.append("issuer.key_compromised" if stolen else "issuer.key_not_valid")
