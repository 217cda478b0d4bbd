"""A log that moves to another CheckpointRegistry: what it takes over, and that nothing else works before it is done."""

import hashlib
from collections.abc import Iterator

import pytest

from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call
from ledger.chain.registries import MAX_SEEDED, CheckpointRegistryClient, LogHead
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import anchor_digest, successor
from tests.contracts.naive_tree import consistency, tree_hash
from tests.support.chain import CHAIN_ID, TestChain

LOG = b"\x10" * 32
STATUS = b"\x12" * 32
LEAVES = [hashlib.sha256(bytes([index])).digest() for index in range(12)]
ROOT = tree_hash(LEAVES[:9])


class Seeded:
    """A new registry in which the log was opened with size 9 of its frozen predecessor."""

    def __init__(self, test_chain: TestChain) -> None:
        self.chain = test_chain.chain
        self.admin, self.operator, self.stranger = test_chain.admin, test_chain.other, test_chain.stranger
        self.client = CheckpointRegistryClient.deploy(self.chain, self.admin)
        self.do(self.client.open(LOG, self.operator.address, 9, ROOT))

    def do(self, *calls: Call, signer: LocalSigner | None = None) -> None:
        self.chain.transact_all(calls, signer or self.admin)

    def refused(self, call: Call, signer: LocalSigner | None = None) -> str:
        with pytest.raises(NotAllowedError) as caught:
            self.chain.prepare(call, signer or self.admin)
        return caught.value.message

    def accept(self) -> Call:
        return self.client.accept(LOG, 12, tree_hash(LEAVES), STATUS, consistency(9, LEAVES))


@pytest.fixture
def seeded(test_chain: TestChain) -> Iterator[Seeded]:
    yield Seeded(test_chain)


def test_nothing_else_works_while_a_log_is_seeded(seeded: Seeded) -> None:
    client, address = seeded.client, seeded.operator.address
    for signer in (seeded.operator, seeded.admin, seeded.stranger):
        assert seeded.refused(seeded.accept(), signer) == "not operator"
    assert seeded.refused(client.set_operator(LOG, address)) == "not open"
    assert seeded.refused(client.freeze(LOG)) == "not open"
    for again in (client.open(LOG, address, 9, ROOT), client.open(LOG, address)):
        assert seeded.refused(again) == "already opened"
    assert client.operator(LOG) is None and client.seeding(LOG) == address
    assert client.head(LOG) == LogHead(9, ROOT)


def test_only_the_admin_seeds(seeded: Seeded) -> None:
    seeded.do(seeded.client.seed_anchors(LOG, [(9, STATUS)]))
    for signer in (seeded.operator, seeded.stranger):
        assert seeded.refused(seeded.client.seed_anchors(LOG, [(3, STATUS)]), signer) == "not admin"
        assert seeded.refused(seeded.client.end_seeding(LOG), signer) == "not admin"


def test_words_that_the_contract_never_writes(seeded: Seeded) -> None:
    client = seeded.client
    refused = {
        "zero word": [(3, bytes(32))],
        "size beyond the seed": [(10, STATUS)],
        "already seeded": [(3, STATUS), (3, ROOT)],
        "sizes and words disagree": [],
    }
    for reason, anchors in refused.items():
        assert seeded.refused(client.seed_anchors(LOG, anchors)) == reason
    assert seeded.refused(client.seed_anchors(LOG, [(0, STATUS)])) == "size beyond the seed"
    assert seeded.refused(client._call("seed_anchors", LOG, [3, 4], [STATUS])) == "sizes and words disagree"
    assert seeded.refused(client._call("seed_anchors", LOG, [3], [STATUS, STATUS])) == "sizes and words disagree"
    seeded.refused(client.seed_anchors(LOG, [(1, STATUS)] * (MAX_SEEDED + 1)))  # beyond the type: without words
    seeded.do(client.seed_anchors(LOG, [(3, STATUS)]))
    assert seeded.refused(client.seed_anchors(LOG, [(4, STATUS), (3, ROOT)])) == "already seeded"


def test_an_end_without_the_newest_anchor(seeded: Seeded) -> None:
    seeded.do(seeded.client.seed_anchors(LOG, [(3, STATUS), (8, STATUS)]))
    assert seeded.refused(seeded.client.end_seeding(LOG)) == "newest anchor missing"


def test_seeding_ends_for_good(seeded: Seeded) -> None:
    client = seeded.client
    seeded.do(client.seed_anchors(LOG, [(9, STATUS)]), client.end_seeding(LOG))
    for call in (client.seed_anchors(LOG, [(3, STATUS)]), client.end_seeding(LOG)):
        assert seeded.refused(call) == "not seeding"
    assert client.operator(LOG) == seeded.operator.address and client.seeding(LOG) is None
    seeded.do(seeded.accept(), signer=seeded.operator)
    seeded.do(client.freeze(LOG))
    for call in (client.seed_anchors(LOG, [(3, STATUS)]), client.end_seeding(LOG)):
        assert seeded.refused(call) == "not seeding"
    assert seeded.refused(client.open(LOG, seeded.operator.address, 9, ROOT)) == "already opened"


def test_a_fresh_log_is_never_seeded(seeded: Seeded) -> None:
    fresh, client = b"\x20" * 32, seeded.client
    assert seeded.refused(client.seed_anchors(fresh, [(1, STATUS)])) == "not seeding"
    seeded.do(client.open(fresh, seeded.operator.address))
    for call in (client.seed_anchors(fresh, [(1, STATUS)]), client.end_seeding(fresh)):
        assert seeded.refused(call) == "not seeding"
    assert client.anchor_of(fresh, 1) is None and client.seeding(fresh) is None


def test_old_anchors_stand_under_the_new_registry_with_their_time(seeded: Seeded) -> None:
    """The whole move: the old log grows and is frozen, every word is taken over, and the log goes on."""
    client, old = seeded.client, CheckpointRegistryClient.deploy(seeded.chain, seeded.admin)
    seeded.do(old.open(LOG, seeded.operator.address))
    for before, size in ((0, 4), (4, 9)):
        proof = consistency(before, LEAVES[:size]) if before else []
        seeded.do(old.accept(LOG, size, tree_hash(LEAVES[:size]), STATUS, proof), signer=seeded.operator)
    named = successor(CHAIN_ID, client.address, LOG)
    seeded.do(old.freeze(LOG, named))
    assert old.successor(LOG) == named
    anchors = old.anchored(LOG, 0, seeded.chain.head().number)
    words = [(one.size, old.anchor_of(LOG, one.size) or b"") for one in anchors]
    seeded.do(client.seed_anchors(LOG, words), client.end_seeding(LOG))
    seeded.do(seeded.accept(), signer=seeded.operator)
    for one in anchors:
        digest = anchor_digest(one.size, one.root, one.previous_size, one.time, STATUS)
        assert client.anchor_of(LOG, one.size) == digest
    assert client.head(LOG) == LogHead(12, tree_hash(LEAVES)) and client.anchor_of(LOG, 12) is not None
