"""Policies: which checks a verdict rests on, and how old the facts may be (docs/formats.md §13).

``record`` is for records of our issuers, ``archive`` the same at any age of their proof, ``vc`` for credentials of
other systems. Under ``vc`` the issuer is required too where only the registry could say that the key is the issuer's;
and for an issuer that the registry knows every failure of ``record`` counts, so that no two policies contradict.
A reader may demand more, of any policy (``Demands``).
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from ledger.formats.errors import ConfigError
from ledger.formats.note import NoteKey
from verifier.report import CHECKS, Check, Outcome

MAX_AGE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Demands:
    """What a reader may ask beyond every policy (docs/formats.md §13); the default asks nothing.

    ``current``: at every level the newest accreditation must be open as of the header too, not only when the record
    was anchored: records of a school that has ended then fail. ``quorum`` of ``witnesses`` must have cosigned the
    checkpoint by lines that count (§6.1), else the check ``inclusion`` is unknown. Raises ConfigError
    ``policy.witnesses`` where fewer than that are named, each key once.
    """

    current: bool = False
    witnesses: tuple[NoteKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.quorum <= len({key.public for key in self.witnesses}):
            raise ConfigError("policy.witnesses", "a quorum is of as many witnesses as are named, each once")


NO_DEMANDS = Demands()


class Situation(NamedTuple):
    """What about a document decides which checks are required of it, besides the policy."""

    names_status: bool = False
    key_is_bound: bool = False
    is_registered: bool = False
    is_challenged: bool = False
    speaks_for_itself: bool = False
    """The issuer is a did:key: where the signature does not hold, the registry could not help either."""


@dataclass(frozen=True, slots=True)
class Policy:
    """``required`` holds check ids; ``max_age`` is the greatest age of the facts (None: any age will do).

    ``open`` reads other systems' credentials: no kind is demanded of them. Raises ConfigError ``policy.empty`` where
    nothing is required, ``policy.unknown_check`` for a check that does not exist.
    """

    name: str
    required: frozenset[str]
    max_age: timedelta | None
    open: bool = False

    def __post_init__(self) -> None:
        if not self.required:
            raise ConfigError("policy.empty", "a policy that requires nothing would call anything valid")
        if not self.required <= set(CHECKS):
            raise ConfigError("policy.unknown_check", f"no such check: {min(self.required - set(CHECKS))}")

    def demands(self, checks: Mapping[str, Check], situation: Callable[[], Situation]) -> AbstractSet[str]:
        """The ids of the checks that must pass for this document, whose situation is asked for where it matters."""
        if not self.open and checks["holder"].outcome is Outcome.SKIPPED:
            return self.required
        return self._demands(checks, situation())

    def _demands(self, checks: Mapping[str, Check], situation: Situation) -> set[str]:
        wanted = set(self.required)
        if situation.is_challenged or checks["holder"].outcome is Outcome.FAIL:
            wanted.add("holder")
        if self.open:
            if situation.names_status:
                wanted.add("status")
            if not situation.key_is_bound and not situation.speaks_for_itself:
                wanted.add("issuer")
            if situation.is_registered:
                wanted.update(name for name, check in checks.items() if check.outcome is Outcome.FAIL)
        return wanted


RECORD = Policy("record", frozenset(CHECKS) - {"holder"}, MAX_AGE)
ARCHIVE = Policy("archive", RECORD.required, None)
VC = Policy("vc", frozenset({"document", "proof", "validity"}), MAX_AGE, open=True)
POLICIES = {policy.name: policy for policy in (RECORD, ARCHIVE, VC)}
