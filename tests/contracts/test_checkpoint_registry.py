"""CheckpointRegistry on the embedded node: every refusal, then what is stored and where."""

import hashlib
from collections.abc import Callable, Iterator

import pytest

from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call
from ledger.chain.registries import CLOSED, CheckpointRegistryClient, LogHead
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import anchor_digest
from tests.contracts.naive_tree import consistency, node_hash, tree_hash
from tests.support.chain import TestChain

LOG = b"\x10" * 32
ROOT = b"\x11" * 32
STATUS = b"\x12" * 32
LEAVES = [hashlib.sha256(bytes([index])).digest() for index in range(70)]


class Registry:
    """A deployed registry with an open log; ``refused`` is the reason for which a call would fail now."""

    def __init__(self, test_chain: TestChain) -> None:
        self.chain = test_chain.chain
        self.admin, self.operator, self.stranger = test_chain.admin, test_chain.other, test_chain.stranger
        self.client = CheckpointRegistryClient.deploy(self.chain, self.admin)
        self.do(self.client.open(LOG, self.operator.address), self.admin)

    def do(self, call: Call, signer: LocalSigner | None = None) -> int:
        """Send a call that must work; its gas."""
        return self.chain.transact(call, signer or self.operator).gas_used

    def refused(self, call: Call, signer: LocalSigner | None = None) -> str:
        with pytest.raises(NotAllowedError) as caught:
            self.chain.prepare(call, signer or self.operator)
        assert caught.value.code == "chain.reverted"
        return caught.value.message

    def accept(self, size: int, root: bytes = ROOT, proof: tuple[bytes, ...] | list[bytes] = ()) -> Call:
        return self.client.accept(LOG, size, root, STATUS, proof)

    def seed(self, log_id: bytes, size: int, root: bytes) -> None:
        """Open a log with the last size and root of another and end its seeding."""
        opened = self.client.open(log_id, self.operator.address, size, root)
        anchor = self.client.seed_anchors(log_id, [(size, STATUS)])
        self.chain.transact_all([opened, anchor, self.client.end_seeding(log_id)], self.admin)

    def grow(self, first: int) -> None:
        """Accept a first checkpoint of so many of the LEAVES."""
        self.do(self.accept(first, tree_hash(LEAVES[:first])))


@pytest.fixture
def registry(test_chain: TestChain) -> Iterator[Registry]:
    yield Registry(test_chain)


# Who may


def test_only_the_admin_administers(registry: Registry) -> None:
    client, operator = registry.client, registry.operator
    for call in (
        client.open(b"\x20" * 32, operator.address),
        client.set_operator(LOG, operator.address),
        client.freeze(LOG),
        client.set_admin(operator.address),
    ):
        for signer in (operator, registry.stranger):
            assert registry.refused(call, signer) == "not admin"


def test_only_the_operator_anchors(registry: Registry) -> None:
    for signer in (registry.admin, registry.stranger):
        assert registry.refused(registry.accept(1), signer) == "not operator"


def test_a_new_admin_takes_over_wholly(registry: Registry) -> None:
    registry.do(registry.client.set_admin(registry.operator.address), registry.admin)
    assert registry.client.admin() == registry.operator.address
    assert registry.refused(registry.client.freeze(LOG), registry.admin) == "not admin"
    registry.do(registry.client.freeze(LOG), registry.operator)


def test_a_replaced_operator_is_out(registry: Registry) -> None:
    registry.do(registry.client.set_operator(LOG, registry.admin.address), registry.admin)
    assert registry.refused(registry.accept(1), registry.operator) == "not operator"
    registry.do(registry.accept(1), registry.admin)
    assert registry.client.operator(LOG) == registry.admin.address


def test_zero_addresses(registry: Registry) -> None:
    zero = bytes(20)
    for call in (
        registry.client.open(b"\x20" * 32, zero),
        registry.client.set_operator(LOG, zero),
        registry.client.set_admin(zero),
    ):
        assert registry.refused(call, registry.admin) == "zero address"


