"""Records signed over RDF, on their way into the log: what their words mean has to be known here first."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from ledger.formats import canonical, entry, registry
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.entry import Representation
from ledger.formats.errors import FormatError, RollbookError
from ledger.log.submission import Caller, ContextsOf, SignedDocument, Submission, check, own_issuer_only
from tests.support.linked_proofs import CONTEXT, DID, KIND, KNOWN, SIGNED, signed

SALT = bytes(range(32))
CALLER = Caller("one", DID)


def known(context: object) -> Contexts:
    if context != CONTEXT:
        raise FormatError("document.unknown_context", "another kind")
    return KNOWN


def submission(document: dict[str, Any] | bytes) -> Submission:
    data = document if isinstance(document, bytes) else canonical.dumps(document)
    digest = hashlib.sha256(data).digest()
    committed = entry.single("transcript", registry.member_id(DID), Representation.DATA_INTEGRITY, SALT, digest)
    return Submission(committed, (SignedDocument(Representation.DATA_INTEGRITY, data, SALT),), DID, "key 1")


def refusal(document: dict[str, Any] | bytes, contexts_of: ContextsOf = known) -> str:
    with pytest.raises(RollbookError) as caught:
        check(submission(document), CALLER, own_issuer_only, contexts_of)
    return caught.value.code


def altered(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document: Any = canonical.loads(canonical.dumps(SIGNED))
    change(document)
    return document  # type: ignore[no-any-return]


def test_record_over_rdf_is_accepted() -> None:
    check(submission(SIGNED), CALLER, own_issuer_only, known)


def test_context_of_a_kind_is_not_installed() -> None:
    with pytest.raises(FormatError) as caught:
        check(submission(SIGNED), CALLER, own_issuer_only)
    assert caught.value.code == "document.unknown_context"
    assert refusal(SIGNED, lambda _context: BUNDLED) == "document.unknown_context"


def test_context_is_another_one_of_the_same_name() -> None:
    marks = KIND.context["@context"] | {"mark": "https://r.example/vocab#grade"}
    other = BUNDLED.extended({KIND.context_url: {"@context": marks}})
    assert refusal(SIGNED, lambda _context: other) == "proof.invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda d: d["credentialSubject"].update(name="x"), "proof.invalid"),
        (lambda d: d["credentialSubject"]["transcript"]["courses"][0].update(mark="99"), "proof.invalid"),
        (lambda d: d.update(validUntil="2099-01-01T00:00:00Z"), "proof.invalid"),
        (lambda d: d["proof"].update(created="2026-07-02T00:00:00Z"), "proof.invalid"),
        (lambda d: d["proof"].update(proofPurpose="authentication"), "proof.wrong_purpose"),
        (lambda d: d["proof"].update(cryptosuite="eddsa-jcs-2022"), "proof.invalid"),
        (lambda d: d["credentialSubject"].update(rank="1"), "document.undefined_term"),
        (lambda d: d["credentialSubject"].update(name=None), "document.malformed"),
        (lambda d: d["credentialSubject"].update(name=["𠮷", "𠮷"]), "document.malformed"),
        (lambda d: d.update(issuer="did:web:r.example:schools:9"), "proof.invalid"),
    ],
)
def test_altered_record_is_refused(change: Callable[[dict[str, Any]], object], code: str) -> None:
    assert refusal(altered(change)) == code


def test_record_of_another_school_is_refused() -> None:
    document = {name: value for name, value in SIGNED.items() if name != "proof"}
    assert refusal(signed(document | {"issuer": "did:web:r.example:schools:9"})) == "proof.wrong_key"


def test_another_order_of_the_same_meaning_is_refused() -> None:
    """The signature over RDF would hold; the log takes one spelling only, and commits to that."""
    assert refusal(canonical.dumps(SIGNED).replace(b'{"@context"', b'{ "@context"', 1)) == "document.malformed"
