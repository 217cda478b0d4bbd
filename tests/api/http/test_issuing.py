"""Issuing and a school's records: durable, repeatable, and nobody else's."""

from typing import Any

import pytest

from tests.support.ledgers import SCHOOL, UNIVERSITY
from tests.support.shared import REPOSITORY

TRANSCRIPTS = (REPOSITORY / "examples" / "university" / "transcripts.csv").read_bytes()


def subject(identifier: str = "007", **more: Any) -> dict[str, Any]:
    return {"identifier": identifier, "transcript": {"courses": [{"code": "M1", "term": "2026-1", **more}]}}


def unsigned(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    credential = {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": value}
    return {"credential": {**credential, **more}}


@pytest.fixture
def issue(client, ledger):
    def issue_one(body: Any, code: str = UNIVERSITY):
        return client.post("/credentials/issue", json=body, headers=ledger.bearer(code))

    return issue_one


def test_the_same_record_again_is_the_same_credential(issue, deployment) -> None:
    first, size = issue(unsigned(subject())), deployment.sequencer.size
    again = issue(unsigned(subject()))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["verifiableCredential"] == again.json()["verifiableCredential"]
    assert deployment.sequencer.size == size


def test_other_content_in_the_same_slot_is_a_conflict_unless_it_supersedes(issue, deployment) -> None:
    assert issue(unsigned(subject(mark="60"))).status_code == 201
    size = deployment.sequencer.size
    refused = issue(unsigned(subject(mark="90")))
    assert (refused.status_code, refused.json()["code"]) == (409, "row.conflict")
    assert deployment.sequencer.size == size
    allowed = issue(unsigned(subject(mark="90")) | {"options": {"superseding": "更正"}})
    assert allowed.status_code == 201 and allowed.json()["state"] == "superseded"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "request.invalid"),
        ({"credential": 5}, "request.invalid"),
        ({"credential": {}}, "request.invalid"),
        ({"credential": {"type": "TranscriptCredential", "credentialSubject": {}}}, "request.invalid"),
        ({"credential": {"type": ["VerifiableCredential"], "credentialSubject": {}}}, "request.invalid"),
        ({"credential": {"type": ["VerifiableCredential", "NoCredential"], "credentialSubject": {}}}, "kind.unknown"),
        ({"credential": {"type": ["VerifiableCredential", 5], "credentialSubject": {}}}, "request.invalid"),
        (unsigned(subject(), credentialSchema={}), "document.undefined_term"),
        (unsigned(subject(), issuer="did:web:evil.example"), "request.issuer"),
        (unsigned(subject(), issuer={"id": "did:web:evil.example"}), "request.issuer"),
        (unsigned(subject(), issuer={"name": "清华大学"}), "request.issuer"),
        (unsigned(subject(), id="urn:uuid:11111111-1111-4111-8111-111111111111"), "request.invalid"),
        (unsigned(subject(), validFrom="1999-01-01T00:00:00Z"), "request.invalid"),
        (unsigned(subject(), credentialStatus={"x": 1}), "request.invalid"),
        (unsigned(subject(), **{"@context": ["https://evil.example/"]}), "request.invalid"),
        (unsigned(subject(colour="red")), "document.undefined_term"),
        (unsigned(subject(mark=5)), "document.malformed"),
        (unsigned(subject(mark="5.0.0")), "document.malformed"),
        (unsigned(subject("")), "document.malformed"),
        (unsigned({"identifier": "1"}), "document.malformed"),
        (unsigned(subject()) | {"options": {"superseding": 5}}, "request.invalid"),
        (unsigned(subject()) | {"extra": True}, "request.invalid"),
    ],
)
def test_what_cannot_be_signed_is_refused_and_leaves_nothing(issue, deployment, body: Any, code: str) -> None:
    size = deployment.sequencer.size
    answer = issue(body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert deployment.sequencer.size == size


def test_what_is_given_as_it_will_be_is_taken_and_a_name_of_the_issuer_is_not(issue) -> None:
    made = issue(unsigned(subject("twice"))).json()["verifiableCredential"]
    given = {name: made[name] for name in ("@context", "issuer")}
    assert issue(unsigned(subject("twice"), **given)).json()["verifiableCredential"] == made
    assert issue(unsigned(subject("twice"), issuer={"id": made["issuer"]})).status_code == 200
    named = issue(unsigned(subject("twice"), issuer={"id": made["issuer"], "name": "清华大学"}))
    assert (named.status_code, named.json()["code"]) == (400, "request.issuer")


@pytest.mark.parametrize(
    "text",
    [
        b'{"credential": {}, "credential": {}}',
        b'{"credential": NaN}',
        b'{"credential": "\\ud800"}',
        b'\xef\xbb\xbf{"credential": {}}',
        b'{"credential": 1e400}',
        b'{"credential": 123456789012345678901234567890}',
        b"{",
        b"",
    ],
)
def test_ambiguous_json_is_refused(client, ledger, text: bytes) -> None:
    answer = client.post("/credentials/issue", content=text, headers=ledger.bearer())
    assert answer.status_code == 400 and answer.json()["code"].startswith("document.")


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer "},
        {"authorization": "Bearer rb_aaaaaaaaaaaa_" + "A" * 43},
        {"authorization": "Basic dXNlcjpwdw=="},
        {"authorization": "Bearer \xff"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/credentials/issue"),
        ("POST", "/v1/imports?kind=transcript"),
        ("GET", "/v1/records"),
        ("GET", "/v1/records/x"),
        ("GET", "/v1/records/x/bundle"),
        ("POST", "/v1/records/x/revoke"),
        ("POST", "/v1/records/x/suspend"),
        ("POST", "/v1/records/x/lift"),
        ("POST", "/v1/records/x/supersede"),
    ],
)
def test_without_a_valid_key_nothing_is_done(client, method: str, path: str, header: dict[str, str]) -> None:
    encoded = {name: value.encode("latin-1") for name, value in header.items()}
    answer = client.request(method, path, headers=encoded)
    assert (answer.status_code, answer.json()["code"]) == (401, "request.unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_key_that_was_ended_opens_nothing(client, deployment, ledger) -> None:
    key = ledger.keys[UNIVERSITY]
    deployment.api_keys.revoke(deployment.schools.by_code(UNIVERSITY).did, key.split("_")[1])
    assert client.get("/v1/records", headers=ledger.bearer()).status_code == 401


@pytest.mark.parametrize("action", ["", "/bundle"])
def test_another_schools_record_is_not_there(client, ledger, action: str) -> None:
    record = ledger.records[UNIVERSITY][0]
    answer = client.get(f"/v1/records/{record}{action}", headers=ledger.bearer(SCHOOL))
    assert (answer.status_code, answer.json()["code"]) == (404, "record.unknown")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        *[(action, {"reason": "x"}) for action in ("revoke", "suspend", "lift")],
        ("supersede", {"reason": "x", "credentialSubject": subject()}),
    ],
)
def test_another_schools_record_cannot_be_changed(client, ledger, deployment, action: str, body: Any) -> None:
    record = ledger.records[UNIVERSITY][0]
    answer = client.post(f"/v1/records/{record}/{action}", json=body, headers=ledger.bearer(SCHOOL))
    assert (answer.status_code, answer.json()["code"]) == (404, "record.unknown")
    there = deployment.store.get(deployment.schools.by_code(UNIVERSITY), record)
    assert (there.revoked, there.suspended) == (None, None)


