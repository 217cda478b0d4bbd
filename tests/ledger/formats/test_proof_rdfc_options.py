import copy
import json
from typing import Any

import pytest

from ledger.formats import proof, proof_rdfc
from ledger.formats.contexts import CREDENTIALS_V1, CREDENTIALS_V2, ED25519_2020_V1
from ledger.formats.errors import FormatError
from tests.support.linked_proofs import (
    CONTEXT,
    CREATED,
    DID,
    DOCUMENT,
    KEY,
    KNOWN,
    METHOD,
    OTHER,
    SIGNED,
    by_the_letter,
    options_with,
    refusal,
    signed,
    signer,
)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("type", "Other", "proof.unsupported"),
        ("type", ["DataIntegrityProof"], "proof.unsupported"),
        ("type", None, "proof.unsupported"),
        ("cryptosuite", "eddsa-jcs-2022", "proof.unsupported"),
        ("cryptosuite", "ecdsa-rdfc-2019", "proof.unsupported"),
        ("cryptosuite", None, "proof.unsupported"),
        ("proofPurpose", "authentication", "proof.wrong_purpose"),
        ("proofPurpose", None, "proof.wrong_purpose"),
        ("created", "2026-07-01", "proof.invalid"),
        ("created", 1, "proof.invalid"),
        ("expires", "never", "proof.invalid"),
        ("verificationMethod", None, "proof.wrong_key"),
        ("verificationMethod", DID, "proof.wrong_key"),
        ("verificationMethod", f"{DID}#key-1", "proof.wrong_key"),
        ("verificationMethod", f"{DID}#{OTHER.multikey}", "proof.invalid"),
        ("verificationMethod", f"did:key:{KEY.multikey}#{OTHER.multikey}", "proof.wrong_key"),
        ("verificationMethod", f"did:example:1#{KEY.multikey}", "proof.unsupported"),
        ("proofValue", None, "proof.invalid"),
        ("proofValue", "z", "proof.invalid"),
        ("proofValue", "u" + "A" * 86, "proof.invalid"),
        ("proofValue", ["z"], "proof.invalid"),
        ("@context", [CREDENTIALS_V2], "proof.invalid"),
        ("@context", [], "proof.invalid"),
        ("previousProof", "urn:uuid:1", "proof.invalid"),
        ("unknown", "x", "document.undefined_term"),
        ("nonce", None, "document.malformed"),
        ("id", "relative", "document.malformed"),
        ("@graph", [], "document.malformed"),
    ],
)
def test_option_is_not_looked_at(name: str, value: Any, code: str) -> None:
    document = copy.deepcopy(SIGNED)
    document["proof"][name] = value
    if value is None and name != "nonce":
        del document["proof"][name]
    assert refusal(document) == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "proof.missing"),
        ([], "proof.unsupported"),
        ([{}], "proof.unsupported"),
        ("x", "proof.invalid"),
        ({}, "proof.unsupported"),
    ],
)
def test_proof_is_no_proof(given: Any, code: str) -> None:
    assert refusal(DOCUMENT | {"proof": given}) == code


def test_proof_is_missing() -> None:
    assert refusal(DOCUMENT) == "proof.missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": "r.example", "challenge": "1"},
        {"id": "urn:uuid:1"},
        {"expires": "2027-01-01T00:00:00Z"},
        {"created": None},
        {"@context": CONTEXT},
    ],
    ids=str,
)
def test_options_of_others_are_refused(changes: dict[str, Any]) -> None:
    options = {name: value for name, value in options_with(**changes).items() if name != "@context"}
    document = by_the_letter(DOCUMENT, options)
    document["proof"] |= {name: value for name, value in changes.items() if name == "@context"}
    assert proof_rdfc.verify(document, contexts=KNOWN).options == document["proof"]


def test_presentation_is_taken_for_a_credential() -> None:
    signer_ = signer(purpose=proof.AUTHENTICATION, domain="r.example", challenge="42", context=[CREDENTIALS_V2])
    presentation = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "verifiableCredential": [SIGNED]}
    document = json.loads(signer_.sign(presentation))
    assert refusal(document) == "proof.wrong_purpose"
    assert proof_rdfc.verify(document, contexts=KNOWN, purpose=proof.AUTHENTICATION).options["challenge"] == "42"
    document["verifiableCredential"][0]["credentialSubject"]["name"] = "x"
    assert refusal(document, purpose=proof.AUTHENTICATION) == "proof.invalid"


def test_key_that_was_looked_up_is_weak_or_another_s() -> None:
    document = by_the_letter(DOCUMENT, options_with(verificationMethod="did:web:r.example#key-1"))
    assert proof_rdfc.verify(document, contexts=KNOWN, public_key=KEY.public).public_key == KEY.public
    assert refusal(document, public_key=OTHER.public) == "proof.invalid"
    assert refusal(document, public_key=bytes(32)) == "proof.wrong_key"
    assert refusal(document) == "proof.wrong_key"


