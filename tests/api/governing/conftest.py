"""A ledger with a tree: the root, a province under it, a county under that, and a school under the county."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api.cli.main import main
from issuers import keystore
from issuers.importers.drafts import Draft
from issuers.schools import Member
from ledger.chain.client import RpcChain
from ledger.chain.embedded.node import EmbeddedNode
from ledger.log.submission import Caller
from tests.support.chain import SteppedClock
from tests.support.issuers import result
from tests.support.ledgers import SECRET, Ledger, opened
from verifier.policy import NO_DEMANDS, Demands
from verifier.report import Report
from verifier.verifier import Verifier

if TYPE_CHECKING:
    from api.deployment import Deployment

Run = Callable[..., tuple[int, str, str]]
PROVINCE, COUNTY, SCHOOL = "36", "3601", "3601000001"


@dataclass
class Here:
    """An open deployment with that tree."""

    deployment: "Deployment"
    issued: int = 0

    def member(self, code: str) -> Member:
        return self.deployment.schools.by_code(code)

    def caller(self, code: str = SCHOOL) -> Caller:
        return Caller("tests", self.member(code).did)

    def issue(self, code: str = SCHOOL) -> str:
        """One record more; its id."""
        self.issued += 1
        draft = Draft(result(f"{self.issued:05d}", code=f"M{self.issued}"), 2)
        (outcome,) = self.deployment.records.issue_many(self.caller(code), "result", [draft])
        assert outcome.record_id
        return outcome.record_id

    def bundle(self, record_id: str, code: str = SCHOOL) -> bytes:
        found = self.deployment.store.get(self.member(code), record_id)
        return self.deployment.proofs.bundle(found)

    def verify(self, record_id: str, code: str = SCHOOL, demands: Demands = NO_DEMANDS) -> Report:
        """The report on a record's bundle as it would be exported now."""
        return self.judge(self.bundle(record_id, code), demands)

    def judge(self, bundle: bytes, demands: Demands = NO_DEMANDS) -> Report:
        verifier = Verifier(self.deployment.trust_root, demands=demands)
        return verifier.verify(bundle, now=datetime.now(UTC))

    def add_school(self, code: str, parent: str = COUNTY) -> Member:
        authority = self.member(parent)
        return self.deployment.add_school(code, f"School {code}", f"学校{code}", authority=authority)


@pytest.fixture(scope="module")
def quick() -> Iterator[SteppedClock]:
    """The embedded chain makes a block a second: of a clock that goes on by itself, so that nobody waits."""
    clock = SteppedClock(time.time())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.chains.EmbeddedNode", partial(EmbeddedNode, now=clock.now))
        patched.setattr("api.chains.RpcChain", partial(RpcChain, sleep=clock.sleep, monotonic=clock.now))
        patched.setattr("api.deployment._pause", clock.sleep)
        patched.setattr("issuers.keystore._derive", lru_cache(keystore._derive))  # a third of a second each time
        patched.setattr("api.database.migrate", lambda _engine: None)  # it is
        yield clock


@pytest.fixture(scope="module")
def here(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, quick: SteppedClock) -> Iterator[Here]:
    """The module's own, open."""
    from api.governing import Wanted

    home = tmp_path_factory.mktemp("governed") / "home"
    shutil.copytree(made_ledger.home, home)
    with opened(home) as deployment:
        made = Here(deployment)
        province = deployment.add_authority(PROVINCE, "Province", "省", wanted=Wanted("36"))
        deployment.add_authority(COUNTY, "County", "县", authority=province, wanted=Wanted("3601"))
        made.add_school(SCHOOL)
        yield made


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command's exit code, and what it printed on both; ``home`` is the module's own."""
    monkeypatch.setenv("ROLLBOOK_HOME", str(home))
    monkeypatch.setenv("ROLLBOOK_SECRET", SECRET)

    def given(*arguments: str) -> tuple[int, str, str]:
        code = main(list(arguments))
        told = capsys.readouterr()
        return code, told.out, told.err

    return given
