"""The validator network for tests: made once, and a ledger on it that every test may add records to."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from network import files
from network.__main__ import ROOT, settings
from network.processes import Network
from tests.support.ledgers import SECRET, UNIVERSITY
from tests.support.shared import REPOSITORY

if TYPE_CHECKING:
    from api.deployment import Deployment
    from verifier.report import Report


Figure = Callable[[str, float], None]
"""Notes what was measured, for the lines that `make test-network` ends with."""
FIGURES: dict[str, float] = {}


@pytest.fixture(scope="session")
def figure() -> Figure:
    """Where tests put what they measured."""
    return FIGURES.__setitem__


@pytest.fixture(scope="session")
def geth() -> Path:
    """The validators' program; the tests that need it are skipped where it cannot be built, which CI does not allow."""
    done = subprocess.run([str(ROOT / "build")], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip((done.stderr.strip().splitlines() or ["network/build failed"])[-1])
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def running(geth: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Four validators, for the whole session."""
    folder = tmp_path_factory.mktemp("validators")
    plan = files.settle(folder, begun=int(time.time()) - 1)
    with Network(folder, plan, geth) as made:
        made.start()
        made.until_height(1)
        yield made


@pytest.fixture
def network(running: Network) -> Iterator[Network]:
    """The network, whole at the beginning; whatever a test does to it is mended after."""
    yield running
    running.start()
    running.join()
    least = max(running.heights()) + 1
    running.until_height(least, 90)


@dataclass(slots=True)
class OnNetwork:
    """A ledger whose chain is the network; ``old`` is a bundle from its first anchor."""

    home: Path
    env: dict[str, str]
    old: bytes
    number: int = field(default=1000)

    @contextmanager
    def opened(self, *urls: str, **more: Any) -> "Iterator[Deployment]":
        """The deployment, by those nodes, or by all of the network's."""
        from api.settings import load
        from api.wiring import open_deployment

        given = {"home": self.home, "secret": SECRET, "chain_url": ",".join(urls) or self.env["ROLLBOOK_CHAIN_URL"]}
        with open_deployment(load(**given, **more)) as found:
            yield found

    def issue(self, deployment: "Deployment") -> str:
        """One more record, acknowledged; its id."""
        from bench.ledger import subject
        from ledger.log.submission import Caller

        self.number += 1
        member = deployment.schools.by_code(UNIVERSITY)
        outcome = deployment.records.issue(Caller("tests", member.did), "transcript", subject(self.number))
        assert outcome.record_id is not None
        return outcome.record_id

    def issue_many(self, deployment: "Deployment", count: int) -> None:
        """So many records at once."""
        from bench.ledger import subject
        from issuers.importers.drafts import Draft
        from ledger.log.submission import Caller

        drafts = [Draft(subject(self.number + number)) for number in range(1, count + 1)]
        self.number += count
        member = deployment.schools.by_code(UNIVERSITY)
        caller = Caller("tests", member.did)
        deployment.records.issue_many(caller, "transcript", drafts, cryptosuite="eddsa-jcs-2022")

    def bundle(self, deployment: "Deployment", record_id: str) -> bytes:
        """Its bundle, as it can be made now."""
        record = deployment.store.get(deployment.schools.by_code(UNIVERSITY), record_id)
        return bytes(deployment.proofs.bundle(record))

    def bare(self, deployment: "Deployment", record_id: str) -> bytes:
        """Its credential alone."""
        return bytes(deployment.store.get(deployment.schools.by_code(UNIVERSITY), record_id).document)


def anchors_of(deployment: "Deployment") -> list[int]:
    """The size of every anchor of its log that the chain has, in order."""
    from api.deployment import log_id, note_key

    named = log_id(deployment.facts, note_key(deployment.keystore))
    found = deployment.checkpoints.anchored(named, 0, deployment.opened.chain.head().number)
    return [one.size for one in found]


def offline(deployment: "Deployment", data: bytes) -> "Report":
    """The verdict of somebody who has the file and the trust root, and asks nobody."""
    from api.clock import now
    from verifier.verifier import Verifier

    return Verifier(deployment.trust_root).verify(data, now=now())


@pytest.fixture(scope="session")
def made_on_network(running: Network, tmp_path_factory: pytest.TempPathFactory) -> OnNetwork:
    """The ledger that all tests of the network share, made as an operator makes it."""
    from api.initialise import initialise
    from api.settings import load

    home = tmp_path_factory.mktemp("ledger") / "home"
    env = {"ROLLBOOK_HOME": str(home), "ROLLBOOK_SECRET": SECRET, **settings(running.plan)}
    given = {"chain_url": env["ROLLBOOK_CHAIN_URL"], "chain_sealers": env["ROLLBOOK_CHAIN_SEALERS"]}
    initialise(load(home=home, secret=SECRET, **given), code="35", name_en="Example authority", name_zh="示例主管部门")
    made = OnNetwork(home, env, b"")
    with made.opened() as deployment:
        deployment.add_school(UNIVERSITY, "Lujiang University", "鹭江大学")
        record = made.issue(deployment)
        deployment.settle()
        made.old = made.bundle(deployment, record)
    return made


@pytest.fixture
def ledger(made_on_network: OnNetwork, network: Network) -> OnNetwork:
    """That ledger, on a network that is whole."""
    return made_on_network


def environment_of(ledger: OnNetwork, **more: str) -> dict[str, str]:
    """What a command needs to work with it."""
    return {**ledger.env, **more, "PYTHONPATH": os.pathsep.join([str(REPOSITORY)])}
