"""A client of the embedded node with something between them that may lie, stall or stutter."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from web3.providers.base import BaseProvider

from ledger.chain.client import RpcChain
from ledger.chain.protocol import Call
from ledger.formats.errors import UnavailableError
from tests.support.chain import CHAIN_ID, TestChain

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
    """What stands between the client and the fresh embedded chain."""
    return Between(test_chain.provider)


@pytest.fixture
def chain(test_chain: TestChain, between: Between) -> RpcChain:
    """A client that asks through ``between``."""
    return RpcChain(between, sleep=test_chain.clock.sleep, monotonic=test_chain.clock.now)


def unreachable(ask: Callable[[], object]) -> None:
    """A question that must end in ``chain.unreachable``."""
    with pytest.raises(UnavailableError) as caught:
        ask()
    assert caught.value.code == "chain.unreachable"


def signed(test_chain: TestChain, nonce: int = 0, value: int = 1) -> bytes:
    """A transaction of the admin that sends so much to somebody."""
    call = Call(SOMEBODY, value=value)
    return test_chain.admin.sign(call, chain_id=CHAIN_ID, nonce=nonce, gas=21_000, gas_price=10**10).transaction
