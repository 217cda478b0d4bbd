"""Requests that no client of good will sends: each gets a problem that says so, on either database, and never a 500."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from tests.support.ledgers import UNIVERSITY, Ledger, bundle_of, initialised, opened

LIMIT = 5 * 2**20
RECORD = "0190a0a0-0000-7000-8000-000000000000"
SUBJECT = {"identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A client of a new ledger, on each database, and the header with its school's key."""
    home = tmp_path / "home"
    initialised(home, database_url=database_url)
    with opened(home, database_url=database_url) as deployment:
        member = deployment.add_school(UNIVERSITY, "Lujiang University", "鹭江大学")
        deployment.settle()
        bearer = {"authorization": f"Bearer {deployment.api_keys.create(member.did, 'tests')}"}
        with TestClient(
            create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False
        ) as found:
            yield found, bearer


def issuing(subject: dict[str, Any], **options: str) -> dict[str, Any]:
    types = ["VerifiableCredential", "TranscriptCredential"]
    return {"credential": {"type": types, "credentialSubject": subject}, "options": options}


def test_control_characters_never_reach_a_database(served) -> None:
    client, bearer = served
    for path in ("/status-lists/%00", "/schools/x%00/did.json", "/v1/records/%00", "/v1/records/%1f/bundle", "/%7F"):
        answer = client.get(path, headers=bearer)
        assert (path, answer.status_code, answer.json()["code"]) == (path, 404, "request.not_found")
    for query in ("learner=%00", "learner=a%00b", "kind=%00", "learner=%c2%80", "learner=%0A"):
        answer = client.get(f"/v1/records?{query}", headers=bearer)
        assert (query, answer.status_code, answer.json()["code"]) == (query, 400, "request.invalid")
    answer = client.post("/v1/imports?kind=transcript&superseding=%00", files={"file": b"x"}, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert client.get("/v1/records?learner=%2500", headers=bearer).json()["records"] == []
    assert client.get("/v1/records?learner=%E9%99%88", headers=bearer).status_code == 200

    for reason in ("\0", "误发\0", "a\x1fb", "a\x7f"):
        bodies = {
            f"/v1/records/{RECORD}/revoke": {"reason": reason},
            f"/v1/records/{RECORD}/suspend": {"reason": reason},
            f"/v1/records/{RECORD}/lift": {"reason": reason},
            f"/v1/records/{RECORD}/supersede": {"credentialSubject": SUBJECT, "reason": reason},
            "/credentials/issue": issuing(SUBJECT, superseding=reason),
        }
        for path, body in bodies.items():
            answer = client.post(path, json=body, headers=bearer)
            assert (path, answer.status_code, answer.json()["code"]) == (path, 400, "request.invalid")


def test_a_nul_in_a_record_is_refused_and_the_next_record_is_issued(served) -> None:
    client, bearer = served
    for bad in ({**SUBJECT, "identifier": "1\0"}, {**SUBJECT, "name\0": "x"}):
        answer = client.post("/credentials/issue", json=issuing(bad), headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
        body = {"credentialSubject": bad, "reason": "更正"}
        answer = client.post(f"/v1/records/{RECORD}/supersede", json=body, headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")
    assert client.post("/credentials/issue", json=issuing(SUBJECT), headers=bearer).status_code == 201
    table = "identifier,name,code,term\n1\0,甲,X,2026\n".encode()
    answer = client.post("/v1/imports?kind=transcript", files={"file": table}, headers=bearer)
    assert answer.status_code == 400


def test_many_fields_in_a_query_are_refused(client, deployment, ledger: Ledger) -> None:
    bundle = bundle_of(deployment, ledger)
    for count, status in ((16, 200), (17, 400), (2000, 400)):
        answer = client.post("/v1/verify?" + "&".join("x=1" for _ in range(count)), json=bundle)
        assert answer.status_code == status
    assert answer.json()["code"] == "request.invalid"


def test_one_limit_is_named_wherever_a_document_is_too_large(client) -> None:
    answers = [
        client.post("/v1/verify", content=b" " * (LIMIT + 1)),
        client.post("/v1/verify", files={"file": b" " * (LIMIT + 1)}),
        client.post("/v1/verify", files={"file": b" " * (LIMIT + 100_000)}),
        client.post("/credentials/verify", content=b" " * (LIMIT + 1)),
    ]
    assert {(answer.status_code, answer.json()["detail"]) for answer in answers} == {(413, "larger than 5 MiB")}
    for language in ("zh", "en"):
        assert "5 MiB" in client.get(f"/?lang={language}").text
        shown = client.post(f"/?lang={language}", files={"file": b" " * (LIMIT + 100_000)})
        assert shown.status_code == 413 and "5 MiB" in shown.text
    assert client.post("/v1/verify", files={"file": b" " * LIMIT}).status_code == 400


@pytest.mark.parametrize("path", ["/", "/log", "/docs", "/healthz", "/v1/trust-root", "/log/checkpoint"])
def test_head_is_get_without_a_body(client, path: str) -> None:
    asked, got = client.head(path), client.get(path)
    assert asked.status_code == got.status_code == 200
    assert asked.headers["content-type"] == got.headers["content-type"]


def test_head_of_what_only_posts_is_refused(client) -> None:
    assert client.head("/v1/verify").status_code == 405


def test_superseding_by_the_same_content_is_no_change(client, ledger: Ledger, deployment) -> None:
    issued = client.post("/credentials/issue", json=issuing(SUBJECT), headers=ledger.bearer()).json()
    path = f"/v1/records/{issued['record']}/supersede"
    other = {**SUBJECT, "name": "王𠮷"}
    first = client.post(path, json={"credentialSubject": other, "reason": "更正"}, headers=ledger.bearer())
    assert (first.status_code, first.json()["state"]) == (201, "superseded")
    size = deployment.sequencer.size
    path = f"/v1/records/{first.json()['record']}/supersede"
    again = client.post(path, json={"credentialSubject": other, "reason": "更正"}, headers=ledger.bearer())
    assert (again.status_code, again.json()["state"], deployment.sequencer.size) == (200, "unchanged", size)


def test_versions_of_the_trust_root(client) -> None:
    assert client.get("/v1/trust-root/1").json() == client.get("/v1/trust-root").json()
    missing = client.get("/v1/trust-root/2")
    assert (missing.status_code, missing.json()["code"]) == (404, "trust.no_version")
    for number in ("0", "-1", "x", "1.5", "9" * 30, "..%2f1"):
        assert client.get(f"/v1/trust-root/{number}").status_code in (400, 404, 422), number
