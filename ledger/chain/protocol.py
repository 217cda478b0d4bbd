"""What the rest of the project asks of a chain, whichever node answers: the embedded one or another over JSON-RPC.

Numbers are Python integers, hashes, roots and addresses raw bytes (32, 32 and 20 of them), times whole seconds since
1970. Every method raises UnavailableError ``chain.unreachable`` where no answer can be had now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BlockRef:
    """A block; ``final`` where no later event can take it out of the chain again."""

    number: int
    hash: bytes
    timestamp: int
    final: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A message to a contract or account; ``to`` is None where ``data`` creates a contract. ``value`` is in wei."""

    to: bytes | None
    data: bytes = b""
    value: int = 0


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: the bytes that a node takes, and its hash, by which it is found later."""

    transaction: bytes
    transaction_hash: bytes


@dataclass(frozen=True, slots=True)
class Event:
    """One log record of a contract, with the block and transaction that it is in."""

    address: bytes
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    transaction_hash: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction; ``contract`` is the address that it created, if any."""

    transaction_hash: bytes
    block: BlockRef
    succeeded: bool
    gas_used: int
    contract: bytes | None
    events: tuple[Event, ...]


class Signer(Protocol):
    """Holds one account's key."""

    @property
    def address(self) -> bytes:
        """The account's 20 bytes."""

    def sign(self, call: Call, *, chain_id: int, nonce: int, gas: int, gas_price: int) -> Signed:
        """The signed transaction (EIP-155)."""


class Chain(Protocol):
    """A chain. Where a block may be given, None stands for the newest."""

    def chain_id(self) -> int:
        """The number that transactions are bound to (EIP-155)."""

    def head(self) -> BlockRef:
        """The newest block."""

    def final_head(self) -> BlockRef:
        """The newest final block."""

    def block(self, number: int) -> BlockRef:
        """The block of this number; NotFoundError ``chain.no_block``."""

    def header_rlp(self, number: int) -> bytes:
        """The RLP of a block's header, whose Keccak-256 is the block's hash; ProofError ``chain.bad_header`` where the
        node's answer does not hash to what it says."""

    def tick(self) -> BlockRef:
        """The newest block, after an empty one was made where the node makes blocks on demand."""

    def call(self, call: Call, block: int | None = None) -> bytes:
        """What a contract returns; NotAllowedError ``chain.reverted`` with its reason."""

    def code(self, address: bytes, block: int | None = None) -> bytes:
        """A contract's code; empty where there is none."""

    def balance(self, address: bytes, block: int | None = None) -> int:
        """An account's wei."""

    def storage(self, address: bytes, slot: bytes, block: int | None = None) -> bytes:
        """The 32-byte word in a storage slot, as the node says it; ``get_proof`` proves it."""

    def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> tuple[bytes, ...]:
        """The trie nodes, each once, that prove the account and each slot under the block's state root (EIP-1186)."""

    def events(self, address: bytes, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
        """A contract's events in blocks ``first`` to ``last``, oldest first; a topic of None matches any."""

    def prepare(self, call: Call, signer: Signer) -> Signed:
        """Sign without sending. NotAllowedError ``chain.reverted`` where it would fail now, with the reason, and
        ``chain.refused`` where the account cannot pay."""

    def send(self, transaction: bytes) -> bytes:
        """Hand in a signed transaction, and get its hash; nothing happens where the node knows it or a block has it.

        Raises ConflictError ``chain.spent`` where its number was used by another transaction of the account, and
        ``chain.failed`` where a final block holds this very one as failed: neither can ever be accepted;
        ``chain.underpriced`` where it pays less than the node asks for now;
        NotAllowedError ``chain.refused`` where the node refuses it for good.
        """

    def transaction_count(self, address: bytes) -> int:
        """The number that an account's next transaction has, after those that wait and can be executed in turn."""

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """What became of a transaction; None while no block has it."""

    def wait(self, transaction_hash: bytes) -> Receipt:
        """The receipt, once a final block has the transaction; UnavailableError ``chain.pending`` where that takes too
        long. A failed transaction raises NotAllowedError ``chain.reverted``."""

    def transact(self, call: Call, signer: Signer) -> Receipt:
        """Prepare, send and wait."""

    def transact_all(self, calls: Sequence[Call], signer: Signer) -> list[Receipt]:
        """As ``transact`` for each in turn, but without waiting for a block each where one can hold several."""
