"""Whether the server lives, whether it can do its work, and its counters."""

from fastapi import APIRouter
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api import exposition, metrics
from api.deployment import Deployment
from api.http.context import Here
from api.leading import Leadership

router = APIRouter(tags=["Operation"])

NO_LEADER = "log.no_leader"
BEHIND = "log.behind_chain"
"""The state of a worker that has found the log to be an old backup: it signs nothing, so nothing should be issued."""


@router.get("/healthz", summary="The process answers", response_description="It does")
def healthz() -> dict[str, str]:
    """Says nothing about database or chain: see `/readyz`."""
    return {"status": "ok"}


@router.get("/readyz", summary="The server can issue and verify", responses={503: {"description": "It cannot now"}})
def readyz(request: Request, deployment: Here) -> Response:
    """`chain` may be unreachable without making the server unready: issuing never waits for it.

    `leader` says which of several processes writes; one that writes not itself is ready as long as another does.
    """
    state = deployment.readiness()
    leadership: Leadership | None = request.app.state.leadership
    states = leadership.states if leadership else {}
    leader = _leader(deployment, leadership)
    if leader["epoch"] is None and state["log"] == "ok":
        state["log"] = NO_LEADER
    ready = state["database"] == state["log"] == "ok" and BEHIND not in states.values()
    found = {"status": "ok" if ready else "unavailable", **state, "leader": leader, "workers": states}
    return JSONResponse(found, 200 if ready else 503)


def _leader(deployment: Deployment, leadership: Leadership | None) -> dict[str, bool | int | str | None]:
    if leadership is None or leadership.leads:
        return {"here": True, "epoch": deployment.sequencer.epoch}
    other = leadership.leader
    if other is None:
        return {"here": False, "epoch": None}
    return {"here": False, "epoch": other.epoch, "holder": other.holder}


@router.get("/metrics", summary="Counters for Prometheus", response_class=Response)
def prometheus(request: Request, deployment: Here) -> Response:
    """Requests by route and status, how far log, checkpoints, anchors and witnesses have come, and alarms."""
    own = generate_latest(request.app.state.metrics_registry)
    return Response(own + exposition.text(metrics.of(deployment)).encode(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
