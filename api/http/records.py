"""A school's own records: importing files, listing, bundles, what ends them. Each needs the school's API key."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import forms
from api.deployment import Deployment
from api.http import bodies, problems
from api.http.context import Here, School
from api.http.issuing import issued
from api.http.vcapi import body_of
from issuers.jose import Wanted
from issuers.outcomes import State
from issuers.store import Mark, StoredRecord
from ledger.formats import datetimes
from ledger.formats.errors import NotAllowedError, NotFoundError
from ledger.log.submission import Caller

router = APIRouter(tags=["Records of a school"])

RecordId = Annotated[str, Path(max_length=64, description="the record's UUID")]
Reason = Annotated[str | None, Query(max_length=500, description="replace earlier records of the same slots; why")]

_DENIED: dict[int | str, dict[str, Any]] = {401: {"description": "No valid API key"}}
_UNKNOWN: dict[int | str, dict[str, Any]] = {**_DENIED, 404: {"description": "The school has no such record"}}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


class Why(BaseModel):
    """Why a record is revoked or suspended, or its suspension lifted."""

    model_config = ConfigDict(extra="forbid")

    reason: bodies.Plain = Field(min_length=1, max_length=500)


class Supersession(BaseModel):
    """What takes a record's place, and why."""

    model_config = ConfigDict(extra="forbid")

    credentialSubject: dict[str, Any]
    reason: bodies.Plain = Field(min_length=1, max_length=500)


