"""Errors as RFC 9457 problem details, each with a stable `code`; never a stack trace, a secret or personal data."""

import errno
from http import HTTPStatus
from typing import Any

import orjson
from sqlalchemy.exc import DataError, DBAPIError
from starlette.responses import Response

from ledger.formats.errors import (
    BoundError,
    ConfigError,
    ConflictError,
    FormatError,
    NotAllowedError,
    NotFoundError,
    ProofError,
    RollbookError,
    UnavailableError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds after which a client may try again where something cannot be reached now."""

_BY_CODE = {
    "log.behind_chain": HTTPStatus.SERVICE_UNAVAILABLE,  # nothing that the client could mend
    "document.too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "paper.missing_glyph": HTTPStatus.CONFLICT,
    "paper.unprintable": HTTPStatus.CONFLICT,
    "request.unauthorized": HTTPStatus.UNAUTHORIZED,
    "school.no_key": HTTPStatus.FORBIDDEN,  # it is there, and may sign nothing
    "request.media_type": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "request.method": HTTPStatus.METHOD_NOT_ALLOWED,
    "request.timeout": HTTPStatus.REQUEST_TIMEOUT,
}
_BY_ERROR: tuple[tuple[type[RollbookError], HTTPStatus], ...] = (
    (FormatError, HTTPStatus.BAD_REQUEST),
    (ProofError, HTTPStatus.BAD_REQUEST),
    (NotAllowedError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
    (ConfigError, HTTPStatus.INTERNAL_SERVER_ERROR),
)
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


def status_of(error: RollbookError) -> HTTPStatus:
    """The HTTP status that says what kind of error this is."""
    if error.code in _BY_CODE and not isinstance(error, BoundError):  # which is not about the size of the body
        return _BY_CODE[error.code]
    return next((status for kind, status in _BY_ERROR if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)


def document(status: int, code: str, detail: str, **members: Any) -> dict[str, Any]:
    """The problem's JSON object; extra ``members`` stand beside the five of RFC 9457 §3.1 and `code`."""
    base = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "code": code}
    return {**base, "detail": detail, **members}


def response(status: int, code: str, detail: str, **members: Any) -> Response:
    """The problem as a response."""
    headers = {"retry-after": RETRY_AFTER} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["www-authenticate"] = 'Bearer realm="rollbook"'
    body = orjson.dumps(document(status, code, detail, **members))
    return Response(body, int(status), headers, media_type=MEDIA_TYPE)


def of(error: RollbookError) -> Response:
    """The response to ``error``."""
    return response(status_of(error), error.code, error.message or error.code)


def of_any(error: Exception, request_id: str) -> Response:
    """The response to whatever went wrong; what is not known by its type tells the client nothing but where to ask."""
    known = error if isinstance(error, RollbookError) else behind(error)
    if known is not None:
        return of(known)
    return response(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", f"request {request_id} failed inside")


def behind(error: Exception) -> RollbookError | None:
    """``error`` as one of ours where we know what lies behind it, else None.

    UnavailableError for a full disk or an unreachable database, FormatError for a value that the database cannot hold.

    The driver's own message is dropped: it may hold the values of the statement.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        return UnavailableError("storage.full", "the disk is full; nothing was written")
    if isinstance(error, DBAPIError) and (error.connection_invalidated or _is_operational(error)):
        return UnavailableError("storage.unavailable", "the database cannot be reached or written now")
    if isinstance(error, DataError):
        return FormatError("request.invalid", "a value in the request is none that can be stored")
    return None


def _is_operational(error: DBAPIError) -> bool:
    return type(error.orig).__name__ in {"OperationalError", "InterfaceError", "DiskFull"}
