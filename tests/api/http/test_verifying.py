"""`POST /v1/verify` and VC-API's twins: what is unknown never looks valid, and nonsense is a problem, not a trace."""

import json
from typing import Any

import pytest

from tests.support.ledgers import SCHOOL, bundle_of

TOO_DEEP = b'{"a":' * 100 + b"1" + b"}" * 100


@pytest.fixture
def bundle(deployment, ledger) -> dict[str, Any]:
    return bundle_of(deployment, ledger)


def outcomes(report: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["code"] for check in report["checks"]}


def test_a_bundle_is_valid(client, bundle) -> None:
    answer = client.post("/v1/verify", json=bundle)
    assert answer.status_code == 200 and answer.json()["verdict"] == "valid"
    assert answer.json()["issuer"]["name"]["zh"] == "鹭江大学"


def test_a_form_gives_the_same_report(client, bundle) -> None:
    plain = client.post("/v1/verify", json=bundle).json()
    form = client.post("/v1/verify", files={"file": ("b.json", json.dumps(bundle))}).json()
    assert {**plain, "checkedAt": ""} == {**form, "checkedAt": ""}


def test_an_altered_mark_is_invalid(client, bundle) -> None:
    bundle["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100"
    report = client.post("/v1/verify", json=bundle).json()
    assert report["verdict"] == "invalid" and outcomes(report)["proof"] == "proof.invalid"


def test_a_bare_credential_is_completed_from_the_log(client, bundle) -> None:
    report = client.post("/v1/verify", json=bundle["credential"]).json()
    assert report["verdict"] == "valid" and report["anchoredAt"] is not None


def test_an_altered_bare_credential_finds_nothing_in_the_log(client, bundle) -> None:
    bundle["credential"]["credentialSubject"]["name"] = "别人"
    report = client.post("/v1/verify", json=bundle["credential"]).json()
    assert report["verdict"] == "invalid" and report["subject"] == {}


def test_an_older_bundle_is_refreshed_and_a_revocation_seen(client, deployment, ledger, bundle) -> None:
    record = ledger.records["3502990010"][0]
    revoked = client.post(f"/v1/records/{record}/revoke", json={"reason": "误发"}, headers=ledger.bearer())
    assert revoked.status_code == 200 and revoked.json()["revoked"]["reason"] == "误发"
    deployment.settle()
    deployment.checking._newest.forget()
    report = client.post("/v1/verify", json=bundle).json()
    assert report["verdict"] == "invalid" and outcomes(report)["status"] == "status.revoked"


def test_a_suspension_counts_until_it_is_lifted(client, deployment, ledger, bundle) -> None:
    path = f"/v1/records/{ledger.records['3502990010'][1]}"
    of_record = client.get(f"{path}/bundle", headers=ledger.bearer()).json()

    def after(action: str) -> str:
        done = client.post(f"{path}/{action}", json={"reason": f"to {action}"}, headers=ledger.bearer())
        assert done.status_code == 200, done.text
        given = done.json()["suspended"]
        assert (given and given["reason"]) == (f"to {action}" if action == "suspend" else None)
        assert client.get(path, headers=ledger.bearer()).json() == done.json()
        deployment.settle()
        deployment.checking._newest.forget()
        return outcomes(client.post("/v1/verify", json=of_record).json())["status"]

    assert after("suspend") == "status.suspended"
    assert after("lift") == "status.ok"
    assert after("suspend") == "status.suspended"
    revoked = client.post(f"{path}/revoke", json={"reason": "x"}, headers=ledger.bearer())
    assert revoked.status_code == 200
    refused = client.post(f"{path}/suspend", json={"reason": "x"}, headers=ledger.bearer())
    assert (refused.status_code, refused.json()["code"]) == (409, "record.revoked")


def test_an_entry_that_is_not_anchored_is_indeterminate(client, ledger, deployment) -> None:
    subject = {"identifier": "1", "name": "王𠮷", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}
    body = {"credential": {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}}
    issued = client.post("/credentials/issue", json=body, headers=ledger.bearer())
    assert issued.status_code == 201
    record = issued.json()["record"]
    pending = client.get(f"/v1/records/{record}/bundle", headers=ledger.bearer()).json()
    for document in (pending, issued.json()["verifiableCredential"]):
        report = client.post("/v1/verify", json=document).json()
        assert report["verdict"] == "indeterminate"
        assert outcomes(report)["issuer"] == "issuer.pending"
    deployment.settle()
    assert client.post("/v1/verify", json=issued.json()["verifiableCredential"]).json()["verdict"] == "valid"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "document.malformed"),
        (b"null", 400, "document.malformed"),
        (b"[]", 400, "document.malformed"),
        (b"{}", 400, "document.malformed"),
        (b'{"a":1,"a":2}', 400, "document.duplicate_key"),
        (b'{"rollbook":"bundle/1"', 400, "document.malformed"),
        (b"\xef\xbb\xbf{}", 400, "document.malformed"),
        (b"\xff\xfe{\x00}\x00", 400, "document.malformed"),
        ('{"name":"张三"}'.encode("gb18030"), 400, "document.malformed"),
        (TOO_DEEP, 400, "document.malformed"),
        (b"[" * 40_000, 400, "document.malformed"),
        (b"[" * 200_000, 413, "document.too_large"),
        (b" " * (5 * 2**20 + 1), 413, "document.too_large"),
    ],
)
def test_what_is_no_credential_is_a_problem(client, body: bytes, status: int, code: str) -> None:
    answer = client.post("/v1/verify", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_credential_with_a_duplicate_key_is_reported_not_read(client, bundle) -> None:
    text = json.dumps(bundle).replace('"salt"', '"salt": "AAAA", "salt"', 1)
    report = client.post("/v1/verify", content=text.encode()).json()
    assert report["verdict"] == "invalid" and outcomes(report)["document"] == "document.duplicate_key"


@pytest.mark.parametrize(
    "member", ["salt", "entry", "inclusion", "anchor", "newest", "chain", "issuers", "kind", "status"]
)
def test_a_bundle_without_a_part_is_completed_here(client, bundle, member: str) -> None:
    del bundle[member]
    assert client.post("/v1/verify", json=bundle).json()["verdict"] == "valid"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/verify?policy=anything",
        "/v1/verify?policy=",
        "/v1/verify?policy=record&policy=nothing",
    ],
)
def test_an_unknown_policy_is_refused(client, bundle, path: str) -> None:
    answer = client.post(path, json=bundle)
    assert (answer.status_code, answer.json()["code"]) == (400, "request.invalid")


