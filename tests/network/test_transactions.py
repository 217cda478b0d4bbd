"""What may become of an anchor's transaction between its signing and its record: always one anchor of a checkpoint."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from api.deployment import Deployment
from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.chain.protocol import Call
from ledger.formats.errors import NotAllowedError, UnavailableError
from ledger.formats.keccak import keccak256
from ledger.log.checkpoints import StoredCheckpoint
from network.processes import Network
from tests.support.liar import Liar
from tests.support.validators import Figure, OnNetwork, anchors_of, environment_of, offline

pytestmark = pytest.mark.network
SETTLE = """
import sys
from api.settings import load
from api.wiring import open_deployment
with open_deployment(load()) as deployment:
    deployment.settle()
"""


def stopped(_seconds: float) -> bool:
    return True


def published(ledger: OnNetwork, deployment: Deployment) -> tuple[str, StoredCheckpoint]:
    """A record and the checkpoint that has it, which nobody has anchored yet."""
    record = ledger.issue(deployment)
    made = deployment.sequencer.publish()
    assert made is not None
    return record, made


def keep(deployment: Deployment, made: StoredCheckpoint, *, skip: int = 0) -> bytes:
    """Sign its transaction and keep that, as the worker does before it sends; ``skip`` numbers beyond the next."""
    head, chain, operator = deployment.anchors.head(), deployment.opened.chain, deployment.accounts.operator
    proof = deployment.sequencer.consistency_proof(head.size, made.size)
    prepared = deployment.anchors.prepare(made.size, made.root, made.status_root, proof)
    if skip:
        from api.deployment import log_id, note_key

        named = log_id(deployment.facts, note_key(deployment.keystore))
        call = deployment.checkpoints.accept(named, made.size, made.root, made.status_root, proof)
        nonce = chain.transaction_count(operator.address) + skip
        prepared = operator.sign(call, chain_id=chain.chain_id(), nonce=nonce, gas=400_000, gas_price=0)
    deployment.sequencer.keep_attempt(made.size, prepared)
    return prepared.transaction


def check_one_anchor(ledger: OnNetwork, deployment: Deployment, before: list[int], size: int, record: str) -> None:
    assert anchors_of(deployment) == [*before, size]
    assert offline(deployment, ledger.bundle(deployment, record)).verdict == "valid"


def test_a_crash_before_sending(ledger: OnNetwork) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        record, made = published(ledger, deployment)
        keep(deployment, made)
    with ledger.opened() as deployment:
        deployment.settle()
        check_one_anchor(ledger, deployment, before, made.size, record)


def test_its_number_went_to_another_transaction(ledger: OnNetwork) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        record, made = published(ledger, deployment)
        keep(deployment, made)
        deployment.opened.chain.transact(Call(b"\x55" * 20), deployment.accounts.operator)
        deployment.settle()
        check_one_anchor(ledger, deployment, before, made.size, record)


def test_a_number_before_its_own_was_lost(ledger: OnNetwork) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        record, made = published(ledger, deployment)
        late = keep(deployment, made, skip=1)
        deployment.opened.chain.send(late)  # the node takes it, and it would wait there for ever
        deployment.settle()
        check_one_anchor(ledger, deployment, before, made.size, record)
        # The old one is executed after the new one, in vain, and the account goes on from there.
        with pytest.raises(NotAllowedError) as caught:
            deployment.opened.chain.wait(keccak256(late))
        assert caught.value.code == "chain.reverted"
        again, more = published(ledger, deployment)
        deployment.settle()
        check_one_anchor(ledger, deployment, [*before, made.size], more.size, again)


def test_it_is_stuck_while_no_block_is_made_and_lost_with_its_node(ledger: OnNetwork, network: Network) -> None:
    one, two = network.plan.validators[:2]
    with ledger.opened(one.rpc_url) as deployment:
        before = anchors_of(deployment)
        network.stop(*network.plan.validators[1:], kill=True)
        record, made = published(ledger, deployment)
        worker = AnchoringWorker(deployment.sequencer, deployment.anchors, wait=stopped, pace=Pace())
        with pytest.raises(UnavailableError):
            worker.step()  # it is sent to one node, which nobody hears
        network.stop(one, kill=True)
    (network.folder / one.name / "geth" / "transactions.rlp").unlink(missing_ok=True)  # and forgets what it had waiting
    network.start()
    with ledger.opened(two.rpc_url, one.rpc_url) as deployment:
        deployment.settle()
        check_one_anchor(ledger, deployment, before, made.size, record)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_between_sending_and_recording(
    ledger: OnNetwork, network: Network, tmp_path: Path, moment: str, figure: Figure
) -> None:
    with ledger.opened() as deployment:
        before = anchors_of(deployment)
        record, made = published(ledger, deployment)
    with Liar(network.plan.validators[0].rpc_url) as between, settling(ledger, between.url) as process:

        def kill(method: str, *_: object) -> None:
            if method == "eth_sendRawTransaction":
                process.kill()

        setattr(between, moment, kill)
        assert process.wait(60) == -signal.SIGKILL, "it was not killed in the middle"
    begun = time.monotonic()
    with ledger.opened() as deployment:
        deployment.settle()
        figure("seconds_to_anchor_after_a_kill", time.monotonic() - begun)
        check_one_anchor(ledger, deployment, before, made.size, record)


@contextmanager
def settling(ledger: OnNetwork, url: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A process that anchors through ``url``."""
    env = {**os.environ, **environment_of(ledger, ROLLBOOK_CHAIN_URL=url)}
    process = subprocess.Popen([sys.executable, "-c", SETTLE], env=env)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
