"""Badges and CLRs through the interface: made once, proven like their record, and ended with it."""

import copy
import io
import json
import zipfile
from typing import Any

import pytest

from ledger.formats import sm2
from ledger.formats.errors import ConflictError
from ledger.log.submission import Caller
from tests.support.ledgers import SCHOOL, UNIVERSITY

DIPLOMA: dict[str, Any] = {
    "name": "李𠮷",
    "identifier": "0077",
    "diploma": {"number": "1050012026", "title": "毕业证书", "graduated": "2026-06-30"},
}
TRANSCRIPT = {"identifier": "0077", "transcript": {"courses": [{"code": "M1", "term": "2026-1", "mark": "95"}]}}


@pytest.fixture
def post(client, ledger):
    def send(path: str, body: Any = None, code: str = UNIVERSITY):
        return client.post(path, json=body, headers=ledger.bearer(code))

    return send


@pytest.fixture
def issue(post):
    def issue_one(kind: str, subject: dict[str, Any]) -> str:
        credential = {"type": ["VerifiableCredential", kind], "credentialSubject": copy.deepcopy(subject)}
        answer = post("/credentials/issue", {"credential": credential})
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["record"]
        return found

    return issue_one


@pytest.fixture
def verdict(client):
    def verify(document: Any, policy: str = "record"):
        answer = client.post(f"/v1/verify?policy={policy}", json=document)
        assert answer.status_code == 200, answer.text
        report = answer.json()
        return report["verdict"], {each["id"]: each["code"] for each in report["checks"]}, report

    return verify


@pytest.fixture
def bundle(client, ledger, deployment):
    def get(record: str, form: str) -> Any:
        deployment.settle()
        answer = client.get(f"/v1/records/{record}/bundle?form={form}", headers=ledger.bearer())
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.mark.parametrize(
    ("kind", "subject", "form", "content"),
    [
        ("DiplomaCredential", DIPLOMA, "badge", "achievement"),
        ("TranscriptCredential", TRANSCRIPT, "clr", "verifiableCredential"),
    ],
)
def test_a_form_is_proven_like_its_record(issue, post, bundle, verdict, kind, subject, form, content) -> None:
    record = issue(kind, subject)
    made = post(f"/v1/records/{record}/forms/{form}")
    assert made.status_code == 201 and made.json()["form"] == form
    again = post(f"/v1/records/{record}/forms/{form}")
    assert (again.status_code, again.json()) == (200, made.json())
    proven = bundle(record, form)
    assert proven["credential"] == made.json()["verifiableCredential"]
    for policy in ("record", "archive", "vc"):
        found, codes, report = verdict(proven, policy)
        assert found == "valid", codes
        assert report["record"]["type"] == kind and content in report["record"]
        assert report["issuer"]["name"]
    for policy in ("record", "vc"):
        assert verdict(made.json()["verifiableCredential"], policy)[0] == "valid", "completed from the log"


def test_an_archive_holds_badges_and_clrs(issue, post, deployment, verdict, monkeypatch) -> None:
    diploma, transcript = issue("DiplomaCredential", DIPLOMA), issue("TranscriptCredential", TRANSCRIPT)
    for record, form in ((diploma, "badge"), (transcript, "clr")):
        assert post(f"/v1/records/{record}/forms/{form}").status_code == 201
    deployment.settle()
    caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
    records = deployment.records.find(caller, learner="0077", limit=10)
    with zipfile.ZipFile(io.BytesIO(deployment.papers.archive(records))) as archive:
        for name in (f"bundles/{diploma}.badge.json", f"bundles/{transcript}.clr.json"):
            assert verdict(json.loads(archive.read(name)))[0] == "valid"
        files = len(archive.namelist())
        assert "<b>李𠮷 0077</b>" in archive.read("index.html").decode()
    monkeypatch.setattr("api.papers.MAX_MEMBERS", files)
    deployment.papers.archive(records)
    monkeypatch.setattr("api.papers.MAX_MEMBERS", files - 1)
    with pytest.raises(ConflictError, match="files"):
        deployment.papers.archive(records)