# Opening and closing


def test_a_log_is_opened_once(registry: Registry) -> None:
    again = registry.client.open(LOG, registry.admin.address)
    assert registry.refused(again, registry.admin) == "already opened"
    registry.do(registry.client.freeze(LOG), registry.admin)
    assert registry.refused(again, registry.admin) == "already opened"


def test_opening_refuses_half_a_seed(registry: Registry) -> None:
    fresh, operator = b"\x20" * 32, registry.operator.address
    assert registry.refused(registry.client.open(bytes(32), operator), registry.admin) == "zero log id"
    assert registry.refused(registry.client.open(fresh, operator, 1), registry.admin) == "size and root disagree"
    assert registry.refused(registry.client.open(fresh, operator, 0, ROOT), registry.admin) == "size and root disagree"
    assert registry.refused(registry.client.open(fresh, operator, 1 << 48, ROOT), registry.admin) == "size too large"
    registry.do(registry.client.open(fresh, operator, (1 << 48) - 1, ROOT), registry.admin)


def test_a_log_that_was_never_opened(registry: Registry) -> None:
    other = b"\x20" * 32
    for call in (registry.client.freeze(other), registry.client.set_operator(other, registry.admin.address)):
        assert registry.refused(call, registry.admin) == "not open"
    assert registry.refused(registry.client.accept(other, 1, ROOT, STATUS, [])) == "not operator"
    assert registry.client.head(other) == LogHead(0, bytes(32))
    assert registry.client.operator(other) is None and registry.client.successor(other) is None


def test_freezing_is_final(registry: Registry) -> None:
    registry.grow(5)
    registry.do(registry.client.freeze(LOG, b"\x21" * 32), registry.admin)
    proof = consistency(5, LEAVES[:6])
    assert registry.refused(registry.accept(6, tree_hash(LEAVES[:6]), proof)) == "not operator"
    for call in (
        registry.client.set_operator(LOG, registry.operator.address),
        registry.client.freeze(LOG, b"\x22" * 32),
    ):
        assert registry.refused(call, registry.admin) == "not open"
    assert registry.client.successor(LOG) == b"\x21" * 32
    assert registry.client.head(LOG) == LogHead(5, tree_hash(LEAVES[:5]))
    assert registry.client.operator(LOG) is None


def test_a_frozen_log_names_a_successor_that_is_another(registry: Registry) -> None:
    assert registry.refused(registry.client.freeze(LOG, bytes(32)), registry.admin) == "zero successor"
    assert registry.refused(registry.client.freeze(LOG, LOG), registry.admin) == "own successor"
    registry.do(registry.client.freeze(LOG), registry.admin)
    assert registry.client.successor(LOG) == CLOSED == hashlib.sha256(b"closed").digest()


def test_a_seeded_log_needs_a_proof_from_its_seed(registry: Registry) -> None:
    successor = b"\x21" * 32
    registry.seed(successor, 5, tree_hash(LEAVES[:5]))
    root = tree_hash(LEAVES[:9])
    assert registry.refused(registry.client.accept(successor, 9, root, STATUS, [])) == "bad proof"
    registry.do(registry.client.accept(successor, 9, root, STATUS, consistency(5, LEAVES[:9])))
    assert registry.client.anchor_of(successor, 5) == STATUS
    assert registry.client.anchor_of(successor, 9) is not None


# Sizes and roots


def test_sizes_out_of_bounds(registry: Registry) -> None:
    assert registry.refused(registry.accept(0)) == "not larger"
    assert registry.refused(registry.accept(1 << 48)) == "size too large"
    assert registry.refused(registry.accept((1 << 256) - 1)) == "size too large"
    assert registry.refused(registry.accept((1 << 24) + 1)) == "grows too much"
    registry.do(registry.accept(1 << 24))


