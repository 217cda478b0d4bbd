"""The client against the embedded node, and against nodes that lie, stall, stutter or are not there."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import Timeout
from web3.exceptions import BadResponseFormat
from web3.providers.base import BaseProvider

from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain, http_chain
from ledger.chain.protocol import Call, Chain
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats import rlp
from ledger.formats.errors import ConflictError, NotAllowedError, NotFoundError, ProofError, UnavailableError
from ledger.formats.header import parse_header
from tests.support.chain import CHAIN_ID, SEALER_SECRET, START, TestChain

SOMEBODY = b"\x55" * 20
HASH = b"\x12" * 32


class Between(BaseProvider):
    """Stands between a client and a node, and may change what is answered."""

    def __init__(self, inner: BaseProvider) -> None:
        super().__init__()
        self.inner = inner
        self.change: Callable[[str, Any], Any] = lambda method, response: response
        self.asked: list[str] = []

    def make_request(self, method: Any, params: Any) -> Any:
        self.asked.append(method)
        response = json.loads(json.dumps(self.inner.make_request(method, params)))
        return self.change(method, response)

    def lie(self, wanted: str, **members: Any) -> None:
        """Replace members of one method's result."""
        self.change = lambda method, response: (
            {**response, "result": {**response["result"], **members}} if method == wanted else response
        )

    def answer(self, wanted: str, result: Any) -> None:
        """Replace one method's whole result."""
        self.change = lambda method, response: {**response, "result": result} if method == wanted else response

    def fail(self, wanted: str, message: str, code: int = -32000) -> None:
        """Let one method fail."""
        error = {"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}
        self.change = lambda method, response: error if method == wanted else response


@pytest.fixture
def between(test_chain: TestChain) -> Between:
    return Between(test_chain.provider)


@pytest.fixture
def chain(test_chain: TestChain, between: Between) -> RpcChain:
    return RpcChain(between, sleep=test_chain.clock.sleep, monotonic=test_chain.clock.now)


def unreachable(ask: Callable[[], object]) -> None:
    with pytest.raises(UnavailableError) as caught:
        ask()
    assert caught.value.code == "chain.unreachable"


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
        between.lie("eth_getBlockByNumber", hash="0x" + parse_header(encoded).hash.hex(), **later)
        assert chain.header_rlp(0) == encoded


def test_later_fields_have_no_gaps(chain: RpcChain, between: Between) -> None:
    fields = rlp.decode_list(chain.header_rlp(0))
    skipping = rlp.encode([*fields, b"\2"])
    between.lie("eth_getBlockByNumber", hash="0x" + parse_header(skipping).hash.hex(), blobGasUsed="0x2")
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


def test_a_block_that_is_not_there(chain: RpcChain) -> None:
    for ask in (chain.block, chain.header_rlp):
        with pytest.raises(NotFoundError) as caught:
            ask(99)
        assert caught.value.code == "chain.no_block"


# Sending


def signed(test_chain: TestChain, nonce: int = 0, value: int = 1) -> bytes:
    call = Call(SOMEBODY, value=value)
    return test_chain.admin.sign(call, chain_id=CHAIN_ID, nonce=nonce, gas=21_000, gas_price=10**10).transaction


def test_the_same_bytes_again_are_no_second_transaction(chain: RpcChain, test_chain: TestChain) -> None:
    first, second = signed(test_chain), signed(test_chain, nonce=1)
    for raw in (first, second, first, second):
        chain.send(raw)
    test_chain.clock.sleep(1)
    for raw in (first, second):
        assert chain.wait(chain.send(raw)).succeeded
    assert chain.balance(SOMEBODY) == 2


def test_a_number_that_another_transaction_used(chain: RpcChain, test_chain: TestChain) -> None:
    chain.send(signed(test_chain))
    for nonce in (0, 1):  # 0 is in a block, 1 waits
        chain.send(signed(test_chain, nonce))
        with pytest.raises(ConflictError) as caught:
            chain.send(signed(test_chain, nonce, value=2))
        assert caught.value.code == "chain.spent"


@pytest.mark.parametrize(
    "message",
    ["nonce too low", "Nonce too low", "NONCE_TOO_LOW", "Transaction nonce below current nonce",
     "replacement transaction underpriced"],
)  # fmt: skip
def test_the_words_for_a_spent_number(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    with pytest.raises(ConflictError) as caught:
        chain.send(signed(test_chain, nonce=5))
    assert caught.value.code == "chain.spent"


def test_a_node_that_calls_a_transaction_in_a_block_spent(
    chain: RpcChain, between: Between, test_chain: TestChain
) -> None:
    raw = signed(test_chain)
    digest = chain.send(raw)
    between.fail("eth_sendRawTransaction", "nonce too low")
    assert chain.send(raw) == digest


@pytest.mark.parametrize(
    "message", ["already known", "Known transaction", "ALREADY_EXISTS: already known", "Transaction already imported."]
)
def test_the_words_for_a_known_transaction(
    chain: RpcChain, between: Between, test_chain: TestChain, message: str
) -> None:
    between.fail("eth_sendRawTransaction", message)
    chain.send(signed(test_chain, nonce=5))


@pytest.mark.parametrize("message", ["transaction pool is full", "Transaction limit exceeded", "node is syncing"])
def test_the_words_for_later(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    unreachable(lambda: chain.send(signed(test_chain)))


@pytest.mark.parametrize("message", ["invalid sender", "transaction underpriced", "unknown transaction type", ""])
def test_a_transaction_that_is_refused(chain: RpcChain, between: Between, test_chain: TestChain, message: str) -> None:
    between.fail("eth_sendRawTransaction", message)
    with pytest.raises(NotAllowedError) as caught:
        chain.send(signed(test_chain))
    assert caught.value.code == "chain.refused"


def test_an_account_that_cannot_pay(chain: RpcChain, test_chain: TestChain) -> None:
    with pytest.raises(NotAllowedError) as caught:
        chain.transact(Call(SOMEBODY, value=1), test_chain.stranger)
    assert caught.value.code == "chain.refused"


def test_sent_but_the_answer_was_lost(chain: RpcChain, between: Between, test_chain: TestChain) -> None:
    def lost(method: str, response: Any) -> Any:
        if method == "eth_sendRawTransaction":
            raise Timeout("the answer was lost")
        return response

    raw = signed(test_chain)
    between.change = lost
    unreachable(lambda: chain.send(raw))
    between.change = lambda method, response: response
    assert chain.wait(chain.send(raw)).succeeded and chain.balance(SOMEBODY) == 1


def test_what_is_signed_leaves_room_for_a_state_that_moves_on(chain: RpcChain, between: Between) -> None:
    admin = LocalSigner(SEALER_SECRET)
    between.answer("eth_estimateGas", hex(100_000))
    made = rlp.decode_list(chain.prepare(Call(SOMEBODY), admin).transaction)
    assert made[2] == rlp.encode_int(125_000)


# Reading


def test_proof_nodes_come_once_each(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    chain.transact(registry.open(HASH, test_chain.admin.address), test_chain.admin)
    slots = [*registry.proof_slots(HASH, [1, 2, 3]), registry.layout.slot("admin")]
    nodes = chain.get_proof(registry.address, slots, chain.head().number)
    assert len(nodes) == len(set(nodes)) > 3


def test_no_blocks_hold_no_events(chain: RpcChain, between: Between) -> None:
    assert chain.events(SOMEBODY, [], 5, 4) == [] and between.asked == []


# Waiting


def test_a_transaction_that_no_block_takes(chain: RpcChain, test_chain: TestChain) -> None:
    digest = chain.send(signed(test_chain, nonce=7))
    began = test_chain.clock.now()
    with pytest.raises(UnavailableError) as caught:
        chain.wait(digest)
    assert caught.value.code == "chain.pending"
    assert 60 <= test_chain.clock.now() - began < 62


def test_a_transaction_that_failed(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    failing = registry.freeze(HASH)
    raw = test_chain.admin.sign(failing, chain_id=CHAIN_ID, nonce=1, gas=90_000, gas_price=10**10).transaction
    with pytest.raises(NotAllowedError) as caught:
        chain.wait(chain.send(raw))
    assert caught.value.code == "chain.reverted"


def test_finality_by_confirmations(between: Between, test_chain: TestChain) -> None:
    chain = RpcChain(between, confirmations=2, timeout=5, sleep=test_chain.clock.sleep, monotonic=test_chain.clock.now)
    digest = chain.send(signed(test_chain))
    assert not chain.head().final and chain.final_head().number == 0
    with pytest.raises(UnavailableError) as caught:
        chain.wait(digest)
    assert caught.value.code == "chain.pending"
    chain.tick()
    test_chain.clock.sleep(1)
    assert not chain.block(1).final and chain.final_head().number == 0
    chain.tick()
    assert chain.block(1).final and chain.final_head() == chain.block(1)
    assert chain.wait(digest).block.final


def test_every_block_is_final_without_confirmations(chain: RpcChain, test_chain: TestChain) -> None:
    chain.send(signed(test_chain))
    assert chain.head().final and chain.final_head() == chain.head() == chain.block(1)


def test_a_node_that_makes_no_blocks_on_demand(chain: RpcChain, between: Between) -> None:
    between.fail("evm_mine", "the method evm_mine does not exist", code=-32601)
    assert chain.tick() == chain.head()
    between.fail("evm_mine", "not now")
    unreachable(chain.tick)


# Several at once


def test_calls_that_build_on_each_other(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    admin, log = test_chain.admin, HASH
    calls = [
        registry.open(log, admin.address),
        registry.accept(log, 3, b"\1" * 32, bytes(32), []),
        registry.freeze(log),
        Call(SOMEBODY, value=1),
    ]
    receipts = chain.transact_all(calls, admin)
    assert [receipt.succeeded for receipt in receipts] == [True] * 4
    assert registry.successor(log) is not None and registry.head(log).size == 3


def test_a_call_that_fails_whatever_comes_before(chain: RpcChain, test_chain: TestChain) -> None:
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    calls = [Call(SOMEBODY, value=1), registry.freeze(HASH), Call(SOMEBODY, value=1)]
    with pytest.raises(NotAllowedError) as caught:
        chain.transact_all(calls, test_chain.admin)
    assert caught.value.message == "not open"
    assert chain.balance(SOMEBODY) == 1


def test_many_threads_with_one_account(chain: RpcChain, test_chain: TestChain) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                chain.transact(Call(SOMEBODY, value=1), test_chain.admin)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and chain.balance(SOMEBODY) == 30


def test_an_account_key_is_never_shown(test_chain: TestChain) -> None:
    assert (b"\x07" * 32).hex() not in repr(test_chain.admin) + repr(vars(test_chain.admin))


# Over a real socket


@pytest.fixture
def served(between: Between) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            response = json.dumps(between.make_request(request["method"], request["params"])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_same_over_http(served: str, test_chain: TestChain) -> None:
    chain = http_chain(served)
    registry = CheckpointRegistryClient.deploy(chain, test_chain.admin)
    assert chain.chain_id() == CHAIN_ID and chain.head().number == 1
    assert parse_header(chain.header_rlp(1)).timestamp == START
    assert registry.admin() == test_chain.admin.address
    assert chain.get_proof(registry.address, [bytes(32)], 1)
    with pytest.raises(NotAllowedError) as caught:
        chain.prepare(registry.freeze(HASH), test_chain.admin)
    assert caught.value.message == "not open"


def test_nobody_at_the_address(served: str) -> None:
    port = served.rpartition(":")[2]
    unreachable(http_chain("http://127.0.0.1:1").head)
    unreachable(http_chain(f"https://127.0.0.1:{port}").head)
    unreachable(http_chain("http://no.such.host.invalid").head)