def test_an_altered_badge(issue, post, bundle, verdict) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/badge")
    for path, value, code in (
        (("credentialSubject", "achievement", "name"), "博士学位证书", "proof.invalid"),
        (("name",), "another", "proof.invalid"),
        (("issuer", "name"), "清华大学", "proof.invalid"),
        (("validFrom",), "2020-01-01T00:00:00Z", "proof.invalid"),
        (("credentialStatus", "statusPurpose"), "message", "proof.invalid"),
    ):
        altered = bundle(record, "badge")
        here = altered["credential"]
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value
        for policy in ("record", "vc"):
            found, codes, _ = verdict(altered, policy)
            assert (found, codes["proof"]) == ("invalid", code), path


@pytest.mark.parametrize("change", ["type", "context", "two proofs", "no array"])
def test_a_badge_in_another_shape_is_never_valid(issue, post, bundle, verdict, change: str) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/badge")
    altered = bundle(record, "badge")
    badge = altered["credential"]
    if change == "type":
        badge["type"][2] = "TranscriptCredential"
        badge["@context"][2] = {"TranscriptCredential": badge["@context"][2]["DiplomaCredential"]}
    elif change == "context":
        badge["@context"][2]["more"] = "https://example.org/more"
    elif change == "two proofs":
        badge["proof"] *= 2
    else:
        badge["proof"] = badge["proof"][0]
    for policy in ("record", "vc"):
        assert verdict(altered, policy)[0] == "invalid"


def test_the_badge_of_one_record_is_not_proven_by_anothers_entry(issue, post, bundle, verdict) -> None:
    records = [issue("DiplomaCredential", _of_another(number)) for number in ("1", "2")]
    for record in records:
        post(f"/v1/records/{record}/forms/badge")
    first, second = (bundle(record, "badge") for record in records)
    found, codes, _ = verdict(second | {"credential": first["credential"]})
    assert (found, codes["inclusion"]) == ("invalid", "inclusion.mismatch")


def test_it_ends_when_the_record_is_revoked(issue, post, bundle, verdict) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/badge")
    assert post(f"/v1/records/{record}/revoke", {"reason": "an error"}).status_code == 200
    found, codes, _ = verdict(bundle(record, "badge"))
    assert (found, codes["status"]) == ("invalid", "status.suspended")


def test_it_comes_back_when_a_suspension_is_lifted(issue, post, bundle, verdict, deployment) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/badge")
    school = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
    deployment.records.suspend(school, record, "under review")
    assert verdict(bundle(record, "badge"))[1]["status"] == "status.suspended"
    deployment.records.lift(school, record, "in order")
    assert verdict(bundle(record, "badge"))[0] == "valid"


def test_it_ends_when_the_record_is_superseded(issue, post, bundle, verdict) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    untouched = issue("DiplomaCredential", _of_another("9"))
    for each in (record, untouched):
        post(f"/v1/records/{each}/forms/badge")
    assert verdict(bundle(record, "badge"))[0] == "valid"
    changed = copy.deepcopy(DIPLOMA)
    changed["diploma"]["title"] = "结业证书"
    body = {"credentialSubject": changed, "reason": "a correction"}
    assert post(f"/v1/records/{record}/supersede", body).status_code == 201
    found, codes, _ = verdict(bundle(record, "badge"))
    assert (found, codes["status"]) == ("invalid", "status.suspended")
    assert verdict(bundle(untouched, "badge"))[0] == "valid"
    assert verdict(bundle(record, "record"))[1]["status"] == "status.superseded", "the record says which it is"
    assert post(f"/v1/records/{record}/forms/badge").status_code == 200, "what there is can still be had"


