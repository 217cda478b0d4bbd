"""`Ed25519Signature2020`, as the W3C's suite for it has its credentials signed: read, and never issued."""

import copy
import hashlib
from typing import Any

import pytest

from ledger.formats import canonical, keys
from ledger.formats.contexts import ED25519_2020_V1, WITH_EXAMPLES
from ledger.formats.did import build_did_key
from ledger.formats.multibase import base58_decode, base58_encode
from tests.conformance.vc_api.conftest import V1, V2, Api
from tests.support.linked_data import theirs

OWN = keys.generate(bytes(range(32)))
DID = build_did_key(OWN.public)
TYPE = "Ed25519Signature2020"


def credential(base: str = V1) -> dict[str, Any]:
    dated = {"issuanceDate": "2020-03-16T22:37:26.544Z"} if base == V1 else {}
    return {
        "@context": [base, ED25519_2020_V1],
        "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
        "type": ["VerifiableCredential"],
        "issuer": DID,
        **dated,
        "credentialSubject": {"id": "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"},
    }


def signed(document: dict[str, Any], *, jcs: bool = False, algorithm: str = "sha256", **more: Any) -> dict[str, Any]:
    """Signed by the letter, or with another canonicalization or hash than the suite's."""
    proof = {
        "type": TYPE,
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": f"{DID}#{OWN.multikey}",
        "proofPurpose": "assertionMethod",
    } | more
    parts = ({"@context": document["@context"], **proof}, document)
    texts = [canonical.dumps(part) if jcs else theirs(part, WITH_EXAMPLES).encode() for part in parts]
    message = b"".join(hashlib.new(algorithm, text).digest() for text in texts)
    return document | {"proof": proof | {"proofValue": "z" + base58_encode(keys.sign(OWN.secret, message))}}


@pytest.mark.parametrize("base", [V1, V2])
def test_a_sound_one_is_verified(api: Api, base: str) -> None:
    api.verifies(signed(credential(base)))


@pytest.mark.parametrize("other", [{"jcs": True}, {"algorithm": "sha512"}, {"algorithm": "sha384"}])
def test_another_canonicalization_or_hash(api: Api, other: dict[str, Any]) -> None:
    assert "proof.invalid" in api.falsifies(signed(credential(), **other))


@pytest.mark.parametrize(
    "change",
    [
        {"type": ...},
        {"type": "UnknownProofType"},
        {"type": "DataIntegrityProof"},
        {"created": "invalidDate"},
        {"created": ...},
        {"verificationMethod": ...},
        {"verificationMethod": "did:key:invalidVm"},
        {"verificationMethod": f"{DID.replace(':z', ':')}#{OWN.multikey}"},
        {"proofPurpose": ...},
        {"proofPurpose": "invalidPurpose"},
        {"proofValue": ...},
        {"proofValue": "not-multibase-bs58-encoded!!"},
    ],
)
def test_what_its_proof_lacks_or_has_wrong(api: Api, change: dict[str, Any]) -> None:
    spoiled = signed(credential())
    spoiled["proof"] = {name: value for name, value in (spoiled["proof"] | change).items() if value is not ...}
    assert any(code.startswith("proof.") for code in api.falsifies(spoiled))


def test_more_or_less_than_a_signature(api: Api) -> None:
    made = signed(credential())
    value = base58_decode(made["proof"]["proofValue"][1:])
    for other in (value + bytes(32), value[:-1], bytes(512)):
        spoiled = copy.deepcopy(made)
        spoiled["proof"]["proofValue"] = "z" + base58_encode(other)
        assert "proof.invalid" in api.falsifies(spoiled)


def test_it_is_not_issued(api: Api) -> None:
    api.refuses({**credential(), "issuer": api.did}, cryptosuite=TYPE)