def test_sizes_that_do_not_grow(registry: Registry) -> None:
    registry.grow(5)
    for size in (5, 4, 1):
        proof = consistency(size, LEAVES[:5])
        assert registry.refused(registry.accept(size, tree_hash(LEAVES[:size]), proof)) == "not larger"
    assert registry.refused(registry.accept((1 << 24) + 6)) == "grows too much"


def test_zero_root(registry: Registry) -> None:
    assert registry.refused(registry.accept(1, bytes(32))) == "zero root"


def test_a_first_checkpoint_takes_no_proof(registry: Registry) -> None:
    assert registry.refused(registry.accept(1, LEAVES[0], [LEAVES[1]])) == "bad proof"


# Consistency


def test_every_pair_of_sizes_of_a_small_log(registry: Registry) -> None:
    client, admin = registry.client, registry.admin
    firsts = range(1, 13)
    seeded: list[Call] = []
    for first in firsts:
        log_id = bytes([100 + first]) * 32
        seeded += [
            client.open(log_id, admin.address, first, tree_hash(LEAVES[:first])),
            client.seed_anchors(log_id, [(first, STATUS)]),
            client.end_seeding(log_id),
        ]
    registry.chain.transact_all(seeded, admin)
    for first in firsts:
        for second in range(first + 1, 14):
            root, proof = tree_hash(LEAVES[:second]), consistency(first, LEAVES[:second])
            registry.chain.prepare(client.accept(bytes([100 + first]) * 32, second, root, STATUS, proof), admin)


@pytest.mark.parametrize("first, second", [(1, 2), (1, 8), (2, 3), (3, 7), (4, 8), (6, 8), (7, 64), (32, 33), (33, 70)])
def test_any_altered_proof_is_refused(registry: Registry, first: int, second: int) -> None:
    registry.grow(first)
    root, proof = tree_hash(LEAVES[:second]), consistency(first, LEAVES[:second])
    bad = [proof[:-1], proof[1:], [*proof, b"\1" * 32], [b"\1" * 32, *proof], [*proof, proof[-1]], []]
    bad += [[*proof[:at], b"\1" * 32, *proof[at + 1 :]] for at in range(len(proof))]
    bad += [list(reversed(proof))] if len(proof) > 1 else []
    bad += [[tree_hash(LEAVES[:first]), *proof]]
    for altered in bad:
        assert registry.refused(registry.accept(second, root, altered)) == "bad proof"
    assert registry.refused(registry.accept(second, b"\1" * 32, proof)) == "bad proof"
    registry.do(registry.accept(second, root, proof))


@pytest.mark.parametrize(
    "first, second, claimed", [(4, 8, 16), (4, 8, 9), (2, 8, 4), (6, 8, 16), (7, 64, 128), (7, 64, 32), (33, 70, 200)]
)
def test_a_size_that_the_tree_has_not(registry: Registry, first: int, second: int, claimed: int) -> None:
    """Roots and proof are right, but the proof has not the length that the claimed size asks for."""
    registry.grow(first)
    root, proof = tree_hash(LEAVES[:second]), consistency(first, LEAVES[:second])
    assert registry.refused(registry.accept(claimed, root, proof)) == "bad proof"


def test_a_rewritten_log_is_refused(registry: Registry) -> None:
    registry.grow(6)
    rewritten = [LEAVES[0], b"\1" * 32, *LEAVES[2:12]]
    assert registry.refused(registry.accept(12, tree_hash(rewritten), consistency(6, rewritten))) == "bad proof"


def test_proofs_of_more_nodes_than_any_log_needs(registry: Registry) -> None:
    registry.grow(5)
    assert registry.refused(registry.accept(9, ROOT, [b"\1" * 32] * 64)) == "bad proof"
    registry.refused(registry.accept(9, ROOT, [b"\1" * 32] * 65))  # beyond the type: refused without words


