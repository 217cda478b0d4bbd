"""The client against the embedded node: reading, waiting for blocks, and the same over a real socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ledger.chain.client import RpcChain, http_chain
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats.errors import NotAllowedError, NotFoundError, UnavailableError
from ledger.formats.header import parse_header
from tests.ledger.chain.between import HASH, SOMEBODY, Between, signed, unreachable
from tests.support.chain import CHAIN_ID, START, TestChain

# Reading


def test_a_block_that_is_not_there(chain: RpcChain) -> None:
    for ask in (chain.block, chain.header_rlp):
        with pytest.raises(NotFoundError) as caught:
            ask(99)
        assert caught.value.code == "chain.no_block"


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
