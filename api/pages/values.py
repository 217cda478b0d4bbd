"""Signed values as sections and tables that a template can print, for any kind: labels are data, nothing is built in.

A scalar becomes a row, an object a section of its own, an array of objects a table with one column for each term, and
so does an object whose members are all objects (the dimensions of an evaluation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, Mapping[str, str]]
HIDDEN = frozenset({"id", "type", "@context", "validFrom", "validUntil"})
READING_ORDER = (
    *("name", "identifier", "number", "title", "programme", "yearGroup", "class"),
    *("morality", "academics", "health", "arts", "practice"),
    *("code", "course", "achievement", "source", "term", "credits", "hours", "mark", "level", "grade", "outcome"),
)
"""What people look for first. Canonical JSON sorts by the alphabet, so that the order of the file tells nothing."""


@dataclass(slots=True)
class Table:
    """Column heads and rows of cells; an absent value is an empty cell."""

    title: str
    heads: list[str]
    rows: list[list[str]]


@dataclass(slots=True)
class Section:
    """A title, rows of (label, value), tables, and sections inside it."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    sections: list["Section"] = field(default_factory=list)


def section(
    title: str, value: Mapping[str, Any], labels: Labels, language: str, more: Sequence[tuple[str, str]] = ()
) -> Section:
    """The members of one object; ``more`` are rows that follow its own."""
    out = Section(title)
    for term, member in sorted(value.items(), key=_rank):
        name = label(term, labels, language)
        if isinstance(member, Mapping):
            if member and all(isinstance(one, Mapping) and _flat(one) for one in member.values()):
                keyed = [(label(key, labels, language), one) for key, one in sorted(member.items(), key=_rank)]
                out.tables.append(_table(name, keyed, labels, language))
            else:
                out.sections.append(section(name, member, labels, language))
        elif isinstance(member, list) and member and all(isinstance(one, Mapping) for one in member):
            out.tables.append(_table(name, [(None, one) for one in member], labels, language))
        else:
            out.rows.append((name, text(member)))
    out.rows.extend(more)
    return out


def label(term: str, labels: Labels, language: str) -> str:
    """The kind's word for a term; the term itself where the kind has none."""
    names = labels.get(term) or {}
    return names.get(language) or names.get("en") or term


def text(value: Any) -> str:
    """A value as signed: texts and numbers unchanged, nothing rounded or translated."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, list):
        return "、".join(text(one) for one in value)
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {text(one)}" for key, one in value.items())
    return str(value)


def _rank(item: tuple[str, Any]) -> tuple[int, str]:
    term = item[0]
    return READING_ORDER.index(term) if term in READING_ORDER else len(READING_ORDER), term


def _flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(member, Mapping | list) for member in value.values())


def _table(title: str, items: Sequence[tuple[str | None, Mapping[str, Any]]], labels: Labels, language: str) -> Table:
    """One row an item; the columns are all terms that occur, in the order in which they first do."""
    terms = [term for term, _ in sorted({term: None for _, item in items for term in item}.items(), key=_rank)]
    keyed = any(key is not None for key, _ in items)
    heads = [*([""] if keyed else []), *(label(term, labels, language) for term in terms)]
    rows = [[*([key or ""] if keyed else []), *(text(item.get(term)) for term in terms)] for key, item in items]
    return Table(title, heads, rows)
