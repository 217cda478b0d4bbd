"""A chain over JSON-RPC: one code path for the embedded node and for any other, through a web3 provider.

Answers are parsed strictly; whatever a node says that does not have its promised form counts as no answer at all.
"""

import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from requests.exceptions import RequestException
from web3 import HTTPProvider
from web3.exceptions import Web3Exception
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint

from ledger.chain import jsonrpc
from ledger.chain.jsonrpc import Answer
from ledger.chain.protocol import BlockRef, Call, Event, Receipt, Signed, Signer
from ledger.formats.errors import ConflictError, NotAllowedError, NotFoundError, UnavailableError
from ledger.formats.keccak import keccak256

GAS_MARGIN = 4
"""A transaction may use a quarter more gas than was estimated: the state may have moved on by then."""

_METHOD_NOT_FOUND = -32601


class RpcChain:
    """The ``Chain`` behind a web3 provider. Safe for many threads where the provider is."""

    def __init__(
        self,
        provider: BaseProvider,
        *,
        confirmations: int = 0,
        timeout: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """A block is final once ``confirmations`` blocks follow it: none are needed where one sealer decides, or QBFT.

        ``timeout`` is how many seconds ``wait`` waits.
        """
        self._provider = provider
        self._confirmations = confirmations
        self._timeout = timeout
        self._sleep = sleep
        self._monotonic = monotonic
        self._sending = Lock()
        self._chain_id: int | None = None

    # Blocks

    def chain_id(self) -> int:
        """The number that transactions are bound to (EIP-155)."""
        if self._chain_id is None:
            self._chain_id = jsonrpc.quantity(self._ask("eth_chainId"))
        return self._chain_id

    def head(self) -> BlockRef:
        """The newest block."""
        return self._ref(jsonrpc.members(self._ask("eth_getBlockByNumber", "latest", False)), newest=None)

    def final_head(self) -> BlockRef:
        """The newest final block."""
        return self.head() if self._confirmations == 0 else self.block(max(0, self._newest() - self._confirmations))

    def block(self, number: int) -> BlockRef:
        """The block of this number; NotFoundError ``chain.no_block``."""
        return self._ref(self._block(number), newest=self._newest())

    def header_rlp(self, number: int) -> bytes:
        """The RLP of a block's header; ProofError ``chain.bad_header`` where it does not hash to the block's hash."""
        return jsonrpc.header_rlp(self._block(number))

    def tick(self) -> BlockRef:
        """The newest block, after an empty one was made where the node makes blocks on demand."""
        answer = self._request("evm_mine", [])
        if answer.error is not None and answer.error.code != _METHOD_NOT_FOUND:
            raise UnavailableError("chain.unreachable", f"evm_mine: {answer.error.message}")
        return self.head()

    def _block(self, number: int) -> dict[str, Any]:
        found = self._ask("eth_getBlockByNumber", hex(number), False)
        if found is None:
            raise NotFoundError("chain.no_block", f"the chain has no block {number}")
        return jsonrpc.members(found)

    def _newest(self) -> int:
        return jsonrpc.quantity(self._ask("eth_blockNumber"))

    def _ref(self, found: dict[str, Any], newest: int | None) -> BlockRef:
        number = jsonrpc.quantity(found.get("number"))
        final = (number if newest is None else newest) - number >= self._confirmations
        digest = jsonrpc.data(found.get("hash"), 32)
        return BlockRef(number, digest, jsonrpc.quantity(found.get("timestamp")), final)

    # State

    def call(self, call: Call, block: int | None = None) -> bytes:
        """What a contract returns; NotAllowedError ``chain.reverted`` with its reason."""
        return jsonrpc.data(self._ask("eth_call", jsonrpc.message(call), _tag(block)))

    def code(self, address: bytes, block: int | None = None) -> bytes:
        """A contract's code; empty where there is none."""
        return jsonrpc.data(self._ask("eth_getCode", jsonrpc.hexed(address), _tag(block)))

    def balance(self, address: bytes, block: int | None = None) -> int:
        """An account's wei."""
        return jsonrpc.quantity(self._ask("eth_getBalance", jsonrpc.hexed(address), _tag(block)))

    def storage(self, address: bytes, slot: bytes, block: int | None = None) -> bytes:
        """The 32-byte word in a storage slot, as the node says it."""
        found = self._ask("eth_getStorageAt", jsonrpc.hexed(address), jsonrpc.hexed(slot), _tag(block))
        return jsonrpc.data(found, 32)

    def get_proof(self, address: bytes, slots: Sequence[bytes], block: int) -> tuple[bytes, ...]:
        """The trie nodes, each once, that prove the account and each slot (EIP-1186)."""
        asked = [jsonrpc.hexed(slot) for slot in slots]
        return jsonrpc.proof_nodes(self._ask("eth_getProof", jsonrpc.hexed(address), asked, hex(block)))

    def events(self, address: bytes, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
        """A contract's events in blocks ``first`` to ``last``, oldest first; a topic of None matches any."""
        if first > last:
            return []
        wanted = {
            "address": jsonrpc.hexed(address),
            "topics": [None if topic is None else jsonrpc.hexed(topic) for topic in topics],
            "fromBlock": hex(first),
            "toBlock": hex(last),
        }
        return [jsonrpc.event(found) for found in jsonrpc.items(self._ask("eth_getLogs", wanted))]

    # Transactions

    def prepare(self, call: Call, signer: Signer) -> Signed:
        """Sign without sending; NotAllowedError ``chain.reverted`` where it would fail now, or ``chain.refused``."""
        gas = jsonrpc.quantity(self._ask("eth_estimateGas", jsonrpc.message(call, signer.address)))
        gas_price = jsonrpc.quantity(self._ask("eth_gasPrice"))
        nonce = self.transaction_count(signer.address)
        return signer.sign(
            call, chain_id=self.chain_id(), nonce=nonce, gas=gas + gas // GAS_MARGIN, gas_price=gas_price
        )

    def send(self, transaction: bytes) -> bytes:
        """Hand in a signed transaction, and get its hash; ConflictError ``chain.spent``, ``chain.failed`` or
        ``chain.underpriced``, NotAllowedError ``chain.refused``."""
        digest = keccak256(transaction)
        answer = self._request("eth_sendRawTransaction", [jsonrpc.hexed(transaction)])
        if answer.error is None:
            return digest
        known = jsonrpc.is_known(answer.error)
        if known or jsonrpc.is_spent(answer.error):  # some nodes say the one, some the other, of what a block holds
            self._check_void(digest, known)
            return digest
        if jsonrpc.is_underpriced(answer.error):
            raise ConflictError("chain.underpriced", answer.error.message)
        if jsonrpc.is_passing(answer.error):
            raise UnavailableError("chain.unreachable", f"eth_sendRawTransaction: {answer.error.message}")
        raise NotAllowedError("chain.refused", answer.error.message)

    def transaction_count(self, address: bytes) -> int:
        """The number that an account's next transaction has, after those that wait and can be executed in turn."""
        return jsonrpc.quantity(self._ask("eth_getTransactionCount", jsonrpc.hexed(address), "pending"))

    def _check_void(self, digest: bytes, known: bool) -> None:
        receipt = self.receipt(digest)
        if receipt is None and not known:
            raise ConflictError("chain.spent", "another transaction of the account has this one's number")
        # Before its block is final, another one may still hold it as accepted.
        if receipt is not None and receipt.block.final and not receipt.succeeded:
            raise ConflictError("chain.failed", f"transaction {digest.hex()} failed, and can never be accepted")

    def receipt(self, transaction_hash: bytes) -> Receipt | None:
        """What became of a transaction; None while no block has it."""
        found = self._ask("eth_getTransactionReceipt", jsonrpc.hexed(transaction_hash))
        if found is None:
            return None
        shape = jsonrpc.members(found)
        return jsonrpc.receipt(shape, self.block(jsonrpc.quantity(shape.get("blockNumber"))))

    def wait(self, transaction_hash: bytes) -> Receipt:
        """The receipt, once a final block has the transaction; UnavailableError ``chain.pending``, NotAllowedError
        ``chain.reverted``."""
        until = self._monotonic() + self._timeout
        pause = 0.02
        while True:
            receipt = self.receipt(transaction_hash)
            if receipt is not None and receipt.block.final:
                break
            if self._monotonic() >= until:
                raise UnavailableError("chain.pending", f"{transaction_hash.hex()} is in no final block yet")
            self._sleep(pause)
            pause = min(2 * pause, 0.5)
        if not receipt.succeeded:
            raise NotAllowedError("chain.reverted", f"transaction {transaction_hash.hex()} failed")
        return receipt

    def transact(self, call: Call, signer: Signer) -> Receipt:
        """Prepare, send and wait."""
        return self.wait(self._submit(call, signer))

    def transact_all(self, calls: Sequence[Call], signer: Signer) -> list[Receipt]:
        """As ``transact`` for each in turn, several to a block.

        A call that fails while earlier ones still wait is tried again after them, since it may build on them.
        """
        sent: list[bytes] = []
        done: list[Receipt] = []
        for call in calls:
            try:
                digest = self._submit(call, signer)
            except NotAllowedError:
                if len(sent) == len(done):
                    raise
                done.extend(self.wait(waiting) for waiting in sent[len(done) :])
                digest = self._submit(call, signer)
            sent.append(digest)
        done.extend(self.wait(waiting) for waiting in sent[len(done) :])
        return done

    def _submit(self, call: Call, signer: Signer) -> bytes:
        with self._sending:  # or two threads would take the same number
            try:
                return self.send(self.prepare(call, signer).transaction)
            except NotAllowedError as error:
                if error.code != "chain.refused":
                    raise
                # Where accounts are permitted or paid for, somebody has to be told which one is not.
                raise NotAllowedError(error.code, f"{error.message} (from 0x{signer.address.hex()})") from error

    # JSON-RPC

    def _ask(self, method: str, *params: Any) -> Any:
        answer = self._request(method, list(params))
        if answer.error is None:
            return answer.result
        if jsonrpc.is_revert(answer.error):
            raise NotAllowedError("chain.reverted", jsonrpc.revert_reason(answer.error))
        if jsonrpc.is_unaffordable(answer.error):
            raise NotAllowedError("chain.refused", answer.error.message)
        raise UnavailableError("chain.unreachable", f"{method}: {answer.error.message}")

    def _request(self, method: str, params: list[Any]) -> Answer:
        try:
            return jsonrpc.answer(self._provider.make_request(RPCEndpoint(method), params))
        except (RequestException, OSError, Web3Exception, ValueError) as error:
            raise UnavailableError("chain.unreachable", f"{method}: {error}") from error


def http_chain(url: str, *, confirmations: int = 0, timeout: float = 60.0) -> RpcChain:
    """A chain at a node's JSON-RPC address. A request is given ten seconds and is not repeated: callers try again."""
    provider = HTTPProvider(url, request_kwargs={"timeout": 10}, exception_retry_configuration=None)
    return RpcChain(provider, confirmations=confirmations, timeout=timeout)


def _tag(block: int | None) -> str:
    return "latest" if block is None else hex(block)
