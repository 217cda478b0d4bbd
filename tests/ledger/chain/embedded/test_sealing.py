"""Blocks of the embedded node: their times, seals and fees; and a foreign Clique node agrees with every one."""

import contextlib
import logging
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from coincurve import PrivateKey
from eth.chains.base import Chain
from eth.consensus.clique.clique import CliqueApplier, CliqueConsensusContext
from eth.db.atomic import AtomicDB
from eth.vm.forks.london import LondonVM
from eth_typing import BlockNumber
from eth_utils.exceptions import ValidationError

from ledger.chain.account import LocalSigner
from ledger.chain.embedded import machine
from ledger.chain.embedded.genesis import FUNDS, Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import seals, trie
from ledger.formats.errors import NotAllowedError, UnavailableError
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
        assert header.hash == test_chain.chain.block(number).hash
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


class Stock(CliqueConsensusContext):
    """py-evm's own Clique, with votes and snapshots; epochs as long as ours."""

    epoch_length = seals.EPOCH_LENGTH


def foreign_chain(genesis: Genesis, context: type[CliqueConsensusContext] = Stock) -> Chain:
    """A fresh chain of py-evm's stock London machine under its stock Clique, from the same genesis."""
    clique = CliqueApplier().amend_vm_configuration(((BlockNumber(0), LondonVM),))
    kind = Chain.configure("Foreign", vm_configuration=clique, consensus_context_class=context, chain_id=CHAIN_ID)
    state = {
        address: {"balance": wei, "nonce": 0, "code": b"", "storage": {}} for address, wei in genesis.alloc.items()
    }
    return kind.from_genesis(AtomicDB(), genesis.header_params(), state)  # type: ignore[arg-type, return-value]


def reimport(test_chain: TestChain, foreign: Chain) -> int:
    """Import every block with full validation, comparing state roots; how many."""
    node = test_chain.node
    assert foreign.get_canonical_head().hash == test_chain.chain.block(0).hash
    head = node.head().block_number
    for number in range(1, head + 1):
        ours = node.chain.get_canonical_block_by_number(BlockNumber(number))
        block = foreign.get_vm(ours.header).get_block_class()(ours.header, ours.transactions, [])
        result = foreign.import_block(block)
        assert result.imported_block.header.state_root == ours.header.state_root
        assert result.imported_block.hash == ours.hash
    return head


def test_a_foreign_clique_node_imports_every_block(test_chain: TestChain) -> None:
    chain, admin, other = test_chain.chain, test_chain.admin, test_chain.other
    checkpoints = CheckpointRegistryClient.deploy(chain, admin)
    issuers = IssuerRegistryClient.deploy(chain, admin, b"\1" * 32, b"\2" * 32)
    chain.transact(checkpoints.open(b"\3" * 32, other.address), admin)
    accept = checkpoints.accept(b"\3" * 32, 9, b"\4" * 32, b"\5" * 32, [])
    chain.transact_all([Call(SOMEBODY, value=9), accept, Call(SOMEBODY, value=1)], other)
    failing = checkpoints.freeze(b"\3" * 32)
    raw = other.sign(failing, chain_id=CHAIN_ID, nonce=3, gas=90_000, gas_price=10**10).transaction
    with pytest.raises(NotAllowedError):  # a failed transaction is in a block too, and pays
        chain.wait(chain.send(raw))
    chain.transact(issuers.accredit(b"\1" * 32, b"\6" * 32, other.address, b"\2" * 32, b"35", 1), admin)
    for _ in range(3):
        test_chain.clock.sleep(1)
        chain.tick()
    assert reimport(test_chain, foreign_chain(test_chain.node.genesis)) >= 9


def test_a_foreign_node_refuses_an_altered_block(test_chain: TestChain) -> None:
    test_chain.chain.tick()
    foreign = foreign_chain(test_chain.node.genesis)
    ours = test_chain.node.chain.get_canonical_block_by_number(BlockNumber(1))
    forged = ours.header.copy(timestamp=ours.header.timestamp - 1)
    block = foreign.get_vm(forged).get_block_class()(forged, (), [])
    with pytest.raises(ValidationError):
        foreign.import_block(block)


@pytest.fixture
def short_epochs(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[CliqueConsensusContext]]:
    monkeypatch.setattr(machine, "EPOCH_LENGTH", 3)
    monkeypatch.setattr(seals, "EPOCH_LENGTH", 3)
    yield type("Short", (CliqueConsensusContext,), {"epoch_length": 3})


def test_epoch_blocks_list_the_sealer(test_chain: TestChain, short_epochs: type[CliqueConsensusContext]) -> None:
    for _ in range(7):
        test_chain.chain.tick()
        test_chain.clock.sleep(1)
    for number in range(1, 8):
        header = parse_header(test_chain.chain.header_rlp(number))
        listed = header.extra[32:-65]
        assert listed == (test_chain.admin.address if number % 3 == 0 else b"")
        assert seals.clique_signer(header) == test_chain.admin.address
    assert reimport(test_chain, foreign_chain(test_chain.node.genesis, short_epochs)) == 7


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


