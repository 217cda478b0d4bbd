"""Signed values as sections and tables that a template can print, for any kind: labels are data, nothing is built in.

A scalar becomes a row, an object a section of its own, an array of objects a table with one column for each term, and
so does an object whose members are all objects (the dimensions of an evaluation).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Labels = Mapping[str, Mapping[str, str]]
HIDDEN = frozenset({"id", "type", "@context"})


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


def section(title: str, value: Mapping[str, Any], labels: Labels, language: str) -> Section:
    """The members of one object."""
    out = Section(title)
    for term, member in value.items():
        name = label(term, labels, language)
        if isinstance(member, Mapping):
            if member and all(isinstance(one, Mapping) and _flat(one) for one in member.values()):
                keyed = [(label(key, labels, language), one) for key, one in member.items()]
                out.tables.append(_table(name, keyed, labels, language))
            else:
                out.sections.append(section(name, member, labels, language))
        elif isinstance(member, list) and member and all(isinstance(one, Mapping) for one in member):
            out.tables.append(_table(name, [(None, one) for one in member], labels, language))
        else:
            out.rows.append((name, text(member)))
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


def _flat(value: Mapping[str, Any]) -> bool:
    return not any(isinstance(member, Mapping | list) for member in value.values())


def _table(title: str, items: Sequence[tuple[str | None, Mapping[str, Any]]], labels: Labels, language: str) -> Table:
    """One row an item; the columns are all terms that occur, in the order in which they first do."""
    terms = list(dict.fromkeys(term for _, item in items for term in item))
    keyed = any(key is not None for key, _ in items)
    heads = [*([""] if keyed else []), *(label(term, labels, language) for term in terms)]
    rows = [[*([key or ""] if keyed else []), *(text(item.get(term)) for term in terms)] for key, item in items]
    return Table(title, heads, rows)