def _of_another(learner: str) -> dict[str, Any]:
    """Another learner's diploma, whose certificate has another number."""
    return DIPLOMA | {"identifier": learner, "diploma": DIPLOMA["diploma"] | {"number": f"105001202600{learner}"}}


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ("/v1/records/{record}/forms/clr", "form.none", 409),
        ("/v1/records/{record}/forms/none", "form.unknown", 404),
        ("/v1/records/00000000-0000-4000-8000-000000000000/forms/badge", "record.unknown", 404),
    ],
)
def test_forms_that_are_not_made(issue, post, path: str, code: str, status: int) -> None:
    answer = post(path.format(record=issue("DiplomaCredential", DIPLOMA)))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_another_schools_record(issue, post) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    assert post(f"/v1/records/{record}/forms/badge", code=SCHOOL).status_code == 404


def test_nobody_makes_a_form_without_a_key(client, issue) -> None:
    assert client.post(f"/v1/records/{issue('DiplomaCredential', DIPLOMA)}/forms/badge").status_code == 401


def test_a_bundle_of_a_form_that_was_not_made(client, ledger, issue) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    answer = client.get(f"/v1/records/{record}/bundle?form=badge", headers=ledger.bearer())
    assert (answer.status_code, answer.json()["code"]) == (404, "form.unknown")


def test_an_sm2_envelope_is_proven_like_its_record(issue, post, bundle, verdict, deployment) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    made = post(f"/v1/records/{record}/forms/sm2")
    assert made.status_code == 201, made.text
    envelope = made.json()["verifiableCredential"]
    assert envelope["rollbook"] == "sm2-envelope/1" and envelope["payload"]["credentialSubject"] == DIPLOMA
    proven = bundle(record, "sm2")
    assert proven["sm2"] == envelope and "credential" not in proven
    for policy in ("record", "archive", "vc"):
        found, codes, report = verdict(proven, policy)
        assert found == "valid", codes
        assert report["record"]["diploma"] == DIPLOMA["diploma"]
    assert verdict(envelope)[0] == "valid", "completed from the log"
    assert post(f"/v1/records/{record}/forms/sm2").status_code == 200
    keys = [key for key in deployment.schools.signing_keys(envelope["payload"]["issuer"]) if key.curve == "sm2"]
    assert len(keys) == 1


def test_an_sm2_envelope_that_was_altered_or_is_anothers(issue, post, bundle, verdict) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/sm2")
    proven = bundle(record, "sm2")
    altered = copy.deepcopy(proven)
    altered["sm2"]["payload"]["credentialSubject"]["diploma"]["title"] = "博士学位证书"
    assert verdict(altered)[1]["proof"] == "proof.invalid"
    again = copy.deepcopy(proven)
    again["sm2"]["created"] = "2020-01-01T00:00:00Z"
    assert verdict(again)[1]["proof"] == "proof.invalid"
    other = bundle(record, "record")
    assert verdict(proven | {"salt": other["salt"]})[1]["inclusion"] == "inclusion.mismatch"
    assert verdict({**proven, "credential": other["credential"]})[1]["document"] == "document.malformed"


def test_an_sm2_envelope_ends_with_its_record(issue, post, bundle, verdict) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/sm2")
    assert post(f"/v1/records/{record}/revoke", {"reason": "an error"}).status_code == 200
    assert verdict(bundle(record, "sm2"))[1]["status"] == "status.revoked"


def test_where_sm2_is_not_installed_the_report_names_the_part(issue, post, bundle, verdict, monkeypatch) -> None:
    record = issue("DiplomaCredential", DIPLOMA)
    post(f"/v1/records/{record}/forms/sm2")
    proven = bundle(record, "sm2")
    monkeypatch.setattr(sm2, "is_installed", lambda: False)
    for document in (proven, proven["sm2"]):
        found, codes, report = verdict(document)
        assert (found, codes["document"]) == ("indeterminate", "document.unsupported")
        assert "rollbook[sm]" in report["checks"][0]["evidence"]["reason"]
