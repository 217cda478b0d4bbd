"""The client against nodes that lie, stall, stutter or are not there."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import Timeout
from web3.exceptions import BadResponseFormat

from ledger.chain.client import RpcChain
from ledger.chain.protocol import Call, Chain
from ledger.formats import rlp
from ledger.formats.errors import ProofError
from ledger.formats.keccak import keccak256
from tests.ledger.chain.between import HASH, SOMEBODY, Between, unreachable

# Headers


FIELDS = "parentHash sha3Uncles miner stateRoot transactionsRoot receiptsRoot logsBloom difficulty number gasLimit"
LATER_FIELDS = "gasUsed timestamp extraData mixHash nonce baseFeePerGas hash"


@pytest.mark.parametrize("name", f"{FIELDS} {LATER_FIELDS}".split())
def test_a_header_with_one_altered_field(chain: RpcChain, between: Between, name: str) -> None:
    chain.tick()
    good = chain.header_rlp(1)
    shown = between.inner.make_request("eth_getBlockByNumber", ["0x1", False])["result"][name]  # type: ignore[arg-type]
    between.lie("eth_getBlockByNumber", **{name: shown[:-1] + ("0" if shown[-1] != "0" else "1")})
    with pytest.raises(ProofError) as caught:
        chain.header_rlp(1)
    assert caught.value.code == "chain.bad_header"
    between.change = lambda method, response: response
    assert chain.header_rlp(1) == good


@pytest.mark.parametrize("name", ["stateRoot", "hash", "number", "extraData"])
@pytest.mark.parametrize("value", [None, 5, "0xzz", "12", "", {}])
def test_a_header_with_one_malformed_field(chain: RpcChain, between: Between, name: str, value: object) -> None:
    between.lie("eth_getBlockByNumber", **{name: value})
    unreachable(lambda: chain.header_rlp(0))


def test_a_header_without_one_field(chain: RpcChain, between: Between) -> None:
    def drop(method: str, response: Any) -> Any:
        response["result"].pop("stateRoot", None)
        return response

    between.change = drop
    unreachable(lambda: chain.header_rlp(0))


def test_a_header_from_before_london_and_one_from_later(chain: RpcChain, between: Between) -> None:
    fields = rlp.decode_list(chain.header_rlp(0))
    for shorter_or_longer, later in (
        (fields[:15], {"baseFeePerGas": None}),
        ([*fields, b"\7" * 32, b"\2", b"", b"\x08" * 32], {
            "withdrawalsRoot": "0x" + "07" * 32, "blobGasUsed": "0x2", "excessBlobGas": "0x0",
            "parentBeaconBlockRoot": "0x" + "08" * 32,
        }),
    ):  # fmt: skip
        encoded = rlp.encode(shorter_or_longer)
        between.lie("eth_getBlockByNumber", hash="0x" + keccak256(encoded).hex(), **later)
        assert chain.header_rlp(0) == encoded


def test_later_fields_have_no_gaps(chain: RpcChain, between: Between) -> None:
    fields = rlp.decode_list(chain.header_rlp(0))
    skipping = rlp.encode([*fields, b"\2"])
    between.lie("eth_getBlockByNumber", hash="0x" + keccak256(skipping).hex(), blobGasUsed="0x2")
    with pytest.raises(ProofError):
        chain.header_rlp(0)


# Answers that are none


QUESTIONS: dict[str, Callable[[Chain], object]] = {
    "eth_chainId": lambda chain: chain.chain_id(),
    "eth_getBlockByNumber": lambda chain: chain.head(),
    "eth_blockNumber": lambda chain: chain.block(0),
    "eth_call": lambda chain: chain.call(Call(SOMEBODY)),
    "eth_getCode": lambda chain: chain.code(SOMEBODY),
    "eth_getBalance": lambda chain: chain.balance(SOMEBODY),
    "eth_getStorageAt": lambda chain: chain.storage(SOMEBODY, bytes(32)),
    "eth_getProof": lambda chain: chain.get_proof(SOMEBODY, [bytes(32)], 0),
    "eth_getLogs": lambda chain: chain.events(SOMEBODY, [], 0, 0),
    "eth_getTransactionReceipt": lambda chain: chain.receipt(HASH),
}


@pytest.mark.parametrize("method", QUESTIONS)
@pytest.mark.parametrize("result", ["nonsense", "0x1g", 5, True, [5], {}, {"number": "0x0"}, ["x"], -1.5])
def test_malformed_results(chain: RpcChain, between: Between, method: str, result: object) -> None:
    between.answer(method, result)
    unreachable(lambda: QUESTIONS[method](chain))


@pytest.mark.parametrize("method", QUESTIONS)
@pytest.mark.parametrize("response", [None, [], "x", {}, {"jsonrpc": "2.0"}, {"error": "x"}, {"error": []}])
def test_malformed_responses(chain: RpcChain, between: Between, method: str, response: object) -> None:
    between.change = lambda asked, good: response if asked == method else good
    unreachable(lambda: QUESTIONS[method](chain))


@pytest.mark.parametrize("method", QUESTIONS)
@pytest.mark.parametrize(
    "error",
    [RequestsConnectionError("x"), Timeout("x"), BadResponseFormat("x"), OSError("x"), json.JSONDecodeError("", "", 0)],
)
def test_no_answer_at_all(chain: RpcChain, between: Between, method: str, error: Exception) -> None:
    def broken(asked: str, good: Any) -> Any:
        if asked == method:
            raise error
        return good

    between.change = broken
    unreachable(lambda: QUESTIONS[method](chain))


@pytest.mark.parametrize("method", QUESTIONS)
def test_a_node_that_is_not_able(chain: RpcChain, between: Between, method: str) -> None:
    between.fail(method, "header not found")
    unreachable(lambda: QUESTIONS[method](chain))
