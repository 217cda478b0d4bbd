"""The client's side of the Ethereum JSON-RPC: strict reading of answers, and the meaning of error messages.

Every function here raises UnavailableError ``chain.unreachable`` for an answer that has not its promised form.
"""

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from eth_abi.abi import decode as abi_decode
from eth_abi.exceptions import DecodingError

from ledger.chain.protocol import BlockRef, Call, Event, Receipt
from ledger.formats import consensus, rlp
from ledger.formats.errors import FormatError, ProofError, UnavailableError
from ledger.formats.header import parse_header

_ERROR_SELECTOR = bytes.fromhex("08c379a0")

# Positions of the Yellow Paper §4.3, then those of later forks; the second item says whether it is a number.
_HEADER = (
    ("parentHash", False),
    ("sha3Uncles", False),
    ("miner", False),
    ("stateRoot", False),
    ("transactionsRoot", False),
    ("receiptsRoot", False),
    ("logsBloom", False),
    ("difficulty", True),
    ("number", True),
    ("gasLimit", True),
    ("gasUsed", True),
    ("timestamp", True),
    ("extraData", False),
    ("mixHash", False),
    ("nonce", False),
)
_LATER = (
    ("baseFeePerGas", True),
    ("withdrawalsRoot", False),
    ("blobGasUsed", True),
    ("excessBlobGas", True),
    ("parentBeaconBlockRoot", False),
    ("requestsHash", False),
)


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """JSON-RPC 2.0 §5.1; ``data`` is a revert's output, empty where there is none."""

    code: int
    message: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """A result (which may be null), or an error."""

    result: Any
    error: ErrorAnswer | None


def answer(response: object) -> Answer:
    """One JSON-RPC response."""
    shape = members(response)
    if "error" not in shape or shape["error"] is None:
        if "result" not in shape:
            _malformed("an answer without result")
        return Answer(shape["result"], None)
    error = members(shape["error"])
    code, message, extra = error.get("code"), error.get("message"), error.get("data")
    if isinstance(extra, dict):  # some nodes wrap a revert's output once more
        extra = extra.get("data")
    output = data(extra) if isinstance(extra, str) and re.fullmatch("0x(?:[0-9a-fA-F]{2})*", extra) else b""
    return Answer(None, ErrorAnswer(code if isinstance(code, int) else 0, str(message), output))


def is_revert(error: ErrorAnswer) -> bool:
    """Whether a contract refused the call (code 3), or ran into an error of the machine."""
    text = error.message.lower()
    return error.code == 3 or any(word in text for word in ("revert", "out of gas", "outofgas", "invalid opcode"))


def is_known(error: ErrorAnswer) -> bool:
    """Whether the node has this very transaction already: geth, Besu, Nethermind and Quorum each in their words."""
    return (
        re.search(r"already known|\bknown transaction|alreadyknown|already imported", error.message.lower()) is not None
    )


def is_spent(error: ErrorAnswer) -> bool:
    """Whether a transaction of this number is in a block, or another one waits that pays as much."""
    text = error.message.lower()
    return any(word in text for word in ("nonce too low", "nonce_too_low", "below current nonce", "replacement"))


def is_underpriced(error: ErrorAnswer) -> bool:
    """Whether the node asks for more than the transaction pays; another node may have asked for less."""
    text = error.message.lower()
    return any(word in text for word in ("underpriced", "gas price below", "gas price is below", "gas price too low"))


def is_unaffordable(error: ErrorAnswer) -> bool:
    """Whether the account has not the wei for it."""
    return "insufficient" in error.message.lower() or "upfront cost" in error.message.lower()


def is_passing(error: ErrorAnswer) -> bool:
    """Whether the node may take the same bytes later."""
    text = error.message.lower()
    return any(word in text for word in ("pool is full", "limit exceeded", "too many", "timeout", "sync", "busy"))


def revert_reason(error: ErrorAnswer) -> str:
    """The contract's own words where it gave any, else the node's."""
    if error.data[:4] == _ERROR_SELECTOR:
        try:
            (reason,) = abi_decode(["string"], error.data[4:])
        except DecodingError:
            return error.message
        return str(reason)
    return error.message


