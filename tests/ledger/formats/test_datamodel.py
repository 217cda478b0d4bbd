"""The W3C model: one refusal for each of its rules, and nothing refused that it allows."""

from copy import deepcopy
from typing import Any

import pytest

from ledger.formats import datamodel
from ledger.formats.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from ledger.formats.errors import FormatError

LIST = "https://elsewhere.test/lists/1"
ENTRY = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}
MESSAGES = [{"status": "0x0", "message": "ok"}, {"status": "0x1", "message": "not ok"}]
# Of the bundled credentials/v2: its SHA-256 as base64url, as multihash, and its SHA-384.
V2_MULTIBASE = "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"
V2_MULTIHASH = "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"
V2_SRI = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"
ELSEWHERE = {"id": "https://elsewhere.test/image.png", "digestMultibase": V2_MULTIBASE}


def new(**changes: Any) -> dict[str, Any]:
    """A credential of version 2.0; a member that is ``...`` is left out."""
    credential: dict[str, Any] = {
        "@context": [CREDENTIALS_V2],
        "type": ["VerifiableCredential"],
        "issuer": "did:key:z6Mk",
        "credentialSubject": {"id": "did:example:subject"},
    } | changes
    return {name: value for name, value in credential.items() if value is not ...}


def old(**changes: Any) -> dict[str, Any]:
    """One of version 1.1."""
    return new(**{"@context": [CREDENTIALS_V1], "issuanceDate": "2020-01-01T00:00:00Z"} | changes)


def presentation(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]} | changes
    return {name: value for name, value in made.items() if value is not ...}


def text(**more: Any) -> dict[str, Any]:
    return {"@value": "Dog", "@language": "en"} | more


ALLOWED = [
    new(),
    new(id="urn:uuid:1", type="VerifiableCredential"),
    new(id="did:example:x"),
    new(**{"@context": [CREDENTIALS_V2, "https://elsewhere.test/v1", {"Dog": "https://elsewhere.test/#Dog"}]}),
    new(type=["https://elsewhere.test/#Dog", "VerifiableCredential", "Cat"]),
    new(issuer={"id": "did:key:z6Mk", "name": text(), "description": [text(), text(**{"@direction": "ltr"})]}),
    new(issuer="https://elsewhere.test/issuers/1"),
    new(credentialSubject=[{"id": "did:example:a"}, {"dog": {"barks": True}}]),
    new(credentialSubject={"dog": "Rex"}),
    new(name="Dog", description={"@value": "كلب", "@language": "ar", "@direction": "rtl"}),
    new(name=[text(), text(**{"@language": "zh-Hans"})], description={"@value": "Dog"}),
    new(validFrom="1998-02-01T10:00:00-06:00", validUntil="2998-02-01T10:00:00.123+14:00"),
    new(validFrom="2026-01-01T08:00:00+08:00", validUntil="2026-01-01T00:00:00Z"),
    new(credentialStatus=ENTRY | {"id": f"{LIST}#7"}),
    new(credentialStatus=[ENTRY, ENTRY | {"statusPurpose": "suspension"}, {"type": "Elses", "id": "did:example:1"}]),
    new(credentialStatus=ENTRY | {"statusSize": 1, "statusMessage": MESSAGES, "statusReference": [LIST]}),
    new(credentialSchema=[{"id": "did:example:1", "type": "JsonSchema"}, {"id": "did:example:2", "type": ["A", "B"]}]),
    new(termsOfUse=[{"type": "Policy"}, {"type": "Policy", "id": "urn:x:1"}], evidence={"type": "Seen"}),
    new(refreshService={"type": "https://elsewhere.test/#Refresh"}, evidence=[{"type": "A"}, {"type": "A"}]),
    new(relatedResource={"id": CREDENTIALS_V2, "digestSRI": V2_SRI, "digestMultibase": V2_MULTIBASE}),
    new(relatedResource=[{"id": CREDENTIALS_V2, "digestMultibase": V2_MULTIHASH}, ELSEWHERE]),
    new(relatedResource=ELSEWHERE | {"digestSRI": "sha256-abcd sha512-abcd?foo", "mediaType": "image/png"}),
    old(),
    old(expirationDate="2020-01-01T00:00:00Z", id="https://elsewhere.test/1"),
    old(name={"any": "thing"}, relatedResource=ELSEWHERE),
    old(credentialStatus={"id": "https://elsewhere.test/1", "type": "Elses"}),
]


@pytest.mark.parametrize("credential", ALLOWED, ids=range(len(ALLOWED)))
def test_what_the_model_allows_is_allowed(credential: Any) -> None:
    before = deepcopy(credential)
    datamodel.check_credential(credential)
    assert credential == before


