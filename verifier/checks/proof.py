"""proof: the signature holds over the whole document, under a key that the issuer's DID names (docs/formats.md §2, §4).

That the key is the issuer's is shown by a did:key itself, or by evidence; for did:web by the check ``issuer`` alone.
A signature over RDF is over what the document means. What it means, the contexts say: the pinned ones, and the kind's
own out of the bundle. So such a signature is worth as much as the kind, which ``issuer`` looks up in the registry.
"""

from functools import lru_cache
from typing import Any

from ledger.formats import datetimes, did, forms, proof, proof_rdfc, proofs
from ledger.formats.contexts import CREDENTIALS_V1, DATA_INTEGRITY_V2, Contexts, with_examples
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.jsonld import to_rdf
from ledger.formats.kind import Kind
from ledger.formats.proof import ASSERTION, Document, Verified
from verifier.case import Case, Question
from verifier.checks import sealed, tokens
from verifier.checks.outcomes import made, passed, skipped
from verifier.evidence import Absence
from verifier.report import Check, Outcome

LIST_SHARE = 32
"""A status list is a small graph, and there may be sixteen of them: each has this part of a document's bounds."""


class _Unresolved(Exception):
    """A verification method whose key nobody knows; the check that says so."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.code)
        self.check = check


def check(case: Case) -> Check:
    """Sets ``key`` and ``key_is_bound``; ``unread``, where the document has no meaning that could be signed."""
    if case.secured is not None:
        return tokens.prove(case, case.secured)
    if case.sealed is not None:
        return sealed.prove(case, case.sealed)
    try:
        contexts = contexts_of(case, case.credential)
        found = verify(case.question, case.credential, case.signed, contexts=contexts, issuer=case.issuer)
    except FormatError as error:
        case.unread = error
        return skipped("proof", "what the document means cannot be read, so nobody can say what is signed")
    if isinstance(found, Check):
        return found
    verified, bound = found
    names_itself = False
    if verified.did != case.issuer:
        names_itself = bound and _is_no_did(case)
        if not names_itself:
            return made("proof.wrong_key", reason="the verification method is not under the issuer's DID")
    case.key, case.key_is_bound = verified.public_key, bound
    options = verified.options
    return _passed(verified.verification_method, options.get("cryptosuite") or options["type"], names_itself)


@lru_cache(maxsize=256)
def _passed(method: str, suite: str, names_itself: bool) -> Check:
    evidence: dict[str, Any] = {"verificationMethod": method, "cryptosuite": suite}
    return passed("proof", evidence | {"issuerIsProven": False} if names_itself else evidence)


def _is_no_did(case: Case) -> bool:
    """Whether an open policy reads an issuer that is a mere URL: nothing can say which keys are its own (ADR 0018)."""
    return case.question.policy.open and case.issuer is not None and not case.issuer.startswith("did:")


def confirm(case: Case) -> None:
    """After ``issuer``: under an open policy nothing else may ask whether the kind is the registered one."""
    if case.question.policy.open and not case.words_are_known and case.checks["proof"].outcome is Outcome.PASS:
        reason = "what its words mean is said by a kind that is not proven to be the registered one"
        case.checks["proof"] = made("proof.unsupported", reason=reason)


def contexts_of(case: Case, secured: Document) -> Contexts:
    """What the words of the credential, or of a presentation of it, mean; sets ``rests_on_kind``.

    FormatError ``document.malformed`` where the kind would give a new meaning to a context that is known.
    """
    question, kind = case.question, case.ground.common.kind
    contexts = question.contexts
    if not reads_rdf(secured.get("proof")):
        return contexts
    if question.policy.open:
        contexts = with_examples(contexts)
    # Its address is of characters that JSON does not escape: where it is not in the bytes, nothing leads to it.
    if not isinstance(kind, Kind) or kind.context_url.encode() not in case.signed:
        return contexts
    if contexts.knows(kind.context_url):
        if contexts.document(kind.context_url) != kind.context:
            raise FormatError("document.malformed", "the kind gives a known context another meaning")
        return contexts
    case.rests_on_kind = True
    return contexts.extended({kind.context_url: kind.context}, kind.hash)


def reads_rdf(options: object) -> bool:
    """Whether one of the proofs is over what the document means."""
    if isinstance(options, dict):
        return proof_rdfc.is_rdfc(options)
    found = options if isinstance(options, list) else [options]
    return any(isinstance(each, dict) and proof_rdfc.is_rdfc(each) for each in found)


def check_words(document: Document, contexts: Contexts) -> None:
    """FormatError ``document.…``, as ``jsonld.to_rdf`` does, where a proof over JSON says what no context defines.

    A proof over RDF was read so by its own suite. Version 1.1's context is older than these proofs: there the words of
    Data Integrity are known without being named.
    """
    found = document.get("proof")
    for each in found if isinstance(found, list) else [found]:
        if not (isinstance(each, dict) and proof.is_jcs(each)):
            continue
        context = each.get("@context", document.get("@context"))
        if isinstance(context, list) and CREDENTIALS_V1 in context:
            context = [*context, DATA_INTEGRITY_V2]
        unsigned = {name: value for name, value in each.items() if name != "proofValue"}
        to_rdf(unsigned | {"@context": context}, contexts)


def undefined(document: Document, contexts: Contexts) -> FormatError | None:
    """What no context defines in a document whose signature is over the JSON and covers it anyway, or in its proofs.

    A context that is not at hand, and JSON-LD that is not read here, leave it open: then nothing is held against it.
    """
    try:
        if not reads_rdf(document.get("proof")):
            to_rdf({name: value for name, value in document.items() if name != "proof"}, contexts)
        check_words(document, contexts)
    except FormatError as error:
        return error if error.code in ("document.undefined_term", "document.malformed") else None
    return None


def verify(
    question: Question,
    document: Document,
    signed: bytes | None = None,
    *,
    contexts: Contexts | None = None,
    issuer: str | None = None,
    purpose: str = ASSERTION,
    share: int = 1,
) -> tuple[Verified, bool] | Check:
    """The proof of a document, and whether its key is known to be the method's DID's; or what is wrong.

    Of several proofs, which must all hold, the first by ``issuer`` is given. ``signed`` is JCS of the document, where
    it is known; ``contexts`` are the question's unless given; ``share`` narrows its bounds further. FormatError
    ``document.…`` where a signature over RDF would not cover all that the document says.
    """
    contexts, share = question.contexts if contexts is None else contexts, share * question.share
    options = document.get("proof")
    if isinstance(options, list) and len(options) == 1 and forms.of(document) is not None:
        # A form of a record has an array of one proof, as its standard's schema wants it (docs/formats.md §18).
        document, options, signed = {**document, "proof": options[0]}, options[0], None
    try:
        if isinstance(options, dict):
            found = [_verify_one(question, document, options, signed, contexts, purpose, share)]
        elif isinstance(options, list) and question.policy.open:
            found = _verify_set(question, document, options, signed, contexts, purpose, share)
        else:
            found = [proof.verify(document, purpose=purpose)]  # which says what is wrong with it
    except ProofError as error:
        return made(error.code, reason=error.message)
    except _Unresolved as lacking:
        return lacking.check
    chosen = found[0]
    for each in found:
        expires = each.options.get("expires")
        if expires is not None and datetimes.parse(expires) < question.now:
            return made("proof.invalid", reason="the proof itself has expired")
        if each.did == issuer and chosen.did != issuer:
            chosen = each
    method = chosen.verification_method
    return chosen, method.startswith("did:key:") or _names_no_key(method)


def _verify_one(
    question: Question,
    document: Document,
    options: Document,
    signed: bytes | None,
    contexts: Contexts,
    purpose: str,
    share: int,
) -> Verified:
    method, is_open = options.get("verificationMethod"), question.policy.open
    try:
        public_key = _resolve(question, method) if isinstance(method, str) else None
    except _Unresolved:
        if proof.is_jcs(options) or proof_rdfc.is_rdfc(options):
            proof.check_options(options, purpose)  # what is wrong, whoever's key it is, comes first (§4)
        raise
    if proof_rdfc.is_rdfc(options):
        if not is_open and options.get("type") != proof.TYPE:
            raise ProofError("proof.unsupported", "a suite that records are not signed with")
        return proof_rdfc.verify(
            document, contexts=contexts, purpose=purpose, public_key=public_key, signed=signed, share=share
        )
    # A did:key's credential is another system's, whose proof may cover the first contexts only, as the standard allows.
    whole = not (is_open and isinstance(method, str) and method.startswith("did:key:"))
    return proof.verify(document, purpose=purpose, whole_context=whole, public_key=public_key, signed=signed)


def _verify_set(
    question: Question,
    document: Document,
    options: list[Any],
    signed: bytes | None,
    contexts: Contexts,
    purpose: str,
    share: int,
) -> list[Verified]:
    methods = [each.get("verificationMethod") for each in options if isinstance(each, dict)]
    whole = not all(isinstance(method, str) and method.startswith("did:key:") for method in methods)
    return proofs.verify_all(
        document,
        purpose,
        contexts=contexts,
        resolve=lambda method: _resolve(question, method),
        whole_context=whole,
        signed=signed,
        share=share,
    )


def _names_no_key(method: str) -> bool:
    """Whether its key is known from evidence alone."""
    try:
        did.split_verification_method(method)
        return False
    except FormatError:
        return True


def _resolve(question: Question, method: str) -> bytes | None:
    """The key from evidence, where the method does not name it itself; None where it does, or is of no DID at all."""
    try:
        did.split_verification_method(method)
        return None
    except FormatError as error:
        if error.code != "key.malformed" or not method.startswith("did:web:"):
            return None
    answer = question.evidence.key(method)
    if isinstance(answer, bytes):
        return answer
    if answer is Absence.UNREACHABLE:
        raise _Unresolved(made("proof.unreachable", verificationMethod=method))
    if answer is Absence.MISSING:
        raise _Unresolved(made("proof.wrong_key", reason="the issuer names no such key", verificationMethod=method))
    reason = "the verification method does not name its key"
    raise _Unresolved(made("proof.unsupported", reason=reason, verificationMethod=method))
