"""Handing a request on to the process that leads, and its answer back (docs/architecture.md, Concurrency).

Reads and verification are answered by every process. Whatever else a request may be is the leader's, so that a route
that is added later and writes needs no word here. It goes on as it came, with its API key: the leader decides for the
client, and grants nothing to the process in between. It is sent once; where no answer comes back, nobody knows what
became of it, and the client asks again, as after any broken connection.
"""

import asyncio
import re
from collections.abc import Iterable

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http import bodies
from api.leading import Leadership
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.log.lease import Held

MARK = b"rollbook-handed-on"
"""The header of a request that was handed on: who gets one and does not lead, hands it on no further."""

CONNECT_SECONDS, ANSWER_SECONDS, LOOK_SECONDS = 3.0, 600.0, 1.0
MOST_AT_ONCE = 256

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HERE = re.compile(
    r"/|/v1/verify|/v1/verify/batch|/credentials/verify|/presentations/verify|/v1/presentation-requests"
    r"|/openid4vp/response|/schools/[^/]+/openid4vci/nonce"
)
"""What is posted and yet answered by any process: it verifies, and writes, if anything, rows that any may write."""

# RFC 9110 §7.6.1, and what belongs to one connection or is made anew on each.
_HOP = frozenset(
    b"connection keep-alive proxy-authenticate proxy-authorization proxy-connection te trailer transfer-encoding "
    b"upgrade expect content-length".split()
)
_OURS = frozenset(
    b"date server x-request-id content-security-policy x-content-type-options referrer-policy "
    b"cross-origin-opener-policy strict-transport-security".split()
)
"""Headers of an answer that every process puts on its own (`api.http.guard`, uvicorn)."""


class Handing:
    """The layer around the application of a process that may not be the leader."""

    def __init__(self, app: ASGIApp, leadership: Leadership) -> None:
        self._app = app
        self._leadership = leadership
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer here, or hand on."""
        if self._leadership.leads or scope["method"] in _READING or _HERE.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        # Asked now: what was seen a second ago may be a leader that has stopped since.
        leader = await run_in_threadpool(self._leadership.look)
        handed_on = any(name == MARK for name, _ in scope["headers"])
        if leader is None or not leader.address or handed_on:
            raise UnavailableError("log.no_leader", "no process that writes can be reached just now; try again")
        body = await bodies.read(scope, receive, bodies.LIMIT + bodies.FORM_OVERHEAD)
        await self._hand_on(leader, scope, body, send)

    async def aclose(self) -> None:
        """Close the connections to the leader."""
        if self._client is not None:
            await self._client.aclose()

    async def _hand_on(self, leader: Held, scope: Scope, body: bytes, send: Send) -> None:
        path = scope.get("raw_path") or scope["path"].encode()
        query = scope.get("query_string", b"")
        try:
            url = httpx.URL(leader.address).copy_with(raw_path=path + (b"?" + query if query else b""))
        except httpx.InvalidURL:  # `*`, or a name without its slash, which no route has
            raise NotFoundError("request.not_found", "there is nothing at this address") from None
        headers = [*_kept(scope["headers"], _HOP), (MARK, b"1")]
        request = self._open().build_request(scope["method"], url, headers=headers, content=body)
        begun = False
        try:
            answer = await self._answer(request, leader)
            try:
                kept = _kept(answer.headers.raw, (_HOP - {b"content-length"}) | _OURS)
                await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
                begun = True
                async for chunk in answer.aiter_raw():
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await send({"type": "http.response.body", "body": b""})
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise UnavailableError("log.no_leader", "the process that writes cannot be reached; try again") from None
        except httpx.HTTPError:
            if begun:
                raise
            raise _interrupted() from None

    async def _answer(self, request: httpx.Request, leader: Held) -> httpx.Response:
        """What the leader answers while it leads; one that was frozen meanwhile can write nothing any more."""
        asked = asyncio.ensure_future(self._open().send(request, stream=True))
        try:
            while not (await asyncio.wait({asked}, timeout=LOOK_SECONDS))[0]:
                now = self._leadership.leader
                if self._leadership.leads or (now is not None and now.epoch != leader.epoch):
                    raise _interrupted()
            return asked.result()
        finally:
            if asked.cancel():
                await asyncio.wait({asked})

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            # Plain HTTP among our own processes: no proxy of the environment, no certificates to load, no redirects.
            # A connection is given up before the other side does so (`api.http.server.KEEP_ALIVE_SECONDS`).
            timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)
            limits = httpx.Limits(max_connections=MOST_AT_ONCE, max_keepalive_connections=32, keepalive_expiry=5.0)
            self._client = httpx.AsyncClient(trust_env=False, verify=False, timeout=timeout, limits=limits)
        return self._client


def _interrupted() -> UnavailableError:
    said = "the process that writes went away before it answered: whether it was done is seen by asking again"
    return UnavailableError("log.interrupted", said)


def _kept(headers: Iterable[tuple[bytes, bytes]], left_out: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    return [(name.lower(), value) for name, value in headers if name.lower() not in left_out]
