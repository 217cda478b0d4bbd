"""Reading blocks, transactions, receipts and events out of the embedded node, as JSON-RPC shows them."""

from collections.abc import Sequence
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import BlockHeaderAPI, ReceiptAPI
from eth.exceptions import TransactionNotFound
from eth_typing import Hash32

from ledger.chain.embedded import jsonform
from ledger.chain.embedded.jsonform import Json, RpcError
from ledger.chain.embedded.node import EmbeddedNode

MAX_EVENTS = 10_000


class Blocks:
    """Answers about what is in the chain already; the caller holds the node's lock."""

    def __init__(self, node: EmbeddedNode) -> None:
        self._node = node

    def block(self, header: BlockHeaderAPI, whole: bool) -> Json:
        """A block with its transactions' hashes, or with the ``whole`` transactions."""
        body = self._node.chain.get_block_by_header(header)
        shown: list[Any] = [
            jsonform.transaction(found, header, index) if whole else jsonform.data(found.hash)
            for index, found in enumerate(body.transactions)
        ]
        score = self._node.chain.get_score(header.hash)
        return jsonform.block(header, shown, score, jsonform.encoded_size(body))

    def transaction(self, transaction_hash: bytes) -> Json | None:
        """A transaction in a block or waiting for one."""
        waiting = self._node.pool.get(transaction_hash)
        if waiting is not None:
            return jsonform.transaction(waiting, None, None)
        place = self._place(transaction_hash)
        if place is None:
            return None
        header, index = place
        found = self._node.chain.get_canonical_transaction_by_index(header.block_number, index)
        return jsonform.transaction(found, header, index)

    def receipt(self, transaction_hash: bytes) -> Json | None:
        """The receipt of a transaction in a block."""
        place = self._place(transaction_hash)
        if place is None:
            return None
        header, index = place
        done = self._node.chain.get_canonical_transaction_by_index(header.block_number, index)
        receipts = self._receipts(header)
        before = receipts[index - 1] if index else None
        created = None if done.to else generate_contract_address(done.sender, done.nonce)
        first_event = sum(len(receipt.logs) for receipt in receipts[:index])
        return jsonform.receipt(header, index, done, receipts[index], before, created, first_event)

    def knows(self, transaction_hash: bytes) -> bool:
        """Whether a block has this transaction."""
        return self._place(transaction_hash) is not None

    def events(
        self, addresses: Sequence[bytes], topics: Sequence[Sequence[bytes]], first: int, last: int
    ) -> list[Json]:
        """Events in blocks ``first`` to ``last``, in order. Topics match by position; an empty list matches any."""
        numbers: set[int] = set()
        for address in addresses or (None,):
            numbers.update(self._node.event_blocks(address, first, last))
        found: list[Json] = []
        for number in sorted(numbers):
            header = self._node.header(number)
            if header is not None:
                found.extend(event for event in self._block_events(header) if _matches(event, addresses, topics))
            if len(found) > MAX_EVENTS:
                raise RpcError(-32005, f"more than {MAX_EVENTS} events; ask for fewer blocks")
        return found

    def _block_events(self, header: BlockHeaderAPI) -> list[Json]:
        hashes = self._node.chain.chaindb.get_block_transaction_hashes(header)
        found: list[Json] = []
        for index, (transaction_hash, receipt) in enumerate(zip(hashes, self._receipts(header), strict=True)):
            found.extend(jsonform.events(header, index, transaction_hash, receipt.logs, len(found)))
        return found

    def _receipts(self, header: BlockHeaderAPI) -> tuple[ReceiptAPI, ...]:
        builder = self._node.chain.get_vm_class(header).get_receipt_builder()
        return self._node.chain.chaindb.get_receipts(header, builder)

    def _place(self, transaction_hash: bytes) -> tuple[BlockHeaderAPI, int] | None:
        try:
            number, index = self._node.chain.get_canonical_transaction_index(Hash32(transaction_hash))
        except TransactionNotFound:
            return None
        header = self._node.header(number)
        return None if header is None else (header, index)


def _matches(event: Json, addresses: Sequence[bytes], topics: Sequence[Sequence[bytes]]) -> bool:
    if addresses and jsonform.parse_data(event["address"]) not in addresses:
        return False
    own = [jsonform.parse_data(topic) for topic in event["topics"]]
    return len(topics) <= len(own) and all(
        not wanted or found in wanted for wanted, found in zip(topics, own, strict=False)
    )
