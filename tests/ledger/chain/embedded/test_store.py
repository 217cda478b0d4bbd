"""What the embedded node keeps: through a full disk, a crash at any write and growth, and provable for any block."""

import contextlib

import pytest

from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats import trie
from ledger.formats.errors import UnavailableError
from ledger.formats.header import parse_header
from tests.support.chain import TestChain

SOMEBODY = b"\x55" * 20


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
    expected = {early: [0, 0, 0, 1], late: [1, 1, 0, 1]}
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
