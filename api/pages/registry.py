"""The pages of the registry: `/registry` is the tree, `/registry/ID` one member with its periods, keys and history."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.http.context import Here
from api.pages.report import moment
from api.pages.routes import Language, language_of, shown
from api.pages.texts import LANGUAGES, texts
from api.registry_view import View
from ledger.chain.history import Act, Key, Node
from ledger.formats import datetimes
from ledger.formats.errors import FormatError
from ledger.formats.multibase import multibase_encode
from ledger.formats.registry import CUSTODY_OWN, Accreditation

router = APIRouter(include_in_schema=False)

PAGE = 50
_ID = re.compile("[0-9a-f]{64}")
_DEEPEST = 6  # further levels are told by their parents, and indented no more


@router.get("/registry")
def tree_page(
    request: Request,
    deployment: Here,
    lang: Language = None,
    after: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> Response:
    """Members from the root down."""
    language = language_of(request, lang)
    view = deployment.registry_views.now()
    page = view.order[after : after + PAGE]
    values = {
        "here": "registry",
        "path": "/registry",
        "as_of": _as_of(view, language),
        "rows": [_row(view, node, depth, language) for node, depth in page],
        "after": after,
        "more": after + PAGE if after + PAGE < len(view.order) else None,
    }
    return shown(deployment, "registry.html", language, values)


@router.get("/registry/{member}")
def member_page(
    request: Request,
    deployment: Here,
    member: Annotated[str, Path(max_length=256)],
    lang: Language = None,
) -> Response:
    """One member; a code leads to the page of the member that has it."""
    language = language_of(request, lang)
    view = deployment.registry_views.now()
    if not _ID.fullmatch(member):
        query = f"?lang={lang}" if lang in LANGUAGES else ""
        return RedirectResponse(f"/registry/{_by_code(view, member)}{query}", 307)
    node = view.node(member)
    parent = None if node.parent == node.id else view.tree.node(node.parent)
    values = {
        "here": "registry",
        "path": f"/registry/{member}",
        "as_of": _as_of(view, language),
        "row": _row(view, node, 0, language),
        "did": view.profiles.get(node.id, {}).get("did"),
        "parent": None if parent is None else _row(view, parent, 0, language),
        "children": [_row(view, one, 0, language) for one in view.children(node)[:PAGE]],
        "controller": f"0x{node.controller.hex()}",
        "profile": node.profile.hex(),
        "periods": [_period(view, record, language) for record in node.accreditations],
        "keys": [_key(key, language) for key in node.keys],
        "acts": [_act(node, act, language) for act in reversed(view.tree.acts_of(node.id))],
    }
    return shown(deployment, "member.html", language, values)


def _by_code(view: View, code: str) -> str:
    """The id of the member of this code, one in force before any other; FormatError ``request.invalid``."""
    found = [node for node, _ in view.order if view.profiles.get(node.id, {}).get("code") == code]
    if not found:
        raise FormatError("request.invalid", "path.member: neither an id nor the code of a member")
    return min(found, key=lambda node: view.state(node) != "open").id.hex()


def _row(view: View, node: Node, depth: int, language: str) -> dict[str, Any]:
    profile = view.profiles.get(node.id)
    t = texts(language)
    state = view.state(node)
    usable = sum(
        1 for key in node.keys if key.possessed and not key.record.retired and not key.record.compromised_since
    )
    return {
        "id": node.id.hex(),
        "depth": min(depth, _DEEPEST),
        "name": profile["name"].get(language) if profile else t["registry.unnamed"],
        "code": profile["code"] if profile else f"{node.id.hex()[:12]}…",
        "state": state,
        "state_text": t[f"registry.state.{state}"],
        "usable": usable,
        "keys": len(node.keys),
        **_period(view, node.newest, language),
    }


def _period(view: View, record: Accreditation, language: str) -> dict[str, Any]:
    t, kinds = texts(language), view.kind_names(record)
    return {
        "since": _when(record.accredited),
        "withdrawn": _when(record.withdrawn),
        "region": record.region.decode("ascii", "replace") or t["registry.everywhere"],
        "kinds": t["registry.all"] if kinds is None else ", ".join(kinds) or t["registry.nothing"],
        "others": t["registry.yes" if record.is_authority else "registry.no"],
    }


def _key(key: Key, language: str) -> dict[str, Any]:
    record = key.record
    custody = "own" if record.custody == CUSTODY_OWN else "hosted"
    return {
        "multikey": multibase_encode(key.public_key),
        "custody": texts(language)[f"registry.custody.{custody}"],
        "added": _when(record.added),
        "retired": _when(record.retired),
        "compromised": _when(record.compromised_since),
        "possessed": key.possessed,
    }


def _act(node: Node, act: Act, language: str) -> dict[str, Any]:
    return {
        "when": _when(act.time),
        "what": texts(language)[f"registry.act.{act.name}"],
        "details": _details(node, act),
        "block": act.block,
        "transaction": f"0x{act.transaction.hex()}",
    }


def _details(node: Node, act: Act) -> str:
    """What a reader looks for in an act: the key, the time, the address, or the region."""
    values = act.values
    if "key_id" in values:
        key = node.key(values["key_id"])
        told = multibase_encode(key.public_key) if key else values["key_id"].hex()
        return f"{told} · {_when(values['since'])}" if "since" in values else told
    if act.name == "Accredited":
        return str(values["region"].rstrip(b"\0").decode("ascii", "replace"))
    if "controller" in values and act.name == "ControllerSet":
        return str(values["controller"])
    return values["profile"].hex() if act.name == "ProfileSet" else ""


def _when(seconds: int) -> str:
    return moment(datetimes.render(datetimes.from_unix(seconds))) if seconds else ""


def _as_of(view: View, language: str) -> str:
    block = view.tree.block
    return texts(language)["registry.asOf"].format(block=f"{block.number:,}", time=_when(block.timestamp))