REFUSED = [
    new(**{"@context": ...}),
    new(**{"@context": CREDENTIALS_V2}),
    new(**{"@context": []}),
    new(**{"@context": ["https://elsewhere.test/v1", CREDENTIALS_V2]}),
    new(**{"@context": [[CREDENTIALS_V2]]}),
    new(**{"@context": [CREDENTIALS_V2, "https ://not-a-url/v1"]}),
    new(**{"@context": [CREDENTIALS_V2, 123]}),
    new(**{"@context": [CREDENTIALS_V2, None]}),
    new(**{"@context": [CREDENTIALS_V2, ["https://elsewhere.test/v1"]]}),
    new(id=None),
    new(id=["urn:x:1", "urn:x:2"]),
    new(id="not a url"),
    new(id=""),
    new(type=...),
    new(type=[]),
    new(type=None),
    new(type=["Dog"]),
    new(type=["VerifiableCredential", 4]),
    new(type=["VerifiableCredential", ""]),
    new(type=["VerifiableCredential", "https ://not-a-url"]),
    new(issuer=...),
    new(issuer=None),
    new(issuer="not a url"),
    new(issuer=["did:key:z6Mk"]),
    new(issuer={}),
    new(issuer={"name": "x"}),
    new(issuer={"id": None}),
    new(issuer={"id": "not-a-url"}),
    new(issuer={"id": "did:key:z6Mk", "name": text(url="x")}),
    new(issuer={"id": "did:key:z6Mk", "description": 5}),
    new(credentialSubject=...),
    new(credentialSubject={}),
    new(credentialSubject=[]),
    new(credentialSubject="did:example:subject"),
    new(credentialSubject=[{"id": "did:example:a"}, {}]),
    new(credentialSubject=[None]),
    new(credentialSubject={"id": ["did:example:a", "did:example:b"]}),
    new(credentialSubject={"id": "no url", "dog": 1}),
    new(name=5),
    new(name=[]),
    new(name={"en": "Dog"}),
    new(name=text(url="x")),
    new(name={"@language": "en"}),
    new(name={"@value": 5}),
    new(name=text(**{"@language": "no language"})),
    new(name=text(**{"@language": None})),
    new(description=text(**{"@direction": "up"})),
    new(description=[text(), 5]),
    new(name=["Dog"]),
    new(description=[text(), "Dog"]),
    new(issuer={"id": "did:key:z6Mk", "name": ["Dog", "Hund"]}),
    new(validFrom="2026-01-01"),
    new(validFrom="2026-01-01T00:00:00"),
    new(validFrom="Sun, 26 Feb 2023 01:22:14 +0000"),
    new(validFrom="2026-02-30T00:00:00Z"),
    new(validFrom="2026-01-01T00:00:00+14:01"),
    new(validFrom="2026-01-01T00:00:00-23:00"),
    new(validFrom=1767225600),
    new(validUntil=None),
    new(validFrom="2026-01-01T00:00:01Z", validUntil="2026-01-01T00:00:00Z"),
    new(validFrom="2026-01-01T00:00:00Z", validUntil="2026-01-01T07:59:59+08:00"),
    new(credentialStatus=[]),
    new(credentialStatus="did:example:status"),
    new(credentialStatus={"id": "did:example:status"}),
    new(credentialStatus={"id": "did:example:status", "type": 2}),
    new(credentialStatus={"id": "no url", "type": "Elses"}),
    new(credentialStatus={"id": ["did:example:1"], "type": "Elses"}),
    new(credentialStatus=ENTRY | {"statusListIndex": 7}),
    new(credentialStatus=ENTRY | {"statusListIndex": True}),
    new(credentialStatus=ENTRY | {"statusListIndex": "07"}),
    new(credentialStatus=ENTRY | {"statusListIndex": "-1"}),
    new(credentialStatus=ENTRY | {"statusPurpose": ["revocation"]}),
    new(credentialStatus=ENTRY | {"statusListCredential": "no url"}),
    new(credentialStatus=ENTRY | {"id": LIST}),
    new(credentialStatus=ENTRY | {"statusSize": 0}),
    new(credentialStatus=ENTRY | {"statusSize": "1"}),
    new(credentialStatus=ENTRY | {"statusSize": 2}),
    new(credentialStatus=ENTRY | {"statusMessage": MESSAGES[:1]}),
    new(credentialStatus=ENTRY | {"statusMessage": [MESSAGES[0], {"status": "1", "message": "x"}]}),
    new(credentialStatus=ENTRY | {"statusMessage": [MESSAGES[0], {"status": "0x1"}]}),
    new(credentialStatus=ENTRY | {"statusReference": ["no url"]}),
    new(credentialStatus=[ENTRY] * 17),
    new(credentialSchema={"id": "did:example:1"}),
    new(credentialSchema={"type": "JsonSchema"}),
    new(credentialSchema={"type": "JsonSchema", "id": 5}),
    new(credentialSchema="did:example:1"),
    new(termsOfUse={"id": "urn:x:1"}),
    new(termsOfUse={"type": "Policy", "id": "no url"}),
    new(termsOfUse=[{"type": "Policy"}, {}]),
    new(evidence={"id": "urn:x:1"}),
    new(evidence=[]),
    new(evidence={"type": "Seen", "id": 5}),
    new(refreshService={"id": "urn:x:1"}),
    new(refreshService=[{"type": "A"}, 5]),
    new(renderMethod={"id": "urn:x:1"}),
    new(relatedResource="https://elsewhere.test/image.png"),
    new(relatedResource=["https://elsewhere.test/image.png"]),
    new(relatedResource={"digestMultibase": V2_MULTIBASE}),
    new(relatedResource={"id": "no url", "digestMultibase": V2_MULTIBASE}),
    new(relatedResource={"id": "https://elsewhere.test/image.png"}),
    new(relatedResource=[ELSEWHERE, ELSEWHERE]),
    new(relatedResource=ELSEWHERE | {"mediaType": 5}),
    new(relatedResource=ELSEWHERE | {"digestMultibase": "uAAAA"}),
    new(relatedResource=ELSEWHERE | {"digestMultibase": "fAAAA"}),
    new(relatedResource=ELSEWHERE | {"digestMultibase": 5}),
    new(relatedResource=ELSEWHERE | {"digestSRI": "md5-abcd"}),
    new(relatedResource=ELSEWHERE | {"digestSRI": "sha256:abcd"}),
    new(relatedResource=ELSEWHERE | {"digestSRI": ""}),
    new(relatedResource=ELSEWHERE | {"digestSRI": ["sha256-abcd"]}),
    new(relatedResource={"id": CREDENTIALS_V2, "digestSRI": "sha256-abcd"}),
    new(relatedResource={"id": CREDENTIALS_V2, "digestSRI": V2_SRI + " sha512-abcd"}),
    new(relatedResource={"id": CREDENTIALS_V1, "digestSRI": V2_SRI}),
    new(relatedResource={"id": CREDENTIALS_V1, "digestMultibase": V2_MULTIBASE}),
    new(relatedResource={"id": CREDENTIALS_V1, "digestMultibase": V2_MULTIHASH}),
    old(issuanceDate=...),
    old(issuanceDate="2020-01-01"),
    old(expirationDate="2019-12-31T23:59:59Z"),
    old(expirationDate=""),
    old(credentialStatus={"type": "Elses"}),
    old(refreshService={"type": "Refresh"}),
    old(credentialSchema={"type": "JsonSchemaValidator2018"}),
]


