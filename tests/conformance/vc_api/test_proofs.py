"""What the W3C's suites for Data Integrity and its EdDSA cryptosuites send and assert, and what they bring signed."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import keys, proofs
from ledger.formats.contexts import CREDENTIALS_V2, WITH_EXAMPLES, Contexts
from ledger.formats.did import build_did_key
from ledger.formats.multibase import base58_decode, base58_encode
from tests.conformance.vc_api.conftest import DATA_INTEGRITY, Api

RDFC, JCS = "eddsa-rdfc-2022", "eddsa-jcs-2022"
OWN = keys.generate(bytes(range(32)))
DID = build_did_key(OWN.public)


def options(**more: Any) -> dict[str, Any]:
    made = {
        "type": "DataIntegrityProof",
        "cryptosuite": RDFC,
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": f"{DID}#{OWN.multikey}",
        "proofPurpose": "assertionMethod",
    } | more
    return {name: value for name, value in made.items() if value is not ...}


def signed(credential: dict[str, Any], *, contexts: Contexts = WITH_EXAMPLES, **more: Any) -> dict[str, Any]:
    """Signed by somebody whom the server does not know."""
    return proofs.add({**credential, "issuer": DID}, options(**more), OWN, contexts=contexts)


def altered(secured: dict[str, Any], **proof: Any) -> dict[str, Any]:
    """With other members of its proof, after it was signed."""
    changed = {name: value for name, value in (secured["proof"] | proof).items() if value is not ...}
    return {**secured, "proof": changed}


@pytest.mark.parametrize("cryptosuite", [RDFC, JCS])
@pytest.mark.parametrize("version", ["credential", "older"])
def test_the_proof_that_is_issued(api: Api, request: Any, cryptosuite: str, version: str) -> None:
    given = request.getfixturevalue(version)
    issued = api.issue(given, cryptosuite=cryptosuite)
    proof = issued["proof"]
    assert isinstance(proof, dict)
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", cryptosuite)
    assert proof["verificationMethod"] == f"{api.did}#{api.did.removeprefix('did:key:')}"
    assert proof["proofPurpose"] == "assertionMethod" and proof["created"].endswith("Z")
    assert len(base58_decode(proof["proofValue"].removeprefix("z"))) == 64
    assert {CREDENTIALS_V2, DATA_INTEGRITY} & set(filter(lambda each: isinstance(each, str), issued["@context"]))
    api.verifies(issued)


def test_of_several_suites_each_makes_a_proof(api: Api, credential: Any) -> None:
    issued = api.issue(credential, cryptosuite=[RDFC, JCS])
    assert [each["cryptosuite"] for each in issued["proof"]] == [RDFC, JCS]
    api.verifies(issued)
    for number in (0, 1):
        spoiled = copy.deepcopy(issued)
        spoiled["proof"][number]["created"] = "2020-01-01T00:00:00Z"
        assert api.falsifies(spoiled) == ["proof.invalid"], "a did:key answers for itself"


@pytest.mark.parametrize("cryptosuite", ["ecdsa-rdfc-2019", "", [], [RDFC, RDFC], ["x"], 5, {}, [5]])
def test_another_suite_is_refused(api: Api, credential: Any, cryptosuite: Any) -> None:
    api.refuses(credential, cryptosuite=cryptosuite)


@pytest.mark.parametrize("cryptosuite", [RDFC, JCS])
def test_an_unknown_but_sound_issuer_is_accepted(api: Api, credential: Any, cryptosuite: str) -> None:
    api.verifies(signed(credential, cryptosuite=cryptosuite))
    api.verifies(signed(credential, cryptosuite=cryptosuite, created=...))


@pytest.mark.parametrize("cryptosuite", [RDFC, JCS])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": ...}, "proof"),
        ({"type": "UnknownProofType"}, "proof"),
        ({"cryptosuite": "UnknownCryptosuite"}, "proof.unsupported"),
        ({"cryptosuite": ...}, "proof.unsupported"),
        ({"verificationMethod": ...}, "proof"),
        ({"verificationMethod": "did:key:invalidVm"}, "proof"),
        ({"verificationMethod": f"did:key:{OWN.multikey}#"}, "proof"),
        ({"proofPurpose": ...}, "proof.wrong_purpose"),
        ({"proofPurpose": "invalidPurpose"}, "proof.wrong_purpose"),
        ({"proofPurpose": "authentication"}, "proof.wrong_purpose"),
        ({"created": "invalidDate"}, "proof.invalid"),
        ({"created": "2026-01-01T00:00:00"}, "proof.invalid"),
        ({"expires": "invalidDate"}, "proof.invalid"),
        ({"expires": "2026-01-01T00:00:00"}, "proof.invalid"),
        ({"proofValue": ...}, "proof.invalid"),
        ({"proofValue": None}, "proof.invalid"),
        ({"proofValue": "not-multibase-bs58-encoded!!"}, "proof.invalid"),
        ({"previousProof": "urn:uuid:missing"}, "proof.invalid"),
    ],
)
def test_a_proof_that_is_none(api: Api, credential: Any, change: Any, code: str, cryptosuite: str) -> None:
    found = api.falsifies(altered(signed(credential, cryptosuite=cryptosuite), **change))
    assert any(each.startswith(code) for each in found), found


@pytest.mark.parametrize("proof", [None, 5, "x", [], {}, [None], [{}], True])
def test_a_proof_of_another_form(api: Api, credential: Any, proof: Any) -> None:
    assert api.falsifies(signed(credential) | {"proof": proof})


@pytest.mark.parametrize("cryptosuite", [RDFC, JCS])
def test_a_proof_value_of_another_form(api: Api, credential: Any, cryptosuite: str) -> None:
    secured = signed(credential, cryptosuite=cryptosuite)
    value = secured["proof"]["proofValue"]
    longer = "z" + base58_encode(base58_decode(value[1:]) + bytes(32))
    for other in (value[1:], longer, "u" + value[1:], value[:-1]):
        assert "proof.invalid" in api.falsifies(altered(secured, proofValue=other))


@pytest.mark.parametrize("cryptosuite", [RDFC, JCS])
def test_what_was_changed_or_added_after_signing(api: Api, credential: Any, cryptosuite: str) -> None:
    secured = signed(credential, cryptosuite=cryptosuite)
    assert api.falsifies(secured | {"validUntil": "2999-01-01T00:00:00Z"})
    assert api.falsifies(secured | {"credentialSubject": {"id": "did:example:subject", "undefinedTerm": "x"}})
    assert api.falsifies(secured | {"type": ["VerifiableCredential", "UndefinedType"]})
    assert api.falsifies(secured | {"issuer": "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"})


def test_a_word_without_meaning_fails_however_it_was_signed(api: Api, credential: Any) -> None:
    """The suites sign it under contexts of their own that do define it."""
    given = credential | {"credentialSubject": {"id": "did:example:subject", "undefinedTerm": "x"}}
    assert "document.undefined_term" in api.falsifies(signed(given, cryptosuite=JCS))
    vocabulary = [CREDENTIALS_V2, {"@vocab": "https://example.org/#"}]
    secured = signed(given | {"@context": vocabulary})
    api.verifies(secured)
    assert "document.undefined_term" in api.falsifies(secured | {"@context": [CREDENTIALS_V2]})


def test_options_that_the_proof_does_not_answer(api: Api, credential: Any) -> None:
    secured = signed(credential, domain="domain.example", challenge="1235abcd6789")
    api.verifies(secured)
    api.verifies(secured, domain="domain.example", challenge="1235abcd6789", expectedProofPurpose="assertionMethod")
    assert api.falsifies(secured, domain="other.example") == ["holder.replayed"]
    assert api.falsifies(secured, domain="domain.example", challenge="other") == ["holder.replayed"]
    assert api.falsifies(secured, expectedProofPurpose="authentication") == ["proof.wrong_purpose"]
    assert api.falsifies(signed(credential), challenge="1235abcd6789") == ["holder.replayed"]


def test_a_chain_of_proofs(api: Api, credential: Any) -> None:
    first = signed(credential, id="urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544")
    for previous in (first["proof"]["id"], [first["proof"]["id"]]):
        both = proofs.add(first, options(previousProof=previous), OWN, contexts=WITH_EXAMPLES)
        api.verifies(both)
        broken = copy.deepcopy(both)
        broken["proof"][0]["proofValue"] = "invalidProofValue"
        assert "proof.invalid" in api.falsifies(broken)
        missing = copy.deepcopy(both)
        missing["proof"][1]["previousProof"] = "urn:uuid:test:missing:proof"
        assert "proof.invalid" in api.falsifies(missing)
        assert "proof.invalid" in api.falsifies({**both, "proof": both["proof"][1:]})


@pytest.mark.parametrize(
    "name", ["eddsa-rdfc-2022/signedDataInt.json", "eddsa-jcs-2022/signedJCS.json"], ids=["rdfc", "jcs"]
)
def test_the_vectors_of_the_specification(api: Api, shared_vectors: Path, name: str) -> None:
    """Their issuer is a URL that is no DID, signed for by a did:key: accepted, and the answer warns of it."""
    vector = json.loads((shared_vectors / "vc-di-eddsa" / name).read_text())
    found = api.verifies(vector)
    assert [warning["code"] for warning in found["warnings"]] == ["issuer.missing"]
    assert found["report"]["issuer"] == {}
    assert api.falsifies(vector | {"issuer": "did:example:5678"}) != []
    assert api.falsifies(vector, policy="record") != []
