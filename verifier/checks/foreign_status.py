"""Status of other systems' credentials, from lists that evidence brought (Bitstring Status List 1.0 §3.2).

Such a list has no map above it and no sequence: its issuer's own period of validity is all that says it is current.
"""

from typing import Any

from ledger.formats import credential, datetimes, statuslist
from ledger.formats.contexts import with_examples
from ledger.formats.credential import StatusEntry
from ledger.formats.errors import FormatError
from ledger.formats.statuscredential import TYPE
from verifier.case import Case
from verifier.checks import proof
from verifier.checks.outcomes import lacking, made, passed
from verifier.evidence import Absence
from verifier.report import Check

_UNREADABLE = {"document.unsupported", "document.unknown_context"}
_SET = {"revocation": "status.revoked", "suspension": "status.suspended"}


def applies(case: Case) -> bool:
    """Another system's issuer, whose key is known to be its own, and no proofs of ours beside the credential."""
    return case.question.policy.open and case.key_is_bound and case.ground.common.chain is None


def check(case: Case) -> Check:
    """The first list that says anything but "not set"."""
    parsed = case.parsed
    assert parsed is not None
    if parsed.other_status:
        return made("status.missing", reason="a kind of status that is not read here")
    for entry in parsed.status:
        found = _examine(case, entry)
        if found is not None:
            return found
    return passed("status", {"lists": [entry.list_url for entry in parsed.status]})


def _examine(case: Case, entry: StatusEntry) -> Check | None:
    answer = case.question.evidence.status_list(entry.list_url)
    if not isinstance(answer, dict):
        return lacking("status", answer if isinstance(answer, Absence) else None)
    try:
        reason = _wrong(case, entry, answer)
        if reason is not None:
            return made("status.mismatch", reason=reason, list=entry.list_url)
        until = answer.get("validUntil")
        if until is not None and datetimes.parse(until) < case.question.now:
            return made("status.stale", list=entry.list_url)
        bits = statuslist.decode(answer["credentialSubject"]["encodedList"])
        is_set = statuslist.get(bits, entry.index)
    except FormatError as error:
        code = "status.missing" if error.code in _UNREADABLE else "status.mismatch"
        return made(code, reason=error.message, list=entry.list_url)
    return made(_SET[entry.purpose], list=entry.list_url) if is_set and entry.purpose in _SET else None


def _wrong(case: Case, entry: StatusEntry, given: dict[str, Any]) -> str | None:
    """Why this is not the list that the credential names, of its own issuer."""
    parsed = credential.check(given, None)
    subject = parsed.subject
    purposes = subject.get("statusPurpose")
    if TYPE not in parsed.types or not isinstance(subject.get("encodedList"), str):
        return "not a status list"
    if entry.purpose not in (purposes if isinstance(purposes, list) else [purposes]):
        return "a list of another purpose"
    if parsed.record_id not in (None, entry.list_url) or parsed.issuer != case.issuer:
        return "another list, or another issuer's"
    contexts = with_examples(case.question.contexts)
    found = proof.verify(case.question, given, contexts=contexts, issuer=case.issuer, share=proof.LIST_SHARE)
    if isinstance(found, Check):
        return f"its proof: {found.code}"
    wrong = proof.undefined(given, contexts)
    if wrong is not None:
        return wrong.message
    verified, bound = found
    return None if bound and verified.did == case.issuer else "signed under another DID than its issuer's"
