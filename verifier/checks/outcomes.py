"""Making checks from codes: which outcome a code has stands in the tables of messages."""

from functools import lru_cache
from typing import Any

from verifier.evidence import Absence
from verifier.messages import MESSAGES
from verifier.report import CHECKS, Check, Outcome, outcome_of


def made(code: str, **evidence: Any) -> Check:
    """The check that ``code`` belongs to."""
    check_id, outcome = _KNOWN[code]
    return Check(check_id, outcome, code, evidence)


def passed(check_id: str, evidence: dict[str, Any]) -> Check:
    """This check passed."""
    return tuple.__new__(Check, (check_id, _PASS, _OK[check_id], evidence))  # half the time of Check(…)


@lru_cache(maxsize=64)
def skipped(check_id: str, reason: str) -> Check:
    """This check could not even be begun."""
    return Check(check_id, Outcome.SKIPPED, f"{check_id}.skipped", {"reason": reason})


def lacking(check_id: str, absence: Absence | None, otherwise: str = "missing") -> Check:
    """What the check rests on is not there: ``unreachable`` where that is why, else as said."""
    return made(f"{check_id}.{'unreachable' if absence is Absence.UNREACHABLE else otherwise}")


_PASS = Outcome.PASS
_OK = {check_id: f"{check_id}.ok" for check_id in CHECKS}
_KNOWN = {code: (code.partition(".")[0], outcome_of(code)) for code in MESSAGES}
