"""Proofs by eddsa-jcs-2022: what is signed is the standard's own result, and what cannot be is refused."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import canonical, keys, proof
from ledger.formats.errors import FormatError
from ledger.formats.multibase import multibase_decode
from tests.ledger.formats.signed_document import (
    CONTEXT,
    CREATED,
    DOCUMENT,
    KEY,
    METHOD,
    OTHER,
    by_the_letter,
    refusal,
    signed,
    signer,
)


def test_what_is_signed_verifies_and_is_the_standard_s_own_result() -> None:
    document = signed()
    found = proof.verify(document)
    assert (found.did, found.public_key, found.verification_method) == (METHOD.partition("#")[0], KEY.public, METHOD)
    assert found.signed == canonical.dumps(document) == signer().sign(DOCUMENT)
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    assert by_the_letter(DOCUMENT, options, KEY.secret) == document


def test_vectors_of_the_standard(shared_vectors: Path) -> None:
    folder = shared_vectors / "vc-di-eddsa"
    step = folder / "eddsa-jcs-2022"
    document = json.loads((step / "signedJCS.json").read_text())
    options = json.loads((step / "proofConfigJCS.json").read_text())
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    pair = json.loads((folder / "keyPair.json").read_text())
    secret = multibase_decode(pair["privateKeyMultibase"])[2:]

    assert canonical.dumps(unsecured).decode() == (step / "canonDocJCS.txt").read_text()
    assert canonical.dumps(options).decode() == (step / "proofCanonJCS.txt").read_text()
    hashes = [hashlib.sha256(canonical.dumps(part)).hexdigest() for part in (options, unsecured)]
    assert hashes == [(step / name).read_text() for name in ("proofHashJCS.txt", "docHashJCS.txt")]
    assert "".join(hashes) == (step / "combinedHashJCS.txt").read_text()

    key = keys.generate(secret)
    assert key.multikey == pair["publicKeyMultibase"]
    again = proof.JcsSigner(
        key, options["verificationMethod"], created=options["created"], context=document["@context"]
    ).sign(unsecured)
    assert again == canonical.dumps(document)
    found = proof.verify(document)
    signature = multibase_decode(document["proof"]["proofValue"])
    assert signature.hex() == (step / "sigHexJCS.txt").read_text()
    assert document["proof"]["proofValue"] == (step / "sigBTC58JCS.txt").read_text()
    assert found.public_key == key.public


def test_a_presentation_is_bound_to_its_domain_and_challenge() -> None:
    document = signed(purpose=proof.AUTHENTICATION, domain="https://admissions.example", challenge="c1")
    assert proof.verify(document, purpose=proof.AUTHENTICATION).options["challenge"] == "c1"
    assert refusal(document) == "proof.wrong_purpose"
    document["proof"]["challenge"] = "c2"
    assert refusal(document, purpose=proof.AUTHENTICATION) == "proof.invalid"


@given(st.dictionaries(st.text(max_size=8).filter(lambda name: name not in ("proof", "@context")), st.text()))
def test_any_document_is_cut_and_joined_without_a_trace(members: dict[str, str]) -> None:
    document = {"@context": CONTEXT} | members
    try:
        whole = canonical.dumps(document)
    except FormatError:
        return
    secured = canonical.loads(signer().sign(document))
    assert isinstance(secured, dict)
    assert canonical.dumps(secured) == proof.verify(secured).signed
    assert canonical.dumps({name: value for name, value in secured.items() if name != "proof"}) == whole


def test_an_empty_document_has_a_proof_alone() -> None:
    secured = canonical.loads(signer(context=None).sign({}))
    assert isinstance(secured, dict) and set(secured) == {"proof"}
    assert proof.verify(secured).signed == canonical.dumps(secured)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"a": 1},
        {"z": 1},
        {"a": 1, "z": 2},
        {"a,": ",", "zz,": ","},
        {"proof0": 1},
        {"a": "}"},
        {"a": [","], "p": {}},
    ],
)
def test_the_proof_stands_in_its_place_whatever_is_around_it(document: dict[str, Any]) -> None:
    signed = signer(context=None).sign(document)
    secured = canonical.loads(signed)
    assert isinstance(secured, dict) and canonical.dumps(secured) == signed
    assert {name: value for name, value in secured.items() if name != "proof"} == document
    assert proof.verify(secured).signed == signed


@pytest.mark.parametrize(
    "document", [DOCUMENT | {"proof": {}}, DOCUMENT | {"@context": CONTEXT[:1]}, DOCUMENT | {"mark": float("nan")}]
)
def test_what_cannot_be_signed_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        signer().sign(document)


@pytest.mark.parametrize(
    "change", [{"created": "now"}, {"created": "2026-07-01"}, {"context": {1: 2}}, {"context": [object()]}]
)
def test_a_signer_of_malformed_options_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        signer(**change)


def test_a_signer_does_not_sign_in_another_key_s_name() -> None:
    with pytest.raises(FormatError):
        proof.JcsSigner(OTHER, METHOD, created=CREATED, context=CONTEXT)