def test_a_list_is_paged_and_shows_the_schools_own_alone(client, ledger) -> None:
    seen: list[str] = []
    after = -1
    while after is not None:
        page = client.get(f"/v1/records?limit=7&after={after}", headers=ledger.bearer()).json()
        assert len(page["records"]) <= 7
        seen += [one["record"] for one in page["records"]]
        after = page["next"]
    assert seen == ledger.records[UNIVERSITY]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "after=-2", "after=281474976710656", f"learner={'1' * 65}"]
)
def test_a_query_out_of_range_is_refused(client, ledger, query: str) -> None:
    answer = client.get(f"/v1/records?{query}", headers=ledger.bearer())
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert "1" * 65 not in answer.text


def test_supersession_makes_the_old_record_superseded(client, ledger, deployment) -> None:
    record = ledger.records[UNIVERSITY][1]
    old = client.get(f"/v1/records/{record}/bundle", headers=ledger.bearer()).json()
    new = old["credential"]["credentialSubject"] | {}
    new["transcript"]["courses"][0]["mark"] = "61.5"
    answer = client.post(
        f"/v1/records/{record}/supersede", json={"credentialSubject": new, "reason": "复核"}, headers=ledger.bearer()
    )
    assert answer.status_code == 201
    deployment.settle()
    bundles = [
        client.get(f"/v1/records/{one}/bundle", headers=ledger.bearer()) for one in (record, answer.json()["record"])
    ]
    reports = [client.post("/v1/verify", content=one.content).json() for one in bundles]
    codes = [next(check["code"] for check in report["checks"] if check["id"] == "status") for report in reports]
    assert codes == ["status.superseded", "status.ok"]
    assert [report["verdict"] for report in reports] == ["invalid", "valid"]


