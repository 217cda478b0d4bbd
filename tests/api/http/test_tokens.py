"""Records as JWT and SD-JWT through the interface: issued at once or later, proven like any form, and ended with it."""

import base64
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.deployment import Deployment
from api.http.app import create_app
from ledger.formats import presenting, proof
from tests.support.ledgers import SCHOOL, UNIVERSITY, Ledger, opened
from tests.worlds.scene import HOLDER, HOLDER_DID
from tests.worlds.tokens import enveloped

COURSES = [{"code": f"M{n}", "term": "2026-1", "mark": f"9{n}"} for n in range(3)]
BOTH = {"representations": ["jwt", "sd-jwt"]}


def body(identifier: str, **options: Any) -> dict[str, Any]:
    subject = {"identifier": identifier, "transcript": {"courses": COURSES}}
    credential = {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}
    return {"credential": credential, "options": options}


@pytest.fixture(scope="module")
def ledger(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """One ledger for all tests here, each with learners of its own: opening it costs more than what they do."""
    home = tmp_path_factory.mktemp("tokens") / "home"
    shutil.copytree(made_ledger.home, home)
    return Ledger(home, made_ledger.keys, made_ledger.records)


@pytest.fixture(scope="module")
def deployment(ledger: Ledger) -> Iterator[Deployment]:
    with opened(ledger.home) as found:
        yield found


@pytest.fixture(scope="module")
def client(deployment: Deployment) -> Iterator[TestClient]:
    with TestClient(create_app(deployment), base_url="http://localhost:8000") as found:
        yield found


@pytest.fixture
def issue(client, ledger):
    def issue_one(identifier: str, **options: Any):
        return client.post("/credentials/issue", json=body(identifier, **options), headers=ledger.bearer(UNIVERSITY))

    return issue_one


@pytest.fixture
def bundle(client, ledger, deployment):
    def get(record: str, form: str) -> Any:
        deployment.settle()
        answer = client.get(f"/v1/records/{record}/bundle?form={form}", headers=ledger.bearer(UNIVERSITY))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return get


@pytest.fixture
def verify(client):
    def ask(document: Any) -> dict[str, Any]:
        data = document.encode() if isinstance(document, str) else json.dumps(document).encode()
        answer = client.post("/v1/verify", content=data, headers={"content-type": "application/json"})
        assert answer.status_code == 200, answer.text
        report: dict[str, Any] = answer.json()
        return report

    return ask


def test_all_forms_of_one_issuance_verify(issue, bundle, verify, client) -> None:
    answer = issue("100", **BOTH)
    assert answer.status_code == 201, answer.text
    record, forms = answer.json()["record"], answer.json()["representations"]
    reports = [verify(bundle(record, form)) for form in ("record", "jwt", "sd-jwt")]
    assert [report["verdict"] for report in reports] == ["valid"] * 3
    assert len({json.dumps([report["subject"], report["record"], report["issuer"]]) for report in reports}) == 1
    assert len({report["checks"][4]["evidence"]["index"] for report in reports}) == 1
    assert bundle(record, "jwt")["jwt"] == forms["jwt"] and bundle(record, "sd-jwt")["sdJwt"] == forms["sd-jwt"]


def test_bare_tokens_are_completed_by_the_log(issue, verify, deployment) -> None:
    forms = issue("101", **BOTH).json()["representations"]
    deployment.settle()
    for text in forms.values():
        report = verify(json.dumps(text))
        assert report["verdict"] == "valid", report


def test_proof_material_by_the_digest_of_what_is_signed(issue, bundle, client) -> None:
    made = issue("102", **BOTH).json()
    for form, text in made["representations"].items():
        digest = hashlib.sha256(text.partition("~")[0].encode()).hexdigest()
        own = bundle(made["record"], form)
        answer = client.get(f"/v1/proofs/{digest}")
        assert answer.status_code == 200
        found = answer.json()
        assert not {"salt", "jwt", "sdJwt", "credential"} & found.keys()
        assert found["inclusion"]["index"] == own["inclusion"]["index"]


def test_a_learner_shows_one_course(issue, bundle, verify) -> None:
    made = issue("103", **BOTH).json()
    whole = bundle(made["record"], "sd-jwt")
    shown = json.loads(presenting.replaced(whole, presenting.choose(whole["sdJwt"], ["/transcript/courses/1"])))
    report = verify(shown)
    assert report["verdict"] == "valid"
    assert report["record"]["transcript"] == {"courses": [COURSES[1]]}
    assert report["checks"][0]["evidence"]["withheld"] == [{"at": "/credentialSubject/transcript/courses", "count": 2}]
    assert report["subject"] == {"identifier": "103"}


def test_what_the_school_demands(issue, bundle, verify) -> None:
    made = issue("104", representations=["sd-jwt"], mandatory=["/transcript/courses/0"]).json()
    whole = bundle(made["record"], "sd-jwt")
    text = whole["sdJwt"]
    by_code = {json.loads(_decoded(one))[1]["code"]: one for one in text.split("~")[1:-1]}
    without = whole | {"sdJwt": "~".join([text.split("~")[0], by_code["M1"], by_code["M2"], ""])}
    report = verify(without)
    assert (report["verdict"], report["checks"][0]["code"]) == ("invalid", "document.payload_mismatch")
    assert verify(whole | {"sdJwt": "~".join([text.split("~")[0], by_code["M0"], ""])})["verdict"] == "valid"


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_record_that_was_there_gets_the_forms_that_are_wanted_now(issue, bundle, verify, deployment) -> None:
    first = issue("105")
    assert "representations" not in first.json()
    again = issue("105", **BOTH)
    assert again.status_code == 200 and again.json()["record"] == first.json()["record"]
    size = deployment.sequencer.size
    assert issue("105", **BOTH).json() == again.json() and deployment.sequencer.size == size
    assert verify(bundle(first.json()["record"], "sd-jwt"))["verdict"] == "valid"


def test_what_revokes_the_record_revokes_every_form(issue, bundle, verify, client, ledger) -> None:
    record = issue("106", **BOTH).json()["record"]
    client.post(f"/v1/records/{record}/revoke", json={"reason": "an error"}, headers=ledger.bearer(UNIVERSITY))
    for form in ("record", "jwt", "sd-jwt"):
        report = verify(bundle(record, form))
        assert (report["verdict"], report["checks"][6]["code"]) == ("invalid", "status.revoked")


@pytest.mark.parametrize(
    "options",
    [
        {"representations": ["sm2"]},
        {"representations": ["jwt-vc"]},
        {"representations": "jwt"},
        {"representations": ["sd-jwt"], "mandatory": ["/nothing"]},
        {"representations": ["sd-jwt"], "mandatory": [7]},
    ],
)
def test_what_cannot_be_asked_for(issue, options, deployment) -> None:
    size = deployment.sequencer.size
    answer = issue("107", **options)
    assert answer.status_code in (400, 422) and answer.headers["content-type"].startswith("application/problem+json")
    assert deployment.sequencer.size == size


def test_an_archive_holds_every_form_that_was_made(issue, deployment, verify) -> None:
    record = issue("110", **BOTH).json()["record"]
    deployment.settle()
    (found,) = deployment.store.find(
        deployment.schools.by_code(UNIVERSITY), learner="110", kind=None, after=-1, limit=9
    )
    with zipfile.ZipFile(io.BytesIO(deployment.papers.archive([found]))) as archive:
        bundles = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.startswith("bundles/")}
    assert set(bundles) == {f"bundles/{record}{form}.json" for form in ("", ".jwt", ".sd-jwt")}
    assert all(verify(bundle)["verdict"] == "valid" for bundle in bundles.values())
    assert len({bundle["chain"]["header"] for bundle in bundles.values()}) == 1
    assert len({bundle["salt"] for bundle in bundles.values()}) == 3


