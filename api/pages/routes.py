"""The pages: `/` verifies a file, `/log` shows checkpoints and anchors, `/docs` describes the interface."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.checking import POLICIES
from api.deployment import Deployment
from api.http import bodies, problems
from api.http.context import Here
from api.http.verify import accepted, policy_of
from api.pages import docs, transparency
from api.pages.render import page, static
from api.pages.report import view
from api.pages.texts import negotiate, texts
from api.pages.transparency import stamp
from ledger.formats import canonical, summary, trustroot
from ledger.formats.errors import FormatError, NotFoundError, RollbookError, UnavailableError
from verifier import offline
from verifier.messages import MESSAGES
from verifier.readers import carriers
from verifier.report import Report

router = APIRouter(include_in_schema=False)

PAGE = 25
Language = Annotated[str | None, Query(alias="lang", max_length=16)]
_LARGEST_TRUST_ROOT = 256 * 1024  # larger ones are read where they are asked for; here it is a guess only
_HEADERS = {"vary": "accept-language", "cache-control": "no-store"}


@router.get("/")
def verify_page(request: Request, deployment: Here, lang: Language = None) -> Response:
    """An empty form."""
    return _verify_page(request, deployment, language_of(request, lang), {})


@router.post("/")
async def verify_file(request: Request, deployment: Here, lang: Language = None) -> Response:
    """The report on the file of the form; of the page only the report's part where a script asks for it."""
    language = language_of(request, lang)
    t, given = texts(language), None
    try:
        form = await bodies.read_form(request.scope, request.receive)
        given, policy = form.get("file"), policy_of(_text(form.get("policy")) or "record")
        if not isinstance(given, bytes) or not given:
            empty: dict[str, Any] = {"problem": {"code": "request.form", "text": t["error.no_file"], "detail": ""}}
            return _answer(request, deployment, language, empty, 400)
        if given.startswith(carriers.ZIP):
            raise FormatError("document.unsupported", "a ZIP: this page checks one file at a time")
        report = accepted(await run_in_threadpool(deployment.checking.verify, given, policy))
    except RollbookError as error:
        if request.headers.get("accept", "").startswith("application/json"):
            raise
        problem = {
            "code": error.code,
            "text": _mistaken(given, t) or _plainly(error, language),
            "detail": error.message,
        }
        return _answer(request, deployment, language, {"problem": problem}, int(problems.status_of(error)))
    seen = await run_in_threadpool(_view, deployment, report, language)
    return _answer(request, deployment, language, {"shown": seen, "policy": policy.name})


@router.get("/r/{digest}")
def scanned_page(
    request: Request,
    deployment: Here,
    digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    lang: Language = None,
) -> Response:
    """Where the code on a sheet leads: whether the log has the record, nothing of what is in it, and the form."""
    language = language_of(request, lang)
    scanned = _scanned(deployment, bytes.fromhex(digest), language)
    status = 404 if scanned["state"] == "unknown" else 200
    return _verify_page(request, deployment, language, {"path": f"/r/{digest}", "scanned": scanned}, status)


def _scanned(deployment: Deployment, digest: bytes, language: str) -> dict[str, Any]:
    try:
        record = deployment.store.by_digest(digest)
    except NotFoundError:
        return {"state": "unknown", "rows": []}
    kind = deployment.kinds.get(record.kind, record.version).kind
    rows = [
        ("scanned.kind", kind.labels[language]),
        ("scanned.school", deployment.name_of(record.issuer, language)),
        ("scanned.index", f"{record.idx:,}"),
    ]
    state = "revoked" if record.revoked else "superseded" if record.superseded else "current"
    return {"state": state, "rows": rows}


@router.get("/log")
def log_page(
    request: Request,
    deployment: Here,
    lang: Language = None,
    before: Annotated[int | None, Query(ge=1, lt=2**48)] = None,
) -> Response:
    """Checkpoints, newest first, with their anchors."""
    language = language_of(request, lang)
    found = deployment.reader.checkpoints(before, PAGE)
    watched = bool(deployment.settings.witness_keys)
    rows = []
    for one in found.items:
        anchor = deployment.reader.anchor(one.size)
        rows.append(
            {
                "size": f"{one.size:,}",
                "root": one.root.hex(),
                "published": stamp(one.published_at),
                "cosigned": len(deployment.reader.cosignatures(one.size)) if watched else None,
                "anchored": stamp(anchor.time) if anchor else "",
                "block": anchor.block_number if anchor else "",
                "transaction": f"0x{anchor.transaction_hash.hex()}" if anchor else "",
            }
        )
    values = {
        "here": "log",
        "path": "/log",
        "rows": rows,
        "before": before,
        "older": found.before,
        "watched": watched,
        "state": transparency.state(deployment, found.items[0], language) if found.items and not before else None,
        "checkpoint": deployment.reader.note() if found.items else "",
    }
    return shown(deployment, "log.html", language, values)


