"""A ledger of a single sealer goes to the consortium's chain, and there to new contracts: every old time stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from api import comparing, proposing
from api.initialise import initialise
from api.proposing import Wish
from api.redeploying import Redeployment
from api.settings import load
from api.wiring import open_deployment
from ledger.chain.client import http_chain
from ledger.formats import canonical, keys, trustroot
from ledger.formats.trustroot import TrustRoot
from network.__main__ import settings
from network.processes import Network
from tests.support.ledgers import SECRET, UNIVERSITY
from tests.support.validators import OnNetwork
from verifier.report import Report, Verdict
from verifier.verifier import Verifier

if TYPE_CHECKING:
    from api.deployment import Deployment

pytestmark = pytest.mark.network
UNTIL = datetime(2036, 1, 1, tzinfo=UTC)


def verify(data: bytes, root: TrustRoot) -> Report:
    return Verifier(root).verify(data, now=datetime.now(UTC) + timedelta(minutes=1))


def signed(deployment: "Deployment", document: dict[str, object]) -> bytes:
    own = keys.generate(deployment.keystore.get_or_make("trust root authority"))
    return canonical.dumps(trustroot.sign(document, own))


def test_from_one_sealer_to_a_consortium_and_on_to_new_contracts(network: Network, tmp_path: Path) -> None:
    home, env = tmp_path / "home", settings(network.plan)
    url = env["ROLLBOOK_CHAIN_URL"].partition(",")[0]
    initialise(load(home=home, secret=SECRET), code="35", name_en="Example authority", name_zh="示例主管部门")
    ledger = OnNetwork(home, {**env, "ROLLBOOK_CHAIN_URL": ""}, b"")
    with open_deployment(load(home=home, secret=SECRET)) as deployment:  # on its embedded chain
        deployment.add_school(UNIVERSITY, "Lujiang University", "鹭江大学")
        record = ledger.issue(deployment)
        deployment.settle()
        first, old = deployment.trust_root, ledger.bundle(deployment, record)
        target = http_chain(url)
        Redeployment(deployment, print, target).run()
        wish = Wish(UNTIL, validators=tuple(network.plan.addresses))
        second = proposing.adopt(deployment, signed(deployment, proposing.propose(deployment, wish, target)), target)

    ledger.env = env
    with ledger.opened() as deployment:
        later = ledger.issue(deployment)
        deployment.settle()
        refreshed, new = ledger.bundle(deployment, record), ledger.bundle(deployment, later)
        before = verify(old, first)
        assert (before.verdict, before.assurance) == (Verdict.VALID, "single-sealer")
        # The consortium vouches for the word that it took over; its time is a single sealer's all the same.
        for data, assurance in ((refreshed, "single-sealer"), (new, "consortium")):
            report = verify(data, second)
            assert (report.verdict, report.assurance) == (Verdict.VALID, assurance)
        assert verify(refreshed, second).anchored_at == before.anchored_at
        assert verify(old, second)["anchor"].code == "anchor.missing"

        Redeployment(deployment, print).run()
        document = proposing.propose(deployment, Wish(UNTIL))
        # As each authority may, by its own node.
        told = comparing.check_succession(http_chain(url), trustroot.draft(document), deployment.trust_root)
        assert told.unknown == [] and any("who seals" in line for line in told.compared)
        third = proposing.adopt(deployment, signed(deployment, document))
        network.until_height(third.epochs[-1].validators[0].first)

    with ledger.opened() as deployment:
        last = ledger.issue(deployment)
        deployment.settle()
        for record_id, assurance in ((record, "single-sealer"), (later, "consortium"), (last, "consortium")):
            report = verify(ledger.bundle(deployment, record_id), third)
            assert (report.verdict, report.assurance) == (Verdict.VALID, assurance)
    report = verify(refreshed, third)  # a block of the closed epoch, which a quorum sealed
    assert (report.verdict, report.anchored_at) == (Verdict.VALID, before.anchored_at)
