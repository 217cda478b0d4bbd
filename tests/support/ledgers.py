"""A whole ledger over the real embedded chain, made once and copied for each test that wants one of its own."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.shared import REPOSITORY

if TYPE_CHECKING:
    from starlette.testclient import TestClient

    from api.deployment import Deployment
    from api.settings import Settings

SECRET = "a-secret-of-the-tests-0123456789"
UNIVERSITY, SCHOOL = "3502990010", "3501990001"


@dataclass(frozen=True, slots=True)
class Ledger:
    """``home`` is its data folder; ``keys`` are API keys by school code; ``records`` record ids by school code."""

    home: Path
    keys: dict[str, str]
    records: dict[str, list[str]]

    def bearer(self, code: str = UNIVERSITY) -> dict[str, str]:
        """The header with a school's API key."""
        return {"authorization": f"Bearer {self.keys[code]}"}

    def environment(self) -> dict[str, str]:
        """What a command needs to work with it."""
        return {"ROLLBOOK_HOME": str(self.home), "ROLLBOOK_SECRET": SECRET}


@contextmanager
def opened(home: Path, **more: Any) -> Iterator["Deployment"]:
    """The deployment in ``home``."""
    from api.settings import load
    from api.wiring import open_deployment

    with open_deployment(load(home=home, secret=SECRET, **more)) as deployment:
        yield deployment


@contextmanager
def light_keystores() -> Iterator[None]:
    """A keystore that is made within takes little work to open: hundreds are, by tests of other things."""
    from issuers.keystore import Keystore

    defaults = Keystore.__init__.__kwdefaults__
    assert defaults, "the work factor is no keyword any more"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(defaults, "work_factor", 2)
        yield


def initialised(home: Path, **more: Any) -> "Settings":
    """The settings of a new ledger, with a light keystore."""
    from api.initialise import initialise
    from api.settings import load

    settings = load(home=home, secret=SECRET, **more)
    with light_keystores():
        initialise(settings, code="35", name_en="Example authority", name_zh="示例主管部门")
    return settings


@pytest.fixture(scope="session")
def made_ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The one that all are copied from: never to be opened by a test."""
    from ledger.log.submission import Caller

    home = tmp_path_factory.mktemp("made") / "home"
    initialised(home)
    files = {
        UNIVERSITY: ("Lujiang University", "鹭江大学", "transcript", "university/transcripts.csv"),
        SCHOOL: ("Minjiangkou No. 1 High School", "闽江口第一中学", "evaluation", "high-school/evaluations.csv"),
    }
    keys, records = {}, {}
    with opened(home) as deployment:
        for code, (en, zh, kind, name) in files.items():
            member = deployment.add_school(code, en, zh)
            keys[code] = deployment.api_keys.create(member.did, "tests")
            data = (REPOSITORY / "examples" / name).read_bytes()
            report = deployment.records.import_file(Caller("tests", member.did), kind, data)
            assert not report.problems
            records[code] = [outcome.record_id for outcome in report.outcomes]
        deployment.settle()
    return Ledger(home, keys, records)


@pytest.fixture
def ledger(made_ledger: Ledger, tmp_path: Path) -> Ledger:
    """A ledger of the test's own: two schools, their records anchored."""
    home = tmp_path / "home"
    shutil.copytree(made_ledger.home, home)
    return Ledger(home, made_ledger.keys, made_ledger.records)


@pytest.fixture
def deployment(ledger: Ledger) -> Iterator["Deployment"]:
    """That ledger, open."""
    with opened(ledger.home) as found:
        yield found


@pytest.fixture
def client(deployment: "Deployment") -> Iterator["TestClient"]:
    """Its application, called in this process."""
    from starlette.testclient import TestClient

    from api.http.app import create_app

    with TestClient(create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False) as found:
        yield found


def bundle_of(deployment: "Deployment", ledger: Ledger, code: str = UNIVERSITY, number: int = 0) -> dict[str, Any]:
    """The bundle of one of a school's records, read."""
    record = deployment.store.get(deployment.schools.by_code(code), ledger.records[code][number])
    value: dict[str, Any] = json.loads(deployment.proofs.bundle(record))
    return value
