"""What stands on paper of a record's subject, and where it is missing from a text (docs/formats.md §14).

Whoever prints and whoever reads the print go by the same order and the same spelling of values.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

from ledger.formats import alike, canonical

READING_ORDER = (
    *("name", "identifier", "number", "title", "programme", "yearGroup", "class"),
    *("morality", "academics", "health", "arts", "practice"),
    *("code", "course", "achievement", "source", "term", "credits", "hours", "mark", "level", "grade", "outcome"),
)
"""What people look for first; canonical JSON sorts by the alphabet, so the order of members tells nothing."""
HIDDEN = frozenset({"id", "type"})
"""Members of a subject that are not printed."""
MAX_PLACES = 20

_RANK = {term: place for place, term in enumerate(READING_ORDER)}
_IGNORED = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]+"
)


def rank(item: tuple[str, Any]) -> tuple[int, str]:
    """The place of a member among its neighbours."""
    return _RANK.get(item[0], len(READING_ORDER)), item[0]


def text(value: Any) -> str:
    """A value as it is signed: nothing is rounded or translated."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "是 Yes" if value else "否 No"
    if isinstance(value, list):
        return "、".join(text(one) for one in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {text(one)}" for key, one in sorted(value.items(), key=rank))
    return canonical.dumps(value).decode() if isinstance(value, float) else str(value)


def is_table(value: Any) -> bool:
    """Whether a value is printed as a table: an array of objects, or an object whose members are flat objects."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) and bool(value) and all(_flat(one) for one in value.values())


def missing(subject: Mapping[str, Any], names: Mapping[str, str], shown: str, wrapper: str | None = None) -> list[str]:
    """The places whose values are not in ``shown``, at most ``MAX_PLACES``; ``names`` are the school's by language.

    ``wrapper`` is the member whose own members stand on the sheet as if they were the subject's.
    """
    drawn = normal(shown)
    wanted = [*((f"issuer/name/{language}", names[language]) for language in ("zh", "en") if language in names)]
    found = []
    for place, value in (*wanted, *_places(subject, "", HIDDEN, wrapper)):
        if normal(value) not in drawn:
            found.append(place)
            if len(found) == MAX_PLACES:
                break
    return found


def _places(
    value: Mapping[str, Any], prefix: str, hidden: frozenset[str] = frozenset(), wrapper: str | None = None
) -> Iterator[tuple[str, str]]:
    for term, member in sorted(value.items(), key=rank):
        if term in hidden:
            continue
        place = f"{prefix}{term}"
        if is_table(member) and term != wrapper:
            rows = member.items() if isinstance(member, Mapping) else enumerate(member)
            for key, row in rows:
                cells = sorted(row.items(), key=rank)
                yield f"{place}/{key}", "".join(text(cell) for _, cell in cells)
        elif isinstance(member, Mapping):
            yield from _places(member, f"{place}/")
        else:
            yield place, text(member)


def _flat(value: Any) -> bool:
    return isinstance(value, Mapping) and not any(isinstance(member, Mapping | list) for member in value.values())


def normal(value: str) -> str:
    """A text as texts are compared."""
    return visible(alike.folded(unicodedata.normalize("NFKC", value)))


def visible(value: str) -> str:
    """A text without white space, controls, format characters and what asks for a variant."""
    return _IGNORED.sub("", value)