@router.get("/docs")
def docs_page(request: Request, deployment: Here, lang: Language = None) -> Response:
    """The interface, described from its OpenAPI document, without any script or other host."""
    language = language_of(request, lang)
    described = docs.groups(request.app.openapi(), language)
    values = {"here": "docs", "path": "/docs", "groups": described, "base": deployment.base}
    return shown(deployment, "docs.html", language, values)


@router.get("/static/{name}")
def static_file(name: str) -> Response:
    """The style sheet, the script, the icon."""
    if name not in static():
        raise NotFoundError("request.not_found", "there is no such file")
    data, media_type = static()[name]
    return Response(data, media_type=media_type, headers={"cache-control": "public, max-age=300"})


@router.get("/offline-verifier")
def offline_verifier() -> Response:
    """The verifier in one HTML file, to be kept and opened from a disk; the trust root comes from the authority."""
    headers = {"content-disposition": f'attachment; filename="{offline.NAME}"', "cache-control": "public, max-age=300"}
    return Response(offline.page(), media_type="text/html; charset=utf-8", headers=headers)


@router.get("/favicon.ico")
def favicon() -> Response:
    """Browsers ask for it unasked."""
    return RedirectResponse("/static/icon.svg", 308)


def language_of(request: Request, asked: str | None) -> str:
    """The page's language: as asked, else as the browser says."""
    return negotiate(asked, request.headers.get("accept-language", ""))


_SENTENCES = {"document.too_large": "error.too_large", "request.form": "error.form"}


def _plainly(error: RollbookError, language: str) -> str:
    """What went wrong, for people: the error's own message is for programmers, and English."""
    t = texts(language)
    if isinstance(error, UnavailableError):
        return t["error.unavailable"]
    known = MESSAGES.get(error.code, {}).get(language, t["error.other"])
    return t[_SENTENCES[error.code]] if error.code in _SENTENCES else known


def _mistaken(given: Any, t: Mapping[str, str]) -> str | None:
    """What a file is that people take for a record, in words; None for any other."""
    if not isinstance(given, bytes):
        return None
    if given.startswith(carriers.ZIP):
        return t["error.zip"]
    return t["error.trustroot"] if _is_trust_root(given) else None


def _is_trust_root(data: bytes) -> bool:
    if len(data) > _LARGEST_TRUST_ROOT:
        return False
    try:
        value = canonical.loads(data)
    except FormatError:
        return False
    return isinstance(value, dict) and value.get("rollbook") == trustroot.FORMAT


def _text(value: str | bytes | None) -> str | None:
    return value if isinstance(value, str) else None


def _view(deployment: Deployment, report: Report, language: str) -> dict[str, Any]:
    kind = report.kind
    found = report.to_dict()
    is_summary = report.record.get("type") == summary.TYPE
    path = report["issuer"].evidence.get("path", ())[1:]
    return view(
        found,
        language,
        terms=kind.terms if kind else summary.TERMS if is_summary else {},
        kind=kind.labels.get(language) if kind else summary.LABELS[language] if is_summary else None,
        path=[deployment.name_of(did, language) for did in path],
        required=report.required,
    )


def _answer(
    request: Request, deployment: Deployment, language: str, values: dict[str, Any], status: int = 200
) -> Response:
    if request.headers.get("x-part") == "report":
        template = "report.html" if "shown" in values else "problem.html"
        return HTMLResponse(page(template, language, values), status, _HEADERS)
    return _verify_page(request, deployment, language, values, status)


def _verify_page(
    request: Request, deployment: Deployment, language: str, values: dict[str, Any], status: int = 200
) -> Response:
    empty = {
        "here": "verify",
        "path": "/",
        "policies": list(POLICIES),
        "policy": "record",
        "shown": None,
        "problem": None,
        "scanned": None,
    }
    return shown(deployment, "verify.html", language, {**empty, **values}, status)


def shown(deployment: Deployment, template: str, language: str, values: dict[str, Any], status: int = 200) -> Response:
    """One page of this deployment."""
    root = deployment.trust_root
    common = {"assurance": root.assurance, "trust_root": root.fingerprint}
    return HTMLResponse(page(template, language, {**common, **values}), status, _HEADERS)
