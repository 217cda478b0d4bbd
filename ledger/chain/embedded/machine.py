"""py-evm's London machine under Clique with one sealer (EIP-225), and how a block is built and sealed on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import rlp
from coincurve import PrivateKey
from eth.abc import (
    AtomicDatabaseAPI,
    BlockAPI,
    BlockHeaderAPI,
    ConsensusAPI,
    ConsensusContextAPI,
    ReceiptAPI,
    SignedTransactionAPI,
    VirtualMachineAPI,
)
from eth.chains.base import Chain
from eth.consensus.clique.clique import configure_header
from eth.consensus.context import ConsensusContext
from eth.vm.forks.london import LondonVM
from eth_typing import Address, BlockNumber, Hash32
from eth_utils.exceptions import ValidationError

from ledger.chain.embedded.genesis import ZERO_ADDRESS, Genesis
from ledger.formats.errors import ProofError
from ledger.formats.header import parse_header
from ledger.formats.seals import EPOCH_LENGTH, SEAL_SIZE, clique_seal_hash, clique_signer

VANITY = b"rollbook".ljust(32, b"\0")
IN_TURN = 2


class SealerContext(ConsensusContext):
    """Who seals the chain."""

    sealer: bytes


class SingleSealer(ConsensusAPI):
    """Clique with one signer who is never voted out: whoever sealed a block earned its fees.

    py-evm's own Clique keeps snapshots of votes, which it rebuilds from up to 30,000 headers when a chain is opened.
    """

    def __init__(self, context: ConsensusContextAPI) -> None:
        assert isinstance(context, SealerContext)
        self._sealer = context.sealer

    def validate_seal(self, header: BlockHeaderAPI) -> None:
        """ValidationError where the form of the header breaks EIP-225, or another key than the sealer's sealed it."""
        try:
            signer = clique_signer(parse_header(rlp.encode(header)))
        except ProofError as error:
            raise ValidationError(error.message) from error
        if signer != self._sealer:
            raise ValidationError(f"sealed by 0x{signer.hex()}")

    def validate_seal_extension(self, header: BlockHeaderAPI, parents: Iterable[BlockHeaderAPI]) -> None:
        """Nothing that ``validate_seal`` does not see: the one key at hand sealed every block."""

    @classmethod
    def get_fee_recipient(cls, header: BlockHeaderAPI) -> Address:
        """The sealer; the header's own beneficiary while there is no seal."""
        if header.block_number < 1:  # the genesis block, and py-evm's draft of one before that
            return header.coinbase
        try:
            return Address(clique_signer(parse_header(rlp.encode(header))))
        except ProofError:
            return header.coinbase


class SealedLondonVM(LondonVM):
    """London without rewards: blocks pay nothing, so no beneficiary is touched."""

    consensus_class = SingleSealer
    extra_data_max_bytes = 65_535
    configure_header = configure_header

    def _assign_block_rewards(self, block: BlockAPI) -> None:
        """Nothing: Clique pays fees only. Crediting zero would leave an empty account behind (EIP-161)."""


def chain_class(genesis: Genesis) -> type[Chain]:
    """The chain that begins so, London from the first block on."""
    return Chain.configure(
        "SealedChain",
        vm_configuration=((BlockNumber(0), SealedLondonVM),),
        consensus_context_class=type("Context", (SealerContext,), {"sealer": genesis.sealer}),
        chain_id=genesis.chain_id,
    )


def write_genesis(database: AtomicDatabaseAPI, genesis: Genesis) -> Chain:
    """Put the first block and its state into an empty database."""
    state: dict[Any, Any] = {
        address: {"balance": wei, "nonce": 0, "code": b"", "storage": {}} for address, wei in genesis.alloc.items()
    }
    params: dict[str, Any] = genesis.header_params()
    return chain_class(genesis).from_genesis(database, params, state)  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Built:
    """A sealed block that is not in the chain yet, its receipts, and the transactions that had to be left out, why."""

    block: BlockAPI
    receipts: tuple[ReceiptAPI, ...]
    refused: tuple[tuple[SignedTransactionAPI, str], ...]


def build(
    chain: Chain, key: PrivateKey, sealer: bytes, transactions: Sequence[SignedTransactionAPI], timestamp: int
) -> Built:
    """Execute the transactions in order on the newest block's state, and seal what comes of it.

    The fee recipient is recovered from the seal, but the seal is over the result: so the header is sealed
    provisionally, the transactions are executed under that, and the final header is sealed again.
    """
    machine = chain.get_vm(_sealed(_header(chain, sealer, timestamp), key))
    header = machine.get_header()
    taken, receipts, refused = [], [], []
    for transaction in transactions:
        try:
            receipt, _ = machine.apply_transaction(header, transaction)
        except ValidationError as error:
            refused.append((transaction, str(error)))
            continue
        header = machine.add_receipt_to_header(header, receipt)
        taken.append(transaction)
        receipts.append(receipt)
    filled = machine.set_block_transactions_and_withdrawals(machine.get_block(), header, taken, receipts)
    final = machine.finalize_block(filled).block
    block = final.copy(header=_sealed(final.header, key))
    return Built(block, tuple(receipts), tuple(refused))


def simulation(chain: Chain, sealer: bytes, parent: BlockHeaderAPI, timestamp: int) -> VirtualMachineAPI:
    """A machine for the block after ``parent``, on which a call can be tried at no cost."""
    header = chain.create_header_from_parent(
        parent, coinbase=Address(sealer), timestamp=timestamp, gas_limit=parent.gas_limit, difficulty=IN_TURN
    )
    # Gas costs nothing while trying; with a base fee, a transaction that pays nothing would be refused.
    return chain.get_vm(header.copy(base_fee_per_gas=0))


def _header(chain: Chain, sealer: bytes, timestamp: int) -> BlockHeaderAPI:
    parent = chain.get_canonical_head()
    listed = sealer if (parent.block_number + 1) % EPOCH_LENGTH == 0 else b""
    return chain.create_header_from_parent(
        parent,
        coinbase=Address(ZERO_ADDRESS),
        timestamp=timestamp,
        gas_limit=parent.gas_limit,
        difficulty=IN_TURN,
        nonce=bytes(8),
        mix_hash=Hash32(bytes(32)),
        extra_data=VANITY + listed + bytes(SEAL_SIZE),
    )


def _sealed(header: BlockHeaderAPI, key: PrivateKey) -> BlockHeaderAPI:
    digest = clique_seal_hash(parse_header(rlp.encode(header)))
    return header.copy(extra_data=header.extra_data[:-SEAL_SIZE] + key.sign_recoverable(digest, hasher=None))
