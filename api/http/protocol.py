"""uvicorn's HTTP protocol with two additions: a clock for slow clients, and a short way for the hot endpoint.

uvicorn only watches idle connections between requests. A client that sends one byte of a header, or of a body, every
second would hold a connection, and with enough of them the server, for as long as it likes.

A request that its application can answer at once (`Guard.at_once`) is answered in the turn of the loop in which its
body is complete, together with others of that turn (`api.http.batch`), without the task, events and messages of ASGI,
which cost as much as a signature. Whatever is unusual about a request (a query, a form, a body of unknown or large
size, a client that does not read) takes the way of all others.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.batch import Answer

HEADER_SECONDS = 10.0
BODY_SECONDS = 60.0
"""Enough for 5 MiB over a slow line; whoever takes longer may send it again over a better one."""
HEADER_BYTES = 64 * 1024
"""More than any client of ours sends; the parser itself would take headers of any length."""

_UNUSUAL = frozenset({b"expect", b"transfer-encoding", b"upgrade", b"content-encoding"})


class PunctualProtocol(HttpToolsProtocol):
    """Ends a connection whose headers take longer than 10 s, or whose body takes longer than a minute."""

    _clock: asyncio.TimerHandle | None = None
    _head: int | None = None  # bytes seen since the last complete headers; None while a body is read
    _kept: list[bytes] | None = None  # the body so far of a request that may be answered at once
    _waiting = False  # for the answer to such a request
    _keep_alive = True  # after that answer

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
        """The first line of a request has begun; answers keep the order of the requests."""
        if self._waiting:
            self.app.batch.flush()
        super().on_message_begin()
        self._head = 0
        self._kept = None
        self._start(HEADER_SECONDS)

    def on_headers_complete(self) -> None:
        """From here on the body is awaited."""
        self._head = None
        self._start(BODY_SECONDS)
        if self._is_usual():
            self._kept = []
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some bytes of the body."""
        if self._kept is None:
            super().on_body(body)
        else:
            self._kept.append(body)

    def on_message_complete(self) -> None:
        """The request is complete: how long its answer takes is up to us."""
        self._stop()
        if self._kept is None:
            super().on_message_complete()
            return
        body, self._kept = b"".join(self._kept), None
        self._waiting, self._keep_alive = True, self.parser.should_keep_alive()
        self.app.batch.add(self.url, body, lambda answer: self._reply(body, answer), self.loop.call_soon)

    def _reply(self, body: bytes, answer: Answer | None) -> None:
        self._waiting = False
        if self.transport.is_closing():
            return
        if answer is None:  # the way of all others, with the body that is there already
            super().on_headers_complete()
            self.cycle.keep_alive = self._keep_alive  # the parser has forgotten
            super().on_body(body)
            super().on_message_complete()
            return
        self.transport.write(b"".join([answer.head, *self._default_headers(), b"\r\n", answer.body]))
        if self._keep_alive:
            self.on_response_complete()
        else:
            self.transport.close()

    def shutdown(self) -> None:
        """The server stops: what is waiting is answered."""
        if self._waiting:
            self.app.batch.flush()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is left to watch."""
        self._stop()
        super().connection_lost(exc)

    def _is_usual(self) -> bool:
        """Whether the application may answer this at once: nothing is under way, nothing about it is out of the way."""
        at_once = getattr(self.app, "may_answer_at_once", None)
        if at_once is None or self.pipeline or self.flow.write_paused:
            return False
        if self.cycle is not None and not self.cycle.response_complete:
            return False
        length, kind = -1, b""
        for name, value in self.headers:
            if name in _UNUSUAL:
                return False
            if name == b"content-length":
                length = int(value) if value.isdigit() and len(value) < 10 else -1
            elif name == b"content-type":
                kind = value
        return bool(at_once(self.parser.get_method(), self.url, kind, length))

    def _default_headers(self) -> list[bytes]:
        return [b"%b: %b\r\n" % header for header in self.server_state.default_headers]

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
