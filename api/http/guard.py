"""What stands around every request: an id, headers, counters, a log line, and an answer whatever goes wrong.

One pure ASGI layer and no more: each layer costs as much as a tenth of a signature. The hot endpoint is served from
here, before any router, and by a server that knows how without ASGI at all (`api.http.protocol`).

The log line holds the route's template, never the path, query, body or address: digests and names stay out of it.
"""

import re
import secrets
import time
import traceback
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Protocol

import structlog
from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.checking import AT_ONCE
from api.http import problems
from api.http.batch import Answer, Batch
from api.http.bodies import ClientGone
from ledger.formats.errors import FormatError, NotFoundError, RollbookError

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
HOT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
)
HSTS = (b"strict-transport-security", b"max-age=31536000")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_ENCODED_CONTROL = re.compile(rb"[\x00-\x1f\x7f]|%(?:[01][0-9a-f]|7f|c2%[89][0-9a-f])", re.IGNORECASE)
_log = structlog.get_logger("rollbook.http")


class Metrics:
    """Counters of one application, in the registry given."""

    def __init__(self, registry: Any) -> None:
        self.requests = Counter(
            "rollbook_http_requests", "Requests by route and status", ("method", "route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "rollbook_http_seconds", "Time until the answer was complete", ("route",), registry=registry
        )
        self._bound: dict[tuple[str, str, int], tuple[Any, Any]] = {}

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request answered; looking a label up costs more than counting, so both are kept."""
        key = (method, route, status)
        bound = self._bound.get(key)
        if bound is None:
            bound = self.requests.labels(method, route, str(status)), self.seconds.labels(route)
            self._bound[key] = bound
        bound[0].inc()
        bound[1].observe(seconds)


class Hot(Protocol):
    """An endpoint of a POST that is served before any router, and of which small requests may be answered at once."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None: ...

    def at_once(self, bodies: Sequence[bytes]) -> list[bytes | None]:
        """For each JSON body that of its 200 answer, or None where the answer is another or takes long."""


class Guard:
    """The outermost layer: ``app`` answers, unless the path is one of the ``hot`` ones."""

    def __init__(self, app: ASGIApp, *, hot: Mapping[str, Hot], metrics: Metrics, https: bool = False) -> None:
        self._app = app
        self._hot = dict(hot)
        self._hot_by_bytes = {path.encode(): endpoint for path, endpoint in hot.items()}
        self._metrics = metrics
        self._headers = [*HEADERS, HSTS] if https else list(HEADERS)
        # Unique over restarts and processes, without asking the kernel for each request.
        self._prefix, self._numbers = secrets.token_hex(6), count(1)
        own = b"".join([b"%b: %b\r\n" % header for header in (*self._headers, *HOT_HEADERS)])
        self._start = b"HTTP/1.1 200 OK\r\n" + own
        self.batch = Batch(self.at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; lifespan and the rest pass through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        request_id = f"{self._prefix}-{next(self._numbers)}"
        scope["rollbook.request_id"] = request_id
        answer = _Answer(send, [*self._headers, (b"x-request-id", request_id.encode())])
        hot = self._hot.get(scope["path"]) if scope["method"] == "POST" else None
        if scope["method"] == "HEAD":  # answered as GET is; the server itself leaves the body out (RFC 9110 §9.3.2)
            scope = {**scope, "method": "GET"}
        try:
            refuse_controls(scope)
            await (hot or self._app)(scope, receive, answer)
        except ClientGone:
            answer.status = answer.status or 499
        except Exception as error:  # the last resort: whatever it was, the client gets an answer and the log a place
            await self._fail(error, scope, receive, answer)
        seconds = time.perf_counter() - started
        route = scope["path"] if hot else _template(scope)
        self._metrics.count(_method(scope), route, answer.status, seconds)
        if answer.status >= 400 or not hot:
            line = {"method": _method(scope), "route": route, "status": answer.status, "request": request_id}
            _log.info("request", **line, milliseconds=round(seconds * 1000, 1))

    async def aclose(self) -> None:
        """The server stops: let what stands inside close its connections."""
        close = getattr(self._app, "aclose", None)
        if close is not None:
            await close()

    def may_answer_at_once(self, method: bytes, path: bytes, media_type: bytes, length: int) -> bool:
        """Whether a request with a body of this size is worth a try of `at_once`."""
        usual = method == b"POST" and path in self._hot_by_bytes and 0 < length <= AT_ONCE
        return usual and media_type[:10].lower() != b"multipart/"

    def at_once(self, path: bytes, bodies: Sequence[bytes]) -> list[Answer | None]:
        """The whole answers to POSTs of these bodies; None for one that takes the usual way."""
        started = time.perf_counter()
        found = self._hot_by_bytes[path].at_once(bodies)
        seconds = (time.perf_counter() - started) / len(bodies)
        return [None if body is None else self._answer(path.decode(), body, seconds) for body in found]

    def _answer(self, route: str, body: bytes, seconds: float) -> Answer:
        self._metrics.count("POST", route, 200, seconds)
        request_id = f"{self._prefix}-{next(self._numbers)}".encode()
        return Answer(b"%bcontent-length: %d\r\nx-request-id: %b\r\n" % (self._start, len(body), request_id), body)

    async def _fail(self, error: Exception, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        request_id = scope["rollbook.request_id"]
        if not isinstance(error, RollbookError) and problems.behind(error) is None:
            _log.error("internal", error=type(error).__name__, where=where(error), request=request_id)
        if not answer.status:
            await problems.of_any(error, request_id)(scope, receive, answer)


class _Answer:
    """`send` with our headers added to the response's start, and its status remembered."""

    __slots__ = ("_headers", "_send", "status")

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send, self._headers, self.status = send, headers, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), *self._headers]
        await self._send(message)


def refuse_controls(scope: Scope) -> None:
    """Refuse control characters in path and query: none has a meaning there, and PostgreSQL cannot even compare NUL.

    Raises NotFoundError ``request.not_found`` for the path, FormatError ``request.invalid`` for the query.
    """
    if _CONTROL.search(scope["path"]):
        raise NotFoundError("request.not_found", "no path has a control character")
    query = scope.get("query_string", b"")
    if query and _ENCODED_CONTROL.search(query):
        raise FormatError("request.invalid", "a control character is in the query")


def where(error: BaseException) -> list[str]:
    """The places an error passed through, without its message or any value: both may hold personal data."""
    return [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)][-8:]


def _template(scope: Scope) -> str:
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "unmatched"


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"