def test_a_file_is_imported_once(client, ledger, deployment) -> None:
    size = deployment.sequencer.size
    answer = client.post("/v1/imports?kind=transcript", files={"file": ("t.csv", TRANSCRIPTS)}, headers=ledger.bearer())
    assert answer.status_code == 200 and answer.json()["records"]["unchanged"] == 20
    assert deployment.sequencer.size == size


def test_a_file_with_bad_rows_imports_nothing_and_names_them(client, ledger, deployment) -> None:
    lines = TRANSCRIPTS.decode("utf-8-sig").splitlines()
    lines[3] = lines[3].replace(",2.5,", ",4.1E+17,")
    lines = [lines[0], *(line.replace("0240", "0250") for line in lines[1:])]
    size = deployment.sequencer.size
    answer = client.post(
        "/v1/imports?kind=transcript", files={"file": ("t.csv", "\n".join(lines))}, headers=ledger.bearer()
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "import.refused")
    assert answer.json()["report"]["problems"][0]["line"] == 4
    assert deployment.sequencer.size == size


@pytest.mark.parametrize(
    ("query", "data", "status"),
    [
        ("kind=nothing", TRANSCRIPTS, 404),
        ("kind=transcript", b"", 400),
        ("kind=transcript", b"\x00\x01\x02", 400),
        ("kind=transcript", b"PK\x03\x04broken", 400),
        ("kind=transcript&partial=perhaps", TRANSCRIPTS, 400),
        ("", TRANSCRIPTS, 400),
    ],
)
def test_an_import_of_nonsense_is_refused(client, ledger, deployment, query: str, data: bytes, status: int) -> None:
    size = deployment.sequencer.size
    answer = client.post(f"/v1/imports?{query}", files={"file": ("t.csv", data)}, headers=ledger.bearer())
    assert answer.status_code == status and "code" in answer.json()
    assert deployment.sequencer.size == size


@pytest.mark.parametrize("reason", ["", " ", "x" * 501, 5, None])
def test_a_revocation_needs_a_reason(client, ledger, reason: Any) -> None:
    record = ledger.records[UNIVERSITY][2]
    answer = client.post(f"/v1/records/{record}/revoke", json={"reason": reason}, headers=ledger.bearer())
    assert answer.status_code == 400
    assert client.get(f"/v1/records/{record}", headers=ledger.bearer()).json()["revoked"] is None


@pytest.mark.parametrize(
    ("options", "suite"),
    [
        ({}, "eddsa-rdfc-2022"),
        ({"cryptosuite": None}, "eddsa-rdfc-2022"),
        ({"cryptosuite": "eddsa-rdfc-2022"}, "eddsa-rdfc-2022"),
        ({"cryptosuite": "eddsa-jcs-2022"}, "eddsa-jcs-2022"),
    ],
)
def test_record_is_signed_in_the_suite_that_was_asked_for(issue, client, options, suite) -> None:
    answer = issue(unsigned(subject(f"suite {options}".replace(" ", "").replace("'", ""))) | {"options": options})
    assert answer.status_code == 201, answer.json()
    credential = answer.json()["verifiableCredential"]
    assert credential["proof"]["cryptosuite"] == suite
    report = client.post("/v1/verify", json=credential).json()
    assert report["checks"][1] | {"message": None} == {
        "id": "proof",
        "outcome": "pass",
        "code": "proof.ok",
        "message": None,
        "evidence": {"cryptosuite": suite, "verificationMethod": credential["proof"]["verificationMethod"]},
    }


@pytest.mark.parametrize("suite", ["", "ecdsa-rdfc-2019", "Ed25519Signature2020", 5, ["eddsa-jcs-2022"]])
def test_suite_that_nobody_signs_with_is_refused(issue, deployment, suite) -> None:
    size = deployment.sequencer.size
    answer = issue(unsigned(subject("no suite")) | {"options": {"cryptosuite": suite}})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert deployment.sequencer.size == size
