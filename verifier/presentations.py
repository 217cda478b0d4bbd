"""Presentations of other systems, of none to many credentials, under the policy ``vc`` (VC Data Model 2.0 §4.13).

1. the presentation is of the model's form, and its own proof, one or a set, holds for its purpose; of an
   EnvelopedVerifiablePresentation, which is a JWT, its signature;
2. whoever is named as its holder signed it, for the domain and challenge that were asked for;
3. every credential in it verifies. One without a proof of its own is self-asserted (§4.13.4): it is secured by the
   presentation's proof alone, and then its issuer is the holder, who is named.

One bad credential or proof spoils the whole. Nothing is fetched, and nothing raised for what was handed in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.formats import canonical, datamodel, did, enveloped, envelopes, jws, publickeys
from ledger.formats.contexts import with_examples
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.jsonld import to_rdf
from ledger.formats.jws import Token
from ledger.formats.proof import Document, Verified
from verifier.case import Question
from verifier.checks import occasion, proof
from verifier.checks.outcomes import made, passed, skipped
from verifier.report import Check, Outcome, Report

CheckOne = Callable[[bytes, int], Report]
"""The report on one credential, given as JSON bytes, and of how many it is one."""

_BY_ITS_PRESENTATION = {"proof", "issuer"}


@dataclass(frozen=True, slots=True)
class Presented:
    """``checks`` are ``document``, ``proof`` and ``holder`` of the presentation itself; ``reports`` its credentials'.

    ``accepted`` says of each credential whether it verifies in this presentation; ``holder`` is the DID that signed it.
    """

    checks: tuple[Check, ...]
    reports: tuple[Report, ...]
    accepted: tuple[bool, ...]
    holder: str | None

    def __bool__(self) -> bool:
        """Whether all of it verifies."""
        return all(self.accepted) and all(check.outcome is Outcome.PASS for check in self.checks)


def verify(question: Question, presentation: Document, check_one: CheckOne, purpose: str) -> Presented:
    """Verify a presentation by the module's rules; domain and challenge are the question's."""
    token: Token | None = None
    try:
        if envelopes.is_envelope(presentation):
            presentation, token = enveloped.open_presented(presentation)
        credentials = datamodel.check_presentation(presentation, compact=token is not None)
        for each in credentials:
            if isinstance(each, str):
                enveloped.held(each)
        if token is None:
            document, found = _prove(question, presentation, purpose)  # 1
        else:
            document, found = passed("document", {}), _prove_token(presentation, token)
    except FormatError as error:
        code = "document.unsupported" if error.code == "document.unknown_context" else error.code
        unread = (made(code, reason=error.message), skipped("proof", "the presentation could not be read"))
        return Presented((*unread, skipped("holder", "the presentation could not be read")), (), (), None)
    if isinstance(found, Check):
        return Presented((document, found, skipped("holder", "nobody is known to have signed it")), (), (), None)
    held = _check_holder(question, presentation, found, token)  # 2
    reports = tuple(check_one(canonical.dumps(each), len(credentials)) for each in credentials)
    signer = found.did if held.outcome is Outcome.PASS else None
    accepted = tuple(  # 3
        bool(report) or (isinstance(each, dict) and _is_self_asserted(each, report, presentation, signer))
        for each, report in zip(credentials, reports, strict=True)
    )
    evidence = {"verificationMethod": found.verification_method}
    return Presented((document, passed("proof", evidence), held), reports, accepted, found.did)


def _prove(question: Question, presentation: Document, purpose: str) -> tuple[Check, Verified | Check]:
    """The check ``document``, and whose proof holds; FormatError where the presentation has no readable meaning."""
    contexts = with_examples(question.contexts)
    found = proof.verify(
        question, presentation, contexts=contexts, issuer=_identified(presentation.get("holder")), purpose=purpose
    )
    if not proof.reads_rdf(presentation.get("proof")):
        to_rdf({name: value for name, value in presentation.items() if name != "proof"}, contexts)
    proof.check_words(presentation, contexts)
    document = passed("document", {})
    if isinstance(found, Check):
        return document, found
    verified, bound = found
    if not bound:
        return document, made("proof.unsupported", reason="only a did:key shows by itself whose key it is")
    return document, verified


def _prove_token(presentation: Document, token: Token) -> Verified | Check:
    """Whose signature of the JWT holds: a did:key's, which alone shows by itself whose key it is."""
    if "proof" in presentation:
        return made("proof.unsupported", reason="a proof inside of a presentation that is signed as JWT")
    try:
        jws.check_header(token, enveloped.VP_TYPES)
        method = enveloped.holder_method(token, presentation)
        if method is None or not method.startswith("did:key:"):
            return made("proof.unsupported", reason="only a did:key shows by itself whose key it is")
        owner, multikey = did.split_verification_method(method)
        public = publickeys.from_multikey(multikey)
        jws.verify(token, public, enveloped.VP_TYPES)
    except ProofError as error:
        return made(error.code, reason=error.message)
    except FormatError as error:
        code = "proof.unsupported" if error.code == "key.unsupported" else "proof.wrong_key"
        return made(code, reason=error.message)
    return Verified(owner, method, public, token.payload, token.signed)


def _check_holder(question: Question, presentation: Document, verified: Verified, token: Token | None) -> Check:
    if "holder" in presentation and _identified(presentation["holder"]) != verified.did:
        return made("holder.mismatch", reason="the holder is somebody else than who signed")
    if token is None:
        other = occasion.of_proof(question, verified.options)
    elif token.payload.get("iss", verified.did) != verified.did:
        return made("holder.mismatch", reason="the presentation is issued by somebody else than signed it")
    else:
        try:
            other = occasion.of_token(question, token.payload)
        except FormatError as error:
            return made("holder.mismatch", reason=error.message)
    return passed("holder", {"holder": verified.did}) if other is None else other


def _is_self_asserted(credential: Document, report: Report, presentation: Document, signer: str | None) -> bool:
    """Whether a credential without a proof is the holder's own, and sound in all that needs no proof of its own."""
    if signer is None or "proof" in credential or "holder" not in presentation:
        return False
    if _identified(credential.get("issuer")) != signer:
        return False
    needed = report.required - _BY_ITS_PRESENTATION
    return all(report[name].outcome is Outcome.PASS for name in needed)


def _identified(value: Any) -> str | None:
    found = value.get("id") if isinstance(value, dict) else value
    return found if isinstance(found, str) else None
