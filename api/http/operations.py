"""Whether the server lives, whether it can do its work, and its counters."""

from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import metrics
from api.http.context import Here
from api.workers.runner import Workers

router = APIRouter(tags=["Operation"])

BEHIND = "log.behind_chain"
"""The state of a worker that has found the log to be an old backup: it signs nothing, so nothing should be issued."""


@router.get("/healthz", summary="The process answers", response_description="It does")
def healthz() -> dict[str, str]:
    """Says nothing about database or chain: see `/readyz`."""
    return {"status": "ok"}


@router.get("/readyz", summary="The server can issue and verify", responses={503: {"description": "It cannot now"}})
def readyz(request: Request, deployment: Here) -> Response:
    """`chain` may be unreachable without making the server unready: issuing never waits for it."""
    state = deployment.readiness()
    workers: Workers | None = request.app.state.workers
    states = workers.states if workers else {}
    ready = state["database"] == state["log"] == "ok" and BEHIND not in states.values()
    found = {"status": "ok" if ready else "unavailable", **state, "workers": states}
    return JSONResponse(found, 200 if ready else 503)


@router.get("/metrics", summary="Counters for Prometheus", response_class=Response)
def prometheus(request: Request, deployment: Here) -> Response:
    """Requests by route and status, how far log, checkpoints, anchors and witnesses have come, and alarms."""
    own = generate_latest(request.app.state.metrics_registry)
    return Response(own + metrics.text(metrics.of(deployment)).encode(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