def hexed(value: bytes) -> str:
    """Bytes as 0x hex."""
    return "0x" + value.hex()


def data(value: object, size: int | None = None) -> bytes:
    """Bytes from 0x hex, of ``size`` bytes where given."""
    if not isinstance(value, str) or not re.fullmatch("0x(?:[0-9a-fA-F]{2})*", value):
        _malformed("no 0x hex data")
    found = bytes.fromhex(value[2:])
    if size is not None and len(found) != size:
        _malformed(f"{len(found)} bytes where {size} are expected")
    return found


def quantity(value: object) -> int:
    """An unsigned integer from 0x hex."""
    if not isinstance(value, str) or not re.fullmatch("0x[0-9a-fA-F]{1,64}", value):
        _malformed("no 0x hex quantity")
    return int(value[2:], 16)


def members(value: object) -> dict[str, Any]:
    """An object."""
    if not isinstance(value, dict):
        _malformed("no object")
    return value


def items(value: object) -> list[Any]:
    """An array."""
    if not isinstance(value, list):
        _malformed("no array")
    return value


def message(call: Call, sender: bytes | None = None) -> dict[str, str]:
    """A transaction object for eth_call and eth_estimateGas."""
    shape = {"data": hexed(call.data), "value": hex(call.value)}
    if call.to is not None:
        shape["to"] = hexed(call.to)
    if sender is not None:
        shape["from"] = hexed(sender)
    return shape


def header_rlp(block: dict[str, Any]) -> bytes:
    """A block's header by position; ProofError ``chain.bad_header`` where it does not hash to the block's hash.

    Of a block of QBFT that is the hash without its seals; which consensus the chain has is for the trust root to say.
    """
    fields: list[rlp.Item] = [_field(block[name], number) for name, number in _HEADER if name in block]
    if len(fields) != len(_HEADER):
        _malformed("a block without one of its header's fields")
    for name, number in _LATER:
        if block.get(name) is None:
            break
        fields.append(_field(block[name], number))
    encoded = rlp.encode(fields)
    if _block_hash(encoded) != data(block.get("hash"), 32):
        raise ProofError("chain.bad_header", "the header does not hash to what the node says")
    return encoded


def _block_hash(encoded: bytes) -> bytes | None:
    try:
        return consensus.told_hash(parse_header(encoded))
    except (FormatError, ProofError):
        return None


def _field(value: object, number: bool) -> bytes:
    return rlp.encode_int(quantity(value)) if number else data(value)


def proof_nodes(found: object) -> tuple[bytes, ...]:
    """The nodes of an EIP-1186 answer, each once. What it claims besides is not read: the nodes prove or do not."""
    shape = members(found)
    lists = [items(shape.get("accountProof"))]
    lists += [items(members(proof).get("proof")) for proof in items(shape.get("storageProof"))]
    return tuple(dict.fromkeys(data(node) for nodes in lists for node in nodes))


def event(found: object) -> Event:
    """One log record."""
    shape = members(found)
    return Event(
        address=data(shape.get("address"), 20),
        topics=tuple(data(topic, 32) for topic in items(shape.get("topics"))),
        data=data(shape.get("data")),
        block_number=quantity(shape.get("blockNumber")),
        transaction_hash=data(shape.get("transactionHash"), 32),
    )


def receipt(shape: dict[str, Any], block: BlockRef) -> Receipt:
    """A transaction's receipt, in the block that the caller looked up for it."""
    created = shape.get("contractAddress")
    return Receipt(
        transaction_hash=data(shape.get("transactionHash"), 32),
        block=block,
        succeeded=quantity(shape.get("status")) == 1,
        gas_used=quantity(shape.get("gasUsed")),
        contract=None if created is None else data(created, 20),
        events=tuple(event(found) for found in items(shape.get("logs"))),
    )


def _malformed(message: str) -> NoReturn:
    raise UnavailableError("chain.unreachable", f"the node's answer is malformed: {message}")
