"""The whole road with PostgreSQL under it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.initialise import initialise
from api.settings import load
from api.verify_all import verify_all
from ledger.log.submission import Caller
from tests.support.ledgers import SECRET, opened
from tests.support.servers import serving
from tests.support.shared import REPOSITORY

pytestmark = pytest.mark.postgres


def test_the_whole_road_on_postgresql(postgres_url: str, tmp_path: Path) -> None:
    settings = load(home=tmp_path / "home", secret=SECRET, database_url=postgres_url)
    first = initialise(settings, code="35", name_en="Authority", name_zh="主管部门")
    assert initialise(settings, code="35", name_en="Authority", name_zh="主管部门").id == first.id
    with opened(tmp_path / "home", database_url=postgres_url) as deployment:
        member = deployment.add_school("3501", "School", "学校")
        caller = Caller("tests", member.did)
        data = (REPOSITORY / "examples" / "high-school" / "evaluations.csv").read_bytes()
        report = deployment.records.import_file(caller, "evaluation", data)
        assert len(report.outcomes) == 60 and not report.problems
        deployment.records.revoke(caller, report.outcomes[0].record_id, "误发")
        deployment.settle()
        counted, _ = verify_all(deployment, lambda _: None)
        assert counted == {"valid": 59, "invalid": 1}
        assert deployment.readiness() == {"database": "ok", "log": "ok", "chain": "ok"}
    assert not (tmp_path / "home" / "rollbook.sqlite").exists()


@pytest.mark.faults
def test_two_hundred_issuances_and_revocations_at_once(postgres_url: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    initialise(
        load(home=home, secret=SECRET, database_url=postgres_url), code="35", name_en="Authority", name_zh="主管部门"
    )
    with opened(home, database_url=postgres_url) as deployment:
        member = deployment.add_school("3501", "University", "大学")
        bearer = {"authorization": f"Bearer {deployment.api_keys.create(member.did, 'tests')}"}
    env = {"ROLLBOOK_HOME": str(home), "ROLLBOOK_SECRET": SECRET, "ROLLBOOK_DATABASE_URL": postgres_url}
    with (
        serving(env, tmp_path) as server,
        httpx.Client(base_url=server.url, headers=bearer, timeout=60) as client,
        ThreadPoolExecutor(32) as pool,
    ):

        def issue(number: int) -> Any:
            subject = {"identifier": str(number), "transcript": {"courses": [{"code": "M1", "term": "2026-1"}]}}
            credential = {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}
            answer = client.post("/credentials/issue", json={"credential": credential})
            assert answer.status_code == 201, answer.text
            return answer.json()

        issued = list(pool.map(issue, range(200)))
        revoked = list(pool.map(lambda one: _revoke(client, one["record"]), issued[::2]))
    places = {
        (entry["statusListCredential"], entry["statusListIndex"])
        for one in issued
        for entry in one["verifiableCredential"]["credentialStatus"]
    }
    assert len(places) == 3 * 200 and len({one["index"] for one in issued}) == 200 and all(revoked)
    with opened(home, database_url=postgres_url) as deployment:
        deployment.settle()
        counted, _ = verify_all(deployment, lambda _: None)
        assert counted == {"valid": 100, "invalid": 100}


def _revoke(client: httpx.Client, record: str) -> bool:
    return client.post(f"/v1/records/{record}/revoke", json={"reason": "x"}).json()["revoked"] is not None
