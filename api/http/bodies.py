"""Reading request bodies: never more than the limit, in memory only, and strictly."""

import re
from collections.abc import AsyncGenerator
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.types import Receive, Scope

from ledger.formats import canonical
from ledger.formats.errors import FormatError

Model = TypeVar("Model", bound=BaseModel)

LIMIT = canonical.MAX_BYTES
"""Bytes of one document; a form around it may be longer by its own lines."""
FORM_OVERHEAD = 64 * 1024

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class ClientGone(Exception):
    """The client went away before its request was complete; nobody is there to answer."""


async def read(scope: Scope, receive: Receive, limit: int = LIMIT) -> bytes:
    """The whole body; FormatError ``document.too_large`` as soon as it is announced or found to be longer."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and (len(value) > 15 or int(value) > limit):
            raise too_large()
    message = await receive()
    if not message.get("more_body"):
        return whole(message, limit)
    chunks, size = [], 0
    while True:
        chunk = part(message)
        size += len(chunk)
        if size > limit:
            raise too_large()
        chunks.append(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)
        message = await receive()


def part(message: Any) -> bytes:
    """The bytes of one ASGI message; ClientGone where there are none any more."""
    if message["type"] == "http.disconnect":
        raise ClientGone
    chunk: bytes = message.get("body", b"")
    return chunk


def whole(message: Any, limit: int) -> bytes:
    """The bytes of the only message of a request."""
    body = part(message)
    if len(body) > limit:
        raise too_large()
    return body


def too_large() -> FormatError:
    """The error for a document over `LIMIT`; a form around it may be longer, but people are told one number only."""
    return FormatError("document.too_large", f"larger than {LIMIT // 2**20} MiB")


def _plain(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("a control character is in it")
    return text


Plain = Annotated[str, AfterValidator(_plain)]
"""A line of text for people. A control character has no place in it, and PostgreSQL cannot even keep NUL."""


def refuse_nul(value: Any) -> None:
    """FormatError ``request.invalid`` where a NUL is in any string of a JSON value: PostgreSQL could not keep it."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str) and "\0" in one:
            raise FormatError("request.invalid", "a NUL character is in a string")


async def read_model(request: Request, model: type[Model]) -> Model:
    """The body as ``model``, read by the strict reader first; FormatError ``request.invalid`` names the members."""
    return validate(await read_object(request), model)


async def read_object(request: Request) -> dict[str, Any]:
    """The body as one JSON object; FormatError ``document.malformed`` for anything else."""
    value = canonical.loads(await read(request.scope, request.receive))
    if not isinstance(value, dict):
        raise FormatError("document.malformed", "the body is JSON, but no object")
    return value


def validate(value: Any, model: type[Model]) -> Model:
    """``value`` as ``model``; the error names places and reasons, never the values that were given."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}" for one in error.errors()[:5])
        raise FormatError("request.invalid", found) from None


class _InMemory(MultiPartParser):
    """Starlette's parser, which would put larger files on the disk: the body's limit is the memory's."""

    spool_max_size = LIMIT + FORM_OVERHEAD


async def read_form(scope: Scope, receive: Receive) -> dict[str, str | bytes]:
    """A multipart form: files as bytes, fields as text; FormatError ``request.form`` where it is not one."""
    body = await read(scope, receive, LIMIT + FORM_OVERHEAD)
    try:
        parsed = await _InMemory(Headers(scope=scope), _once(body), max_files=1, max_fields=8).parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        reason = error.message if isinstance(error, MultiPartException) else "the form cannot be read"
        raise FormatError("request.form", reason) from None
    fields: dict[str, str | bytes] = {}
    for name, value in parsed.multi_items():
        fields[name] = await value.read() if isinstance(value, UploadFile) else value
    await parsed.close()
    if any(isinstance(value, bytes) and len(value) > LIMIT for value in fields.values()):
        raise too_large()
    return fields


async def read_file(scope: Scope, receive: Receive, name: str = "file") -> bytes:
    """The one file of a form, in its field ``name``."""
    found = (await read_form(scope, receive)).get(name)
    if not isinstance(found, bytes):
        raise FormatError("request.form", f"the form has no file in a field named {name}")
    return found


async def _once(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body