@router.post(
    "/v1/imports",
    summary="Import a CSV or XLSX file of records",
    response_description="What was imported",
    responses={**_DENIED, 400: {"description": "Rows are bad: each is named, and nothing was imported"}},
    openapi_extra=_UPLOAD,
)
async def import_file(
    request: Request,
    deployment: Here,
    caller: School,
    kind: Annotated[str, Query(max_length=32, description="the kind of the records")],
    partial: Annotated[bool, Query(description="import the good rows even where others are bad")] = False,
    ignore_unknown: Annotated[bool, Query(description="leave out columns of other names")] = False,
    superseding: Reason = None,
    representation: Annotated[
        list[Literal["jwt", "sd-jwt"]], Query(max_length=2, description="sign the records in this form as well")
    ] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """All of the file or nothing, unless `partial` is set. The same file again imports nothing twice."""
    data = await bodies.read_file(request.scope, request.receive)
    await run_in_threadpool(deployment.standing.require, caller.issuer, kind)
    report = await run_in_threadpool(
        deployment.records.import_file,
        caller,
        kind,
        data,
        partial=partial,
        ignore_unknown=ignore_unknown,
        superseding=superseding,
        wanted=Wanted.of(representation),
    )
    if report.problems and not report.outcomes:
        detail = f"{len(report.problems)} problems; nothing was imported"
        return problems.response(400, "import.refused", detail, report=report.to_dict())
    return JSONResponse(report.to_dict())


@router.get(
    "/v1/records",
    summary="List the school's records",
    response_description="A page, and `next` for `after` of the following one",
    responses=_DENIED,
)
def list_records(
    deployment: Here,
    caller: School,
    learner: Annotated[str | None, Query(max_length=64, description="the learner's number")] = None,
    kind: Annotated[str | None, Query(max_length=32)] = None,
    after: Annotated[int, Query(ge=-1, lt=2**48, description="entries after this index")] = -1,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """In the order of the log."""
    found = deployment.records.find(caller, learner=learner, kind=kind, after=after, limit=limit + 1)
    page = found[:limit]
    return JSONResponse(
        {"records": [_shown(record) for record in page], "next": page[-1].idx if len(found) > limit else None}
    )


@router.get("/v1/records/{record}", summary="One record, with its state", responses=_UNKNOWN)
def get_record(record: RecordId, deployment: Here, caller: School) -> Response:
    """What the school knows of it; the proof is in its bundle."""
    return JSONResponse(_shown(deployment.records.get(caller, record)))


@router.get(
    "/v1/records/{record}/bundle",
    summary="The record's bundle: the learner's file",
    responses=_UNKNOWN,
)
def get_bundle(
    record: RecordId,
    deployment: Here,
    caller: School,
    form: Annotated[str, Query(max_length=16, description="a further form that was made of it")] = "record",
) -> Response:
    """As far as it can be proven now: an entry that is not anchored yet verifies as indeterminate."""
    found = deployment.records.get(caller, record)
    name = found.record_id
    if form != "record":
        name, made = f"{name}-{form}", deployment.store.form(found, form)
        if made is None:
            raise NotFoundError("form.unknown", "the record has no such form yet")
        found = made
    headers = {"content-disposition": f'attachment; filename="{name}.json"', "cache-control": "no-store"}
    return Response(deployment.proofs.bundle(found), media_type="application/json", headers=headers)


@router.get(
    "/v1/records/{record}/pdf",
    summary="The record's PDF: a sheet with its bundle inside",
    responses={**_UNKNOWN, 409: {"description": "The record was revoked or superseded, or cannot be drawn"}},
)
def get_pdf(record: RecordId, deployment: Here, caller: School) -> Response:
    """PDF/A-3 in both languages, with QR codes. A character that no font has is named, and nothing is printed."""
    found = deployment.records.get(caller, record)
    headers = {"content-disposition": f'attachment; filename="{found.record_id}.pdf"', "cache-control": "no-store"}
    return Response(deployment.papers.pdf(found), media_type="application/pdf", headers=headers)


@router.post(
    "/v1/records/{record}/forms/{form}",
    status_code=201,
    summary="Sign a further form of a record: badge, clr, jwt, jwt-vc, sd-jwt",
    response_description="The credential, for a wallet; its proof is in the bundle of that form",
    responses={
        **_UNKNOWN,
        200: {"description": "The form was there"},
        409: {"description": "The kind has no such form, or the record is revoked, superseded or suspended"},
    },
)
def make_form(
    record: RecordId,
    form: Annotated[str, Path(max_length=16, description="the form's name")],
    deployment: Here,
    caller: School,
) -> Response:
    """It has the record's id and status index, and an entry of its own in the log. Again is the same one."""
    found = deployment.records.get(caller, record)
    there = deployment.store.form(found, form)
    made = there or deployment.forms.get(caller, found, form)
    answer = {
        "record": made.record_id,
        "form": made.form,
        "index": made.idx,
        "verifiableCredential": forms.shown(made),
    }
    return JSONResponse(answer, 201 if there is None else 200)


def _changing(act: str, summary: str, text: str, refused: str | None = None) -> None:
    """The route of one act on a record's state; ``refused`` is when it is a conflict."""
    answers = _UNKNOWN if refused is None else {**_UNKNOWN, 409: {"description": refused}}

    async def change(request: Request, record: RecordId, deployment: Here, caller: School) -> Response:
        body = await bodies.read_model(request, Why)
        await run_in_threadpool(_require_own_lists, deployment, caller)
        found = await run_in_threadpool(getattr(deployment.records, act), caller, record, body.reason)
        return JSONResponse(_shown(found))

    router.post(
        f"/v1/records/{{record}}/{act}",
        name=act,
        summary=summary,
        description=text,
        responses=answers,
        openapi_extra=body_of(Why),
    )(change)


def _require_own_lists(deployment: Deployment, caller: Caller) -> None:
    """NotAllowedError ``issuer.withdrawn`` where the school has ended and its authority keeps its lists: then that
    decides, by the command line."""
    if caller.issuer is not None and deployment.schools.keeper(caller.issuer) != caller.issuer:
        raise NotAllowedError("issuer.withdrawn", "the school has ended, and its authority keeps its status lists")


_SOON = "It counts once the status list is published and anchored, seconds later. Again, the first reason stays."
_changing("revoke", "Revoke a record for good", _SOON)
_changing(
    "suspend",
    "Suspend a record until that is lifted",
    _SOON,
    "The record is revoked for good, or older than suspension lists",
)
_changing(
    "lift",
    "Lift the suspension of a record",
    "It verifies again once the status list is published and anchored. Nothing where it is not suspended; and a "
    "revoked record stays revoked.",
    "The record is older than suspension lists",
)


@router.post(
    "/v1/records/{record}/supersede",
    status_code=201,
    summary="Put another content in the place of a record",
    responses={
        **_UNKNOWN,
        200: {"description": "The record has this content already"},
        409: {"description": "The subject is of another learner or slot, or was superseded"},
    },
    openapi_extra=body_of(Supersession),
)
async def supersede(request: Request, record: RecordId, deployment: Here, caller: School) -> Response:
    """The old record stays in the log, and from then on verifies as superseded."""
    body = await bodies.read_model(request, Supersession)
    bodies.refuse_nul(body.credentialSubject)
    outcome = await run_in_threadpool(deployment.records.supersede, caller, record, body.credentialSubject, body.reason)
    answer = await run_in_threadpool(issued, deployment, caller, outcome)
    return JSONResponse(answer, 200 if outcome.state is State.UNCHANGED else 201)


def _shown(record: StoredRecord) -> dict[str, Any]:
    return {
        "record": record.record_id,
        "kind": record.kind,
        "version": record.version,
        "learner": record.learner,
        "slot": list(record.slot),
        "index": record.idx,
        "revision": record.revision,
        "issuedAt": datetimes.render(datetimes.from_unix(record.issued_at)),
        "revoked": _mark(record.revoked),
        "suspended": _mark(record.suspended),
        "superseded": _mark(record.superseded),
    }


def _mark(mark: Mark | None) -> dict[str, str] | None:
    return None if mark is None else {"at": datetimes.render(datetimes.from_unix(mark.at)), "reason": mark.reason}
