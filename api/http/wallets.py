"""OpenID for Verifiable Credential Issuance: what a school calls, and what its learners' wallets do (docs/wallets.md).

The wallets' errors are those of the specification, as JSON with ``error``; everything else is a problem document.
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.http import bodies
from api.http.context import Here, School
from api.http.vcapi import body_of
from api.wallets import Wallets
from issuers.store import StoredRecord
from issuers.wallets import refusals
from issuers.wallets.configurations import PRE_AUTHORIZED
from issuers.wallets.issuing import INTERVAL, Answer
from issuers.wallets.offers import CODE_SECONDS, MAX_CODE_SECONDS
from issuers.wallets.refusals import refused
from issuers.wallets.signing import shown
from ledger.formats import canonical
from ledger.formats.errors import FormatError, NotAllowedError

router = APIRouter(tags=["Wallets"])

NO_STORE = {"cache-control": "no-store"}
SHORT = {"cache-control": "public, max-age=60"}
MAX_BODY = 64 * 1024
_MAX_FIELDS = 16
_FORM = "application/x-www-form-urlencoded"

Code = Annotated[str, Path(max_length=32, description="the school's code")]
_UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is none"}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {"description": "Refused, with `error` as the specification names it"}
}
_TOKEN: dict[int | str, dict[str, Any]] = {**_REFUSED, 401: {"description": "No valid access token"}}
_DEFERRED: dict[int | str, dict[str, Any]] = {
    **_TOKEN,
    202: {"description": "Not yet: ask again with `transaction_id`"},
}


class MakeOffer(BaseModel):
    """`formats` are all that the record's kind has, unless some are named. `after` is `anchor` to give nothing before
    the chain has accepted it.
    """

    model_config = ConfigDict(extra="forbid")

    record: str = Field(max_length=64)
    formats: list[Literal["ldp_vc", "jwt_vc_json", "dc+sd-jwt"]] | None = Field(default=None, min_length=1)
    after: Literal["log", "anchor"] = "log"
    seconds: int = Field(default=CODE_SECONDS, ge=60, le=MAX_CODE_SECONDS)


@router.post(
    "/v1/offers",
    status_code=201,
    summary="Offer a record to its learner's wallet",
    response_description="The link, and the transaction code for the learner alone; neither is shown again",
    responses={
        401: {"description": "No valid API key"},
        404: {"description": "The school has no such record"},
        409: {"description": "The record was revoked or superseded"},
    },
    openapi_extra=body_of(MakeOffer),
)
async def make_offer(request: Request, deployment: Here, caller: School) -> Response:
    """Give the link as a QR code, and the transaction code by another way: five wrong ones end the offer."""
    body = await bodies.read_model(request, MakeOffer)
    assert caller.issuer is not None
    member = await run_in_threadpool(deployment.schools.get, caller.issuer)
    made = await run_in_threadpool(
        deployment.wallets.offer, member, body.record, body.formats, after=body.after, seconds=body.seconds
    )
    return JSONResponse(made.to_dict(), 201, NO_STORE)


@router.get("/v1/offers/{offer}", summary="Whether an offer was taken up", responses=_UNKNOWN)
def get_offer(
    offer: Annotated[str, Path(max_length=36, description="the offer's id")], deployment: Here, caller: School
) -> Response:
    """Until it has expired, then it is forgotten."""
    assert caller.issuer is not None
    found = deployment.wallets.offers.get(deployment.schools.get(caller.issuer), offer)
    return JSONResponse(deployment.wallets.state(found), headers=NO_STORE)


@router.get(
    "/.well-known/openid-credential-issuer/schools/{code}", summary="A credential issuer's metadata", responses=_UNKNOWN
)
def issuer_metadata(code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0: a school is the credential issuer `BASE/schools/CODE`."""
    return JSONResponse(deployment.wallets.issuer_metadata(deployment.wallets.school(code)), headers=SHORT)


@router.get(
    "/.well-known/oauth-authorization-server/schools/{code}",
    summary="An authorization server's metadata",
    responses=_UNKNOWN,
)
def server_metadata(code: Code, deployment: Here) -> Response:
    """RFC 8414: a school is its own authorization server, for the pre-authorized code alone."""
    return JSONResponse(deployment.wallets.server_metadata(deployment.wallets.school(code)), headers=SHORT)


@router.get(
    "/schools/{code}/openid4vci/offers/{reference}",
    summary="The credential offer behind a link",
    responses=_UNKNOWN,
)
def offer_by_reference(
    code: Code, reference: Annotated[str, Path(max_length=64, description="from the link")], deployment: Here
) -> Response:
    """Until it is taken up, or has expired. Nothing comes of it without the transaction code."""
    wallets = deployment.wallets
    return JSONResponse(wallets.by_reference(wallets.school(code), reference), headers=NO_STORE)


