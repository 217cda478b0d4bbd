"""The log for witnesses and monitors: C2SP tlog-tiles, byte for byte, and what following it needs besides."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http import bodies
from api.http.context import Here
from api.http.published import FOR_GOOD
from api.witnesses import MAX_BODY
from ledger.formats.errors import FormatError, NotFoundError
from ledger.log.checkpoints import PAGE

router = APIRouter(tags=["Log"], prefix="/log")

_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "The log does not reach so far, or has no checkpoint"}
}
_FRESH = {"cache-control": "no-cache"}
_NOTE = {
    "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string"}}}},
}
After = Annotated[int, Query(ge=0, lt=2**48, description="a size; those larger are listed, the smallest first")]


@router.get("/checkpoint", summary="The newest checkpoint, a signed note", responses=_UNKNOWN)
def checkpoint(deployment: Here) -> Response:
    """C2SP tlog-checkpoint, with the cosignatures of witnesses that there are by now."""
    return Response(deployment.reader.note(), media_type="text/plain; charset=utf-8", headers=_FRESH)


@router.get("/checkpoints", summary="The published checkpoints, oldest first")
def checkpoints(deployment: Here, after: After = 0) -> Response:
    """For witnesses, so that they cosign every size that may be anchored; at most 100 at once."""
    found = deployment.reader.checkpoints_after(after)
    listed = [{"note": one.note.decode(), "published": one.published_at} for one in found]
    following = found[-1].size if len(found) == PAGE else None
    return JSONResponse({"checkpoints": listed, "next": following}, headers=_FRESH)


@router.get("/anchors", summary="The recorded anchors, oldest first")
def anchors(deployment: Here, after: After = 0) -> Response:
    """What this log has recorded of the chain; a monitor holds it against the chain itself. At most 100 at once."""
    found = deployment.reader.anchors_after(after)
    listed = [
        {
            "size": one.size,
            "root": one.root.hex(),
            "previousSize": one.previous_size,
            "time": one.time,
            "statusRoot": one.status_root.hex(),
            "block": one.block_number,
            "transaction": one.transaction_hash.hex(),
        }
        for one in found
    ]
    following = found[-1].size if len(found) == PAGE else None
    return JSONResponse({"anchors": listed, "next": following}, headers=_FRESH)


@router.get("/status-lists/{index}", summary="The status list that an entry published", responses=_UNKNOWN)
def publication(index: Annotated[int, Path(ge=0, lt=2**48)], deployment: Here) -> Response:
    """Its signed bytes, whose SHA-256 the entry of this index commits to; older publications too."""
    found = deployment.reader.publication(index)
    return Response(found.credential, media_type="application/vc+ld+json", headers=FOR_GOOD)


@router.post(
    "/cosignatures",
    summary="Hand in a witness's cosignature",
    response_description="The checkpoint's size, and how many cosignatures of it are new",
    responses={
        400: {"description": "It is no note of a checkpoint, or a witness's line does not hold"},
        403: {"description": "It has no line of a witness that this log's operator named"},
        404: {"description": "No such checkpoint is published"},
        409: {"description": "The published checkpoint of this size has another root"},
        413: {"description": "It is larger than 16 KiB"},
    },
    openapi_extra=_NOTE,
)
async def cosignatures(request: Request, deployment: Here) -> Response:
    """A note of a published checkpoint with lines of C2SP tlog-cosignature. Needs no key: the lines speak for it."""
    body = await bodies.read(request.scope, request.receive, MAX_BODY)
    size, kept = await run_in_threadpool(deployment.witnesses.take, body)
    return JSONResponse({"size": size, "kept": kept})


@router.get("/tile/{tile:path}", summary="A tile of hashes, or a bundle of entries", responses=_UNKNOWN)
def tile(
    tile: Annotated[str, Path(max_length=64, description="L/N[.p/W] or entries/N[.p/W]")], deployment: Here
) -> Response:
    """C2SP tlog-tiles. What is behind the newest checkpoint is not given out."""
    try:
        found = deployment.reader.tile_at(f"tile/{tile}")
    except FormatError as error:
        raise NotFoundError(error.code, error.message) from None
    return Response(found, media_type="application/octet-stream", headers=FOR_GOOD)
