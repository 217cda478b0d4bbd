"""One log's anchors on a real contract: what the anchoring worker relies on."""

from typing import Any

import pytest

from ledger.chain import anchoring, anchors
from ledger.chain.anchors import LogAnchors
from ledger.chain.client import RpcChain
from ledger.chain.registries import CheckpointRegistryClient, LogHead
from ledger.formats.errors import ConflictError, NotAllowedError, UnavailableError
from ledger.formats.registry import anchor_digest
from tests.contracts.naive_tree import consistency, tree_hash
from tests.ledger.chain.between import Between
from tests.support.chain import TestChain

LOG = b"\3" * 32
STATUS = b"\5" * 32
ROOTS = [bytes([number]) * 32 for number in range(100)]


class Anchoring:
    def __init__(self, test_chain: TestChain) -> None:
        self.chain, self.clock = test_chain.chain, test_chain.clock
        self.registry = CheckpointRegistryClient.deploy(self.chain, test_chain.admin)
        self.chain.transact(self.registry.open(LOG, test_chain.other.address), test_chain.admin)
        self.clock.sleep(1)
        self.log = LogAnchors(self.registry, LOG, test_chain.other)
        self.stranger = LogAnchors(self.registry, LOG, test_chain.admin)
        self.test_chain = test_chain

    def anchor(self, size: int) -> bytes:
        prepared = self.log.prepare(size, ROOTS[1], STATUS, [])
        self.log.send(prepared.transaction)
        return prepared.transaction_hash


@pytest.fixture
def made(test_chain: TestChain) -> Anchoring:
    return Anchoring(test_chain)


def test_it_is_what_the_worker_asks_for(made: Anchoring) -> None:
    client: anchoring.CheckpointRegistryClient = made.log
    assert client.head() == LogHead(0, bytes(32))


def test_an_anchor_from_preparation_to_facts(made: Anchoring) -> None:
    prepared = made.log.prepare(9, ROOTS[1], STATUS, [])
    assert made.log.head() == LogHead(0, bytes(32)) and made.log.accepted(9) is None
    made.log.send(prepared.transaction)
    found = made.log.accepted(9)
    assert found is not None and made.log.head() == LogHead(9, ROOTS[1])
    assert (found.size, found.root, found.previous_size, found.status_root) == (9, ROOTS[1], 0, STATUS)
    assert found.transaction_hash == prepared.transaction_hash
    assert found.time == made.chain.block(found.block_number).timestamp
    assert made.registry.anchor_of(LOG, 9) == anchor_digest(9, ROOTS[1], 0, found.time, STATUS)
    for other in (0, 1, 8, 10):
        assert made.log.accepted(other) is None


def test_each_of_many_anchors_is_told_from_the_others(made: Anchoring) -> None:
    leaves = ROOTS[1:5]
    for size in range(1, 5):
        proof = consistency(size - 1, leaves[:size]) if size > 1 else []
        made.log.send(made.log.prepare(size, tree_hash(leaves[:size]), STATUS, proof).transaction)
        made.clock.sleep(1)
    for size in range(1, 5):
        found = made.log.accepted(size)
        assert found is not None
        assert (found.size, found.previous_size, found.root) == (size, size - 1, tree_hash(leaves[:size]))


def test_an_anchor_counts_once_its_block_is_final(made: Anchoring) -> None:
    slow = RpcChain(made.test_chain.provider, confirmations=2)
    log = LogAnchors(CheckpointRegistryClient(slow, made.registry.address), LOG, made.test_chain.other)
    made.chain.tick()
    made.clock.sleep(1)
    made.anchor(9)
    assert log.head() == LogHead(0, bytes(32)) and log.accepted(9) is None
    for _ in range(2):
        made.clock.sleep(1)
        made.chain.tick()
    assert log.head().size == 9 and log.accepted(9) is not None


def test_what_was_signed_is_sent_once_however_often_it_is_sent(made: Anchoring) -> None:
    prepared = made.log.prepare(9, ROOTS[1], STATUS, [])
    for _ in range(3):
        made.log.send(prepared.transaction)
        made.clock.sleep(1)
    made.test_chain.close()  # as after a crash between sending and recording
    made.test_chain.open()
    registry = CheckpointRegistryClient(made.test_chain.chain, made.registry.address)
    again = LogAnchors(registry, LOG, made.test_chain.other)
    again.send(prepared.transaction)
    assert len(registry.anchored(LOG, 0, 99)) == 1 and again.accepted(9) is not None


