"""The shape of a credential: every departure under a kind is refused, and other systems' are still read."""

from copy import deepcopy
from datetime import UTC, datetime

import pytest

from ledger.formats import credential as credentials
from ledger.formats import kind as kinds
from ledger.formats.credential import StatusEntry
from ledger.formats.errors import FormatError
from tests.support.kinds import BASE, transcript_definition, transcript_subject

KIND = kinds.parse(transcript_definition())
DID = "did:web:rollbook.test:schools:350206"
LIST = f"{BASE}/status-lists/17"
STATUS = [StatusEntry(LIST, "revocation", 94567), StatusEntry(f"{LIST}m", "message", 94567)]
UUID = "urn:uuid:0b9c1d8e-0000-4000-8000-000000000001"


def good():
    credential = credentials.build(KIND, DID, UUID, transcript_subject(), datetime(2026, 7, 1, tzinfo=UTC), STATUS)
    credential["proof"] = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{DID}#z6Mk",
        "proofPurpose": "assertionMethod",
        "created": "2026-07-01T00:00:00Z",
        "@context": list(credential["@context"]),
        "proofValue": "z",
    }
    return credential


def put(path, new):
    value = deepcopy(good())
    target = value
    for step in path[:-1]:
        target = target[step]
    if new is ...:
        del target[path[-1]]
    else:
        target[path[-1]] = new
    return value


def refusal(credential, kind=KIND):
    with pytest.raises(FormatError) as error:
        credentials.check(credential, kind)
    return error.value.code


def test_a_built_credential_is_of_the_promised_shape():
    parsed = credentials.check(good(), KIND)
    assert parsed.issuer == DID
    assert parsed.status == tuple(STATUS)
    assert parsed.valid_from == datetime(2026, 7, 1, tzinfo=UTC)
    assert parsed.valid_until is None
    assert good()["credentialStatus"][0]["id"] == f"{LIST}#94567"


def test_an_end_an_issuer_object_and_a_missing_proof_are_allowed():
    credential = put(("issuer",), {"id": DID, "name": "清华大学"})
    credential["validUntil"] = "2027-07-01T00:00:00Z"
    del credential["proof"]
    parsed = credentials.check(credential, KIND)
    assert parsed.issuer == DID
    assert parsed.valid_until == datetime(2027, 7, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "path",
    [
        ("evidence",),
        ("name",),
        ("termsOfUse",),
        ("credentialSchema",),
        ("proof", "expires"),
        ("proof", "domain"),
        ("credentialStatus", 0, "statusSize"),
        ("credentialStatus", 1, "x"),
        ("credentialSubject", "x"),
        ("credentialSubject", "transcript", "x"),
        ("credentialSubject", "transcript", "courses", 2, "x"),
    ],
)
def test_an_undefined_member(path):
    assert refusal(put(path, "x")) == "document.undefined_term"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("@context",), [credentials.CONTEXT_V2]),
        (("@context",), credentials.CONTEXT_V2),
        (("@context", 0), credentials.CONTEXT_V1),
        (("@context", 1), f"{BASE}/contexts/transcript/v1"),
        (("@context",), [credentials.CONTEXT_V2, KIND.context_url, "https://elsewhere.test/v1"]),
        (("type",), ["VerifiableCredential"]),
        (("type",), ["TranscriptCredential", "VerifiableCredential"]),
        (("type",), ["VerifiableCredential", "DiplomaCredential"]),
        (("type",), ["VerifiableCredential", "TranscriptCredential", "DiplomaCredential"]),
        (("issuer",), {"id": DID, "image": "https://elsewhere.test/seal.png"}),
    ],
)
def test_a_context_or_type_that_is_not_the_kinds(path, value):
    assert refusal(put(path, value)) == "document.undefined_term"


@pytest.mark.parametrize("member", sorted(credentials._REQUIRED))
def test_a_missing_member(member):
    assert refusal(put((member,), ...)) == "document.malformed"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("id",), "urn:uuid:0B9C1D8E-0000-4000-8000-000000000001"),
        (("id",), f"{UUID}\n"),
        (("id",), "https://rollbook.test/1"),
        (("id",), 1),
        (("issuer",), {}),
        (("issuer",), {"name": "x"}),
        (("issuer",), ["x"]),
        (("issuer",), {"id": DID, "name": 1e16}),
        (("issuer",), {"id": DID, "name": {"en": 1}}),
        (("issuer",), {"id": DID, "name": ["x"]}),
        (("issuer",), "no url"),
        (("validFrom",), "2026-07-01"),
        (("validFrom",), "2026-07-01T08:00:00+08:00"),
        (("validFrom",), 0),
        (("validUntil",), None),
        (("validUntil",), "2026-06-30T23:59:59Z"),
        (("credentialSubject",), []),
        (("credentialSubject",), [transcript_subject()]),
        (("credentialSubject",), None),
        (("credentialSubject", "name"), 1),
        (("credentialStatus",), []),
        (("credentialStatus",), {}),
        (("credentialStatus",), ["x"]),
        (("credentialStatus", 0), ...),
        (("credentialStatus", 1, "statusPurpose"), "revocation"),
        (("credentialStatus", 1, "statusPurpose"), "refresh"),
        (("credentialStatus", 1, "statusPurpose"), ["message"]),
        (("credentialStatus", 0, "type"), ...),
        (("credentialStatus", 0, "id"), f"{LIST}#1"),
        (("credentialStatus", 0, "statusListIndex"), "094567"),
        (("credentialStatus", 0, "statusListIndex"), "-1"),
        (("credentialStatus", 0, "statusListIndex"), "１"),
        (("credentialStatus", 0, "statusListIndex"), 94567),
        (("credentialStatus", 0, "statusListIndex"), "9" * 17),
        (("credentialStatus", 0, "statusListIndex"), "9" * 5000),
        (("credentialStatus", 0, "statusListCredential"), "no url"),
        (("credentialStatus", 0, "statusListCredential"), {"id": LIST}),
        (("proof",), []),
        (("proof",), None),
        (("proof",), [{}]),
    ],
)
def test_a_member_of_another_form(path, value):
    assert refusal(put(path, value)) == "document.malformed"


