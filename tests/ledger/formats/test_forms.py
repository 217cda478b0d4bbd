"""Open Badges and CLR forms under a record's kind: each member altered in turn. Whole ones come from issuers' tests."""

import copy
from typing import Any

import pytest

from ledger.formats import forms, kind
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind
from tests.support.kinds import BASE, transcript_definition

KIND = kind.parse(transcript_definition())
DID = "did:web:rollbook.test:schools:3501"
LIST = f"{BASE}/status-lists/a"
STATUS = {
    "id": f"{LIST}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "suspension",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}
PROOF = {
    "type": "DataIntegrityProof",
    "cryptosuite": "eddsa-rdfc-2022",
    "verificationMethod": f"{DID}#z6Mk",
    "proofPurpose": "assertionMethod",
    "created": "2026-07-01T00:00:00Z",
    "proofValue": "z1",
}
IDENTITY = {"type": "IdentityObject", "hashed": False, "identityHash": "李雷", "identityType": "name"}


def subject() -> dict[str, Any]:
    return {
        "type": ["AchievementSubject"],
        "identifier": [copy.deepcopy(IDENTITY)],
        "achievement": {
            "id": "urn:uuid:3d9f04dd-b621-5b14-a642-ce634c5a8658",
            "type": ["Achievement"],
            "achievementType": "Course",
            "name": "高等数学",
            "description": "a course",
            "criteria": {"narrative": "passed"},
        },
        "result": [{"type": ["Result"], "resultDescription": "urn:uuid:b7787481", "value": "95"}],
    }


def badge(**changed: Any) -> dict[str, Any]:
    return {
        "@context": forms.FORMS["badge"].context(KIND),
        "id": "urn:uuid:32537018-9ed8-47f8-b742-7bb5f0f8726f",
        "type": ["VerifiableCredential", "OpenBadgeCredential", "TranscriptCredential"],
        "name": "a badge",
        "issuer": {"id": DID, "type": ["Profile"], "name": "One"},
        "validFrom": "2026-07-01T00:00:00Z",
        "credentialSubject": subject(),
        "credentialStatus": dict(STATUS),
        "proof": [dict(PROOF)],
        **changed,
    }


def held(**changed: Any) -> dict[str, Any]:
    types = ["VerifiableCredential", "OpenBadgeCredential"]
    return badge(**{"@context": list(forms.FORMS["badge"].contexts), "type": types} | changed)


def clr(*inside: dict[str, Any], **changed: Any) -> dict[str, Any]:
    about = {
        "type": ["ClrSubject"],
        "identifier": [copy.deepcopy(IDENTITY)],
        "verifiableCredential": list(inside) or [held()],
    }
    types = ["VerifiableCredential", "ClrCredential", "TranscriptCredential"]
    context = forms.FORMS["clr"].context(KIND)
    return badge(**{"@context": context, "type": types, "credentialSubject": about} | changed)


def code_of(document: dict[str, Any], under: Kind = KIND) -> str:
    form = forms.of(document)
    assert form is not None
    with pytest.raises(FormatError) as caught:
        forms.check(document, form, under)
    return caught.value.code


@pytest.mark.parametrize("document", [badge(), badge(validUntil="2027-07-01T00:00:00Z"), clr(), clr(held(), held())])
def test_a_form_says_what_it_is(document: dict[str, Any]):
    form = forms.of(document)
    assert form is not None
    parsed = forms.check(document, form, KIND)
    assert parsed.issuer == DID and parsed.types[2] == "TranscriptCredential"
    assert [(each.list_url, each.purpose, each.index) for each in parsed.status] == [(LIST, "suspension", 7)]


@pytest.mark.parametrize(
    "types",
    [
        None,
        "OpenBadgeCredential",
        ["VerifiableCredential", "OpenBadgeCredential"],
        ["VerifiableCredential", "TranscriptCredential", "OpenBadgeCredential"],
        ["VerifiableCredential", {}, "OpenBadgeCredential"],
    ],
)
def test_other_types_are_no_form(types: Any):
    assert forms.of(badge(type=types)) is None
    assert forms.of([]) is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"type": ["VerifiableCredential", "OpenBadgeCredential", "DiplomaCredential"]}, "document.undefined_term"),
        ({"type": ["OpenBadgeCredential", "OpenBadgeCredential", "TranscriptCredential"]}, "document.undefined_term"),
        ({"@context": list(forms.FORMS["badge"].contexts)}, "document.undefined_term"),
        ({"@context": [*forms.FORMS["badge"].contexts, KIND.context_url]}, "document.undefined_term"),
        (
            {"@context": [*forms.FORMS["badge"].contexts, {"TranscriptCredential": "https://other.example#T"}]},
            "document.undefined_term",
        ),
        (
            {"@context": [*forms.FORMS["badge"].contexts, {**badge()["@context"][-1], "more": "https://x.example#m"}]},
            "document.undefined_term",
        ),
        ({"evidence": []}, "document.undefined_term"),
        ({"name": {"en": "x"}}, "document.malformed"),
        ({"id": "https://example.org/1"}, "document.malformed"),
        ({"issuer": DID}, "document.malformed"),
        ({"issuer": {"id": DID, "type": ["Profile"]}}, "document.malformed"),
        ({"issuer": {"id": DID, "type": ["Profile"], "name": "One", "url": "x:y"}}, "document.undefined_term"),
        ({"issuer": {"id": DID, "type": "Profile", "name": "One"}}, "document.malformed"),
        ({"validFrom": "2026-07-01"}, "document.malformed"),
        ({"validUntil": "2026-06-01T00:00:00Z"}, "document.malformed"),
        ({"credentialStatus": [dict(STATUS)]}, "document.malformed"),
        ({"credentialStatus": STATUS | {"statusPurpose": "message"}}, "document.malformed"),
        ({"credentialStatus": STATUS | {"statusPurpose": "revocation"}}, "document.malformed"),
        ({"credentialStatus": STATUS | {"statusListIndex": "8"}}, "document.malformed"),
        ({"credentialStatus": STATUS | {"statusSize": 1}}, "document.undefined_term"),
        ({"proof": dict(PROOF)}, "document.malformed"),
        ({"proof": []}, "document.malformed"),
        ({"proof": [dict(PROOF), dict(PROOF)]}, "document.malformed"),
        ({"proof": [PROOF | {"expires": "2027-07-01T00:00:00Z"}]}, "document.undefined_term"),
        ({"credentialSubject": [subject()]}, "document.malformed"),
    ],
)
def test_altered_members(changed: dict[str, Any], code: str):
    assert code_of(badge(**changed)) == code


