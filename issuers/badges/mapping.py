"""What becomes of a record's members in a badge: data (mappings.json) for the shipped kinds, one rule for all others.

A member named here is a member of the record's content (or, in a CLR, of each object in its list). A kind that is not
named becomes a badge whose name is the kind's own label and whose results are the plain members of its content; so a
kind that was added without code has a badge without code.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ledger.formats import canonical
from ledger.formats.errors import ConflictError
from ledger.formats.forms import BADGE
from ledger.formats.kind import Kind


@dataclass(frozen=True, slots=True)
class Mapping:
    """``name`` lists members, the first that is there counts; ``results`` gives the ``resultType`` of each member."""

    form: str
    each: str | None
    achievement_type: str
    name: tuple[str, ...]
    human_code: str | None
    term: str | None
    field_of_study: str | None
    license_number: str | None
    results: dict[str, str]


def of(kind: Kind, content: dict[str, Any]) -> Mapping:
    """The mapping of a kind; ConflictError ``form.none`` where its records are no achievements to be shown around."""
    given = _read().get(kind.name)
    if given is None:
        plain = sorted(name for name, value in content.items() if not isinstance(value, dict | list))
        return Mapping(BADGE, None, "Achievement", (), None, None, None, None, {name: f"ext:{name}" for name in plain})
    if given["form"] is None:
        raise ConflictError("form.none", f"records of the kind {kind.name} become neither a badge nor a CLR")
    return Mapping(
        form=given["form"],
        each=given.get("each"),
        achievement_type=given["achievementType"],
        name=tuple(given["name"]),
        human_code=given.get("humanCode"),
        term=given.get("term"),
        field_of_study=given.get("fieldOfStudy"),
        license_number=given.get("licenseNumber"),
        results=given["results"],
    )


@cache
def _read() -> dict[str, Any]:
    from importlib.resources import files

    value = canonical.loads(files("issuers.badges").joinpath("mappings.json").read_bytes())
    assert isinstance(value, dict)
    return value
