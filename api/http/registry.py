"""`GET /v1/registry`: the tree of authorities and schools and what was done to it, for anybody to read."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import JSONResponse, Response

from api.http.context import Here
from api.registry_view import View, moment

router = APIRouter(tags=["Published documents"])

HEADERS = {"cache-control": "public, max-age=5"}
Limit = Annotated[int, Query(ge=1, le=1000)]
Member = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="SHA-256 of its DID, in hexadecimal")]


@router.get(
    "/v1/registry",
    summary="The tree of authorities and schools",
    response_description="A page, and `next` for `after` of the following one",
)
def members(
    deployment: Here,
    after: Annotated[int, Query(ge=0, lt=2**48, description="so many members are left out")] = 0,
    limit: Limit = 100,
) -> Response:
    """From the registry's events on the chain: the root first, each member after its parent, with scope, periods and
    keys. A name is the registered one, and null where its text is not known here."""
    view = deployment.registry_views.now()
    page = view.order[after : after + limit]
    found = [view.member(node) | {"depth": depth} for node, depth in page]
    return _answer(view, {"members": found, "next": _next(after, len(page), len(view.order))})


@router.get(
    "/v1/registry/history",
    summary="Every act on the registry",
    response_description="A page, and `next` for `after` of the following one",
)
def history(
    deployment: Here,
    after: Annotated[int, Query(ge=0, lt=2**48, description="so many acts are left out")] = 0,
    limit: Limit = 100,
) -> Response:
    """Oldest first, as the contract told them when they happened."""
    view = deployment.registry_views.now()
    page = view.tree.acts[after : after + limit]
    acts = [view.act(one) for one in page]
    return _answer(view, {"acts": acts, "next": _next(after, len(page), len(view.tree.acts))})


@router.get(
    "/v1/registry/{member}",
    summary="One authority or school, and its history",
    responses={404: {"description": "There is none"}},
)
def member(member: Member, deployment: Here) -> Response:
    """What the tree has of it, and every act that concerned it, oldest first."""
    view = deployment.registry_views.now()
    node = view.node(member)
    return _answer(view, view.member(node) | {"history": [view.act(act) for act in view.tree.acts_of(node.id)]})


def _next(after: int, given: int, all_of_them: int) -> int | None:
    return after + given if after + given < all_of_them else None


def _answer(view: View, values: dict[str, Any]) -> Response:
    block = view.tree.block
    asof = {"block": {"number": block.number, "hash": f"0x{block.hash.hex()}"}, "asOf": moment(block.timestamp)}
    return JSONResponse(asof | values, headers=HEADERS)
