"""issuer: whoever signed was entitled to, when the record was anchored (docs/formats.md §9, facts/standing).

The anchor's time is this document's only where the log has the document: until then it is open.
"""

from ledger.formats import did, publickeys, summary
from ledger.formats.errors import FormatError
from verifier.case import Case
from verifier.checks.freshness import is_stale
from verifier.checks.outcomes import lacking, made, skipped
from verifier.evidence import Absence
from verifier.facts.standing import MISSING, OK, Claim, Standing, standing
from verifier.report import Check, Outcome


def check(case: Case) -> Check:
    """Sets ``standing``. What is wrong at any time is wrong without an anchor too; the rest is pending then."""
    if case.issuer is None:
        return skipped("issuer", "the document names no issuer")
    state, ground, issuer = case.state, case.ground, case.issuer
    if state is None:
        return _unanchored(case, issuer)
    key = case.key or _claimed_key(case)
    inclusion = case.checks["inclusion"].outcome
    anchor = case.anchored if case.is_included else None
    time = None if anchor is None else anchor.time
    current = case.question.demands.current

    def look() -> tuple[Standing, Check]:
        claim = Claim(issuer, key, case.kind, ground.common.issuers)
        found = standing(state, claim, time, current=current)
        return found, made(found.code, **found.evidence)

    name = ("issuer", issuer, key, time, current)
    looked: tuple[Standing, Check] = ground.facts.known(name) or ground.facts.get(name, look)
    case.standing, found = looked
    if found.code not in (OK, MISSING):
        return found
    if time is None:  # what is wrong with the file itself no answer from elsewhere would have mended
        return lacking("issuer", None if inclusion is Outcome.FAIL else case.absence, "pending")
    if found.code == MISSING:
        return lacking("issuer", case.absence)
    if is_stale(case.question, state.as_of):
        return made("issuer.stale", **found.evidence)
    return found


def _unanchored(case: Case, issuer: str) -> Check:
    """Of a record it is open until it is anchored; of another system's credential nobody brought anything."""
    nothing = case.question.policy.open and case.ground.common.chain is None
    if not nothing or case.checks["anchor"].code == "anchor.pending" or summary.is_summary(case.credential):
        return lacking("issuer", case.absence, "pending")
    if case.absence is Absence.UNREACHABLE:
        return lacking("issuer", case.absence)
    which = "" if issuer.startswith("did:key:") else ", and no DID document of its own"
    return made("issuer.missing", reason=f"nothing of this issuer was brought from the registry{which}")


def _claimed_key(case: Case) -> bytes | None:
    """The key that a signature names, though it does not hold: whether the issuer has such a key can be told."""
    proof = case.credential.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    method = method if case.secured is None else case.secured.method
    try:
        owner, multikey = did.split_verification_method(method)  # type: ignore[arg-type]
        return publickeys.from_multikey(multikey) if owner == case.issuer else None
    except FormatError:
        return None
