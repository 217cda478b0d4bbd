"""What the suites for did:key and for DID Resolution ask and assert."""

from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.conformance.vc_api.conftest import Api

DID = "did:key:z6MktKwz7Ge1Yxzr4JHavN33wiwa8y81QdcMRLXQsrH9T53b"
MULTIKEY = DID.removeprefix("did:key:")
AGREEMENT = f"{DID}#z6LSfHfAMAopsuBxaBzvp51GXrPf38Az13j2fmwqadbwwrzJ"
PROFILE = 'application/ld+json;profile="https://w3id.org/did-resolution"'
P256 = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169"
NOT_ASCII = ["🔥💥🚫", "Привет", "こんにちは", "foo\u200bbar"]


def resolve(api: Api, did: str, accepted: str = PROFILE, **query: str) -> httpx.Response:
    """As the suites ask, the DID encoded as a part of the path."""
    url = f"{api.url}/1.0/identifiers/{quote(did, safe='')}"
    answer = httpx.get(url, params=query, headers={"accept": accepted}, timeout=10)
    assert "json" in answer.headers["content-type"]
    return answer


def error_of(answer: httpx.Response, part: str = "didResolutionMetadata") -> Any:
    assert answer.status_code >= 400
    found = answer.json()
    assert {"@context", "didDocument", "didDocumentMetadata", part} <= found.keys()
    assert found["didDocumentMetadata"] == {}
    return found[part]["error"]


@pytest.mark.parametrize("accept", [PROFILE, "*/*", "application/json", "text/html, application/did-resolution;q=0.5"])
@pytest.mark.parametrize("did", [DID, P256, "the server's"])
def test_a_did_key_is_resolved(api: Api, did: str, accept: str) -> None:
    did = api.did if did == "the server's" else did
    answer = resolve(api, did, accept)
    found = answer.json()
    assert answer.status_code == 200
    document = found["didDocument"]
    assert document["id"] == did and document["verificationMethod"][0]["controller"] == did
    assert document["assertionMethod"] == [f"{did}#{did.removeprefix('did:key:')}"]
    assert "error" not in found["didResolutionMetadata"] and found["didDocumentMetadata"] == {}


def test_the_suites_did_is_read_unencoded_too(api: Api) -> None:
    answer = httpx.get(f"{api.url}/1.0/identifiers/{DID}", headers={"accept": "application/did-resolution"}, timeout=10)
    assert answer.status_code == 200
    media_type = answer.headers["content-type"]
    assert media_type.startswith("application/did-resolution") and "json" in media_type
    assert answer.json()["didResolutionMetadata"]["contentType"] in media_type


@pytest.mark.parametrize("accept", ["application/did+json", "application/did+ld+json"])
def test_the_document_alone(api: Api, accept: str) -> None:
    found = resolve(api, DID, accept).json()
    assert found["id"] == DID and "didResolutionMetadata" not in found


@pytest.mark.parametrize("method", [f"{DID}#{MULTIKEY}", AGREEMENT])
def test_a_did_url_leads_to_a_key(api: Api, method: str) -> None:
    answer = resolve(api, method)
    assert answer.status_code == 200
    assert (answer.json()["didDocument"]["id"], answer.json()["didDocument"]["controller"]) == (method, DID)
    found = resolve(api, method, "application/did-url-dereferencing").json()
    assert found["contentStream"]["id"] == method and found["contentMetadata"] == {}


