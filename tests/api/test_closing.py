"""What is exported between proposing the next trust root and adopting it is valid by both."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import facts, proposing
from api.closing import Closing
from api.deployment import Deployment
from ledger.formats import trustroot
from ledger.log.submission import Caller
from tests.support.chain import hasten
from tests.support.ledgers import UNIVERSITY, Ledger, opened
from tests.support.redeploying import bundle, next_version, refusal, verify
from verifier.report import Verdict

SUBJECT: dict[str, Any] = {"name": "甲", "identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


@pytest.fixture
def home(redeployed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    hasten(monkeypatch)
    return Path(shutil.copytree(redeployed_home, tmp_path / "home"))


@pytest.fixture
def deployment(home: Path) -> Iterator[Deployment]:
    with opened(home) as found:
        yield found


def later(deployment: Deployment) -> None:
    """The old chain goes on by a block, as it does by itself once the newest is an hour old."""
    before = deployment.opened.chain.head().number
    deployment.opened.chain._sleep(3600)  # past the newest, which is ahead of the world: it was made in haste
    assert deployment.opened.chain.tick().number > before


def closing_of(proposal: bytes) -> int:
    closed = trustroot.parse(proposal).epochs[0].closed
    assert closed is not None
    return closed.number


def test_a_bundle_from_between_stays_valid(deployment: Deployment, home: Path, made_ledger: Ledger) -> None:
    record, first = made_ledger.records[UNIVERSITY][0], deployment.trust_root
    proposal = next_version(deployment)
    later(deployment)
    between = bundle(deployment, record)
    second = proposing.adopt(deployment, proposal)
    assert verify(between, first).verdict is Verdict.VALID
    assert verify(between, second)["anchor"].code != "anchor.wrong_chain"
    assert verify(between, second).verdict is not Verdict.INVALID
    kept = facts.load(home)
    assert kept is not None and kept.next_closing == 0  # the new contracts' chain has no last block
    assert Closing(home, deployment.registry)() is None


def test_another_proposal_closes_with_the_same_block(deployment: Deployment) -> None:
    proposals = [next_version(deployment)]
    later(deployment)
    proposals.append(next_version(deployment, threshold=1))
    assert closing_of(proposals[0]) == closing_of(proposals[1])
    proposing.adopt(deployment, proposals[0])  # either may be


def test_one_that_nobody_can_adopt_any_more_holds_nothing_back(
    deployment: Deployment, home: Path, made_ledger: Ledger
) -> None:
    proposal = next_version(deployment)
    closing = closing_of(proposal)
    limit = Closing(home, deployment.registry)
    later(deployment)
    assert limit() == closing
    school = deployment.schools.by_code(UNIVERSITY)
    name = deployment.registry.profile(school.member_id)
    assert name is not None
    # An act that leaves every word as it was: it counts all the same, here and where the proposal is adopted.
    deployment.opened.chain.transact(
        deployment.registry.set_profile(school.member_id, name), deployment.accounts.authority
    )
    assert limit() is None
    assert refusal(proposing.adopt, deployment, proposal).startswith(
        "redeploy.differs: the old contracts were acted in"
    )
    assert closing_of(next_version(deployment)) > closing
    limited = limit()
    assert limited is not None and limited > closing


def test_a_proposal_that_closes_nothing_holds_nothing_back(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)
    with opened(ledger.home) as deployment:
        next_version(deployment)
    assert json.loads((ledger.home / "deployment.json").read_bytes())["next_closing"] == 0


def test_entries_from_between_wait(deployment: Deployment) -> None:
    first = deployment.trust_root
    next_version(deployment)
    caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
    waiting = deployment.records.issue(caller, "transcript", dict(SUBJECT)).record_id
    deployment.sequencer.publish()
    later(deployment)
    assert verify(bundle(deployment, waiting), first)["anchor"].code == "anchor.pending"
