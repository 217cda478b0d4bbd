"""An HTTP server between a deployment and a validator, which may lie, stall, cut short or answer of the past."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Change = Callable[[str, list[Any], dict[str, Any]], dict[str, Any]]
"""Of a method, its parameters and the node's answer: what is answered instead."""


def honest(_method: str, _params: list[Any], answer: dict[str, Any]) -> dict[str, Any]:
    """Changes nothing."""
    return answer


class Liar:
    """Forwards to ``inner``; what is answered goes through ``change``. Use it as a context manager."""

    def __init__(self, inner: str) -> None:
        self._inner = urlsplit(inner)
        self.change: Change = honest
        self.before: Callable[[str, list[Any]], None] = lambda _method, _params: None
        """Called before a question is forwarded, ``after`` when it was, and before it is answered."""
        self.after: Callable[[str], None] = lambda _method: None
        self.ask_instead: dict[str, str] = {}
        """Which block is given where another is asked for."""
        self.stall = 0.0
        self.cut: int | None = None
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True

    def __enter__(self) -> "Liar":
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def be_honest(self) -> None:
        """As if nothing had been."""
        self.change, self.stall, self.cut, self.ask_instead = honest, 0.0, None, {}
        self.before, self.after = lambda _method, _params: None, lambda _method: None

    def answer(self, body: bytes) -> bytes:
        asked = json.loads(body)
        method, params = asked["method"], asked.get("params") or []
        self.asked.append(method)
        self.before(method, params)
        if method == "eth_getBlockByNumber" and params[0] in self.ask_instead:
            body = json.dumps({**asked, "params": [self.ask_instead[params[0]], *params[1:]]}).encode()
        found = self.change(method, params, self.forward(body))
        self.after(method)
        return json.dumps(found).encode()

    def ask(self, method: str, *params: Any) -> Any:
        """What the node itself says."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        return self.forward(body)["result"]

    def forward(self, body: bytes) -> dict[str, Any]:
        connection = http.client.HTTPConnection(str(self._inner.hostname), self._inner.port, timeout=10)
        try:
            connection.request("POST", "/", body, {"Content-Type": "application/json"})
            found: dict[str, Any] = json.loads(connection.getresponse().read())
            return found
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        liar = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    answered = liar.answer(body)
                except OSError:
                    self.send_error(502)
                    return
                time.sleep(liar.stall)
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answered)))
                self.end_headers()
                self.wfile.write(answered if liar.cut is None else answered[: liar.cut])
                if liar.cut is not None:
                    self.close_connection = True

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
