"""The JSON shapes of the Ethereum JSON-RPC: quantities are minimal hex numbers, data is hex bytes, both behind 0x."""

from collections.abc import Iterable
from typing import Any

import rlp
from eth.abc import BlockHeaderAPI, LogAPI, ReceiptAPI, SignedTransactionAPI
from eth_bloom.bloom import BloomFilter

Json = dict[str, Any]


class RpcError(Exception):
    """An error answer: JSON-RPC 2.0 §5.1 code, message and, for a revert, its data."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


def bad_params(message: str) -> RpcError:
    """The error for a parameter that is not what the method takes."""
    return RpcError(-32602, message)


def data(value: bytes) -> str:
    """Bytes as 0x hex."""
    return "0x" + value.hex()


def quantity(value: int) -> str:
    """An unsigned integer as 0x hex without leading zeros."""
    return hex(value)


def parse_data(value: object, size: int | None = None) -> bytes:
    """Bytes from 0x hex, of ``size`` bytes where given."""
    try:
        if not isinstance(value, str) or value[:2] != "0x":
            raise ValueError
        found = bytes.fromhex(value[2:])
    except ValueError as error:
        raise bad_params(f"{value!r} is no 0x hex data") from error
    if size is not None and len(found) != size:
        raise bad_params(f"{value!r} has not {size} bytes")
    return found


def parse_quantity(value: object) -> int:
    """An unsigned integer from 0x hex; a JSON integer is taken too."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    try:
        if not isinstance(value, str) or value[:2] != "0x":
            raise ValueError
        return int(value[2:], 16)
    except ValueError as error:
        raise bad_params(f"{value!r} is no 0x hex quantity") from error


def parse_slot(value: object) -> bytes:
    """A storage slot from 0x hex of 32 bytes or from a shorter quantity."""
    number = parse_quantity(value)
    if number >= 1 << 256:
        raise bad_params(f"{value!r} is no storage slot")
    return number.to_bytes(32, "big")


def base_fee(header: BlockHeaderAPI) -> str:
    """What a unit of gas burns in this block, in wei (EIP-1559)."""
    return quantity(header.base_fee_per_gas or 0)


def block(header: BlockHeaderAPI, transactions: list[Any], score: int, size: int) -> Json:
    """A block; ``transactions`` are hashes or whole transactions, ``size`` the bytes of the block's RLP."""
    return {
        "number": quantity(header.block_number),
        "hash": data(header.hash),
        "parentHash": data(header.parent_hash),
        "sha3Uncles": data(header.uncles_hash),
        "miner": data(header.coinbase),
        "stateRoot": data(header.state_root),
        "transactionsRoot": data(header.transaction_root),
        "receiptsRoot": data(header.receipt_root),
        "logsBloom": data(header.bloom.to_bytes(256, "big")),
        "difficulty": quantity(header.difficulty),
        "totalDifficulty": quantity(score),
        "gasLimit": quantity(header.gas_limit),
        "gasUsed": quantity(header.gas_used),
        "timestamp": quantity(header.timestamp),
        "extraData": data(header.extra_data),
        "mixHash": data(header.mix_hash),
        "nonce": data(header.nonce),
        "baseFeePerGas": base_fee(header),
        "size": quantity(size),
        "transactions": transactions,
        "uncles": [],
    }


def transaction(found: SignedTransactionAPI, header: BlockHeaderAPI | None, index: int | None) -> Json:
    """A transaction; ``header`` and ``index`` are None while it waits."""
    kind = getattr(found, "type_id", None) or 0
    shape: Json = {
        "hash": data(found.hash),
        "type": quantity(kind),
        "from": data(found.sender),
        "to": data(found.to) if found.to else None,
        "nonce": quantity(found.nonce),
        "gas": quantity(found.gas),
        "gasPrice": quantity(found.gas_price if kind < 2 else found.max_fee_per_gas),
        "value": quantity(found.value),
        "input": data(found.data),
        "v": quantity(found.v if kind == 0 else found.y_parity),  # type: ignore[attr-defined]
        "r": quantity(found.r),
        "s": quantity(found.s),
        "blockNumber": None if header is None else quantity(header.block_number),
        "blockHash": None if header is None else data(header.hash),
        "transactionIndex": None if index is None else quantity(index),
    }
    if kind == 2:
        shape["maxFeePerGas"] = quantity(found.max_fee_per_gas)
        shape["maxPriorityFeePerGas"] = quantity(found.max_priority_fee_per_gas)
    if kind or found.chain_id is not None:
        shape["chainId"] = quantity(found.chain_id or 0)
    return shape


def receipt(
    header: BlockHeaderAPI, index: int, done: SignedTransactionAPI, found: ReceiptAPI, before: ReceiptAPI | None,
    created: bytes | None, first_event: int,
) -> Json:  # fmt: skip
    """A receipt. ``before`` is the receipt before it in the block: gas is kept as a running sum."""
    price = min(done.max_fee_per_gas, done.max_priority_fee_per_gas + (header.base_fee_per_gas or 0))
    return {
        "transactionHash": data(done.hash),
        "transactionIndex": quantity(index),
        "blockHash": data(header.hash),
        "blockNumber": quantity(header.block_number),
        "from": data(done.sender),
        "to": data(done.to) if done.to else None,
        "contractAddress": None if created is None else data(created),
        "cumulativeGasUsed": quantity(found.gas_used),
        "gasUsed": quantity(found.gas_used - (before.gas_used if before else 0)),
        "effectiveGasPrice": quantity(price),
        "status": quantity(int.from_bytes(found.state_root, "big")),
        "type": quantity(getattr(done, "type_id", None) or 0),
        "logsBloom": data(int(BloomFilter(found.bloom)).to_bytes(256, "big")),
        "logs": events(header, index, done.hash, found.logs, first_event),
    }


def events(
    header: BlockHeaderAPI, index: int, transaction_hash: bytes, logs: Iterable[LogAPI], first: int
) -> list[Json]:
    """A transaction's log records, numbered within their block from ``first``."""
    return [
        {
            "address": data(log.address),
            "topics": [data(topic.to_bytes(32, "big")) for topic in log.topics],
            "data": data(log.data),
            "blockNumber": quantity(header.block_number),
            "blockHash": data(header.hash),
            "transactionHash": data(transaction_hash),
            "transactionIndex": quantity(index),
            "logIndex": quantity(first + offset),
            "removed": False,
        }
        for offset, log in enumerate(logs)
    ]


def encoded_size(value: Any) -> int:
    """Bytes of a block's RLP."""
    return len(rlp.encode(value))
