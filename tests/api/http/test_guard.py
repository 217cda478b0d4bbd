"""Whatever goes wrong inside, the client gets problem details and the log gets no personal data."""

import asyncio
import errno
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from sqlite3 import OperationalError as DriverError
from typing import Any

import orjson
import pytest
import structlog
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DataError, OperationalError

from api.http import bodies
from api.http.guard import Guard, Metrics
from ledger.formats.errors import BoundError, ConflictError, FormatError, NotAllowedError, UnavailableError

SECRET = "张三 350102200801011234"


def call(app: Any, messages: Iterable[dict[str, Any]] = (), *, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Any:
    """(status, headers, body) of one POST through a Guard around ``app``."""
    inbox = iter(messages if messages != () else [{"type": "http.request", "body": b""}])
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(inbox)

    async def send(message: Any) -> None:
        sent.append(message)

    guard = Guard(app, hot={}, metrics=Metrics(CollectorRegistry()))
    scope = {"type": "http", "method": "POST", "path": "/x", "headers": list(headers)}
    with ThreadPoolExecutor(1) as elsewhere:  # a browser test before this one may have left a loop in this thread
        elsewhere.submit(asyncio.run, guard(scope, receive, send)).result()
    if not sent:
        return None
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def raising(error: Exception) -> Any:
    async def app(_scope, _receive, _send) -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (FormatError("document.malformed", "x"), 400, "document.malformed"),
        (FormatError("document.too_large", "x"), 413, "document.too_large"),
        (BoundError("document.too_large", "x"), 400, "document.too_large"),
        (NotAllowedError("caller.scope", "x"), 403, "caller.scope"),
        (NotAllowedError("request.unauthorized", "x"), 401, "request.unauthorized"),
        (ConflictError("row.conflict", "x"), 409, "row.conflict"),
        (UnavailableError("log.full", "x"), 503, "log.full"),
        (OSError(errno.ENOSPC, "No space left on device"), 503, "storage.full"),
        (OperationalError("INSERT", {"name": SECRET}, DriverError("disk I/O error")), 503, "storage.unavailable"),
        (DataError("INSERT", {"name": SECRET}, ValueError("NUL (0x00)")), 400, "request.invalid"),
    ],
)
def test_a_known_error_becomes_its_problem(error: Exception, status: int, code: str) -> None:
    found, headers, body = call(raising(error))
    problem = orjson.loads(body)
    assert (found, problem["status"], problem["code"]) == (status, status, code)
    assert headers[b"content-type"] == b"application/problem+json"
    assert (b"retry-after" in headers) == (status == 503)


def test_an_unknown_error_tells_the_client_nothing_and_the_log_no_values() -> None:
    with structlog.testing.capture_logs() as logs:
        status, headers, body = call(raising(KeyError(SECRET)))
    assert status == 500 and orjson.loads(body)["code"] == "internal"
    assert SECRET not in body.decode() and "KeyError" not in body.decode()
    internal = next(line for line in logs if line["event"] == "internal")
    assert internal["request"].encode() == headers[b"x-request-id"]
    assert SECRET not in repr(logs) and "raising" not in body.decode()
    assert any(place.startswith("app:") for place in internal["where"])


def test_a_client_that_went_away_is_answered_by_nobody() -> None:
    async def app(scope, receive, _send) -> None:
        await bodies.read(scope, receive)

    assert call(app, [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]) is None


def test_an_announced_body_beyond_the_limit_is_refused_unread() -> None:
    async def app(scope, receive, _send) -> None:
        await bodies.read(scope, receive)

    status, _, _ = call(app, iter(()), headers=((b"content-length", b"5242881"),))
    assert status == 413


@pytest.mark.parametrize("length", [b"99999999999999999999", b"9" * 4000])
def test_an_absurd_announcement_is_refused(length: bytes) -> None:
    async def app(scope, receive, _send) -> None:
        await bodies.read(scope, receive)

    assert call(app, iter(()), headers=((b"content-length", length),))[0] == 413


def test_a_chunked_body_is_cut_off_at_the_limit() -> None:
    read = 0

    async def app(scope, receive, _send) -> None:
        async def counted() -> Any:
            nonlocal read
            message = await receive()
            read += len(message["body"])
            return message

        await bodies.read(scope, counted)

    endless = ({"type": "http.request", "body": b"x" * 2**20, "more_body": True} for _ in range(10**6))
    assert call(app, endless)[0] == 413
    assert read == 6 * 2**20


def test_every_answer_has_its_headers_and_an_id_of_its_own() -> None:
    ids = set()
    for _ in range(3):
        _, headers, _ = call(raising(FormatError("x.y", "")))
        assert b"unsafe" not in headers[b"content-security-policy"]
        assert headers[b"x-content-type-options"] == b"nosniff"
        ids.add(headers[b"x-request-id"])
    assert len(ids) == 3
