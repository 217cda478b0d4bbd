"""The Ethereum JSON-RPC methods that the embedded node answers, over the same words as any other node."""

import logging
from collections.abc import Callable
from inspect import signature
from typing import Any

import rlp
from eth.abc import BlockHeaderAPI, ComputationAPI
from eth.exceptions import Revert, VMError
from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_utils.exceptions import ValidationError
from trie.hexary import HexaryTrie

from ledger.chain.embedded import intake, jsonform
from ledger.chain.embedded.blocks import Blocks
from ledger.chain.embedded.jsonform import Json, RpcError, data, parse_data, parse_quantity, parse_slot, quantity
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.pool import PoolError
from ledger.chain.protocol import Call
from ledger.formats.errors import UnavailableError
from ledger.formats.keccak import keccak256
from ledger.formats.trie import EMPTY_ACCOUNT, Account

_log = logging.getLogger(__name__)

CLIENT_VERSION = "rollbook/embedded"

_STIPEND = 2_300
_ERROR_SELECTOR = bytes.fromhex("08c379a0")


class Rpc:
    """One method of this class for each JSON-RPC method; ``answer`` is the way in, from any thread."""

    def __init__(self, node: EmbeddedNode) -> None:
        self._node = node
        self._blocks = Blocks(node)
        self._methods: dict[str, Callable[..., Any]] = {
            "web3_clientVersion": lambda: CLIENT_VERSION,
            "net_version": lambda: str(node.genesis.chain_id),
            "net_listening": lambda: True,
            "eth_syncing": lambda: False,
            "eth_accounts": list,
            "eth_mining": lambda: True,
            "eth_coinbase": lambda: data(node.sealer),
            "eth_chainId": lambda: quantity(node.genesis.chain_id),
            "eth_blockNumber": lambda: quantity(node.head().block_number),
            "eth_gasPrice": self._gas_price,
            "eth_maxPriorityFeePerGas": lambda: quantity(0),
            "eth_feeHistory": self._fee_history,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBalance": self._balance,
            "eth_getTransactionCount": self._transaction_count,
            "eth_getCode": self._code,
            "eth_getStorageAt": self._storage_at,
            "eth_getProof": self._proof,
            "eth_call": self._call,
            "eth_estimateGas": self._estimate_gas,
            "eth_sendRawTransaction": self._send_raw_transaction,
            "eth_getTransactionByHash": lambda given: self._blocks.transaction(parse_data(given, 32)),
            "eth_getTransactionReceipt": lambda given: self._blocks.receipt(parse_data(given, 32)),
            "eth_getLogs": self._logs,
            "evm_mine": self._mine,
        }

    def answer(self, method: str, params: list[Any]) -> Any:
        """The result of one request; RpcError for an error answer, UnavailableError where the node itself cannot."""
        found = self._methods.get(method)
        if found is None:
            raise RpcError(-32601, f"the method {method} does not exist/is not available")
        try:
            signature(found).bind(*params)
        except TypeError as error:
            raise jsonform.bad_params(f"{method}: {error}") from error
        with self._node.lock:
            self._seal_due()
            return found(*params)

    def _seal_due(self) -> None:
        """What waits is sealed first. Where the disk or the clock does not let it, there is still much to read."""
        try:
            self._node.seal_due()
        except UnavailableError as error:
            _log.warning("transactions wait: %s", error)

    def _header(self, tag: object) -> BlockHeaderAPI:
        header = self._find(tag)
        if header is None:
            raise RpcError(-32000, "header not found")
        return header

    def _find(self, tag: object) -> BlockHeaderAPI | None:
        """By tag, number, or EIP-1898 object. Every block is final, and nothing waits in a pending block."""
        if tag in ("latest", "pending", "safe", "finalized"):
            return self._node.head()
        if isinstance(tag, dict) and "blockHash" in tag:
            return self._node.header_by_hash(parse_data(tag["blockHash"], 32))
        if isinstance(tag, dict) and "blockNumber" in tag:
            tag = tag["blockNumber"]
        return self._node.header(0 if tag == "earliest" else parse_quantity(tag))

    def _block_by_number(self, tag: object, whole: bool = False) -> Json | None:
        header = self._find(tag)
        return None if header is None else self._blocks.block(header, whole)

    def _block_by_hash(self, block_hash: object, whole: bool = False) -> Json | None:
        header = self._node.header_by_hash(parse_data(block_hash, 32))
        return None if header is None else self._blocks.block(header, whole)

    def _gas_price(self) -> str:
        """Twice the next base fee, so that a transaction survives a few full blocks."""
        return quantity(2 * intake.next_base_fee(self._node) + 1)

    def _fee_history(self, count: object, newest: object, percentiles: object = None) -> Json:
        last = self._header(newest).block_number
        first = max(0, last + 1 - min(parse_quantity(count), 1024))
        headers = [header for header in map(self._node.header, range(first, last + 1)) if header is not None]
        return {
            "oldestBlock": quantity(first),
            "baseFeePerGas": [*map(jsonform.base_fee, headers), quantity(intake.next_base_fee(self._node))],
            "gasUsedRatio": [header.gas_used / header.gas_limit for header in headers],
            "reward": [[quantity(0)] * len(percentiles) for _ in headers] if isinstance(percentiles, list) else [],
        }

    def _balance(self, address: object, tag: object = "latest") -> str:
        state = self._node.state(self._header(tag))
        return quantity(state.get_balance(parse_data(address, 20)))  # type: ignore[arg-type]

    def _transaction_count(self, address: object, tag: object = "latest") -> str:
        account = parse_data(address, 20)
        nonce = self._node.state(self._header(tag)).get_nonce(account)  # type: ignore[arg-type]
        return quantity(self._node.pool.next_nonce(account, nonce) if tag == "pending" else nonce)

    def _code(self, address: object, tag: object = "latest") -> str:
        return data(self._node.state(self._header(tag)).get_code(parse_data(address, 20)))  # type: ignore[arg-type]

    def _storage_at(self, address: object, slot: object, tag: object = "latest") -> str:
        number = int.from_bytes(parse_slot(slot), "big")
        word = self._node.state(self._header(tag)).get_storage(parse_data(address, 20), number)  # type: ignore[arg-type]
        return data(word.to_bytes(32, "big"))

    def _proof(self, address: object, slots: list[object], tag: object = "latest") -> Json:
        account_address = parse_data(address, 20)
        state = HexaryTrie(self._node.database(), self._header(tag).state_root)
        key = keccak256(account_address)
        value = state[key]
        account = Account.decode(value) if value else EMPTY_ACCOUNT
        storage = HexaryTrie(self._node.database(), account.storage_root)
        return {
            "address": data(account_address),
            "nonce": quantity(account.nonce),
            "balance": quantity(account.balance),
            "codeHash": data(account.code_hash),
            "storageHash": data(account.storage_root),
            "accountProof": _nodes(state, key),
            "storageProof": [_storage_proof(storage, parse_slot(slot)) for slot in slots],
        }

    def _call(self, message: Json, tag: object = "latest", *_overrides: object) -> str:
        header = self._header(tag)
        sender, call, gas = _message(message, header.gas_limit)
        return data(_output(self._try(header, sender, call, gas)))

    def _try(self, header: BlockHeaderAPI, sender: bytes, call: Call, gas: int) -> ComputationAPI:
        try:
            return self._node.simulate(header, sender, call, gas)
        except ValidationError as error:
            raise RpcError(-32000, f"insufficient funds or gas: {error}") from error

    def _estimate_gas(self, message: Json, tag: object = "latest") -> str:
        """Gas that suffices, at most a tenth more than is used where one call lies within another (EIP-150), and
        otherwise found by halving."""
        header = self._header(tag)
        sender, call, most = _message(message, header.gas_limit)
        first = self._try(header, sender, call, most)
        _output(first)
        low = most - first.get_gas_remaining()
        for enough in (low, min(low + low // 10 + _STIPEND, most)):
            if self._try(header, sender, call, enough).is_success:
                return quantity(enough)
        high = most
        while high - low > high // 64:
            middle = (low + high) // 2
            works = self._try(header, sender, call, middle).is_success
            low, high = (low, middle) if works else (middle, high)
        return quantity(high)

    def _send_raw_transaction(self, raw: object) -> str:
        encoded = parse_data(raw)
        if self._blocks.knows(keccak256(encoded)):
            raise RpcError(-32000, "already known")
        transaction = intake.read(self._node, encoded)
        try:
            self._node.submit(transaction)
        except PoolError as error:
            raise RpcError(-32000, str(error)) from error
        return data(transaction.hash)

    def _logs(self, wanted: Json) -> list[Json]:
        if "blockHash" in wanted:
            first = last = self._header({"blockHash": wanted["blockHash"]}).block_number
        else:
            first = self._header(wanted.get("fromBlock", "latest")).block_number
            last_found = self._find(wanted.get("toBlock", "latest")) or self._node.head()
            last = last_found.block_number
        addresses = [parse_data(address, 20) for address in _listed(wanted.get("address"))]
        topics = [[parse_data(topic, 32) for topic in _listed(either)] for either in wanted.get("topics") or []]
        return self._blocks.events(addresses, topics, first, last)

    def _mine(self) -> str:
        self._node.tick()
        return quantity(0)


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _message(message: Json, gas_limit: int) -> tuple[bytes, Call, int]:
    """Sender, call and gas of a transaction object; gas is never more than a block's."""
    sender = parse_data(message.get("from") or data(bytes(20)), 20)
    to = message.get("to")
    payload = message.get("data") or message.get("input") or "0x"
    call = Call(parse_data(to, 20) if to else None, parse_data(payload), parse_quantity(message.get("value") or 0))
    return sender, call, min(parse_quantity(message.get("gas") or gas_limit), gas_limit)


def _output(done: ComputationAPI) -> bytes:
    """What a call returned; RpcError 3 with the reason where it reverted."""
    if done.is_success:
        return done.output
    error: VMError = done.error
    if not isinstance(error, Revert):
        raise RpcError(-32000, f"{type(error).__name__}: {error}")
    reason = revert_reason(done.output)
    raise RpcError(3, f"execution reverted: {reason}" if reason else "execution reverted", data(done.output))


def revert_reason(output: bytes) -> str | None:
    """The text of a revert made by ``assert …, "text"``; None for any other."""
    if output[:4] != _ERROR_SELECTOR:
        return None
    try:
        (reason,) = abi_decode(["string"], output[4:])
    except DecodingError:
        return None
    return str(reason)


def _storage_proof(storage: HexaryTrie, slot: bytes) -> Json:
    key = keccak256(slot)
    value = storage[key]
    word = int.from_bytes(rlp.decode(value), "big") if value else 0
    return {"key": data(slot), "value": quantity(word), "proof": _nodes(storage, key)}


def _nodes(trie: HexaryTrie, key: bytes) -> list[str]:
    """The nodes on the way to a hashed key, the root's first."""
    return [data(rlp.encode(node)) for node in trie.get_proof(key)]  # type: ignore[no-untyped-call]
