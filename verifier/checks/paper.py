"""Not a check: whether the text of a sheet that was handed in shows what is signed (docs/formats.md §14).

It changes no outcome. Whoever reads the sheet is warned, and sees the signed values.
"""

from typing import Any

from ledger.formats import printed
from verifier.case import Case
from verifier.report import Outcome


def note(case: Case) -> None:
    """Add ``paper`` to the evidence of the check ``document``, where there is a sheet and its signature holds."""
    if case.shown is None or case.parsed is None or case.checks["proof"].outcome is not Outcome.PASS:
        return
    found: dict[str, Any] = {"paper": "unread"}
    if case.shown:
        names = case.standing.issuer.get("name", {}) if case.standing else {}
        differs = printed.missing(case.parsed.subject, names, case.shown)
        found = {"paper": "differs", "differs": differs} if differs else {"paper": "same"}
    check = case.checks["document"]
    case.checks["document"] = check._replace(evidence={**check.evidence, **found})
