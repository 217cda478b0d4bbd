"""One question to a validator over JSON-RPC: what starting, stopping and parting a network needs, and no more."""

import json
import urllib.error
import urllib.request
from typing import Any

from ledger.formats.errors import UnavailableError

SECONDS = 5.0


def ask(url: str, method: str, *params: Any, seconds: float = SECONDS) -> Any:
    """The result; UnavailableError ``network.unreachable`` where there is none."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a validator is never behind a proxy
    try:
        with opener.open(request, timeout=seconds) as response:
            answer = json.load(response)
    except (OSError, ValueError) as error:
        raise UnavailableError("network.unreachable", f"{method}: {error}") from error
    if "error" in answer:
        raise UnavailableError("network.unreachable", f"{method}: {answer['error'].get('message')}")
    return answer.get("result")


def height(url: str) -> int:
    """The number of the newest block."""
    return int(ask(url, "eth_blockNumber"), 16)