# Signing.


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (DOCUMENT | {"proof": {}}, "document.malformed"),
        (DOCUMENT | {"@context": [CREDENTIALS_V2]}, "document.malformed"),
        (DOCUMENT | {"x": "1"}, "document.undefined_term"),
        (DOCUMENT | {"type": ["VerifiableCredential", "X"]}, "document.undefined_term"),
        (DOCUMENT | {"id": "relative"}, "document.malformed"),
        (DOCUMENT | {"name": None}, "document.malformed"),
        (DOCUMENT | {"name": "\ud800"}, "document.malformed"),
        (DOCUMENT | {"name": (1,)}, "document.malformed"),
        ({}, "document.malformed"),
    ],
)
def test_what_a_signature_would_not_cover_is_signed(document: dict[str, Any], code: str) -> None:
    with pytest.raises(FormatError) as caught:
        signer().sign(document)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"created": "yesterday"}, "document.malformed"),
        ({"context": ["https://example.org/unknown"]}, "document.unknown_context"),
        ({"context": [ED25519_2020_V1]}, "document.undefined_term"),
        ({"context": None}, "document.undefined_term"),
        ({"context": [[CREDENTIALS_V2]]}, "document.malformed"),
        ({"purpose": "unheardOf"}, "document.undefined_term"),
    ],
)
def test_signer_of_nothing_sound_is_made(arguments: dict[str, Any], code: str) -> None:
    with pytest.raises(FormatError) as caught:
        signer(**arguments)
    assert caught.value.code == code


def test_signer_names_another_s_key() -> None:
    with pytest.raises(FormatError) as caught:
        proof_rdfc.RdfcSigner(OTHER, METHOD, created=CREATED, context=CONTEXT, contexts=KNOWN)
    assert caught.value.code == "key.malformed"


def test_challenge_breaks_the_text_of_the_proof() -> None:
    document = signed(challenge='x","proofValue":""', domain='"proofValue":""')
    assert proof_rdfc.verify(document, contexts=KNOWN).options["challenge"] == 'x","proofValue":""'


def test_batch_mixes_up_its_documents() -> None:
    one = signer()
    documents = [DOCUMENT | {"id": f"urn:uuid:{number}"} for number in range(3)]
    results = [json.loads(one.sign(each)) for each in documents]
    for document, result in zip(documents, results, strict=True):
        assert proof_rdfc.verify(result, contexts=KNOWN) and result["id"] == document["id"]
    assert refusal(results[0] | {"id": "urn:uuid:1"}) == "proof.invalid"


# Ed25519Signature2020, for reading.

OLD: dict[str, Any] = {
    "@context": [CREDENTIALS_V1, ED25519_2020_V1],
    "type": ["VerifiableCredential"],
    "issuer": f"did:key:{KEY.multikey}",
    "issuanceDate": "2020-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:b"},
}
OLD_OPTIONS = {
    "type": "Ed25519Signature2020",
    "created": CREATED,
    "proofPurpose": "assertionMethod",
    "verificationMethod": f"did:key:{KEY.multikey}#{KEY.multikey}",
}


def test_old_signature_is_not_read() -> None:
    document = by_the_letter(OLD, OLD_OPTIONS)
    assert proof_rdfc.verify(document).did == OLD["issuer"]
    assert refusal(document | {"issuanceDate": "2020-01-02T00:00:00Z"}) == "proof.invalid"
    assert refusal(document, purpose=proof.AUTHENTICATION) == "proof.wrong_purpose"


def test_old_signature_is_read_without_its_context() -> None:
    document = by_the_letter(OLD, OLD_OPTIONS)
    assert refusal(document | {"@context": [CREDENTIALS_V1]}) == "document.undefined_term"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"cryptosuite": "eddsa-rdfc-2022"}, "proof.unsupported"),
        ({"type": "DataIntegrityProof"}, "proof.unsupported"),
        ({"jws": "x"}, "document.undefined_term"),
    ],
)
def test_old_and_new_are_mixed(changes: dict[str, str], code: str) -> None:
    document = by_the_letter(OLD, OLD_OPTIONS)
    assert refusal(document | {"proof": document["proof"] | changes}) == code


def test_single_proof_rests_on_another() -> None:
    assert refusal(by_the_letter(DOCUMENT, options_with(previousProof="urn:uuid:1"))) == "proof.invalid"


def test_old_kind_of_proof_is_made() -> None:
    assert signed()["proof"]["type"] == "DataIntegrityProof"
