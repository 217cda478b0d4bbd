"""What the W3C's suite for VC Data Model 2.0 sends and asserts, section by section (§4.3 to §5.6, §11.1)."""

from typing import Any

import pytest

from tests.conformance.vc_api.conftest import EXAMPLES, V1, V2, Api

NOT_A_URL = "https ://not-a-url/contexts/example/v1"
TYPED = {"@context": [V2, {"Example": "https://example.org/#Example"}]}
V2_SRI = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
V2_MULTIBASE = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"
DOG = {"@value": "Dog", "@language": "en"}

ISSUED: dict[str, dict[str, Any]] = {
    "the smallest": {},
    "two contexts": {"@context": [V2, EXAMPLES]},
    "an inline context": TYPED | {"type": ["VerifiableCredential", "Example"]},
    "an id": {"id": "urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008"},
    "an id that is a DID": {"id": "did:example:credential"},
    "another issuer": {"issuer": "did:example:other-issuer"},
    "an issuer object": {"issuer": {"id": "did:example:issuer"}},
    "a type that is a URL": {"type": ["VerifiableCredential", "https://example.org/#Example"]},
    "types in another order": {"type": ["https://example.org/#A", "VerifiableCredential", "https://example.org/#B"]},
    "a type of the examples": {"@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "RelationshipCredential"]},
    "several subjects": {"credentialSubject": [{"id": "did:example:a"}, {"id": "did:example:b"}]},
    "any subject": {"@context": [V2, EXAMPLES], "credentialSubject": {"dog": {"barks": [True, 1, "x"], "name": "Rex"}}},
    "a name": {"name": "Example Credential", "description": "x"},
    "a name in a language": {"name": DOG},
    "a name in a direction": {"name": DOG | {"@direction": "ltr"}, "description": DOG | {"@direction": "rtl"}},
    "a name in three languages": {"name": [DOG, {"@value": "Chien", "@language": "fr"}, {"@value": "Cane"}]},
    "an issuer's name": {"issuer": {"name": DOG | {"@direction": "ltr"}, "description": [DOG]}},
    "milliseconds": {"validFrom": "2023-02-26T01:20:00Z", "validUntil": "2023-02-26T01:20:18.477Z"},
    "an offset": {"validFrom": "2023-02-25T19:10:39-06:00"},
    "a far future": {"validFrom": "3023-02-25T19:10:39Z"},
    "a far past": {"validUntil": "1923-02-25T19:10:39Z"},
    "one moment": {"validFrom": "2023-02-25T19:10:39Z", "validUntil": "2023-02-25T20:10:39+01:00"},
    "a status": TYPED | {"credentialStatus": {"id": "did:example:status", "type": "Example"}},
    "a status without id": TYPED | {"credentialStatus": {"type": "Example"}},
    "schemas": {
        "credentialSchema": [
            {"type": "https://example.org/#S", "id": "did:example:1"},
            {"type": "https://example.org/#S", "id": "did:example:2"},
        ]
    },
    "terms of use": TYPED | {"termsOfUse": [{"type": "Example"}, {"type": "Example", "id": "urn:uuid:1"}]},
    "evidence": TYPED | {"evidence": [{"type": "Example"}, {"type": "Example"}]},
    "refresh services": {"refreshService": [{"type": "https://example.org/#R", "id": "did:example:refresh/2"}]},
    "related resources": {"relatedResource": [{"id": V2, "digestSRI": V2_SRI, "digestMultibase": V2_MULTIBASE}]},
    "another's resource": {
        "relatedResource": [
            {"id": "https://example.org/a", "digestMultibase": "uEiAjCHMnK5-ayOIZLWo_TBoKYVvSAprlkYEjRlm19Cj0uw"},
            {
                "id": "https://example.org/a?q=1",
                "digestSRI": "sha256-MIwhzJyufmsjiGS1qP0wa",
                "mediaType": "application/json",
            },
        ]
    },
}

REFUSED: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "no base context": {"@context": [EXAMPLES]},
    "the base context not first": {"@context": [EXAMPLES, V2]},
    "both base contexts": {"@context": [V2, V1]},
    "a context that is no URL": {"@context": [V2, NOT_A_URL]},
    "a context that is a number": {"@context": [V2, 123192875]},
    "a context that nobody has": {"@context": [V2, "https://example.com/unknown/v1"]},
    "no id": {"id": None},
    "an id that is no URL": {"id": "not-a-url"},
    "two ids": {"id": ["did:example:1", "did:example:2"]},
    "a subject of two ids": {"credentialSubject": {"id": ["did:example:1", "did:example:2"]}},
    "no type": {"type": ...},
    "not the required type": {"type": ["https://example.org/#Example"]},
    "a type that leads to no URL": {
        "@context": [V2, {"Example": "https ://not-a-url#Example"}],
        "type": ["VerifiableCredential", "Example"],
    },
    "a type without meaning": {"@context": [V2, {"@vocab": None}], "type": ["VerifiableCredential", "Example"]},
    "a protected term": {"@context": [V2, {"VerifiableCredential": "https://example.org/#Bad"}]},
    "one's own protected term": {
        "@context": [
            V2,
            {"@protected": True, "Example": "https://example.org/#A"},
            {"Example": "https://example.org/#B"},
        ],
        "type": ["VerifiableCredential", "Example"],
    },
    "an issuer that is no URL": {"issuer": "not-a-url"},
    "an issuer object of no URL": {"issuer": {"id": "not-a-url"}},
    "an issuer object of null": {"issuer": {"id": None}},
    "no subject": {"credentialSubject": ...},
    "an empty subject": {"credentialSubject": {}},
    "an empty one of two": {"credentialSubject": [{"id": "did:example:subject"}, {}]},
    "a word without meaning": {"credentialSubject": {"id": "did:example:subject", "undefinedTerm": "x"}},
    "a member without meaning": {"statusEntry": {"type": "BitstringStatusListEntry", "statusListIndex": True}},
    "a name with more": {"name": DOG | {"url": "did:example:credential"}},
    "a description with more": {"description": DOG | {"url": "did:example:credential"}},
    "an issuer's name with more": {"issuer": {"name": DOG | {"url": "did:example:x"}}},
    "a date of mail": {"validUntil": "Sun, 26 Feb 2023 01:22:14 +0000"},
    "a date without a zone": {"validFrom": "2023-02-26T01:20:00"},
    "an end before the beginning": {"validFrom": "2027-01-01T00:00:00Z", "validUntil": "2025-01-01T00:00:00Z"},
    "a status without type": {"credentialStatus": {"id": "did:example:status"}},
    "a status whose type is a number": {"credentialStatus": {"id": "did:example:status", "type": 2}},
    "a status of two ids": TYPED | {"credentialStatus": {"id": ["did:example:1", "did:example:2"], "type": "Example"}},
    "a status whose id is no URL": TYPED | {"credentialStatus": {"id": "not-a-url", "type": "Example"}},
    "a schema without type": {"credentialSchema": {"id": "did:example:1"}},
    "a schema without id": {"credentialSchema": {"type": "https://example.org/#S"}},
    "a schema whose id is a number": {"credentialSchema": {"id": 1, "type": "https://example.org/#S"}},
    "terms of use without type": {"termsOfUse": {"id": "urn:uuid:1"}},
    "evidence without type": {"evidence": {"id": "urn:uuid:1"}},
    "a refresh service without type": {"refreshService": {"id": "did:example:refresh/2"}},
    "a resource that is a string": {"relatedResource": ["https://example.org/a"]},
    "a resource without id": {"relatedResource": [{"digestSRI": V2_SRI}]},
    "a resource twice": {"relatedResource": [{"id": V2, "digestSRI": V2_SRI}, {"id": V2, "digestSRI": V2_SRI}]},
    "a resource without digest": {"relatedResource": [{"id": V2}]},
    "a resource of another digest": {"relatedResource": [{"id": V2, "digestSRI": V2_SRI.replace("l/H", "l/G")}]},
    "a resource of no digest": {
        "relatedResource": [
            {"id": "https://example.org/a", "digestMultibase": "uZTQ0MjM1NiAgcmVwb3J0cc5jZWxhdGVkLXJlc291cmNlLmpzb24K"}
        ]
    },
    "a proof that is there": {"proof": {"created": "2023-07-28T22:25:05Z", "proofPurpose": "assertionMethod"}},
}


