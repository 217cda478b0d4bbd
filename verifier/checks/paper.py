"""Not a check: whether the text of a sheet that was handed in shows what is signed (docs/formats.md §14).

It changes no outcome. Whoever reads the sheet is warned, and sees the signed values.
"""

from typing import Any

from ledger.formats import printed, sheet
from verifier.case import Case
from verifier.report import Outcome


def note(case: Case) -> None:
    """Add ``paper`` to the evidence of the check ``document``, where there is a sheet and its signature holds."""
    if case.shown is None or case.parsed is None or case.checks["proof"].outcome is not Outcome.PASS:
        return
    found: dict[str, Any] = {"paper": "unread"}
    differs = list(case.beside)
    if case.shown:
        names = case.standing.issuer.get("name", {}) if case.standing else {}
        wrapper = sheet.wrapper(case.parsed.subject, case.kind.content) if case.kind else None
        missing = printed.missing(case.parsed.subject, names, case.shown, wrapper)
        if not missing and "added" not in differs and _exceeds(case, case.shown):
            differs.append("added")
        differs = [*missing, *differs][: printed.MAX_PLACES]
        found = {"paper": "same"}
    if differs:
        found = {"paper": "differs", "differs": differs}
    check = case.checks["document"]
    case.checks["document"] = check._replace(evidence={**check.evidence, **found})


def _exceeds(case: Case, shown: str) -> bool:
    """Whether more is drawn than the sheet has; only told of a record in the form that is printed."""
    profile = case.standing.profile if case.standing else None
    if profile is None or case.kind is None or case.presentation is not None or not _is_printed(case.credential):
        return False
    return sheet.exceeds(case.credential, case.kind.definition, sheet.School(profile.name, profile.code), shown)


def _is_printed(credential: dict[str, Any]) -> bool:
    """Whether it has what every sheet names, as a record in its first form does."""
    proof = credential.get("proof")
    named = (credential.get("id"), credential.get("validFrom"), credential.get("validUntil", ""))
    return (
        isinstance(proof, dict)
        and all(isinstance(one, str) for one in (*named, proof.get("verificationMethod")))
        and isinstance(credential.get("credentialSubject"), dict)
    )