@router.post(
    "/schools/{code}/openid4vci/token", summary="An access token for a pre-authorized code", responses=_REFUSED
)
async def token(request: Request, code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0 §6. A form with `grant_type`, `pre-authorized_code` and `tx_code`."""

    async def answer() -> Response:
        fields = await read_form(request)
        if fields.get("grant_type") != PRE_AUTHORIZED:
            found = refusals.UNSUPPORTED_GRANT_TYPE if "grant_type" in fields else refusals.INVALID_REQUEST
            raise refused(found, "the grant type is the pre-authorized code")
        if "authorization_details" in fields:
            raise refused("invalid_authorization_details", "authorization details are not read here")
        given = [fields.get(name) for name in ("pre-authorized_code", "tx_code")]
        pre_authorized, tx_code = given
        if not pre_authorized or not tx_code:
            raise refused(refusals.INVALID_REQUEST, "pre-authorized_code and tx_code are both needed")
        member = deployment.wallets.school(code)
        made = await run_in_threadpool(deployment.wallets.offers.redeem, member, pre_authorized, tx_code)
        body = {"access_token": made.token, "token_type": "Bearer", "expires_in": made.seconds}
        return JSONResponse(body, headers=NO_STORE)

    return await _answered(answer)


@router.post("/schools/{code}/openid4vci/nonce", summary="A nonce for a key proof", responses=_UNKNOWN)
def nonce(code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0 §7. Good for five minutes and one request."""
    wallets = deployment.wallets
    made = wallets.nonces.give(wallets.issuer(wallets.school(code)))
    return JSONResponse({"c_nonce": made}, headers=NO_STORE)


@router.post("/schools/{code}/openid4vci/credential", summary="A record for a wallet's key", responses=_DEFERRED)
async def credential(request: Request, code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0 §8. Answered once it is on disk; the same key may ask again, and gets the same."""

    async def answer() -> Response:
        wallets = deployment.wallets
        access, body = _bearer(request), await _read_request(request)
        member = wallets.school(code)
        found = await run_in_threadpool(wallets.issuing.issue, member, wallets.issuer(member), access, body)
        return _given(wallets, found)

    return await _answered(answer)


@router.post("/schools/{code}/openid4vci/deferred", summary="A record that was waited for", responses=_DEFERRED)
async def deferred(request: Request, code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0 §9. Until the chain has accepted it, the answer is 202."""

    async def answer() -> Response:
        wallets = deployment.wallets
        access, body = _bearer(request), await _read_request(request)
        if "credential_response_encryption" in body:
            raise refused(refusals.INVALID_ENCRYPTION, "responses are not encrypted here")
        issuing = wallets.issuing.deferred
        found = await run_in_threadpool(issuing, wallets.school(code), access, body.get("transaction_id"))
        return _given(wallets, found)

    return await _answered(answer)


@router.post(
    "/schools/{code}/openid4vci/notification",
    status_code=204,
    summary="What became of a record in a wallet",
    responses=_TOKEN,
)
async def notification(request: Request, code: Code, deployment: Here) -> Response:
    """OpenID4VCI 1.0 §11. Kept for the school until the offer is forgotten; said again, it is the same."""

    async def answer() -> Response:
        wallets = deployment.wallets
        access, body = _bearer(request), await _read_request(request, refusals.INVALID_NOTIFICATION)
        await run_in_threadpool(wallets.notifications.receive, wallets.school(code), access, body)
        return Response(status_code=204, headers=NO_STORE)

    return await _answered(answer)


async def read_form(request: Request, limit: int = MAX_BODY) -> dict[str, str]:
    """The fields of a form, none of them twice (RFC 6749 §3.2); refusal ``invalid_request``."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise refused(refusals.INVALID_REQUEST, f"the body is {_FORM}")
    data = await bodies.read(request.scope, request.receive, limit)
    try:
        pairs = parse_qsl(
            data.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(data),
            max_num_fields=_MAX_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise refused(refusals.INVALID_REQUEST, "the form cannot be read") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise refused(refusals.INVALID_REQUEST, "a parameter stands twice")
    return fields


async def _read_request(request: Request, wrong: str = refusals.INVALID_CREDENTIAL_REQUEST) -> dict[str, Any]:
    try:
        value = canonical.loads(await bodies.read(request.scope, request.receive, MAX_BODY))
    except FormatError as error:
        raise refused(wrong, f"the body: {error.code}") from None
    if not isinstance(value, dict):
        raise refused(wrong, "the body is an object")
    return value


def _bearer(request: Request) -> str:
    if "authorization" not in request.headers:
        raise refused(refusals.NO_TOKEN, "this needs an access token")
    scheme, _, found = request.headers["authorization"].partition(" ")
    if scheme.lower() != "bearer" or not found:
        raise refused(refusals.INVALID_TOKEN, "this needs an access token")
    return found.strip()


def _given(wallets: Wallets, found: Answer) -> Response:
    if isinstance(found, StoredRecord):
        body = {"credentials": [{"credential": shown(found)}]}
        return JSONResponse(body | {"notification_id": wallets.notifications.id_of(found.digest)}, headers=NO_STORE)
    return JSONResponse({"transaction_id": found.transaction_id, "interval": INTERVAL}, 202, NO_STORE)


async def _answered(answer: Callable[[], Any]) -> Response:
    """The answer, or the refusal as the specification has it."""
    try:
        response: Response = await answer()
        return response
    except NotAllowedError as error:
        if not error.code.startswith(refusals.PREFIX):
            raise
        return refusal(error)


def refusal(error: NotAllowedError) -> Response:
    """A refusal as JSON with ``error`` and ``error_description`` (RFC 6749 §5.2, RFC 6750 §3)."""
    code = error.code.removeprefix(refusals.PREFIX)
    headers = dict(NO_STORE)
    if code == refusals.NO_TOKEN:
        headers["www-authenticate"], code = "Bearer", refusals.INVALID_TOKEN
    elif code == refusals.INVALID_TOKEN:
        headers["www-authenticate"] = f'Bearer error="{code}"'
    status = 401 if code == refusals.INVALID_TOKEN else 400
    return JSONResponse({"error": code, "error_description": error.message}, status, headers)