def changed(credential: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (credential | change).items() if value is not ...}


@pytest.mark.parametrize("change", ISSUED.values(), ids=ISSUED.keys())
def test_what_the_model_allows_is_issued_unchanged(api: Api, credential: Any, change: Any) -> None:
    given = changed(credential, change)
    issued = api.issue(given)
    proof, issuer = issued.pop("proof"), issued.pop("issuer")
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-rdfc-2022")
    assert (issuer["id"] if isinstance(issuer, dict) else issuer) == api.did
    given.pop("issuer", None)
    assert issued == given


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("cryptosuite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_what_the_model_forbids_is_not_issued(api: Api, credential: Any, change: Any, cryptosuite: str) -> None:
    api.refuses(changed(credential, change), cryptosuite=cryptosuite)


def test_what_is_issued_verifies_and_what_is_no_credential_does_not(api: Api, credential: Any) -> None:
    api.verifies(api.issue(credential))
    assert api.falsifies(credential | {"issuer": api.did})[0] == "proof.missing"
    assert api.falsifies({"type": ["NonconformingDocument"]})
    assert api.falsifies({})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"validFrom": "3023-02-25T19:10:39Z"}, "validity.not_yet"),
        ({"validUntil": "1923-02-25T19:10:39Z"}, "validity.expired"),
    ],
)
def test_what_is_issued_out_of_its_time_does_not_verify(api: Api, credential: Any, change: Any, code: str) -> None:
    assert api.falsifies(api.issue(credential | change)) == [code]


def test_the_same_id_again_is_another_credential(api: Api, credential: Any) -> None:
    named = credential | {"id": "urn:uuid:5c3f1b1e-0000-4000-8000-000000000001"}
    for _ in range(2):
        api.verifies(api.issue(named))


def test_version_1_1_is_issued_with_the_context_of_its_proof(api: Api, older: Any) -> None:
    issued = api.issue(older)
    assert issued["@context"] == [*older["@context"], "https://w3id.org/security/data-integrity/v2"]
    assert issued["credentialSubject"] == older["credentialSubject"]
    api.verifies(issued)
    assert api.issue(issued_without(issued))["@context"] == issued["@context"]


def issued_without(issued: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in issued.items() if name != "proof"}


@pytest.mark.parametrize(
    "change", [{"expirationDate": "2019-01-01T00:00:00Z"}, {"issuanceDate": "x"}, {"credentialStatus": {"type": "x"}}]
)
def test_version_1_1_has_rules_too(api: Api, older: Any, change: Any) -> None:
    api.refuses(older | change)
