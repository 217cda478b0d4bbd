"""All that a school has of a learner, in one ZIP. Needs the school's API key."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.http.context import Here, School
from ledger.formats.errors import NotFoundError

router = APIRouter(tags=["Records of a school"])


@router.get(
    "/v1/archive",
    summary="All records of a learner in one ZIP",
    responses={
        401: {"description": "No valid API key"},
        404: {"description": "The school has no record of this learner"},
        409: {"description": "The learner has more than 200 records, or one of them cannot be drawn"},
    },
)
def get_archive(
    deployment: Here,
    caller: School,
    learner: Annotated[str, Query(min_length=1, max_length=64, description="the learner's number")],
) -> Response:
    """Bundles in every form that was made, sheets, and a page that opens offline: for the learner to keep."""
    found = deployment.records.find(caller, learner=learner, limit=1000)
    if not found:
        raise NotFoundError("record.unknown", "there is no record of this learner")
    headers = {"content-disposition": 'attachment; filename="records.zip"', "cache-control": "no-store"}
    return Response(deployment.papers.archive(found), media_type="application/zip", headers=headers)
