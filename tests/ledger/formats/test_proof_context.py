"""The context of a proof and that of its document: what may be appended, and when."""

from typing import Any

import pytest

from ledger.formats import canonical, proof
from tests.ledger.formats.signed_document import (
    CONTEXT,
    CREATED,
    DOCUMENT,
    KEY,
    METHOD,
    by_the_letter,
    options_with,
    refusal,
    signed,
    signer,
)


def test_a_context_appended_after_signing_is_refused_unless_asked_for() -> None:
    document = signed()
    document["@context"] = [*CONTEXT, "https://attacker.example/redefines"]
    assert refusal(document) == "proof.invalid"
    assert proof.verify(document, whole_context=False).public_key == KEY.public


def test_a_context_put_in_front_is_never_accepted() -> None:
    document = signed()
    document["@context"] = ["https://attacker.example/redefines", *CONTEXT]
    assert refusal(document, whole_context=False) == "proof.invalid"


def test_a_proof_without_context_is_the_standard_s_affair() -> None:
    options = {"type": proof.TYPE, "cryptosuite": proof.CRYPTOSUITE, "created": CREATED}
    options |= {"proofPurpose": proof.ASSERTION, "verificationMethod": METHOD}
    document = by_the_letter(DOCUMENT, options, KEY.secret)
    assert refusal(document) == "proof.invalid"
    assert proof.verify(document, whole_context=False).signed == canonical.dumps(document)


@pytest.mark.parametrize("context", [[], "", None])
def test_a_proof_of_no_context_does_not_leave_the_document_s_unsigned(context: Any) -> None:
    unsecured = {name: value for name, value in DOCUMENT.items() if name != "@context"}
    made = by_the_letter(unsecured | {"@context": context}, options_with(**{"@context": context}), KEY.secret)
    assert refusal(made | {"@context": CONTEXT}, whole_context=False) == "proof.invalid"
    assert refusal(made | {"@context": CONTEXT}) == "proof.invalid"


def test_a_context_with_terms_of_its_own_is_signed_like_any_other() -> None:
    context = [*CONTEXT, {"mark": "https://example.org/mark"}]
    document = canonical.loads(signer(context=context).sign(DOCUMENT | {"@context": context}))
    assert isinstance(document, dict)
    assert proof.verify(document).signed == canonical.dumps(document)
    document["@context"][-1]["mark"] = "https://attacker.example/mark"
    assert refusal(document) == "proof.invalid"
    document["proof"]["@context"][-1]["mark"] = "https://attacker.example/mark"
    assert refusal(document) == "proof.invalid"
