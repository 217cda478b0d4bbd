"""Making checks from codes: which outcome a code has stands in the tables of messages."""

from typing import Any

from verifier.evidence import Absence
from verifier.messages import FAILS, PASSES, UNKNOWNS
from verifier.report import Check, Outcome


def outcome_of(code: str) -> Outcome:
    """The one outcome that a code stands for."""
    if code in FAILS:
        return Outcome.FAIL
    if code in UNKNOWNS:
        return Outcome.UNKNOWN
    return Outcome.PASS if code in PASSES else Outcome.SKIPPED


def made(code: str, **evidence: Any) -> Check:
    """The check that ``code`` belongs to."""
    return Check(code.partition(".")[0], outcome_of(code), code, evidence)


def passed(check_id: str, **evidence: Any) -> Check:
    """This check passed."""
    return Check(check_id, Outcome.PASS, f"{check_id}.ok", evidence)


def skipped(check_id: str, reason: str) -> Check:
    """This check could not even be begun."""
    return Check(check_id, Outcome.SKIPPED, f"{check_id}.skipped", {"reason": reason})


def lacking(check_id: str, absence: Absence | None, otherwise: str = "missing") -> Check:
    """What the check rests on is not there: ``unreachable`` where that is why, else as said."""
    return made(f"{check_id}.{'unreachable' if absence is Absence.UNREACHABLE else otherwise}")
