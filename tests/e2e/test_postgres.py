"""The whole road with PostgreSQL under it."""

from pathlib import Path

import pytest

from api.initialise import initialise
from api.settings import load
from api.verify_all import verify_all
from ledger.log.submission import Caller
from tests.support.ledgers import SECRET, opened
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
