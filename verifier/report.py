"""The report: a verdict and its eight ordered checks (docs/formats.md §13). The same one everywhere, word for word."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from ledger.formats import datetimes
from ledger.formats.kind import Kind
from verifier.messages import FAILS, MESSAGES, PASSES, UNKNOWNS

CHECKS = ("document", "proof", "issuer", "validity", "inclusion", "anchor", "status", "holder")


class Outcome(StrEnum):
    """Of one check."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """Of a report."""

    VALID = "valid"
    INVALID = "invalid"
    INDETERMINATE = "indeterminate"


EXIT_CODES = {Verdict.VALID: 0, Verdict.INVALID: 1, Verdict.INDETERMINATE: 2}


class Check(NamedTuple):
    """The outcome of one check, its stable code, and what it rests on: JSON values, never a secret."""

    id: str
    outcome: Outcome
    code: str
    evidence: Mapping[str, Any]

    @property
    def message(self) -> dict[str, str]:
        """The code's sentence in English (``en``) and Chinese (``zh``)."""
        return MESSAGES[self.code]


@dataclass(slots=True)
class Report:
    """What verification found. Times are aware; those that are not proven are None.

    ``issuer`` holds registered values only, ``subject`` and ``record`` signed ones only; each is empty where nothing of
    the sort is proven. ``is_credential`` is False where the input was no credential at all. ``kind`` is the kind's
    definition, for its labels; it is not part of the JSON form.
    """

    verdict: Verdict
    policy: str
    assurance: str
    trust_root: str
    checked_at: datetime
    as_of: datetime | None
    anchored_at: datetime | None
    checks: tuple[Check, ...]
    required: frozenset[str]
    issuer: Mapping[str, Any] = field(default_factory=dict)
    subject: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    is_credential: bool = True
    kind: Kind | None = field(default=None, repr=False, compare=False)

    def __bool__(self) -> bool:
        """True for ``valid`` alone."""
        return self.verdict is Verdict.VALID

    def __getitem__(self, check_id: str) -> Check:
        """The check of this id; KeyError for none."""
        return self.checks[_PLACE[check_id]]

    @property
    def exit_code(self) -> int:
        """Of the command line: 0 valid, 1 invalid, 2 indeterminate."""
        return EXIT_CODES[self.verdict]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        made = orjson.loads(self.encode())
        assert isinstance(made, dict)
        return made

    def encode(self) -> bytes:
        """The JSON form as bytes."""
        # Whole seconds: the fraction says nothing here, and would make each request's beginning another one.
        times = (self.checked_at.replace(microsecond=0), self.as_of, self.anchored_at)
        head = _head(self.verdict, self.policy, self.assurance, self.trust_root, times)
        tail = {"issuer": self.issuer, "subject": self.subject, "record": self.record}
        checks = [_BEGINNINGS[check.code] + orjson.dumps(check.evidence) for check in self.checks]
        return b"".join((head, b"},".join(checks), b"}],", orjson.dumps(tail)[1:]))


_PASS, _FAIL = Outcome.PASS, Outcome.FAIL
_PLACE = {name: place for place, name in enumerate(CHECKS)}


def outcome_of(code: str) -> Outcome:
    """The one outcome that a code stands for."""
    if code in FAILS:
        return Outcome.FAIL
    if code in UNKNOWNS:
        return Outcome.UNKNOWN
    return Outcome.PASS if code in PASSES else Outcome.SKIPPED


def _beginning(code: str) -> bytes:
    """Everything of a check's JSON but the value of its last member, ``evidence``, and the bracket after that."""
    check = {"id": code.partition(".")[0], "outcome": outcome_of(code), "code": code, "message": MESSAGES[code]}
    return orjson.dumps(check)[:-1] + b',"evidence":'


_BEGINNINGS = {code: _beginning(code) for code in MESSAGES}


def decide(checks: Mapping[str, Check], required: AbstractSet[str]) -> Verdict:
    """The verdict that these checks give where ``required`` of them must pass."""
    verdict = Verdict.VALID
    for name in required:
        outcome = checks[name].outcome
        if outcome is _FAIL:
            return Verdict.INVALID
        if outcome is not _PASS:
            verdict = Verdict.INDETERMINATE
    return verdict


@lru_cache(maxsize=64)
def _head(verdict: Verdict, policy: str, assurance: str, trust_root: str, times: tuple[datetime | None, ...]) -> bytes:
    """The JSON form up to the first check; the same for most of a batch."""
    checked_at, as_of, anchored_at = (_stamp(moment) for moment in times)
    head = {
        "verdict": verdict.value,
        "policy": policy,
        "assurance": assurance,
        "checkedAt": checked_at,
        "asOf": as_of,
        "anchoredAt": anchored_at,
        "trustRoot": trust_root,
    }
    return orjson.dumps(head)[:-1] + b',"checks":['


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else datetimes.render(moment)
