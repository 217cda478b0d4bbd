"""The templates and static files, read once; every page through one function."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from api.pages.texts import NAMES, texts

MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


@cache
def _environment() -> Environment:
    folder = files("api.pages").joinpath("templates")
    environment = Environment(
        loader=FunctionLoader(lambda name: folder.joinpath(name).read_text(encoding="utf-8")),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["code"] = _code
    return environment


def _code(text: str) -> Markup:
    """A sentence with what stands between backticks as code."""
    parts = text.split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


@cache
def static() -> Mapping[str, tuple[bytes, str]]:
    """Bytes and media type of each static file, by name."""
    folder = files("api.pages").joinpath("static")
    known = [one for one in folder.iterdir() if one.name.rpartition(".")[2] in MEDIA_TYPES]
    return {one.name: (one.read_bytes(), MEDIA_TYPES[one.name.rpartition(".")[2]]) for one in known}


def page(template: str, language: str, values: Mapping[str, Any]) -> str:
    """The HTML of one template in one language."""
    common = {"t": texts(language), "language": language, "names": NAMES}
    return _environment().get_template(template).render({**common, **values})
