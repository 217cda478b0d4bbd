"""OpenID for Verifiable Presentations: asking wallets, and taking their answers (docs/wallets.md)."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http import bodies
from api.http.context import Here, School
from api.http.vcapi import body_of
from api.http.wallets import NO_STORE, read_form
from ledger.formats.errors import NotAllowedError

router = APIRouter(tags=["Wallets"])


class MakeRequest(BaseModel):
    """`dcql_query` is a DCQL query, `purpose` is kept beside the answer, `policy` is that of the verification.
    `response_mode` `direct_post.jwt` has the wallet encrypt its answer.
    """

    model_config = ConfigDict(extra="forbid")

    dcql_query: dict[str, Any]
    purpose: bodies.Plain = Field(min_length=1, max_length=500)
    policy: str = Field(default="record", max_length=16)
    response_mode: Literal["direct_post", "direct_post.jwt"] = "direct_post"


@router.post(
    "/v1/presentation-requests",
    status_code=201,
    summary="Ask a wallet for records",
    response_description="The link for the wallet; not shown again",
    responses={
        400: {"description": "The query is malformed, or asks for what is not done here"},
        401: {"description": "No valid API key"},
        409: {"description": "Too many requests are open"},
    },
    openapi_extra=body_of(MakeRequest),
)
async def make_request(request: Request, deployment: Here, caller: School) -> Response:
    """OpenID4VP 1.0 with DCQL. Give the link as a QR code; it is good for ten minutes and one answer."""
    body = await bodies.read_model(request, MakeRequest)
    bodies.refuse_nul(body.dcql_query)
    assert caller.issuer is not None
    member = await run_in_threadpool(deployment.schools.get, caller.issuer)
    asking = deployment.presenting.ask
    asked = await run_in_threadpool(asking, member, body.dcql_query, body.purpose, body.policy, body.response_mode)
    return JSONResponse(await run_in_threadpool(asked.to_dict), 201, NO_STORE)


@router.get(
    "/v1/presentation-requests/{request_id}",
    summary="What a wallet answered",
    responses={401: {"description": "No valid API key"}, 404: {"description": "There is none"}},
)
def get_request(
    request_id: Annotated[str, Path(max_length=36, description="the request's id")], deployment: Here, caller: School
) -> Response:
    """Our own report on each presentation. Deleted a day after the request ended."""
    assert caller.issuer is not None
    found = deployment.presenting.get(deployment.schools.get(caller.issuer), request_id)
    return JSONResponse(found, headers=NO_STORE)


@router.post(
    "/openid4vp/response",
    summary="A wallet's answer",
    responses={400: {"description": "Refused, with `error` as the specification names it"}},
)
async def respond(request: Request, deployment: Here) -> Response:
    """OpenID4VP 1.0 §8.2, `direct_post`: a form with `vp_token` and `state`, or with `error` and `state`.

    Where it was asked for, §8.3.1, `direct_post.jwt`: a form with `response`, the same parameters encrypted.
    """
    try:
        fields = await read_form(request, bodies.LIMIT)
        await run_in_threadpool(deployment.presenting.respond, fields)
    except NotAllowedError as error:
        body = {"error": "invalid_request", "error_description": f"{error.code}: {error.message}"}
        return JSONResponse(body, 400, NO_STORE)
    return JSONResponse({}, headers=NO_STORE)
