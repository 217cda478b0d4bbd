"""VC-API (VCALM) for verification: `/credentials/verify` and `/presentations/verify`."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.checking import POLICIES
from api.http import bodies, verify
from api.http.context import Here
from ledger.formats import canonical
from verifier.policy import Policy
from verifier.report import Report

router = APIRouter(tags=["VC-API"])


class Options(BaseModel):
    """What of VC-API's options is known here; others are left aside, as its §3.6 allows."""

    model_config = ConfigDict(extra="ignore")

    policy: Annotated[str, Field(max_length=32, json_schema_extra={"enum": list(POLICIES)})] = "record"
    domain: Annotated[str | None, Field(max_length=2048)] = None
    challenge: Annotated[str | None, Field(max_length=2048)] = None

    def question(self) -> tuple[Policy, dict[str, str]]:
        """The policy, and the domain and challenge that were given."""
        asked = {"domain": self.domain, "challenge": self.challenge}
        return verify.policy_of(self.policy), {name: text for name, text in asked.items() if text is not None}


class VerifyCredential(BaseModel):
    """Body of `/credentials/verify`. The credential may be a bundle."""

    model_config = ConfigDict(extra="forbid")

    verifiableCredential: dict[str, Any]
    options: Options = Options()


class VerifyPresentation(BaseModel):
    """Body of `/presentations/verify`. The presentation may be a bundle."""

    model_config = ConfigDict(extra="forbid")

    verifiablePresentation: dict[str, Any]
    options: Options = Options()


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

    `options.policy` is `record`, `archive` or `vc`.
    """
    body = await bodies.read_model(request, VerifyCredential)
    return await _verify(body.verifiableCredential, body.options, deployment)


@router.post(
    "/presentations/verify",
    summary="Verify a presentation and its holder",
    responses=_ANSWERS,
    openapi_extra=body_of(VerifyPresentation),
)
async def verify_presentation(request: Request, deployment: Here) -> Response:
    """As `/credentials/verify`; with `domain` and `challenge` the holder must have signed both."""
    body = await bodies.read_model(request, VerifyPresentation)
    return await _verify(body.verifiablePresentation, body.options, deployment)


async def _verify(value: dict[str, Any], options: Options, deployment: Here) -> Response:
    policy, asked = options.question()
    report = verify.accepted(await verify.check(deployment.checking, canonical.dumps(value), policy, **asked))
    return JSONResponse(answer(report), 200 if report else 400)


def answer(report: Report) -> dict[str, Any]:
    """VC-API's answer, with our whole report beside it; failed checks are errors, unknown ones warnings."""
    found = report.to_dict()
    problems = {
        outcome: [
            {"type": "about:blank", "title": check["code"], "detail": check["message"]["en"], "code": check["code"]}
            for check in found["checks"]
            if check["outcome"] == outcome and check["id"] in report.required
        ]
        for outcome in ("fail", "unknown")
    }
    return {
        "verified": bool(report),
        "errors": problems["fail"],
        "warnings": problems["unknown"],
        "problemDetails": [*problems["fail"], *problems["unknown"]],
        "report": found,
    }
