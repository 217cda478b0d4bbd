"""Records of many courses: what the event loop gives up on in time, a thread reads to its end."""

from typing import Any

import pytest

from api.checking import QUICK_SHARE
from ledger.formats import keys
from ledger.formats.contexts import CREDENTIALS_V2, EXAMPLES_V2, WITH_EXAMPLES
from ledger.formats.did import build_did_key
from ledger.formats.proof_rdfc import RdfcSigner
from tests.support.ledgers import UNIVERSITY
from verifier.policy import VC
from verifier.report import Report, Verdict
from verifier.verifier import Verifier


@pytest.mark.parametrize("count", [5, 40, 300])
def test_transcript_of_many_courses_is_read(client, ledger, deployment, count: int) -> None:
    courses = [{"code": f"L{number}", "term": "2026-1", "mark": "90"} for number in range(count)]
    subject: dict[str, Any] = {"identifier": f"long {count}".replace(" ", ""), "transcript": {"courses": courses}}
    body = {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}
    answer = client.post("/credentials/issue", json={"credential": body}, headers=ledger.bearer(UNIVERSITY))
    assert answer.status_code == 201, answer.json()
    credential = answer.json()["verifiableCredential"]
    report = client.post("/v1/verify", json=credential).json()
    found = {check["id"]: check["code"] for check in report["checks"]}
    assert (found["document"], found["proof"]) == ("document.ok", "proof.ok")
    credential["credentialSubject"]["transcript"]["courses"][3]["mark"] = "91"
    assert client.post("/v1/verify", json=credential).json()["verdict"] == "invalid"


def test_event_loop_reads_a_hostile_graph_to_its_end(deployment, monkeypatch) -> None:
    pair = keys.generate(bytes(32))
    did = build_did_key(pair.public)
    document = {
        "@context": [CREDENTIALS_V2, EXAMPLES_V2],
        "type": ["VerifiableCredential"],
        "issuer": did,
        "credentialSubject": {"id": "urn:x:a", "rows": {"@list": [{"a": "x"}] * 250}},
    }
    method, created = f"{did}#{pair.multikey}", "2026-01-01T00:00:00Z"
    options: dict[str, Any] = {"created": created, "context": document["@context"], "contexts": WITH_EXAMPLES}
    data = RdfcSigner(pair, method, **options).sign(document)
    shares, verify = [], Verifier.verify

    def spied(self: Verifier, given: bytes, **options: Any) -> Report:
        shares.append(options.get("share", 1))
        return verify(self, given, **options)

    monkeypatch.setattr(Verifier, "verify", spied)
    assert deployment.checking.verify(data, VC).verdict is Verdict.VALID
    assert shares == [QUICK_SHARE, 1] and QUICK_SHARE >= 16
