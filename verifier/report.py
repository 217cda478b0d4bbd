"""The report: a verdict and its eight ordered checks (docs/formats.md §13). The same one everywhere, word for word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

import orjson

from ledger.formats import datetimes
from ledger.formats.kind import Kind
from verifier.messages import MESSAGES

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


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check, its stable code, and what it rests on: JSON values, never a secret."""

    id: str
    outcome: Outcome
    code: str
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> dict[str, str]:
        """The code's sentence in English (``en``) and Chinese (``zh``)."""
        return MESSAGES[self.code]


@dataclass(frozen=True)
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
        return self.by_id[check_id]

    @cached_property
    def by_id(self) -> dict[str, Check]:
        """The checks by id."""
        return {check.id: check for check in self.checks}

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
        return orjson.dumps(
            {
                "verdict": self.verdict,
                "policy": self.policy,
                "assurance": self.assurance,
                "checkedAt": _stamp(self.checked_at),
                "asOf": _stamp(self.as_of),
                "anchoredAt": _stamp(self.anchored_at),
                "trustRoot": self.trust_root,
                "checks": [
                    {
                        "id": check.id,
                        "outcome": check.outcome,
                        "code": check.code,
                        "message": _ENCODED[check.code],
                        "evidence": check.evidence,
                    }
                    for check in self.checks
                ],
                "issuer": self.issuer,
                "subject": self.subject,
                "record": self.record,
            }
        )


_ENCODED = {code: orjson.Fragment(orjson.dumps(message)) for code, message in MESSAGES.items()}


def decide(checks: Mapping[str, Check], required: set[str]) -> Verdict:
    """The verdict that these checks give where ``required`` of them must pass."""
    outcomes = {checks[name].outcome for name in required}
    if Outcome.FAIL in outcomes:
        return Verdict.INVALID
    return Verdict.VALID if outcomes == {Outcome.PASS} else Verdict.INDETERMINATE


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else datetimes.render(moment.replace(microsecond=0))