@pytest.mark.parametrize(
    ("did", "status", "error"),
    [
        ("", 400, "invalidDid"),
        ("not-a-did", 400, "invalidDid"),
        ("did:example", 400, "invalidDid"),
        ("did:key:", 400, "invalidDid"),
        ("did:key:@", 400, "invalidDid"),
        (DID.replace("did:", "notDid:"), 400, "invalidDid"),
        (DID.replace(":key:", ":experimental:"), 400, "invalidDid"),
        (DID.replace("z6Mk", "-4:z6Mk"), 400, "invalidDid"),
        (DID.replace("z6Mk", "6Mk"), 400, "invalidDid"),
        (f"{DID}/^bar^/?query=`#{MULTIKEY}", 400, "invalidDidUrl"),
        (f"{DID}#^", 400, "invalidDidUrl"),
        (f"{DID}#other", 404, "notFound"),
        ("did:key:zTjsVPtY", 400, "invalidPublicKeyLength"),
        ("did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP", 400, "invalidPublicKey"),
        ("did:key:zUC7DWA2FazpvPXmiXeTWuLjdMGXXmmWXbwoKNo554L3E4PD5ZsoZPqzCvkFkkQGvWp6uLZ3PKQJMfXYzLGNoiMyqXYSQa19cvWTiH3QpzddfRVWW6FtFMWTcvUb7wg4o9khbDt", 400, "unsupportedPublicKeyType"),  # noqa: E501
        ("did:web:elsewhere.example", 404, "notFound"),
        ("did:unsupported:123456789abcdefghi", 501, "methodNotSupported"),
    ],
)  # fmt: skip
def test_each_error_has_its_name_and_a_document_that_is_none(api: Api, did: str, status: int, error: str) -> None:
    answer = resolve(api, did)
    assert (answer.status_code, error_of(answer)) == (status, error)
    assert answer.json()["didDocument"] == {}
    if error == "invalidDidUrl":
        assert error_of(answer, "didDereferencingMetadata") == error
    assert error_of(resolve(api, did, "*/*")) == error
    modern = resolve(api, did, "application/did-resolution")
    assert modern.json()["didDocument"] is None
    words = {"invalidDid": "INVALID_DID", "methodNotSupported": "METHOD_NOT_SUPPORTED", "notFound": "NOT_FOUND"}
    assert error_of(modern)["type"].startswith("https://www.w3.org/ns/did#" + words.get(error, ""))


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"publicKeyFormat": "unknown"}, "unsupportedPublicKeyType"),
        ({"publicKeyFormat": "Ed25519VerificationKey2018"}, "invalidPublicKeyType"),
        (
            {"publicKeyFormat": "Ed25519VerificationKey2018", "enableExperimentalPublicKeyTypes": "false"},
            "invalidPublicKeyType",
        ),
        ({"relativeRef": "my path/file"}, "invalidOptions"),
        ({"relativeRef": "file#section"}, "invalidOptions"),
        ({"versionTime": "2025-10-07T00:00:00+02:00"}, "invalidOptions"),
        ({"versionTime": "2025-10-07T00:00:00.123Z"}, "invalidOptions"),
        ({"versionTime": "2025-13-07T00:00:00Z"}, "invalidOptions"),
        ({"versionTime": "2025-10-07"}, "invalidOptions"),
        *[({name: text}, "invalidOptions") for name in ("service", "versionId", "hl", "accept") for text in NOT_ASCII],
    ],
)
def test_options_that_are_none(api: Api, query: dict[str, str], error: str) -> None:
    for did in (DID, f"{DID}#{MULTIKEY}", AGREEMENT):
        answer = resolve(api, did, **query)
        assert (answer.status_code, error_of(answer)) == (400, error)
        if "#" in did:
            assert error_of(answer, "didDereferencingMetadata") == error


def test_options_that_change_nothing_here(api: Api) -> None:
    sound = {"service": "linkedDomain", "relativeRef": "my%20path/file", "versionTime": "2025-10-07T14:30:00Z"}
    assert resolve(api, DID, **sound).json()["didDocument"] == resolve(api, DID).json()["didDocument"]


@pytest.mark.parametrize(
    "accept", ["application/did+cbor", "text/html", "application/x-unsupported-did-representation"]
)
def test_a_representation_that_nobody_has(api: Api, accept: str) -> None:
    answer = resolve(api, DID, accept)
    assert (answer.status_code, error_of(answer)) == (406, "representationNotSupported")
