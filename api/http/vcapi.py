"""VC-API (VCALM) for verification: `/credentials/verify` and `/presentations/verify` (docs/vc-api.md)."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.checking import POLICIES
from api.http import bodies, problems, vcproblems, verify
from api.http.context import Here
from ledger.formats import canonical
from ledger.formats.errors import RollbookError
from ledger.formats.proof import ASSERTION, AUTHENTICATION
from verifier.checks.occasion import answers
from verifier.policy import VC, Policy
from verifier.presentations import Presented


class _Route(APIRoute):
    """Whoever asks whether something verifies is told so even where the request itself is wrong."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, whose errors of status 400 are answers as others are."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except RollbookError as error:
                if problems.status_of(error) != 400:
                    raise
                return problems.response(400, error.code, error.message or error.code, **vcproblems.of_request(error))

        return answered


router = APIRouter(tags=["VC-API"], route_class=_Route)

_BUNDLE = "rollbook"
"""The member by which a bundle is known: it is verified as a file, and its holder with it."""
_PURPOSES = (ASSERTION, AUTHENTICATION)


class Options(BaseModel):
    """What of VC-API's options is known here; others are left aside, as its §3.6 allows."""

    model_config = ConfigDict(extra="ignore")

    policy: Annotated[str | None, Field(max_length=32, json_schema_extra={"enum": [*POLICIES, None]})] = VC.name
    domain: Annotated[str | None, Field(max_length=2048)] = None
    challenge: Annotated[str | None, Field(max_length=2048)] = None
    expectedProofPurpose: Annotated[str | None, Field(max_length=64)] = None

    @property
    def asked(self) -> dict[str, str]:
        """The domain and challenge that were given."""
        given = {"domain": self.domain, "challenge": self.challenge}
        return {name: text for name, text in given.items() if text is not None}

    def rules(self) -> Policy:
        """The policy that was asked for; FormatError ``request.invalid``."""
        return verify.policy_of(self.policy or VC.name)


class VerifyCredential(BaseModel):
    """Body of `/credentials/verify`. The credential may be a bundle."""

    model_config = ConfigDict(extra="ignore")

    verifiableCredential: dict[str, Any]
    options: Options | None = None


class VerifyPresentation(BaseModel):
    """Body of `/presentations/verify`. The presentation may be a bundle."""

    model_config = ConfigDict(extra="ignore")

    verifiablePresentation: dict[str, Any]
    options: Options | None = None


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The part of an OpenAPI operation that describes a JSON body read by our own strict reader."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema = _inlined(schema, schema.pop("$defs", {}))
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def _inlined(schema: Any, defined: dict[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(defined[schema["$ref"].rpartition("/")[2]], defined)
        return {name: _inlined(value, defined) for name, value in schema.items()}
    return [_inlined(one, defined) for one in schema] if isinstance(schema, list) else schema


_ANSWERS: dict[int | str, dict[str, Any]] = {
    400: {"description": "Not verified, or no credential; `indeterminate` too"}
}


@router.post(
    "/credentials/verify",
    summary="Verify a credential",
    responses=_ANSWERS,
    openapi_extra=body_of(VerifyCredential),
)
async def verify_credential(request: Request, deployment: Here) -> Response:
    """200 with `verified: true`, or 400 with `verified: false` where it is invalid or cannot be decided.

    `options.policy` is `vc`, `record` or `archive`.
    """
    body = await bodies.read_model(request, VerifyCredential)
    value, options = body.verifiableCredential, body.options or Options()
    policy, is_bundle = options.rules(), _BUNDLE in value
    asked = options.asked if is_bundle else {}
    report = await verify.check(deployment.checking, canonical.dumps(value), policy, **asked)
    if report["document"].code == "document.too_large" and not report.is_credential:
        raise verify.refusal(report)
    more = [] if is_bundle else _unanswered(value.get("proof"), options)
    verified = bool(report) and not more
    return JSONResponse({"verified": verified, **vcproblems.of_report(report, more)}, 200 if verified else 400)


def _unanswered(proof: Any, options: Options) -> list[vcproblems.Problem]:
    """What each proof's own options say against the request's (VC Data Integrity §4.4, Verify Proof)."""
    found = []
    for each in proof if isinstance(proof, list) else [proof]:
        given = each if isinstance(each, dict) else {}
        wanted = options.expectedProofPurpose
        if wanted is not None and given.get("proofPurpose") != wanted:
            found.append(vcproblems.problem("proof.wrong_purpose", f"the proof is not for the purpose {wanted}"))
        for name, text in options.asked.items():
            if not answers(given.get(name), text):
                found.append(vcproblems.problem("holder.replayed", f"the proof was made for another {name}"))
    return found


@router.post(
    "/presentations/verify",
    summary="Verify a presentation and its holder",
    responses=_ANSWERS,
    openapi_extra=body_of(VerifyPresentation),
)
async def verify_presentation(request: Request, deployment: Here) -> Response:
    """A presentation of none to many credentials, as JSON or enveloped as JWT, all of which must verify; with `domain`
    and `challenge` it must be made for both. Under another policy than `vc` it holds one record."""
    body = await bodies.read_model(request, VerifyPresentation)
    value, options = body.verifiablePresentation, body.options or Options()
    policy = options.rules()
    if policy is VC and _BUNDLE not in value:
        purpose = options.expectedProofPurpose or AUTHENTICATION
        if purpose not in _PURPOSES:
            purpose = AUTHENTICATION
        checking = deployment.checking
        work = partial(checking.presentation, value, purpose, **options.asked)
        presented = await to_thread.run_sync(work, limiter=checking.large)
        return _answer(presented)
    report = verify.accepted(await verify.check(deployment.checking, canonical.dumps(value), policy, **options.asked))
    verified = bool(report)
    return JSONResponse({"verified": verified, **vcproblems.of_report(report)}, 200 if verified else 400)


def _answer(presented: Presented) -> Response:
    verified = bool(presented)
    return JSONResponse({"verified": verified, **vcproblems.of_presented(presented)}, 200 if verified else 400)
