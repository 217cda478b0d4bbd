"""The problems of a verification as VC-API names them: RFC 9457 objects with the W3C's types beside our own codes."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.formats.errors import RollbookError
from verifier.messages import NOTES
from verifier.presentations import Presented
from verifier.report import Check, Outcome, Report

_MODEL = "https://www.w3.org/TR/vc-data-model#"
_SECURITY = "https://w3id.org/security#"
_STATUS = "https://www.w3.org/ns/credentials/status-list#"

_BY_CODE = {
    "document.undefined_term": f"{_SECURITY}DATA_LOSS_DETECTION_ERROR",
    "status.mismatch": f"{_STATUS}STATUS_VERIFICATION_ERROR",
    "status.stale": f"{_STATUS}STATUS_VERIFICATION_ERROR",
    "status.missing": f"{_STATUS}STATUS_RETRIEVAL_ERROR",
    "status.unreachable": f"{_STATUS}STATUS_RETRIEVAL_ERROR",
}
_BY_CHECK = {
    "document": f"{_MODEL}MALFORMED_VALUE_ERROR",
    "proof": f"{_SECURITY}PROOF_VERIFICATION_ERROR",
    "validity": f"{_MODEL}RANGE_ERROR",
}
_ELSE = f"{_MODEL}CRYPTOGRAPHIC_SECURITY_ERROR"
_PARSING = f"{_MODEL}PARSING_ERROR"

Problem = dict[str, Any]


def problem(code: str, detail: str, *, pointer: str = "", parsing: bool = False) -> Problem:
    """One problem; ``pointer`` (RFC 6901) says where in a presentation."""
    made: Problem = {
        "type": _PARSING if parsing else _type(code, detail),
        "title": code,
        "detail": detail,
        "code": code,
    }
    return made | {"pointer": pointer} if pointer else made


def of_request(error: RollbookError) -> dict[str, Any]:
    """The members of an answer to a request in which there is nothing to verify."""
    return {"verified": False, "problemDetails": [problem(error.code, error.message or error.code, parsing=True)]}


def of_report(report: Report, more: Sequence[Problem] = ()) -> dict[str, Any]:
    """The members of an answer to one credential; ``more`` is wrong besides."""
    errors = [*more, *_of(report, Outcome.FAIL)]
    unknown = _of(report, Outcome.UNKNOWN, Outcome.SKIPPED)
    warnings = unknown if unknown or not report else _unproven(report["proof"])
    return _members(errors, warnings, bool(report) and not more) | {"report": report.to_dict()}


def of_presented(presented: Presented) -> dict[str, Any]:
    """The members of an answer to a presentation."""
    errors = [_of_check(check) for check in presented.checks if check.outcome is Outcome.FAIL]
    warnings = [_of_check(check) for check in presented.checks if check.outcome is Outcome.UNKNOWN]
    for number, (report, accepted) in enumerate(zip(presented.reports, presented.accepted, strict=True)):
        pointer = f"/verifiableCredential/{number}"
        if accepted:
            warnings += _unproven(report["proof"], pointer) if report else []
            continue
        errors += _of(report, Outcome.FAIL, pointer=pointer)
        warnings += _of(report, Outcome.UNKNOWN, Outcome.SKIPPED, pointer=pointer)
    answer = _members(errors, warnings, bool(presented))
    return answer | {"holder": presented.holder, "reports": [report.to_dict() for report in presented.reports]}


def _members(errors: list[Problem], warnings: list[Problem], verified: bool) -> dict[str, Any]:
    problems = [] if verified else [*errors, *warnings]
    return {"errors": errors, "warnings": warnings, "problemDetails": problems}


def _of(report: Report, *outcomes: Outcome, pointer: str = "") -> list[Problem]:
    """The checks that the policy required, of these outcomes."""
    checks: Iterable[Check] = (check for check in report.checks if check.id in report.required)
    parsing = not report.is_credential
    return [_of_check(check, pointer, parsing) for check in checks if check.outcome in outcomes]


def _of_check(check: Check, pointer: str = "", parsing: bool = False) -> Problem:
    reason = check.evidence.get("reason")
    detail = f"{check.message['en']} ({reason})" if reason else check.message["en"]
    return problem(check.code, detail, pointer=pointer, parsing=parsing and check.id == "document")


def _unproven(check: Check, pointer: str = "") -> list[Problem]:
    """That a sound signature says nothing of an issuer which is named by a mere URL."""
    if check.evidence.get("issuerIsProven", True):
        return []
    detail = NOTES["unnamed"]["en"]
    return [problem("issuer.missing", detail, pointer=pointer)]


def _type(code: str, detail: str) -> str:
    if code == "holder.replayed":
        of = next((name for name in ("domain", "challenge") if f"another {name}" in detail), None)
        return f"{_SECURITY}INVALID_{of.upper()}_ERROR" if of else _BY_CHECK["proof"]
    return _BY_CODE.get(code) or _BY_CHECK.get(code.partition(".")[0], _ELSE)