def test_a_log_at_its_largest(registry: Registry) -> None:
    """From 2⁴⁸ − 2 to 2⁴⁸ − 1 leaves: 47 levels, each with a left sibling that covers the rest."""
    log_id, size = b"\x30" * 32, (1 << 48) - 2
    left = [hashlib.sha256(b"left%d" % level).digest() for level in range(47, 0, -1)]
    first = left[-1]
    for sibling in reversed(left[:-1]):
        first = node_hash(sibling, first)
    last = hashlib.sha256(b"the last leaf").digest()
    second = node_hash(left[-1], last)
    for sibling in reversed(left[:-1]):
        second = node_hash(sibling, second)
    registry.seed(log_id, size, first)
    proof = [left[-1], last, *reversed(left[:-1])]
    assert registry.refused(registry.client.accept(log_id, size + 1, second, STATUS, proof[:-1])) == "bad proof"
    registry.do(registry.client.accept(log_id, size + 1, second, STATUS, proof))
    assert registry.client.head(log_id) == LogHead((1 << 48) - 1, second)


# What is kept


def test_what_is_stored_and_where(registry: Registry) -> None:
    client, chain = registry.client, registry.chain
    registry.grow(5)
    root = tree_hash(LEAVES[:9])
    receipt = chain.transact(registry.accept(9, root, consistency(5, LEAVES[:9])), registry.operator)
    time = receipt.block.timestamp
    stored = {
        client.layout.slot("admin"): registry.admin.address.rjust(32, b"\0"),
        client.layout.slot("operators", LOG): registry.operator.address.rjust(32, b"\0"),
        client.layout.slot("heads", LOG): (9).to_bytes(32, "big"),
        client.layout.slot("roots", LOG): root,
        client.layout.slot("anchors", LOG, 9): anchor_digest(9, root, 5, time, STATUS),
        client.layout.slot("successors", LOG): bytes(32),
    }
    for slot, word in stored.items():
        assert chain.storage(client.address, slot) == word
    assert client.anchor_of(LOG, 9) == anchor_digest(9, root, 5, time, STATUS)
    assert client.anchor_of(LOG, 8) is None
    assert client.head(LOG) == LogHead(9, root)


def test_the_event_tells_what_the_slot_holds(registry: Registry) -> None:
    registry.grow(5)
    registry.do(registry.accept(9, tree_hash(LEAVES[:9]), consistency(5, LEAVES[:9])))
    found = registry.client.anchored(LOG, 0, registry.chain.head().number)
    assert [(anchor.previous_size, anchor.size) for anchor in found] == [(0, 5), (5, 9)]
    for anchor in found:
        assert anchor.time == registry.chain.block(anchor.block_number).timestamp
        digest = anchor_digest(anchor.size, anchor.root, anchor.previous_size, anchor.time, anchor.status_root)
        assert digest == registry.client.anchor_of(LOG, anchor.size)
    assert registry.client.anchored(b"\x20" * 32, 0, registry.chain.head().number) == []


def test_logs_do_not_touch_each_other(registry: Registry) -> None:
    other = b"\x20" * 32
    registry.do(registry.client.open(other, registry.admin.address), registry.admin)
    registry.grow(5)
    assert registry.client.head(other) == LogHead(0, bytes(32))
    assert registry.client.anchor_of(other, 5) is None
    assert registry.refused(registry.client.accept(other, 5, ROOT, STATUS, []), registry.operator) == "not operator"


# Gas


def test_gas_from_90_000_to_100_000_entries(registry: Registry, record_property: Callable[[str, int], None]) -> None:
    leaves = [hashlib.sha256(b"%d" % index).digest() for index in range(100_000)]
    registry.do(registry.accept(80_000, tree_hash(leaves[:80_000])))
    registry.do(registry.accept(90_000, tree_hash(leaves[:90_000]), consistency(80_000, leaves[:90_000])))
    gas = registry.do(registry.accept(100_000, tree_hash(leaves), consistency(90_000, leaves)))
    record_property("gas", gas)
    print(f"gas of the whole transaction from 90,000 to 100,000 entries: {gas}")
    assert gas <= 100_000
