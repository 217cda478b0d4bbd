"""Running the application: uvicorn with punctual connections, graceful on SIGINT and SIGTERM."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from ledger.formats.errors import ConfigError

MAX_CONNECTIONS = 512
GRACE_SECONDS = 10
KEEP_ALIVE_SECONDS = 15


def bind(host: str, port: int) -> socket.socket:
    """A socket that listens; ConfigError ``config.port`` where the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise ConfigError("config.port", f"cannot listen on {host}:{port}: {error.strerror}") from None
    return listening


def run(app: Any, *listening: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests in hand."""
    made(app, ready=ready).run(sockets=list(listening))


def made(app: Any, *, ready: Callable[[], None] | None = None) -> uvicorn.Server:
    """A server that is not running yet."""
    config = uvicorn.Config(
        app,
        http=_protocol(),
        loop="auto",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return _Server(config, ready)


class _Server(uvicorn.Server):
    """Says when it is ready to answer."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None] | None) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, and then return to the caller, who has workers and a database to close."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then call ``ready``."""
        await super().startup(sockets)
        if self.started and self._ready is not None:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then let the application close what it opened in this loop."""
        await super().shutdown(sockets)
        close = getattr(self.config.app, "aclose", None)
        if close is not None:
            await close()


def _protocol() -> Any:
    try:
        from api.http.protocol import PunctualProtocol
    except ImportError:  # no httptools on this platform: uvicorn's other parser, without our clock
        return "h11"
    return PunctualProtocol