@pytest.mark.parametrize("name", sorted(set(badge()) - {"proof", "type"}))
def test_missing_members(name: str):
    document = badge()
    del document[name]
    assert code_of(document) == "document.malformed"


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        (["more"], 1, "document.undefined_term"),
        (["type"], ["AchievementSubject", "Person"], "document.malformed"),
        (["id"], "https://example.org/learner", "document.malformed"),
        (["identifier"], [], "document.malformed"),
        (["identifier", 0, "hashed"], "no", "document.malformed"),
        (["identifier", 0, "more"], "x", "document.undefined_term"),
        (["achievement", "name"], "", "document.malformed"),
        (["achievement", "more"], "x", "document.undefined_term"),
        (["achievement", "creditsAvailable"], 3.5, "document.undefined_term"),
        (["achievement", "criteria"], {}, "document.malformed"),
        (["achievement", "id"], "none", "document.malformed"),
        (["result", 0, "value"], 95, "document.malformed"),
        (["result", 0, "status"], "Completed", "document.undefined_term"),
        (["creditsEarned"], 3, "document.undefined_term"),
    ],
)
def test_altered_subject(path: list[Any], value: Any, code: str):
    document = badge()
    here: Any = document["credentialSubject"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    assert code_of(document) == code


@pytest.mark.parametrize(
    "inside",
    [
        held(issuer={"id": "did:web:other.example", "type": ["Profile"], "name": "One"}),
        held(credentialStatus=STATUS | {"id": f"{LIST}#8", "statusListIndex": "8"}),
        held(validFrom="2025-07-01T00:00:00Z"),
        held(credentialSubject=subject() | {"identifier": [IDENTITY | {"identityHash": "韩梅梅"}]}),
        held(credentialSubject=subject() | {"id": "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}),
        held(**{"@context": ["https://www.w3.org/ns/credentials/v2", forms.CLR_2]}),
        held(type=["OpenBadgeCredential", "VerifiableCredential"]),
        held(proof=[]),
        held(more=1),
        badge(),
    ],
)
def test_a_credential_inside_that_is_not_the_wholes(inside: dict[str, Any]):
    assert code_of(clr(held(), inside)) in ("document.malformed", "document.undefined_term")


def test_a_transcript_of_nothing():
    document = clr()
    document["credentialSubject"]["verifiableCredential"] = []
    assert code_of(document) == "document.malformed"


def test_too_many_values():
    document = clr()
    document["credentialSubject"]["verifiableCredential"] = [0] * 20_001
    assert code_of(document) == "document.too_large"


def test_a_kind_whose_type_is_spelt_by_a_prefix_has_no_badge():
    definition = transcript_definition()
    definition["context"]["document"]["@context"]["TranscriptCredential"] = "v:TranscriptCredential"
    with pytest.raises(FormatError) as caught:
        forms.FORMS["badge"].context(kind.parse(definition))
    assert caught.value.code == "kind.unsuitable"
    assert code_of(badge(), kind.parse(definition)) == "document.undefined_term"
