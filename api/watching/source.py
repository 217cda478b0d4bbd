"""Asking a log over HTTP: one connection that is kept, and bounds on everything that comes back.

Whoever watches named the address himself, and nothing that comes from it is believed unless a signature or a hash
vouches for it. So any address may be asked, with TLS or without; no redirect is followed.
"""

import contextlib
import http.client
import socket
import threading
import time
from typing import Protocol
from urllib.parse import urlsplit

from ledger.formats import canonical
from ledger.formats.errors import ConfigError, FormatError, NotFoundError, UnavailableError

SECONDS = 20.0
"""For one answer, from the request to its last byte."""
_CHUNK = 64 * 1024
_MAX_PROBLEM = 16 * 1024


class Source(Protocol):
    """A deployment that is asked; ``path`` begins after the base address, like ``log/checkpoint``."""

    def get(self, path: str, limit: int) -> bytes:
        """The body of a 200 answer, of at most ``limit`` bytes.

        Raises NotFoundError ``watch.missing`` for 404 and 410; UnavailableError ``watch.…`` for everything else.
        """

    def post(self, path: str, body: bytes) -> str:
        """Hand ``body`` in: an empty string where it was taken, else the code of the refusal. Raises as `get`."""


class HttpSource:
    """A deployment at ``base``, scheme://host[:port]."""

    def __init__(self, base: str, *, seconds: float = SECONDS) -> None:
        """Raises ConfigError ``watch.address``."""
        parts = urlsplit(base)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query:
            raise ConfigError("watch.address", f"{base} is not an address like https://host")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, parts.port
        self._prefix = parts.path.rstrip("/")
        self._seconds = seconds
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str, limit: int) -> bytes:
        """See `Source`."""
        status, data = self._ask("GET", path, None, limit)
        if status in (404, 410):
            raise NotFoundError("watch.missing", f"/{path}: the log answers {status}")
        if status != 200:
            raise UnavailableError("watch.refused", f"/{path}: the log answers {status}")
        return data

    def post(self, path: str, body: bytes) -> str:
        """See `Source`."""
        status, data = self._ask("POST", path, body, _MAX_PROBLEM)
        if status == 200:
            return ""
        if status >= 500:
            raise UnavailableError("watch.refused", f"/{path}: the log answers {status}")
        return _code(data) or f"http.{status}"

    def close(self) -> None:
        """End the connection; another question opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _ask(self, method: str, path: str, body: bytes | None, limit: int) -> tuple[int, bytes]:
        kept = self._connection is not None
        # Whoever answers a byte at a time would never meet the time of one read: the whole has a time, too.
        deadline = time.monotonic() + self._seconds
        cut = threading.Timer(self._seconds, self._cut)
        cut.daemon = True
        cut.start()
        try:
            try:
                found = self._once(method, path, body, limit)
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if not kept or time.monotonic() >= deadline:
                    raise
                # One that was kept may have been closed while nobody looked.
                found = self._once(method, path, body, limit)
            if time.monotonic() >= deadline:  # an answer that was cut in its head looks like an empty one
                raise TimeoutError
            return found
        except (OSError, http.client.HTTPException) as error:
            self.close()
            late = time.monotonic() >= deadline
            raise UnavailableError(
                "watch.timeout" if late else "watch.unreachable", f"{self._host}: {type(error).__name__}"
            ) from None
        except UnavailableError:
            self.close()
            raise
        finally:
            cut.cancel()

    def _cut(self) -> None:
        raw = getattr(self._connection, "sock", None)
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.shutdown(socket.SHUT_RDWR)

    def _once(self, method: str, path: str, body: bytes | None, limit: int) -> tuple[int, bytes]:
        connection = self._connection = self._connection or self._connect()
        headers = {"accept-encoding": "identity", "content-type": "text/plain; charset=utf-8"}
        connection.request(method, f"{self._prefix}/{path}", body, headers)
        with connection.getresponse() as response:
            data = bytearray()
            while chunk := response.read1(_CHUNK):
                data += chunk
                if len(data) > limit:
                    raise UnavailableError("watch.too_large", f"/{path}: more than {limit} bytes")
            if response.length:
                raise http.client.IncompleteRead(bytes(data), response.length)
            return response.status, bytes(data)

    def _connect(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
        return kind(self._host, self._port, timeout=self._seconds)


def _code(problem: bytes) -> str:
    try:
        value = canonical.loads(problem)
    except FormatError:
        return ""
    code = value.get("code") if isinstance(value, dict) else None
    return code[:64] if isinstance(code, str) else ""
