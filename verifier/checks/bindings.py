"""holder, by JWT: a key binding JWT beside an SD-JWT (RFC 9901 §7.3), or a presentation that is a JWT itself.

The challenge is the ``nonce``, the domain the ``aud``. The holder's key is the one that the issuer put into ``cnf``, or
that of the subject's did:key: in either case the issuer has said whose it is.
"""

from typing import Any

from ledger.formats import did, enveloped, jws, publickeys
from ledger.formats.enveloped import Bound
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.jws import Token
from verifier.case import Case, Question
from verifier.checks import occasion
from verifier.checks.outcomes import made, passed, skipped
from verifier.report import Check


def of_presentation(case: Case, vp: Token) -> Check:
    """The check ``holder`` by a presentation's JWT."""
    try:
        return _by_presentation(case, vp)
    except (FormatError, ProofError) as error:
        return made("holder.mismatch", reason=error.message)


def of_binding(case: Case, bound: Bound, question: Question) -> Check:
    """The check ``holder`` by a key binding JWT."""
    try:
        return _by_binding(case, bound, question)
    except (FormatError, ProofError) as error:
        return made("holder.mismatch", reason=error.message)


def _by_binding(case: Case, bound: Bound, question: Question) -> Check:
    holder = _confirmed(case)
    if holder is None:
        return made("holder.mismatch", reason="the credential names no key of its holder")
    jws.verify(bound.token, holder, ("kb+jwt",))
    payload = bound.token.payload
    if payload.get("sd_hash") != bound.sd_hash:
        return made("holder.mismatch", reason="the binding is of other disclosures")
    if not isinstance(payload.get("aud"), str) or not isinstance(payload.get("nonce"), str) or "iat" not in payload:
        return made("holder.mismatch", reason="a key binding JWT has aud, nonce and iat")
    return _on_this_occasion(question, payload, holder)


def _by_presentation(case: Case, vp: Token) -> Check:
    method = enveloped.holder_method(vp)
    if method is None or not method.startswith("did:key:"):
        return made("holder.mismatch", reason="only a did:key shows by itself whose key it is")
    owner, multikey = did.split_verification_method(method)
    holder = publickeys.from_multikey(multikey)
    jws.verify(vp, holder, enveloped.VP_TYPES)
    subject = case.credential.get("credentialSubject")
    about = subject.get("id") if isinstance(subject, dict) else None
    if owner != about and holder != _confirmed(case):
        return made("holder.mismatch", reason="signed by somebody else than the record's subject")
    if vp.payload.get("iss", owner) != owner:
        return made("holder.mismatch", reason="the presentation is issued by somebody else than signed it")
    return _on_this_occasion(case.question, vp.payload, holder)


def _on_this_occasion(question: Question, payload: dict[str, Any], holder: bytes) -> Check:
    other = occasion.of_token(question, payload)
    if other is not None:
        return other
    if not question.is_challenged:
        return skipped("holder", "no domain and challenge to compare with")
    return passed("holder", {"holder": did.build_did_key(holder), "domain": question.domain})


def _confirmed(case: Case) -> bytes | None:
    """The key in ``cnf`` (RFC 7800 §3.2, §3.4): a JWK, or a did:key as key id."""
    if case.secured is None or "cnf" not in case.secured.token.payload:
        return None
    confirmation = case.secured.token.payload["cnf"]
    if not isinstance(confirmation, dict):
        raise FormatError("document.malformed", "cnf is an object")
    if "jwk" in confirmation:
        return publickeys.from_jwk(confirmation["jwk"])
    kid = confirmation.get("kid")
    if isinstance(kid, str) and kid.startswith("did:key:"):
        return publickeys.from_multikey(kid.removeprefix("did:key:").partition("#")[0])
    return None
