"""The application: `create_app(deployment)` composes routes, pages, errors and the guard around them."""

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.deployment import Deployment
from api.http import (
    archives,
    batches,
    conformance,
    identifiers,
    issuing,
    log,
    operations,
    presentations,
    problems,
    published,
    records,
    registry,
    templates,
    vcapi,
    verify,
    wallets,
)
from api.http.description import Described
from api.http.guard import Guard, Metrics
from api.http.handing import Handing
from api.leading import Leadership
from api.pages import lost, vocabulary
from api.pages import registry as registry_pages
from api.pages import routes as pages
from issuers.open_issuing import OpenIssuing
from ledger.formats.errors import RollbookError

VERSION = "1"
_CODES = {404: "request.not_found", 405: "request.method", 415: "request.media_type"}


def create_app(
    deployment: Deployment, leadership: Leadership | None = None, *, open_issuing: OpenIssuing | None = None
) -> Guard:
    """The ASGI application of one deployment; ``leadership`` says whose workers `/readyz` names, and who writes.

    With ``open_issuing``, which `api.conformance` alone gives, it signs any credential, for whoever asks.
    """
    collected = CollectorRegistry()
    app = Described(
        title="Rollbook",
        version=VERSION,
        description="Schools sign records; anyone checks a record from one file.",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        exception_handlers={
            RollbookError: _known,
            RequestValidationError: _invalid,
            HTTPException: _status,
            Exception: _unknown,
        },
    )
    app.state.deployment = deployment
    app.state.leadership = leadership
    app.state.open_issuing = open_issuing
    app.state.metrics_registry = collected
    for router in _routers(conformance if open_issuing else issuing):
        app.include_router(router)
    metrics = Metrics(collected)
    https = deployment.base.startswith("https://")
    handing = Handing(app, leadership) if leadership is not None and deployment.lease is not None else app
    return Guard(handing, hot={"/v1/verify": verify.Endpoint(deployment.checking)}, metrics=metrics, https=https)


def _routers(issuing: ModuleType) -> Sequence[APIRouter]:
    modules: tuple[Any, ...] = (
        verify,
        batches,
        vcapi,
        issuing,
        records,
        archives,
        published,
        registry,
        identifiers,
        wallets,
        presentations,
        templates,
        log,
        operations,
        pages,
        registry_pages,
        vocabulary,
    )
    return [module.router for module in modules]


async def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, RollbookError)
    return lost.page_of(request, problems.status_of(error), error.code) or problems.of(error)


async def _invalid(request: Request, error: Exception) -> Response:
    """A parameter of the wrong form: which one and why, never the value that was given."""
    assert isinstance(error, RequestValidationError)
    found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()[:5])
    return lost.page_of(request, 400, "request.invalid") or problems.response(400, "request.invalid", found)


async def _unknown(request: Request, error: Exception) -> Response:
    """What no other handler knows. The guard logs it, since Starlette raises it again afterwards."""
    return problems.of_any(error, request.scope["rollbook.request_id"])


async def _status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _CODES.get(error.status_code, "request.refused")
    page = lost.page_of(request, error.status_code, code)
    response = page or problems.response(error.status_code, code, error.detail)
    response.headers.update(error.headers or {})
    return response
