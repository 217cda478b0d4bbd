"""`POST /v1/verify`, the hot endpoint: plain ASGI, because a router and its models cost as much as the signature."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from anyio import to_thread
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.checking import AT_ONCE, POLICIES, Checking
from api.http import bodies, problems
from api.http.context import Here
from api.http.guard import HOT_HEADERS
from ledger.formats.errors import FormatError, RollbookError
from verifier.policy import RECORD, Policy
from verifier.readers import carriers
from verifier.report import Report

router = APIRouter(tags=["Verification"])

MAX_FIELDS = 16
"""Fields of a query; three are known."""


class Endpoint:
    """Reads a body, verifies it, answers with the report."""

    def __init__(self, checking: Checking) -> None:
        self._checking = checking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; errors become problem details."""
        try:
            body = await self._answer(scope, receive)
        except RollbookError as error:
            await problems.of(error)(scope, receive, send)
            return
        headers = [*HOT_HEADERS, (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def at_once(self, bodies: Sequence[bytes]) -> list[bytes | None]:
        """The report on each, where it is one and the log need not be asked."""
        plain = [body for body in bodies if not carriers.carries(body)]
        reports = iter(self._checking.quick_many(plain))
        return [None if carriers.carries(body) else _encoded(next(reports)) for body in bodies]

    async def _answer(self, scope: Scope, receive: Receive) -> bytes:
        query = scope["query_string"]
        policy, asked = read_query(query) if query else (RECORD, {})
        if _media_type(scope) == b"multipart/form-data":
            data = await bodies.read_file(scope, receive)
        else:
            data = await bodies.read(scope, receive)
        return accepted(await check(self._checking, data, policy, **asked)).encode()


async def check(checking: Checking, data: bytes, policy: Policy = RECORD, **asked: str) -> Report:
    """The report on ``data``; in a thread where it takes long, or where the log has to be asked."""
    if len(data) <= AT_ONCE and not carriers.carries(data):
        report = checking.quick(data, policy, **asked)
        if report is not None:
            return report
        return await run_in_threadpool(checking.completed, data, policy, **asked)
    if len(data) > AT_ONCE:  # one at a time: several together would keep everybody else waiting
        work = partial(checking.verify, data, policy, **asked)
        return await to_thread.run_sync(work, limiter=checking.large)
    return await run_in_threadpool(checking.verify, data, policy, **asked)


def _encoded(report: Report | None) -> bytes | None:
    return report.encode() if report is not None and report.is_credential else None


def accepted(report: Report) -> Report:
    """The report; FormatError where what was sent is no credential at all, so that there is nothing to report on."""
    if report["document"].code == "document.too_large" or not report.is_credential:
        raise refusal(report)
    return report


def refusal(report: Report) -> FormatError:
    """Why a document could not be read, as an error."""
    document = report["document"]
    return FormatError(document.code, str(document.evidence.get("reason", document.message["en"])))


def read_query(query: bytes) -> tuple[Policy, dict[str, str]]:
    """Policy, domain and challenge of ``?policy=…&domain=…&challenge=…``; FormatError ``request.invalid``."""
    try:
        fields = parse_qs(query.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise FormatError("request.invalid", f"the query has more than {MAX_FIELDS} fields") from None
    wanted = {name: values[-1] for name, values in fields.items() if name in ("policy", "domain", "challenge")}
    return policy_of(wanted.pop("policy", "record")), wanted


def policy_of(name: str) -> Policy:
    """The policy of this name; FormatError ``request.invalid``."""
    policy = POLICIES.get(name)
    if policy is None:
        raise FormatError("request.invalid", f"policy is one of {', '.join(POLICIES)}")
    return policy


def _media_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            found: bytes = value
            return found.partition(b";")[0].strip().lower()
    return b""


_FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
DESCRIPTION: dict[str, Any] = {
    "parameters": [
        {
            "name": "policy",
            "in": "query",
            "schema": {"enum": list(POLICIES), "default": "record"},
            "description": "the rules to verify by",
        },
        {"name": "domain", "in": "query", "schema": {"type": "string"}, "description": "given to the holder"},
        {"name": "challenge", "in": "query", "schema": {"type": "string"}, "description": "given to the holder"},
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {"schema": _FILE},
        },
    },
}


@router.post(
    "/v1/verify",
    summary="Verify a bundle, credential or presentation",
    response_description="The report: verdict, eight checks, signed values",
    responses={
        400: {"description": "What was sent is no credential at all"},
        413: {"description": "It is larger than 5 MiB"},
    },
    openapi_extra=DESCRIPTION,
)
async def verify(request: Request, deployment: Here) -> Response:
    """A bare credential is completed from this log; a bundle older than log or registry is refreshed."""
    # The guard answers this path before any router; this is the same endpoint for whoever mounts the routes alone.
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await Endpoint(deployment.checking)(request.scope, request.receive, send)
    start, *rest = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    return Response(b"".join(part.get("body", b"") for part in rest), start["status"], headers)
