"""validity: now is within the credential's own period."""

from verifier.case import Case
from verifier.checks.outcomes import made, passed, skipped
from verifier.report import Check


def check(case: Case) -> Check:
    """``validFrom`` is the first valid moment, ``validUntil`` the last (VC Data Model 2.0 §4.9)."""
    parsed, now = case.parsed, case.question.now
    if parsed is None:
        return skipped("validity", "the document could not be read")
    names = ("validFrom", "validUntil", "issuanceDate", "expirationDate")
    evidence = {name: case.credential[name] for name in names if name in case.credential}
    if parsed.valid_from is not None and now < parsed.valid_from:
        return made("validity.not_yet", **evidence)
    if parsed.valid_until is not None and now > parsed.valid_until:
        return made("validity.expired", **evidence)
    return passed("validity", evidence)
