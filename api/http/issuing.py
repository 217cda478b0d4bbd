"""`POST /credentials/issue`: a school signs one record, with the form of VC-API."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import forms
from api.deployment import Deployment
from api.http import bodies
from api.http.context import Here, School
from api.http.vcapi import body_of
from issuers.jose import NOTHING_MORE, Wanted
from issuers.outcomes import Outcome, State
from ledger.formats import canonical, suites
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.errors import FormatError
from ledger.log.submission import Caller

router = APIRouter(tags=["VC-API"])

_READ = frozenset({"@context", "type", "issuer", "credentialSubject"})
_OURS = frozenset({"id", "validFrom", "credentialStatus"})


class IssueOptions(BaseModel):
    """`superseding` is the reason for which the record takes the place of an earlier one of the same slot.

    `cryptosuite` is how it is signed: `eddsa-rdfc-2022` unless it says `eddsa-jcs-2022`. `representations` are further
    forms, which the answer holds beside it; `mandatory` are JSON pointers to what of an SD-JWT may not be kept back.
    """

    model_config = ConfigDict(extra="ignore")

    superseding: Annotated[bodies.Plain | None, Field(max_length=500)] = None
    cryptosuite: Literal["eddsa-rdfc-2022", "eddsa-jcs-2022"] | None = None
    representations: list[Literal["jwt", "sd-jwt"]] = []
    mandatory: Annotated[list[Annotated[bodies.Plain, Field(max_length=500)]], Field(max_length=500)] = []


class IssueCredential(BaseModel):
    """An unsigned credential: `type` names the kind, `credentialSubject` is the record. The rest is filled in here.

    `@context` and `issuer` may be given as they will be; `id`, `validFrom` and `credentialStatus` are the ledger's.
    """

    model_config = ConfigDict(extra="forbid")

    credential: dict[str, Any]
    options: IssueOptions = IssueOptions()


@router.post(
    "/credentials/issue",
    status_code=201,
    summary="Sign a record and put it into the log",
    response_description="The signed credential, durable in the log; anchoring follows",
    responses={
        200: {"description": "The same record was there already"},
        401: {"description": "No valid API key"},
        403: {"description": "The school is not accredited for this kind, or has no key that may sign"},
        409: {"description": "Another record is in this slot, and nothing says that this one supersedes it"},
        503: {"description": "The disk or database is full or away; nothing was written"},
    },
    openapi_extra=body_of(IssueCredential),
)
async def issue(request: Request, deployment: Here, caller: School) -> Response:
    """What was acknowledged is on disk. The same request again gives the same credential."""
    body = await bodies.read_model(request, IssueCredential)
    kind, subject = read_unsigned(deployment, caller, body.credential)
    wanted = Wanted.of(body.options.representations, body.options.mandatory)
    await run_in_threadpool(deployment.standing.require, caller.issuer, kind)
    outcome = await run_in_threadpool(
        deployment.records.issue,
        caller,
        kind,
        subject,
        superseding=body.options.superseding,
        cryptosuite=body.options.cryptosuite or suites.DEFAULT,
        wanted=wanted,
    )
    answer = await run_in_threadpool(issued, deployment, caller, outcome, wanted)
    return JSONResponse(answer, 200 if outcome.state is State.UNCHANGED else 201)


def read_unsigned(deployment: Deployment, caller: Caller, credential: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Kind and subject of an unsigned credential; FormatError for anything in it that we would have to leave out."""
    types = credential.get("type")
    named = [name for name in types if isinstance(name, str)] if isinstance(types, list) else []
    if len(named) != 2 or types != named or named.pop(0) != "VerifiableCredential":
        raise FormatError("request.invalid", "credential.type is VerifiableCredential and the type of one kind")
    kinds = {installed.kind.type: installed.kind for installed in deployment.kinds.all()}
    if named[0] not in kinds:
        raise FormatError("kind.unknown", "no installed kind has this type")
    for name in sorted(credential.keys() - _READ):
        if name in _OURS:
            raise FormatError("request.invalid", f"credential.{name} is given by the ledger: leave it out")
        raise FormatError("document.undefined_term", f"credential.{name[:64]} cannot be signed here")
    installed = kinds[named[0]]
    contexts = [CONTEXT_V2, installed.context_url]
    if credential.get("@context", contexts) not in (contexts, contexts[:1]):
        raise FormatError("request.invalid", "credential.@context is the one of credentials, and that of the kind")
    if credential.get("issuer", caller.issuer) not in (caller.issuer, {"id": caller.issuer}):
        raise FormatError("request.issuer", "credential.issuer is another than the key's school, or says more of it")
    subject = credential.get("credentialSubject")
    if not isinstance(subject, dict):
        raise FormatError("document.malformed", "credential.credentialSubject is an object")
    bodies.refuse_nul(subject)
    return installed.name, subject


def issued(deployment: Deployment, caller: Caller, outcome: Outcome, wanted: Wanted = NOTHING_MORE) -> dict[str, Any]:
    """The answer to an issuance; wanted forms that the record does not have yet are signed now."""
    record = deployment.records.get(caller, outcome.record_id)
    made = {name: forms.shown(deployment.forms.get(caller, record, name)) for name in wanted.forms}
    return {
        **({"representations": made} if made else {}),
        "verifiableCredential": canonical.loads(record.document),
        "record": record.record_id,
        "state": outcome.state.value,
        "index": outcome.index,
    }
