"""VC-API for conformance tests: whatever credential is given is signed, without an API key (docs/vc-api.md)."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http import bodies
from api.http.vcapi import body_of
from issuers.open_issuing import PURPOSE, OpenIssuing
from ledger.formats import suites
from ledger.formats.errors import FormatError

router = APIRouter(tags=["VC-API"])

_REFUSED: dict[int | str, dict[str, Any]] = {400: {"description": "Not a sound credential, or an unknown cryptosuite"}}


class OpenOptions(BaseModel):
    """Of several suites each makes one proof of a set."""

    model_config = ConfigDict(extra="ignore")

    cryptosuite: str | list[str] = suites.DEFAULT
    credentialStatus: Any = None

    @field_validator("cryptosuite", mode="before")
    @classmethod
    def _given(cls, value: Any) -> Any:
        return suites.DEFAULT if value is None else value


class OpenCredential(BaseModel):
    """Any unsigned credential."""

    model_config = ConfigDict(extra="ignore")

    credential: dict[str, Any]
    options: OpenOptions | None = None


class StatusUpdate(BaseModel):
    """VCALM's update of a status: the credential by its id, the purpose, and whether the bit is set."""

    model_config = ConfigDict(extra="ignore")

    credentialId: Annotated[str, Field(max_length=4096)]
    credentialStatus: dict[str, Any]
    status: bool = True


@router.post(
    "/credentials/issue",
    status_code=201,
    summary="Sign any credential, for conformance tests",
    responses=_REFUSED,
    openapi_extra=body_of(OpenCredential),
)
async def issue(request: Request) -> Response:
    """It is in the temporary log before it is answered; its issuer is the one of this server."""
    body = await bodies.read_model(request, OpenCredential)
    options = body.options or OpenOptions()
    names = [options.cryptosuite] if isinstance(options.cryptosuite, str) else options.cryptosuite
    issued = await run_in_threadpool(
        _issuing(request).issue, body.credential, names, with_status=options.credentialStatus is True
    )
    return JSONResponse({"verifiableCredential": issued}, 201)


@router.post(
    "/credentials/status",
    summary="Revoke a credential, for conformance tests",
    responses={**_REFUSED, 404: {"description": "No credential of this id has a status entry"}},
    openapi_extra=body_of(StatusUpdate),
)
async def update_status(request: Request) -> Response:
    """The list is published before it is answered."""
    body = await bodies.read_model(request, StatusUpdate)
    if body.credentialStatus.get("statusPurpose") != PURPOSE or not body.status:
        raise FormatError("request.invalid", f"only the bit for {PURPOSE} is set here, and it is never cleared")
    await run_in_threadpool(_issuing(request).revoke, body.credentialId, "conformance test")
    return JSONResponse({"credentialId": body.credentialId, "status": True})


def _issuing(request: Request) -> OpenIssuing:
    found: OpenIssuing = request.app.state.open_issuing
    return found
