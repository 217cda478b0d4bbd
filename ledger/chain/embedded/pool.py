"""Transactions that were handed in and are in no block yet. In memory, as in any node: a client sends again."""

import heapq
from collections.abc import Callable, Iterable

from eth.abc import SignedTransactionAPI

LIMIT = 4096


class PoolError(Exception):
    """The pool does not take this transaction; the message is the one that other nodes use."""


class Pool:
    """By sender and number (nonce). Not thread-safe by itself."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._by_sender: dict[bytes, dict[int, SignedTransactionAPI]] = {}
        self._arrival: dict[bytes, int] = {}
        self._arrived = 0

    def __bool__(self) -> bool:
        return bool(self._arrival)

    def add(self, transaction: SignedTransactionAPI) -> None:
        """Take a transaction; one with the same number is replaced where this one pays a tenth more."""
        if transaction.hash in self._arrival:
            raise PoolError("already known")
        own = self._by_sender.setdefault(transaction.sender, {})
        other = own.get(transaction.nonce)
        if other is None and len(self._arrival) >= self._limit:
            raise PoolError("transaction pool is full")
        if other is not None:
            if 10 * transaction.max_fee_per_gas < 11 * other.max_fee_per_gas:
                raise PoolError("replacement transaction underpriced")
            del self._arrival[other.hash]
        own[transaction.nonce] = transaction
        self._arrival[transaction.hash] = self._arrived
        self._arrived += 1

    def get(self, transaction_hash: bytes) -> SignedTransactionAPI | None:
        """The waiting transaction of this hash."""
        for own in self._by_sender.values() if transaction_hash in self._arrival else ():
            for transaction in own.values():
                if transaction.hash == transaction_hash:
                    return transaction
        return None

    def next_nonce(self, sender: bytes, nonce: int) -> int:
        """The number after the unbroken run of waiting transactions that starts at ``nonce``."""
        own = self._by_sender.get(sender, {})
        while nonce in own:
            nonce += 1
        return nonce

    def executable(self, nonce_of: Callable[[bytes], int], gas_limit: int) -> list[SignedTransactionAPI]:
        """What one block can take: each sender's in order of their numbers, otherwise first come, first served."""
        heads = []
        for sender, own in self._by_sender.items():
            first = own.get(nonce_of(sender))
            if first is not None:
                heads.append((self._arrival[first.hash], sender, first.nonce))
        heapq.heapify(heads)
        taken = []
        while heads:
            _, sender, nonce = heapq.heappop(heads)
            transaction = self._by_sender[sender][nonce]
            if transaction.gas > gas_limit:
                continue
            gas_limit -= transaction.gas
            taken.append(transaction)
            after = self._by_sender[sender].get(nonce + 1)
            if after is not None:
                heapq.heappush(heads, (self._arrival[after.hash], sender, after.nonce))
        return taken

    def drop(self, transactions: Iterable[SignedTransactionAPI]) -> None:
        """Forget transactions that are in a block or can never be."""
        for transaction in transactions:
            own = self._by_sender.get(transaction.sender, {})
            if own.get(transaction.nonce) == transaction:
                del own[transaction.nonce]
                del self._arrival[transaction.hash]
            if not own:
                self._by_sender.pop(transaction.sender, None)