def test_policies_are_named_in_the_report(client, bundle) -> None:
    for policy in ("record", "archive", "vc"):
        assert client.post(f"/v1/verify?policy={policy}", json=bundle).json()["policy"] == policy


def test_a_challenge_that_no_holder_answered_is_no_pass(client, bundle) -> None:
    report = client.post("/v1/verify?domain=uni.example&challenge=1", json=bundle).json()
    assert report["verdict"] == "indeterminate" and outcomes(report)["holder"] == "holder.missing"


def test_a_form_without_a_file_is_a_problem(client) -> None:
    answer = client.post("/v1/verify", files={"other": ("b.json", b"{}")})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.form")
    answer = client.post("/v1/verify", content=b"nonsense", headers={"content-type": "multipart/form-data; boundary=x"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.form")
    answer = client.post("/v1/verify", content=b"nonsense", headers={"content-type": "multipart/form-data"})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.form")


def test_other_methods_are_refused_with_a_problem(client) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        answer = client.request(method, "/v1/verify")
        assert (answer.status_code, answer.json()["code"]) == (405, "request.method")


def test_vc_api_verifies_a_credential(client, bundle) -> None:
    for document in (bundle["credential"], bundle):
        answer = client.post("/credentials/verify", json={"verifiableCredential": document})
        assert answer.status_code == 200 and answer.json()["verified"] is True and answer.json()["errors"] == []


def test_vc_api_says_400_and_not_verified_to_what_failed_and_to_what_is_unknown(client, bundle) -> None:
    bundle["credential"]["credentialSubject"]["name"] = "别人"
    failed = client.post("/credentials/verify", json={"verifiableCredential": bundle})
    assert failed.status_code == 400 and failed.json()["verified"] is False
    assert "proof.invalid" in [one["code"] for one in failed.json()["errors"]]


def test_vc_api_verifies_no_presentation_without_its_holder(client, bundle) -> None:
    presentation = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "verifiableCredential": [bundle["credential"]],
    }

    def answered(**options: str) -> Any:
        body = {"verifiablePresentation": presentation, "options": options}
        answer = client.post("/presentations/verify", json=body)
        assert answer.status_code == (200 if answer.json()["verified"] else 400)
        return answer.json()

    asked = answered(policy="record", domain="uni.example", challenge="1")
    assert not asked["verified"] and "holder.missing" in [one["code"] for one in asked["warnings"]]
    assert answered(policy="record")["verified"]
    unsigned = answered()
    assert not unsigned["verified"] and [one["code"] for one in unsigned["errors"]] == ["proof.missing"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verifiableCredential": 5},
        {"verifiableCredential": {}, "extra": 1},
        {"verifiableCredential": {}, "options": 5},
        {"verifiableCredential": {}, "options": {"policy": 5}},
        {"verifiableCredential": {}},
        [],
        5,
        None,
    ],
)
def test_vc_api_refuses_other_bodies(client, body: Any) -> None:
    answer = client.post("/credentials/verify", json=body)
    assert answer.status_code == 400 and (answer.json().get("code") or answer.json()["errors"])


