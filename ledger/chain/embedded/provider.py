"""A web3 provider that answers out of an embedded node in this process, so that nothing else knows the difference."""

from collections.abc import Mapping
from typing import Any

from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from ledger.chain.embedded import jsonform
from ledger.chain.embedded.jsonform import RpcError
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.rpc import Rpc


class EmbeddedProvider(BaseProvider):
    """Give it to ``Web3`` or to ``ledger.chain.client.RpcChain``."""

    def __init__(self, node: EmbeddedNode) -> None:
        super().__init__()
        self._rpc = Rpc(node)

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        """One JSON-RPC 2.0 answer; UnavailableError where the node's disk or clock fails."""
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": self._rpc.answer(method, _plain(params or []))}
        except RpcError as error:
            shown: dict[str, Any] = {"code": error.code, "message": error.message}
            if error.data is not None:
                shown["data"] = error.data
            return {"jsonrpc": "2.0", "id": 1, "error": shown}  # type: ignore[typeddict-item]

    def is_connected(self, show_traceback: bool = False) -> bool:
        """Always: the node is in this process."""
        return True


def _plain(value: Any) -> Any:
    """Parameters as JSON would carry them: web3 puts bytes and mappings of its own among them."""
    if isinstance(value, bytes | bytearray):
        return jsonform.data(bytes(value))
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
