"""`POST /v1/verify/batch` takes an archive, `GET /v1/jobs/{job}` tells what came of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http import bodies
from api.http.context import Here
from api.http.verify import policy_of
from ledger.formats import datetimes
from verifier.readers.archive import MAX_BYTES

router = APIRouter(tags=["Verification"])

_HEADERS = {"cache-control": "no-store"}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/v1/verify/batch",
    status_code=202,
    summary="Verify an archive (ZIP) in the background",
    response_description="The job, and where to ask for it",
    responses={
        400: {"description": "It is no sound ZIP"},
        413: {"description": "It is larger than 64 MiB, or promises more than is read"},
        503: {"description": "Too many archives are waiting"},
    },
    openapi_extra=_BODY,
)
async def verify_batch(
    request: Request,
    deployment: Here,
    policy: Annotated[str, Query(max_length=16, description="the rules to verify by")] = "record",
) -> Response:
    """Each member is verified as by itself. The job's name is a secret of whoever handed the archive in."""
    chosen = policy_of(policy)
    data = await bodies.read(request.scope, request.receive, MAX_BYTES)
    job = await run_in_threadpool(deployment.batches.add, data, chosen)
    where = f"/v1/jobs/{job}"
    return JSONResponse({"job": job, "state": "waiting", "url": where}, 202, {**_HEADERS, "location": where})


@router.get(
    "/v1/jobs/{job}",
    summary="What came of an archive",
    response_description="The job; once it is done with a report for each member, by number and SHA-256",
    responses={404: {"description": "There is no such job, or it is older than a day"}},
)
def get_job(job: Annotated[str, Path(pattern="^[0-9a-f]{48}$")], deployment: Here) -> Response:
    """The reports are without anything of learners and records, and are deleted after a day."""
    found = deployment.batches.get(job)
    body: dict[str, Any] = {
        "job": job,
        "state": found.state,
        "policy": found.policy,
        "createdAt": datetimes.render(datetimes.from_unix(found.created_at)),
        "expiresAt": datetimes.render(datetimes.from_unix(found.expires_at)) if found.result else None,
    }
    return JSONResponse(body | (found.result or {}), headers=_HEADERS)
