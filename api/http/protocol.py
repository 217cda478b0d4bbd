"""uvicorn's HTTP protocol with a clock for slow clients: a request must be complete in time, or its connection ends.

uvicorn only watches idle connections between requests. A client that sends one byte of a header, or of a body, every
second would hold a connection, and with enough of them the server, for as long as it likes.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEADER_SECONDS = 10.0
BODY_SECONDS = 60.0
"""Enough for 5 MB over a slow line; whoever takes longer may send it again over a better one."""
HEADER_BYTES = 64 * 1024
"""More than any client of ours sends; the parser itself would take headers of any length."""


class PunctualProtocol(HttpToolsProtocol):
    """Ends a connection whose headers take longer than 10 s, or whose body takes longer than a minute."""

    _clock: asyncio.TimerHandle | None = None
    _head: int | None = None  # bytes seen since the last complete headers; None while a body is read

    def connection_made(self, transport: Any) -> None:
        """A client that connects and stays silent is as slow as one that stops in the middle."""
        super().connection_made(transport)
        self._start(HEADER_SECONDS)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; those of its headers are counted."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > HEADER_BYTES:
                self._end()

    def on_message_begin(self) -> None:
        """The first line of a request has begun."""
        super().on_message_begin()
        self._head = 0
        self._start(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        """From here on the body is awaited."""
        super().on_headers_complete()
        self._head = None
        self._start(BODY_SECONDS)

    def on_message_complete(self) -> None:
        """The request is complete: how long its answer takes is up to us."""
        super().on_message_complete()
        self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to watch."""
        self._stop()
        super().connection_lost(exc)

    def _start(self, seconds: float) -> None:
        self._stop()
        self._clock = self.loop.call_later(seconds, self._end)

    def _stop(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _end(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