def test_public_proof_material_has_no_salt_and_no_credential(client, bundle, ledger, deployment) -> None:
    import hashlib

    from ledger.formats import canonical

    digest = hashlib.sha256(canonical.dumps(bundle["credential"])).hexdigest()
    material = client.get(f"/v1/proofs/{digest}").json()
    assert material["rollbook"] == "proof/1" and "salt" not in material and "credential" not in material
    assert bundle["salt"] not in json.dumps(material)


@pytest.mark.parametrize(
    ("digest", "status"), [("0" * 64, 404), ("0" * 63, 400), ("Z" * 64, 400), ("A" * 64, 400), ("..%2f", 404)]
)
def test_other_digests_lead_to_nothing(client, digest: str, status: int) -> None:
    assert client.get(f"/v1/proofs/{digest}").status_code == status


def test_the_evaluation_of_the_other_school_is_valid_too(client, deployment, ledger) -> None:
    report = client.post("/v1/verify", json=bundle_of(deployment, ledger, SCHOOL, 3)).json()
    assert report["verdict"] == "valid" and "evaluation" in report["record"]


@pytest.mark.parametrize("part", range(1, 12))
def test_a_truncated_bundle_is_never_valid(client, bundle, part: int) -> None:
    data = json.dumps(bundle).encode()
    answer = client.post("/v1/verify", content=data[: len(data) * part // 12])
    assert (answer.status_code, answer.json()["code"]) == (400, "document.malformed")


@pytest.mark.parametrize("seed", range(40))
def test_a_bundle_with_one_other_byte_never_says_more(client, bundle, seed: int) -> None:
    import random

    dice = random.Random(seed)
    data = bytearray(json.dumps(bundle, ensure_ascii=False).encode())
    at = dice.randrange(len(data))
    data[at] ^= 1 << dice.randrange(8)
    whole = client.post("/v1/verify", json=bundle).json()
    answer = client.post("/v1/verify", content=bytes(data))
    assert answer.status_code in (200, 400)
    if answer.status_code == 200 and answer.json()["verdict"] == "valid":
        for member in ("issuer", "subject", "record", "anchoredAt"):
            assert answer.json()[member] == whole[member]