def test_two_indexes():
    credential = good()
    credential["credentialStatus"][1] = credentials.status_member(StatusEntry(f"{LIST}m", "message", 1))
    assert refusal(credential) == "document.malformed"


def test_a_status_type_that_is_not_ours():
    # Whatever the type, the entry is of no use to us, and none of our issuers makes it.
    assert refusal(put(("credentialStatus", 0, "type"), "StatusList2021Entry")) == "document.malformed"


def test_more_values_than_a_record_holds():
    assert refusal(put(("credentialSubject", "transcript", "courses"), [[0] * 20_001])) == "document.too_large"


@pytest.mark.parametrize("credential", [None, 1, "x", [], {}])
@pytest.mark.parametrize("kind", [KIND, None])
def test_no_credential(credential, kind):
    assert refusal(credential, kind) == "document.malformed"


FULL = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "message",
    "statusListIndex": "1",
    "statusListCredential": LIST,
}
OTHER = {
    "@context": [credentials.CONTEXT_V2, {"@vocab": "https://elsewhere.test/"}],
    "type": ["VerifiableCredential", "SomethingElse"],
    "issuer": "did:key:z6Mk",
    "credentialSubject": {"anything": [1, {"at": "all"}]},
}


def test_another_systems_credential():
    parsed = credentials.check(OTHER, None)
    assert (parsed.issuer, parsed.valid_from, parsed.status) == ("did:key:z6Mk", None, ())


def test_a_credential_of_the_older_model():
    old = {**OTHER, "@context": [credentials.CONTEXT_V1], "issuanceDate": "2020-01-01T08:00:00+08:00"}
    parsed = credentials.check({**old, "expirationDate": "2021-01-01T00:00:00Z"}, None)
    assert parsed.valid_from == datetime(2020, 1, 1, tzinfo=UTC)
    assert parsed.valid_until == datetime(2021, 1, 1, tzinfo=UTC)


def test_several_subjects():
    assert credentials.check({**OTHER, "credentialSubject": [{"a": 1}]}, None).subject == {"a": 1}
    assert credentials.check({**OTHER, "credentialSubject": [{"a": 1}, {"b": 1}]}, None).subject["subjects"][1]


@pytest.mark.parametrize(
    "change",
    [
        {"@context": credentials.CONTEXT_V2},
        {"@context": []},
        {"@context": ["https://elsewhere.test/"]},
        {"@context": [{}]},
        {"type": "SomethingElse"},
        {"type": ["VerifiableCredential", 1]},
        {"type": {}},
        {"id": "no url"},
        {"id": 1},
        {"issuer": None},
        {"issuer": {"name": "x"}},
        {"validFrom": "2026-07-01"},
        {"validFrom": "2026-07-01T00:00:00Z", "validUntil": "2026-06-01T00:00:00Z"},
        {"credentialSubject": {}},
        {"credentialSubject": []},
        {"credentialSubject": [{"a": 1}, {}]},
        {"credentialSubject": "x"},
        {"credentialStatus": "x"},
        {"credentialStatus": [{"type": "BitstringStatusListEntry"}] * 17},
        {"credentialStatus": {"type": "BitstringStatusListEntry"}},
        {"credentialStatus": [{}]},
    ],
)
def test_not_even_another_systems_credential(change):
    assert refusal({**OTHER, **change}, None) == "document.malformed"


@pytest.mark.parametrize(
    "status",
    [
        {"type": "RevocationList2020Status"},
        FULL | {"statusSize": 2, "statusMessage": [{"status": f"0x{n}", "message": "x"} for n in range(4)]},
        [{"type": ["A", "B"]}],
    ],
)
def test_another_systems_status_is_counted(status):
    assert credentials.check({**OTHER, "credentialStatus": status}, None).other_status == 1
