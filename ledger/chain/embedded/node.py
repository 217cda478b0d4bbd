"""The embedded node: one folder, one lock, one sealer; blocks are made when a transaction waits or when asked.

A block's time is the clock's second and later than its parent's, so there is at most one block a second; a transaction
that comes sooner waits. There is no thread: whoever asks the node anything once the second is over has the waiting
transactions sealed first. The order of writing, and what a crash leaves:

1. Everything of a block, its state and receipts included, is written in one SQLite transaction.
   If we were to crash before its commit, the block was never there; its transactions are sent again by their clients.
2. Only after the commit is the block visible to any caller.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from threading import RLock
from types import TracebackType

from coincurve import PrivateKey
from eth.abc import BlockHeaderAPI, ComputationAPI, SignedTransactionAPI, StateAPI
from eth.chains.base import Chain
from eth.db.atomic import AtomicDB
from eth.exceptions import HeaderNotFound
from eth.vm.spoof import SpoofTransaction
from eth_typing import Address, BlockNumber, Hash32

from ledger.chain.embedded import machine
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.lock import FolderLock
from ledger.chain.embedded.pool import Pool
from ledger.chain.embedded.store import Store
from ledger.chain.protocol import Call
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.seals import address_of

_log = logging.getLogger(__name__)

CLOCK_TOLERANCE = 60


class EmbeddedNode:
    """Owns a chain folder until ``close``. Any thread may call it, holding ``lock``: ``Rpc`` does so."""

    def __init__(
        self, folder: Path, key: bytes, genesis: Genesis | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        """Open the chain in ``folder``, or begin it with ``genesis``; ``key`` is the sealer's 32-byte secret.

        Raises UnavailableError ``chain.locked`` or ``chain.disk``, ConfigError ``chain.no_genesis``,
        ``chain.genesis_mismatch`` or ``chain.wrong_key``.
        """
        self.lock = RLock()
        self._now = now
        self._key = PrivateKey(key)
        self.sealer = address_of(self._key.public_key.format(compressed=False))
        self.pool = Pool()
        folder.mkdir(parents=True, exist_ok=True)
        self._folder_lock = FolderLock(folder)
        try:
            self.genesis = self._settle_genesis(folder / "genesis.json", genesis)
            self._store = Store(folder / "chain.sqlite")
            try:
                self.chain = self._open_chain()
            except BaseException:
                self._store.close()
                raise
        except BaseException:
            self._folder_lock.release()
            raise

    def __enter__(self) -> "EmbeddedNode":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder. Transactions that still wait are forgotten."""
        with self.lock:
            self._store.close()
            self._folder_lock.release()

    def _settle_genesis(self, path: Path, given: Genesis | None) -> Genesis:
        """What stands in the folder, written there first where there is nothing yet."""
        if not path.exists():
            if given is None:
                raise ConfigError("chain.no_genesis", f"{path.parent} holds no chain")
            given.save(path)
        genesis = Genesis.load(path)
        if given is not None and given != genesis:
            raise ConfigError("chain.genesis_mismatch", f"{path} begins another chain than the one asked for")
        if genesis.sealer != self.sealer:
            raise ConfigError("chain.wrong_key", f"the chain in {path.parent} is sealed with another key")
        return genesis

    def _open_chain(self) -> Chain:
        """The chain in the store. Its first block is derived again and compared: a foreign file is not continued."""
        scratch = machine.write_genesis(AtomicDB(), self.genesis)
        expected = scratch.get_canonical_head()
        database = AtomicDB(self._store)
        chain = machine.chain_class(self.genesis)(database)
        try:
            found = chain.get_canonical_block_header_by_number(BlockNumber(0))
        except HeaderNotFound:
            with self._store.transaction():
                return machine.write_genesis(database, self.genesis)
        if found.hash != expected.hash:
            raise ConfigError("chain.genesis_mismatch", "the chain's file does not belong to its genesis")
        return chain

    def head(self) -> BlockHeaderAPI:
        """The newest block's header."""
        return self.chain.get_canonical_head()

    def header(self, number: int) -> BlockHeaderAPI | None:
        """The header of a block, or None where there is none of this number."""
        try:
            return self.chain.get_canonical_block_header_by_number(BlockNumber(number))
        except HeaderNotFound:
            return None

    def header_by_hash(self, block_hash: bytes) -> BlockHeaderAPI | None:
        """The header of this hash, or None."""
        try:
            return self.chain.get_block_header_by_hash(Hash32(block_hash))
        except HeaderNotFound:
            return None

    def state(self, header: BlockHeaderAPI) -> StateAPI:
        """The state after a block, to read."""
        return self.chain.get_vm(header).state

    def event_blocks(self, address: bytes | None, first: int, last: int) -> list[int]:
        """The blocks from ``first`` to ``last`` in which the contract, or any for None, left events."""
        return self._store.event_blocks(address, first, last)

    def database(self) -> AtomicDB:
        """Trie nodes and whatever else the chain stores, by key."""
        return self.chain.chaindb.db  # type: ignore[return-value]

    def submit(self, transaction: SignedTransactionAPI) -> None:
        """Take a transaction that was checked, and seal it at once where the second allows it."""
        with self.lock:
            self.pool.add(transaction)
            self.seal_due()

    def seal_due(self) -> None:
        """Seal the waiting transactions into a block, where there are any and the last block's second is over."""
        with self.lock:
            if self.pool and (timestamp := self._due()) is not None:
                head = self.head()
                ready = self.pool.executable(self.state(head).get_nonce, head.gas_limit)  # type: ignore[arg-type]
                if ready:
                    self._seal(ready, timestamp)

    def tick(self) -> None:
        """Make a block even if it is empty, unless the newest is of this very second."""
        with self.lock:
            self.seal_due()
            if (timestamp := self._due()) is not None:
                self._seal([], timestamp)

    def _due(self) -> int | None:
        """The time for the next block, or None while the newest block's second lasts.

        UnavailableError ``chain.clock`` where the clock stands well before the newest block: one of them is wrong.
        """
        timestamp, newest = int(self._now()), self.head().timestamp
        if timestamp < newest - CLOCK_TOLERANCE:
            raise UnavailableError("chain.clock", f"the clock is {newest - timestamp} seconds behind the newest block")
        return timestamp if timestamp > newest else None

    def _seal(self, transactions: list[SignedTransactionAPI], timestamp: int) -> None:
        with self._store.transaction():
            built = machine.build(self.chain, self._key, self.sealer, transactions, timestamp)
            self.chain.persist_block(built.block)
            addresses = {bytes(event.address) for receipt in built.receipts for event in receipt.logs}
            self._store.add_event_blocks(addresses, built.block.number)
        for transaction, reason in built.refused:
            _log.warning("transaction %s left out of block %d: %s", transaction.hash.hex(), built.block.number, reason)
        self.pool.drop(transactions)

    def simulate(self, header: BlockHeaderAPI, sender: bytes, call: Call, gas: int) -> ComputationAPI:
        """What ``call`` would do in the block after ``header``; nothing is kept, and gas costs nothing."""
        timestamp = max(int(self._now()), header.timestamp + 1)
        trial = machine.simulation(self.chain, self.sealer, header, timestamp)
        unsigned = trial.create_unsigned_transaction(
            nonce=trial.state.get_nonce(Address(sender)),
            gas_price=0,
            gas=gas,
            to=Address(call.to or b""),
            value=call.value,
            data=call.data,
        )
        spoofed = SpoofTransaction(unsigned, from_=sender)
        return trial.state.apply_transaction(spoofed)  # type: ignore[arg-type]
