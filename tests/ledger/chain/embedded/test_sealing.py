"""Blocks of the embedded node: their times, seals and fees."""

import logging
from itertools import pairwise
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth_utils.exceptions import ValidationError

from ledger.chain.account import LocalSigner
from ledger.chain.embedded import machine
from ledger.chain.embedded.genesis import FUNDS, Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.protocol import Call
from ledger.formats import consensus, seals
from ledger.formats.consensus import CLIQUE
from ledger.formats.errors import UnavailableError
from ledger.formats.header import parse_header
from tests.support.chain import CHAIN_ID, SEALER_SECRET, START, TestChain

SOMEBODY = b"\x55" * 20


# Time


def test_blocks_are_a_second_apart_and_never_in_the_future(test_chain: TestChain) -> None:
    for _ in range(12):
        test_chain.chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
        assert test_chain.chain.head().timestamp <= test_chain.clock.now()
    head = test_chain.chain.head().number
    times = [test_chain.chain.block(number).timestamp for number in range(head + 1)]
    assert head == 12
    assert all(later > earlier for earlier, later in pairwise(times))


def test_transactions_of_one_second_share_a_block(test_chain: TestChain) -> None:
    calls = [Call(SOMEBODY, value=1)] * 6
    receipts = test_chain.chain.transact_all(calls, test_chain.admin)
    numbers = [receipt.block.number for receipt in receipts]
    assert numbers == [1, 2, 2, 2, 2, 2]
    assert test_chain.clock.now() < START + 2


def test_a_transaction_waits_for_the_second_to_pass(test_chain: TestChain) -> None:
    chain = test_chain.chain
    chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
    digest = chain.send(chain.prepare(Call(SOMEBODY, value=2), test_chain.admin).transaction)
    assert chain.receipt(digest) is None and chain.balance(SOMEBODY) == 1
    test_chain.clock.sleep(1)
    receipt = chain.receipt(digest)
    assert receipt is not None and chain.balance(SOMEBODY) == 3


def test_empty_blocks_on_request_but_not_twice_a_second(test_chain: TestChain) -> None:
    first = test_chain.chain.tick()
    assert (first.number, first.timestamp) == (1, START)
    assert test_chain.chain.tick() == first
    test_chain.clock.sleep(0.5)
    assert test_chain.chain.tick() == first
    test_chain.clock.sleep(0.5)
    assert test_chain.chain.tick().number == 2


def test_a_clock_far_behind_the_chain(test_chain: TestChain) -> None:
    test_chain.chain.tick()
    test_chain.clock.seconds -= 30
    assert test_chain.chain.tick().number == 1  # a small step back is waited out
    test_chain.clock.seconds -= 31
    with pytest.raises(UnavailableError) as caught:
        test_chain.chain.tick()
    assert caught.value.code == "chain.clock"
    assert test_chain.chain.head().number == 1  # reading goes on
    test_chain.clock.seconds += 62
    assert test_chain.chain.tick().number == 2


# Seals and fees


def test_every_block_is_sealed_by_the_sealer(test_chain: TestChain) -> None:
    test_chain.chain.transact(Call(SOMEBODY, value=1), test_chain.other)
    test_chain.clock.sleep(1)
    test_chain.chain.tick()
    for number in (1, 2):
        header = parse_header(test_chain.chain.header_rlp(number))
        assert seals.clique_signer(header) == test_chain.admin.address
        assert consensus.block_hash(header, CLIQUE) == test_chain.chain.block(number).hash
        assert (header.number, header.beneficiary) == (number, bytes(20))


def test_fees_go_to_the_sealer_and_not_to_nobody(test_chain: TestChain) -> None:
    chain = test_chain.chain
    sealer, nobody = chain.balance(test_chain.admin.address), chain.balance(bytes(20))
    receipt = chain.transact(Call(SOMEBODY, value=5), test_chain.other)
    assert receipt.gas_used == 21_000
    earned = chain.balance(test_chain.admin.address) - sealer
    paid = FUNDS - 5 - chain.balance(test_chain.other.address)
    assert 0 < earned < paid  # the base fee is burnt
    assert chain.balance(bytes(20)) == nobody


def test_no_empty_account_is_left_behind(tmp_path: Path) -> None:
    """Without the genesis' one wei for the zero address, that address stays out of the state altogether."""
    sealer = LocalSigner(SEALER_SECRET).address
    genesis = Genesis(CHAIN_ID, START, sealer, {sealer: FUNDS})
    with EmbeddedNode(tmp_path, SEALER_SECRET, genesis, now=lambda: START + 5.0) as node:
        node.tick()
        head = node.head()
        assert head.block_number == 1
        assert node.state(head).account_exists(bytes(20)) is False  # type: ignore[arg-type]
        assert head.state_root == node.header(0).state_root  # type: ignore[union-attr]


def test_a_block_with_a_foreign_seal_is_never_stored(test_chain: TestChain, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed, thief = machine._sealed, PrivateKey(b"\6" * 32)
    for foreign in (
        lambda header, key: sealed(header, thief),
        lambda header, key: sealed(header, key).copy(extra_data=bytes(97)),
        lambda header, key: sealed(header, key).copy(difficulty=3),
    ):
        monkeypatch.setattr(machine, "_sealed", foreign)
        with pytest.raises(ValidationError):
            test_chain.node.tick()
        assert test_chain.chain.head().number == 0


# What cannot be executed


def test_a_transaction_that_cannot_pay_any_more_is_left_out(
    test_chain: TestChain, caplog: pytest.LogCaptureFixture
) -> None:
    chain, poor = test_chain.chain, test_chain.stranger
    chain.transact(Call(poor.address, value=10**15), test_chain.admin)
    spend = [Call(SOMEBODY, value=9 * 10**14), Call(SOMEBODY, value=9 * 10**14)]
    sent = [
        poor.sign(call, chain_id=CHAIN_ID, nonce=nonce, gas=21_000, gas_price=2 * 10**9).transaction
        for nonce, call in enumerate(spend)
    ]
    digests = [chain.send(raw) for raw in sent]
    test_chain.clock.sleep(1)
    with caplog.at_level(logging.WARNING):
        first, second = (chain.receipt(digest) for digest in digests)
    assert first is not None and first.succeeded and second is None
    assert "left out of block" in caplog.text
    assert not test_chain.node.pool
    assert chain.balance(SOMEBODY) == 9 * 10**14
