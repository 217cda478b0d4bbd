"""What an anchor costs on the network: seconds and gas. The figures of docs/operations.md come from here."""

import time

import pytest

from ledger.chain.anchoring import AnchoringWorker, Pace
from tests.support.validators import Figure, OnNetwork, anchors_of

pytestmark = pytest.mark.network
ANCHORS = 8
RECORDS = 500


def test_anchors_one_after_the_other(ledger: OnNetwork, figure: Figure) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        pace = Pace(interval=0, poll=0.1)
        worker = AnchoringWorker(deployment.sequencer, deployment.anchors, wait=pause, pace=pace)
        begun = time.monotonic()
        for _ in range(ANCHORS):
            ledger.issue(deployment)
            assert worker.step()
        rate = ANCHORS / (time.monotonic() - begun)
        assert len(anchors_of(deployment)) == len(before) + ANCHORS
    figure("anchors per second, on the network", rate)
    assert 0.1 < rate <= 1.1, "more than one in a block: the blocks are a second apart"


def test_one_anchor_of_many_records(ledger: OnNetwork, figure: Figure) -> None:
    with ledger.opened() as deployment:
        ledger.issue_many(deployment, RECORDS)
        deployment.settle()
        anchor = deployment.reader.anchor()
        assert anchor is not None
        receipt = deployment.opened.chain.receipt(anchor.transaction_hash)
        assert receipt is not None
    figure(f"gas of one anchor of {RECORDS} records", receipt.gas_used)
    figure("gas per record in it", receipt.gas_used / RECORDS)
    assert receipt.gas_used < 120_000


def pause(seconds: float) -> bool:
    time.sleep(seconds)
    return False
