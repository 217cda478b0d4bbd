"""holder: the one that the record was issued to presents it, for this domain and challenge (VC Data Integrity §2.1)."""

from ledger.formats import suites
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.proof import AUTHENTICATION
from verifier.case import Case
from verifier.checks import bindings, occasion
from verifier.checks.outcomes import made, passed, skipped
from verifier.checks.proof import contexts_of
from verifier.report import Check, Outcome

_MEMBERS = frozenset({"@context", "id", "type", "holder", "verifiableCredential", "proof"})


def check(case: Case) -> Check:
    """Without a domain and challenge to compare, a signature that holds shows nothing about this occasion.

    A presentation that nobody signed is as good as none: only where one was asked for is it lacking. What binds an
    SD-JWT inside of a signed one must hold too, for whomever it was made.
    """
    bound, presentation = case.secured.bound if case.secured else None, case.presentation
    is_signed = case.vp is not None or (presentation is not None and "proof" in presentation)
    if bound is not None and not is_signed:
        return bindings.of_binding(case, bound, case.question)
    shown = _by_proof(case) if case.vp is None else bindings.of_presentation(case, case.vp)
    if bound is None or shown.outcome is Outcome.FAIL:
        return shown
    inside = bindings.of_binding(case, bound, case.question._replace(domain=None, challenge=None))
    return inside if inside.outcome is Outcome.FAIL else shown


def _by_proof(case: Case) -> Check:
    question, presentation = case.question, case.presentation
    asked = question.is_challenged
    if presentation is None or "proof" not in presentation:
        return made("holder.missing") if asked else skipped("holder", "no proof by the holder was asked for")
    contexts = presentation.get("@context")
    if not presentation.keys() <= _MEMBERS or not isinstance(contexts, list) or contexts[:1] != [CONTEXT_V2]:
        return made("holder.mismatch", reason="not a presentation of the promised form")
    try:
        contexts = contexts_of(case, presentation)
        verified = suites.verify(presentation, contexts=contexts, purpose=AUTHENTICATION, share=question.share)
    except (ProofError, FormatError) as error:
        return made("holder.mismatch", reason=error.message)
    holder = presentation.get("holder", verified.did)
    if verified.did != _identified(holder) or verified.did != _subject(case):
        return made("holder.mismatch", reason="signed by somebody else than the record's subject")
    if not verified.did.startswith("did:key:"):
        return made("holder.mismatch", reason="only a did:key shows by itself whose key it is")
    other = occasion.of_proof(question, verified.options)
    if other is not None:
        return other
    if not asked:
        return skipped("holder", "no domain and challenge to compare with")
    return passed("holder", {"holder": verified.did, "domain": question.domain})


def _subject(case: Case) -> object:
    return _identified(case.credential.get("credentialSubject"))


def _identified(value: object) -> object:
    return value.get("id") if isinstance(value, dict) else value