@pytest.mark.parametrize("credential", REFUSED, ids=range(len(REFUSED)))
def test_each_rule_refuses_what_breaks_it(credential: Any) -> None:
    with pytest.raises(FormatError) as refused:
        datamodel.check_credential(credential)
    assert refused.value.code == "document.malformed" and refused.value.message


@pytest.mark.parametrize(
    ("given", "count"),
    [
        (presentation(), 0),
        (presentation(verifiableCredential=[]), 0),
        (presentation(verifiableCredential=new(), holder="did:key:z6Mk", id="urn:uuid:1"), 1),
        (presentation(verifiableCredential=[new(), old(), {"type": "EnvelopedVerifiableCredential"}]), 3),
        (presentation(holder={"id": "did:key:z6Mk"}, type=["Dog", "VerifiablePresentation"]), 0),
        (presentation(**{"@context": [CREDENTIALS_V1]}), 0),
    ],
)
def test_a_presentation_of_none_to_many(given: Any, count: int) -> None:
    assert len(datamodel.check_presentation(given)) == count


@pytest.mark.parametrize(
    "given",
    [
        presentation(**{"@context": ...}),
        presentation(**{"@context": ["https://elsewhere.test/v1", CREDENTIALS_V2]}),
        presentation(**{"@context": [CREDENTIALS_V2, 5]}),
        presentation(type=...),
        presentation(type=["VerifiableCredential"]),
        presentation(id="no url"),
        presentation(holder="no url"),
        presentation(holder=None),
        presentation(holder={}),
        presentation(holder={"id": "z6Mk"}),
        presentation(verifiableCredential=["did:example:1"]),
        presentation(verifiableCredential=[5]),
        presentation(verifiableCredential=None),
        presentation(verifiableCredential="eyJ"),
        presentation(verifiableCredential=[{"type": "Dog"}]),
        presentation(verifiableCredential=[{}]),
        presentation(termsOfUse={"id": "urn:x:1"}),
    ],
)
def test_a_presentation_that_breaks_a_rule(given: Any) -> None:
    with pytest.raises(FormatError) as refused:
        datamodel.check_presentation(given)
    assert refused.value.code == "document.malformed"


def test_a_presentation_of_more_than_anyone_shows() -> None:
    with pytest.raises(FormatError, match=r"document.too_large"):
        datamodel.check_presentation(presentation(verifiableCredential=[new()] * 65))
