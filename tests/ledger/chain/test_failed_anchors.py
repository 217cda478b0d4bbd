"""An anchor's transaction that a block holds as failed: it is void, and the checkpoint is anchored by another."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine

from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.chain.anchors import LogAnchors
from ledger.chain.client import RpcChain
from ledger.chain.protocol import Signed
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.checkpoints import StoredCheckpoint
from tests.support.chain import CHAIN_ID, TestChain
from tests.support.logs import LOG_ID, open_sequencer
from tests.support.school import School

SCHOOL = School("one")
MANY = SCHOOL.submissions(range(9))
ENOUGH, LITTLE = 300_000, 40_000


class Real:
    """A log, the contract on an embedded chain, and the worker between them."""

    def __init__(self, engine: Engine, test_chain: TestChain) -> None:
        self.chain, self.clock = test_chain.chain, test_chain.clock
        self.admin, self.operator, self.provider = test_chain.admin, test_chain.other, test_chain.provider
        self.registry = CheckpointRegistryClient.deploy(self.chain, self.admin)
        self.chain.transact(self.registry.open(LOG_ID, self.operator.address), self.admin)
        self.anchors = LogAnchors(self.registry, LOG_ID, self.operator)
        self.sequencer = open_sequencer(engine)
        self.worker = AnchoringWorker(self.sequencer, self.anchors, wait=self.wait, pace=Pace(poll=1, patience=3))
        self.stop_after = 10**6

    def wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        self.stop_after -= 1
        return self.stop_after <= 0

    def publish(self, size: int) -> StoredCheckpoint:
        self.sequencer.append(MANY[self.sequencer.size : size], caller=SCHOOL.caller)
        made = self.sequencer.publish()
        assert made is not None
        return made

    def operate(self, operator: bytes) -> None:
        self.chain.transact(self.registry.set_operator(LOG_ID, operator), self.admin)
        self.clock.sleep(1)

    def prepare(self, made: StoredCheckpoint, proof: Sequence[bytes]) -> Signed:
        return self.anchors.prepare(made.size, made.root, made.status_root, proof)

    def sign(self, made: StoredCheckpoint, proof: Sequence[bytes], *, nonce: int = 0, gas: int = ENOUGH) -> Signed:
        """As `prepare`, but unasked whether the contract would accept it."""
        call = self.registry.accept(LOG_ID, made.size, made.root, made.status_root, proof)
        return self.operator.sign(call, chain_id=CHAIN_ID, nonce=nonce, gas=gas, gas_price=10**10)

    def fail_once(self) -> None:
        """Send what is kept, and see it fail in a block."""
        with pytest.raises(UnavailableError) as caught:
            self.worker.step()
        assert caught.value.code == "chain.pending"

    def sizes(self) -> list[int]:
        return [found.size for found in self.registry.anchored(LOG_ID, 0, self.chain.head().number)]


@pytest.fixture
def real(engine: Engine, test_chain: TestChain) -> Real:
    return Real(engine, test_chain)


def _assert_failed(real: Real, attempt: Signed) -> None:
    receipt = real.chain.receipt(attempt.transaction_hash)
    assert receipt is not None and not receipt.succeeded


def test_the_operator_was_replaced_and_put_back(real: Real) -> None:
    made = real.publish(9)
    attempt = real.prepare(made, [])
    real.sequencer.keep_attempt(9, attempt)  # and here the process ended
    real.operate(real.admin.address)
    real.fail_once()
    _assert_failed(real, attempt)
    with pytest.raises(ConflictError) as caught:
        real.worker.step()
    assert (caught.value.code, caught.value.message) == ("chain.refused", "not operator")
    real.operate(real.operator.address)
    assert [real.worker.step() for _ in range(2)] == [True, False]
    assert real.sizes() == [9]


def test_a_worker_goes_on_after_a_refusal(real: Real, caplog: pytest.LogCaptureFixture) -> None:
    real.publish(9)
    real.operate(real.admin.address)
    real.stop_after = 3
    real.worker.run()
    assert [one.message for one in caplog.records] == ["the contract refuses the next anchor: not operator"] * 3
    assert real.sizes() == []
    real.operate(real.operator.address)
    real.stop_after = 5
    real.worker.run()
    assert real.sizes() == [9]


def test_the_gas_ran_out(real: Real) -> None:
    made = real.publish(9)
    attempt = real.sign(made, [], gas=LITTLE)
    real.sequencer.keep_attempt(9, attempt)
    real.fail_once()
    _assert_failed(real, attempt)
    assert real.worker.step() is True
    assert real.sizes() == [9]


def test_the_proof_was_from_an_older_head(real: Real) -> None:
    real.publish(4)
    assert real.worker.step() is True
    made = real.publish(9)
    attempt = real.sign(made, [], nonce=1)  # as a node that lags behind would have it
    real.sequencer.keep_attempt(9, attempt)
    real.fail_once()
    _assert_failed(real, attempt)
    assert real.worker.step() is True
    assert real.sizes() == [4, 9]


def test_a_failed_anchor_of_what_another_one_anchored_is_only_recorded(real: Real) -> None:
    made = real.publish(9)
    assert real.chain.wait(real.chain.send(real.sign(made, []).transaction)).succeeded
    attempt = real.sign(made, [], nonce=1)
    real.sequencer.keep_attempt(9, attempt)
    real.chain.send(attempt.transaction)
    real.clock.sleep(1)
    _assert_failed(real, attempt)
    assert real.worker.step() is True
    assert real.sizes() == [9] and real.sequencer.unanchored() is None


def test_a_failure_counts_once_its_block_is_final(real: Real) -> None:
    made = real.publish(9)
    attempt = real.sign(made, [], gas=LITTLE)
    slow = RpcChain(real.provider, confirmations=2)
    slow.send(attempt.transaction)
    for _ in range(2):
        real.clock.sleep(1)
        assert slow.send(attempt.transaction) == attempt.transaction_hash
        slow.tick()
    real.clock.sleep(1)
    slow.tick()
    with pytest.raises(ConflictError) as caught:
        slow.send(attempt.transaction)
    assert caught.value.code == "chain.failed"
