"""The log for witnesses and monitors: C2SP tlog-tiles, byte for byte."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.http.context import Here
from api.http.published import FOR_GOOD
from ledger.formats.errors import FormatError, NotFoundError

router = APIRouter(tags=["Log"], prefix="/log")

_UNKNOWN: dict[int | str, dict[str, Any]] = {
    404: {"description": "The log does not reach so far, or has no checkpoint"}
}


@router.get("/checkpoint", summary="The newest checkpoint, a signed note", responses=_UNKNOWN)
def checkpoint(deployment: Here) -> Response:
    """C2SP tlog-checkpoint."""
    note = deployment.reader.checkpoint().note
    return Response(note, media_type="text/plain; charset=utf-8", headers={"cache-control": "no-cache"})


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
