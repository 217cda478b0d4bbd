"""Validators that stop: one of four changes nothing, of two the ledger waits, and nothing is lost."""

import time

import pytest

from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.formats.errors import UnavailableError
from network.processes import Network
from tests.support.validators import Figure, OnNetwork, anchors_of, offline

pytestmark = pytest.mark.network


def pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def test_a_bundle_of_four_validators_says_consortium(ledger: OnNetwork) -> None:
    with ledger.opened() as deployment:
        report = offline(deployment, ledger.old)
        assert (report.verdict, report.assurance) == ("valid", "consortium"), report


def test_one_of_four_stops_and_anchoring_goes_on(ledger: OnNetwork, network: Network, figure: Figure) -> None:
    one = network.plan.validators[0]  # the one that the ledger asks first
    with ledger.opened() as deployment:
        network.stop(one, kill=True)
        record, begun = ledger.issue(deployment), time.monotonic()
        deployment.settle()
        figure("seconds_to_anchor_with_one_stopped", time.monotonic() - begun)
        assert offline(deployment, ledger.bundle(deployment, record)).verdict == "valid"


def test_two_of_four_stop_and_the_ledger_waits_until_they_are_back(
    ledger: OnNetwork, network: Network, figure: Figure
) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        network.stop(*network.plan.validators[2:], kill=True)
        record = ledger.issue(deployment)  # acknowledged all the same
        size = deployment.sequencer.size
        worker = AnchoringWorker(deployment.sequencer, deployment.anchors, wait=pause, pace=Pace(patience=4))
        with pytest.raises(UnavailableError) as caught:
            worker.step()
        assert caught.value.code == "chain.pending"
        assert anchors_of(deployment) == before, "two of four accepted it"
        assert offline(deployment, ledger.old).verdict == "valid"
        pending = offline(deployment, ledger.bundle(deployment, record))
        assert pending.verdict == "indeterminate"
        begun = time.monotonic()
        network.start(*network.plan.validators[2:])
        settle(worker, 60)
        figure("seconds_to_resume_after_two_stopped", time.monotonic() - begun)
        assert anchors_of(deployment) == [*before, size]
        assert offline(deployment, ledger.bundle(deployment, record)).verdict == "valid"


def test_all_four_are_killed_and_go_on_from_where_they_were(
    ledger: OnNetwork, network: Network, figure: Figure
) -> None:
    before = max(network.heights())
    network.stop(*network.plan.validators, kill=True)
    begun = time.monotonic()
    network.start()
    network.until_height(before + 1)
    figure("seconds_to_resume_after_all_were_killed", time.monotonic() - begun)
    with ledger.opened() as deployment:
        record = ledger.issue(deployment)
        deployment.settle()
        assert offline(deployment, ledger.bundle(deployment, record)).verdict == "valid"
        assert len(set(anchors_of(deployment))) == len(anchors_of(deployment)) >= 2


def settle(worker: AnchoringWorker, seconds: float) -> None:
    """Anchor until nothing is pending, for so long at most."""
    until = time.monotonic() + seconds
    while True:
        try:
            while worker.step():
                pass
        except UnavailableError:
            assert time.monotonic() < until
        else:
            return
