"""A foreign Clique node agrees with every block of the embedded one, and refuses an altered one."""

from collections.abc import Iterator

import pytest
from eth.chains.base import Chain
from eth.consensus.clique.clique import CliqueApplier, CliqueConsensusContext
from eth.db.atomic import AtomicDB
from eth.vm.forks.london import LondonVM
from eth_typing import BlockNumber
from eth_utils.exceptions import ValidationError

from ledger.chain.embedded import machine
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.protocol import Call
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import seals
from ledger.formats.errors import NotAllowedError
from ledger.formats.header import parse_header
from tests.support.chain import CHAIN_ID, TestChain

SOMEBODY = b"\x55" * 20


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