def test_imports_have_forms_too(client, ledger, bundle, verify) -> None:
    rows = "学号,课程代码,学期,成绩\n120,M1,2026-1,90\n".encode()
    path = "/v1/imports?kind=transcript&representation=sd-jwt"
    answer = client.post(path, files={"file": ("a.csv", rows)}, headers=ledger.bearer(UNIVERSITY))
    assert answer.status_code == 200 and not answer.json()["problems"], answer.text
    found = client.get("/v1/records?learner=120", headers=ledger.bearer(UNIVERSITY)).json()["records"]
    assert verify(bundle(found[0]["record"], "sd-jwt"))["verdict"] == "valid"
    assert client.post(path + "&representation=x", headers=ledger.bearer(UNIVERSITY)).status_code in (400, 422)


def test_the_schools_keys_are_published(client, deployment) -> None:
    document = client.get(f"/schools/{SCHOOL}/did.json").json()
    keys = [method["publicKeyMultibase"] for method in document["verificationMethod"]]
    assert [key[:3] for key in keys] == ["z6M", "zDn"]
    assert len(document["assertionMethod"]) == 2


def test_the_type_of_a_kind_is_what_the_tokens_name(issue, client, deployment) -> None:
    text = issue("108", representations=["sd-jwt"]).json()["representations"]["sd-jwt"]
    payload = json.loads(_decoded(text.split("~")[0].split(".")[1]))
    answer = client.get(payload["vct"].removeprefix(deployment.base))
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert payload["vct#integrity"] == f"sha256-{digest}" and answer.json()["vct"] == payload["vct"]
    paths = [claim["path"] for claim in answer.json()["claims"]]
    assert ["credentialSubject", "transcript", "courses", None, "mark"] in paths


def test_envelopes_over_vc_api(issue, client, deployment) -> None:
    forms = issue("111", **BOTH).json()["representations"]
    deployment.settle()
    for text in forms.values():
        credential = enveloped(text)
        answer = client.post("/credentials/verify", json={"verifiableCredential": credential})
        assert answer.status_code == 200 and answer.json()["verified"] is True, answer.text
        presentation = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "type": ["VerifiablePresentation"],
            "verifiableCredential": [credential],
        }
        method = f"{HOLDER_DID}#{HOLDER.multikey}"
        signer = proof.JcsSigner(
            HOLDER,
            method,
            created="2026-01-01T00:00:00Z",
            context=presentation["@context"],
            purpose=proof.AUTHENTICATION,
        )
        signed = json.loads(signer.sign(presentation))
        answer = client.post("/presentations/verify", json={"verifiablePresentation": signed})
        assert answer.status_code == 200 and answer.json()["verified"] is True, answer.text
        broken = credential | {"id": credential["id"].replace(".", ".A", 1)}
        answer = client.post("/credentials/verify", json={"verifiableCredential": broken})
        assert answer.status_code == 400 and answer.json()["verified"] is False