def test_two_transactions_for_one_checkpoint_make_one_anchor(made: Anchoring) -> None:
    first = made.log.prepare(9, ROOTS[1], STATUS, [])
    made.test_chain.chain.send(
        made.test_chain.other.sign(
            made.registry.accept(LOG, 9, ROOTS[1], STATUS, []), chain_id=26001, nonce=1, gas=200_000, gas_price=10**10
        ).transaction
    )
    made.log.send(first.transaction)
    made.clock.sleep(1)
    assert made.log.head().size == 9
    assert len(made.registry.anchored(LOG, 0, 99)) == 1


def test_a_number_that_something_else_used_up(made: Anchoring) -> None:
    prepared = made.log.prepare(9, ROOTS[1], STATUS, [])
    made.chain.transact(made.registry.accept(LOG, 5, ROOTS[2], STATUS, []), made.test_chain.other)
    with pytest.raises(ConflictError) as caught:
        made.log.send(prepared.transaction)
    assert caught.value.code == "chain.spent"


def test_checkpoints_that_the_contract_would_refuse(made: Anchoring) -> None:
    made.anchor(9)
    for size, reason in ((9, "not larger"), (8, "not larger"), (10, "bad proof")):
        with pytest.raises(ConflictError) as caught:
            made.log.prepare(size, ROOTS[2], STATUS, [])
        assert (caught.value.code, caught.value.message) == ("chain.refused", reason)
    with pytest.raises(ConflictError) as caught:
        made.stranger.prepare(10, ROOTS[2], STATUS, [])
    assert caught.value.message == "not operator"


def test_bytes_that_are_no_transaction(made: Anchoring) -> None:
    with pytest.raises(NotAllowedError) as caught:
        made.log.send(b"nonsense")
    assert caught.value.code == "chain.refused"


def test_anchors_are_found_however_far_back(made: Anchoring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anchors, "SEARCH_STEP", 3)
    made.anchor(9)
    where = made.chain.head().number
    for _ in range(10):
        made.clock.sleep(1)
        made.chain.tick()
        found = made.log.accepted(9)
        assert found is not None and found.block_number == where


def test_a_number_that_nothing_has_any_more_is_no_wait_for_ever(made: Anchoring) -> None:
    other = made.test_chain.other
    call = made.registry.accept(LOG, 9, ROOTS[1], STATUS, [])
    late = other.sign(call, chain_id=made.chain.chain_id(), nonce=1, gas=200_000, gas_price=10**10)
    with pytest.raises(ConflictError) as caught:
        made.log.send(late.transaction)
    assert caught.value.code == "chain.gap"
    made.anchor(9)
    assert made.log.accepted(9) is not None


@pytest.mark.parametrize("at", [128, 192, -64])
def test_an_event_that_the_contract_does_not_bear_out(made: Anchoring, at: int) -> None:
    made.anchor(9)
    between = Between(made.test_chain.provider)
    log = LogAnchors(CheckpointRegistryClient(RpcChain(between), made.registry.address), LOG, made.test_chain.other)
    assert log.accepted(9) is not None

    def lie(method: str, response: Any) -> Any:
        if method == "eth_getLogs":
            (event,) = response["result"]
            flipped = "1" if event["data"][at] != "1" else "2"
            event["data"] = event["data"][:at] + flipped + event["data"][at:][1:]
        return response

    between.change = lie
    with pytest.raises(UnavailableError) as caught:
        log.accepted(9)
    assert caught.value.code == "chain.unreachable"


def test_a_price_that_the_node_no_longer_takes(made: Anchoring) -> None:
    between = Between(made.test_chain.provider)
    chain = RpcChain(between)
    log = LogAnchors(CheckpointRegistryClient(chain, made.registry.address), LOG, made.test_chain.other)
    between.fail("eth_sendRawTransaction", "transaction underpriced")
    with pytest.raises(ConflictError) as caught:
        log.send(log.prepare(9, ROOTS[1], STATUS, []).transaction)
    assert caught.value.code == "chain.underpriced"


def test_a_node_that_leaves_out_the_event(made: Anchoring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The contract has it: waiting for the event would be for ever."""
    made.anchor(9)
    assert made.log.accepted(9) is not None
    monkeypatch.setattr(RpcChain, "events", lambda *asked: [])
    with pytest.raises(UnavailableError, match=r"anchor\.disagreement"):
        made.log.accepted(9)
    assert made.log.accepted(8) is None
