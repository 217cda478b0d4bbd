"""What a person's browser is shown where there is no page to show; programs get problem details as ever."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from api.deployment import Deployment
from api.pages.routes import language_of, shown

_INTERFACES = ("/v1/", "/static/", "/.well-known/")
_WRONG = frozenset({400, 404})


def page_of(request: Request, status: int, code: str) -> Response | None:
    """The page in the reader's language for an address that leads nowhere; None where no browser asks for a page."""
    if not _is_person(request):
        return None
    deployment: Deployment = request.app.state.deployment
    path = request.url.path
    wrong = ("gone.title", "gone.member" if path.startswith("/registry/") else "gone")
    title, text = wrong if status in _WRONG else ("refused.title", _reason(status))
    values = {
        "here": "registry" if path.startswith("/registry") else "",
        "path": "/" + quote(path.lstrip("/")),  # two slashes would name another host
        "title": title,
        "text": text,
        "code": code,
    }
    response = shown(deployment, "lost.html", language_of(request, request.query_params.get("lang")), values, status)
    response.headers["vary"] = "accept, accept-language"
    return response


def _is_person(request: Request) -> bool:
    wanted = "text/html" in request.headers.get("accept", "").lower()
    return wanted and request.method == "GET" and not request.url.path.startswith(_INTERFACES)


def _reason(status: int) -> str:
    return "error.unavailable" if status == 503 else "error.other"