# A disk that fills up


def test_a_full_disk_loses_nothing_and_goes_on_by_itself(test_chain: TestChain) -> None:
    chain, node = test_chain.chain, test_chain.node
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    before, state_root = chain.head(), node.head().state_root
    connection = node._store._connection
    (used,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {used}")
    digest = b""
    for number in range(1, 400):
        test_chain.clock.sleep(1)
        call = registry.open(number.to_bytes(32, "big"), test_chain.admin.address)
        signed = chain.prepare(call, test_chain.admin)
        try:
            digest = chain.send(signed.transaction)
        except UnavailableError as error:
            assert error.code == "chain.disk"
            digest = signed.transaction_hash
            break
        before, state_root = chain.head(), node.head().state_root
    else:
        pytest.fail("the disk never filled up")
    assert chain.head() == before and node.head().state_root == state_root  # reading goes on
    assert chain.receipt(digest) is None
    connection.execute(f"PRAGMA max_page_count = {used + 10_000}")
    with contextlib.suppress(UnavailableError):
        chain.send(signed.transaction)  # a client sends again: nothing is doubled
    assert chain.wait(digest).block.number == before.number + 1


# Crashes


def rows(test_chain: TestChain) -> list[list[tuple[object, ...]]]:
    """All that is on disk."""
    connection = test_chain.node._store._connection
    return [connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in ("kv", "event_blocks")]


def test_a_crash_at_any_write_leaves_the_chain_as_it_was(
    test_chain: TestChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The n-th write of a block fails, for every n; the block is wholly absent, and is made again later."""
    chain = test_chain.chain
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    chain.send(chain.prepare(registry.open(b"\3" * 32, SOMEBODY), test_chain.admin).transaction)
    test_chain.clock.sleep(1)
    before, store = rows(test_chain), type(test_chain.node._store)
    writes = 0

    def failing(name: str, at: int) -> None:
        original = getattr(store, name)

        def write(self: object, *arguments: object) -> None:
            nonlocal writes
            writes += 1
            if writes == at:
                raise UnavailableError("chain.disk", "as if the power had failed")
            original(self, *arguments)

        patch.setattr(store, name, write)

    for at in range(1, 1000):
        writes = 0
        with monkeypatch.context() as patch:
            failing("__setitem__", at)
            failing("add_event_blocks", at)
            with contextlib.suppress(UnavailableError):
                test_chain.node.seal_due()
                break
        assert rows(test_chain) == before
    assert at > 10 and writes == at - 1
    assert chain.head().number == 2 and len(chain.events(registry.address, [], 2, 2)) == 1


# Growth


def reads_of(test_chain: TestChain) -> int:
    """Database reads of one opening, one anchor-like transaction and one empty block."""
    count = 0
    original = type(test_chain.node._store).__getitem__

    def counting(store: object, key: bytes) -> bytes:
        nonlocal count
        count += 1
        return original(store, key)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(test_chain.node._store), "__getitem__", counting)
        test_chain.close()
        test_chain.open()
        test_chain.clock.sleep(1)
        test_chain.chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
        test_chain.clock.sleep(1)
        test_chain.chain.tick()
    return count


def test_work_does_not_grow_with_the_chain(test_chain: TestChain) -> None:
    test_chain.chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
    short = reads_of(test_chain)
    for _ in range(400):
        test_chain.clock.sleep(1)
        test_chain.node.tick()
    assert reads_of(test_chain) <= short + 5
    assert test_chain.node.head().gas_limit == test_chain.node.genesis.gas_limit


# Proofs


def test_proofs_from_any_block_verify_offline(test_chain: TestChain) -> None:
    chain = test_chain.chain
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    early = chain.transact(registry.open(b"\3" * 32, test_chain.admin.address), test_chain.admin).block.number
    accept = registry.accept(b"\3" * 32, 9, b"\4" * 32, b"\5" * 32, [])
    late = chain.transact(accept, test_chain.admin).block.number
    slots = [*registry.proof_slots(b"\3" * 32, [9, 10]), registry.layout.slot("admin")]
    expected = {early: [0, 0, 0, 0, 1], late: [1, 1, 1, 0, 1]}
    for number, present in expected.items():
        root = parse_header(chain.header_rlp(number)).state_root
        nodes = trie.Nodes(chain.get_proof(registry.address, slots, number))
        account = trie.account(root, registry.address, nodes)
        assert account is not None and account.code_hash == registry.code_hash
        words = [trie.storage_value(account.storage_root, slot, nodes) for slot in slots]
        assert [int(any(word)) for word in words] == present
        assert words == [chain.storage(registry.address, slot, number) for slot in slots]
        assert trie.account(root, b"\x99" * 20, trie.Nodes(chain.get_proof(b"\x99" * 20, [], number))) is None
    before = parse_header(chain.header_rlp(0)).state_root
    assert trie.account(before, registry.address, trie.Nodes(chain.get_proof(registry.address, slots, 0))) is None
