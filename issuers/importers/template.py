"""The import part of a kind: which columns a file has, where each value belongs, what makes a record's identity.

::

    {"learner": "identifier",                                     the column that identifies the learner
     "slot": ["programme"],                                       the columns that, in order, make the slot
     "rows": {"list": "transcript.courses", "key": ["code"]},     optional: each row adds one element to this list
     "rules": {"order": [["enrolled", "graduated"]],              optional: dates of which none is after the next one
               "unique": true},                                   optional: of a school no two learners have one slot
     "columns": [{"name", "path", "type", "required", "headers": {"en": [...], "zh": [...]}}]}

A path is dotted and starts at the subject; ``transcript.courses[].mark`` is a member of the row's own list element.
The first spelling of a header in each language is the one that templates for download show.
"""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ledger.formats.errors import FormatError

TYPES = frozenset({"text", "prose", "id", "integer", "decimal", "date"})
LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: ``path`` as steps from the subject, or from the list element where ``repeats``."""

    name: str
    path: tuple[str, ...]
    type: str
    required: bool
    repeats: bool
    headers: dict[str, tuple[str, ...]]

    @property
    def spellings(self) -> frozenset[str]:
        """Every accepted header, folded."""
        return frozenset(fold(text) for texts in self.headers.values() for text in texts)


@dataclass(frozen=True, slots=True)
class ImportTemplate:
    """A parsed import part. ``list_path`` is None where each row is a record of its own."""

    columns: tuple[Column, ...]
    learner: Column
    slot: tuple[Column, ...]
    list_path: tuple[str, ...] | None
    list_key: tuple[Column, ...]
    order: tuple[tuple[Column, ...], ...] = ()
    is_unique: bool = False

    def disorder(self, subject: dict[str, Any]) -> Column | None:
        """The column of a date that is before one that it has to follow; None where all are in order.

        Dates are as the schema has them, YYYY-MM-DD: texts in the order of time. One that is absent is in order.
        """
        for columns in self.order:
            dates = [(date, column) for column in columns if (date := _at(subject, column.path))]
            for (before, _), (date, column) in pairwise(dates):
                if date < before:
                    return column
        return None

    def identity(self, subject: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
        """Learner and slot of a subject, as texts; an absent part of the slot is the empty text."""
        return _at(subject, self.learner.path), tuple(_at(subject, column.path) for column in self.slot)


def parse(template: object) -> ImportTemplate:
    """The import part of a kind's file; FormatError ``kind.import`` where it departs from the module's rules."""
    if not isinstance(template, dict) or not template.keys() <= {"learner", "slot", "rows", "rules", "columns"}:
        raise _malformed("the import part has the members learner, slot, rows, rules and columns")
    list_path, key = _rows(template.get("rows"))
    listed = template.get("columns")
    if not isinstance(listed, list) or not listed:
        raise _malformed("columns")
    columns = tuple(_column(item, list_path) for item in listed)
    by_name = {column.name: column for column in columns}
    if len(by_name) != len(columns):
        raise _malformed("two columns have one name")
    spellings = [folded for column in columns for folded in column.spellings]
    if len(set(spellings)) != len(spellings):
        raise _malformed("two columns share a spelling of their header")
    slot = template.get("slot")
    if not isinstance(slot, list):
        raise _malformed("slot")
    learner = _named(template.get("learner"), by_name, repeats=False)
    if not learner.required or learner.type != "id":
        raise _malformed("the learner's column is required, and of type id")
    order, is_unique = _rules(template.get("rules", {}), by_name)
    if is_unique and not slot:
        raise _malformed("a slot that is unique names columns")
    return ImportTemplate(
        columns=columns,
        learner=learner,
        slot=tuple(_named(name, by_name, repeats=False) for name in slot),
        list_path=list_path,
        list_key=tuple(_named(name, by_name, repeats=True) for name in key),
        order=order,
        is_unique=is_unique,
    )


def fold(header: str) -> str:
    """A header as it is compared: width, case, blanks and a trailing asterisk do not matter."""
    return "".join(unicodedata.normalize("NFKC", header).casefold().split()).rstrip("*")


def _at(subject: dict[str, Any], path: tuple[str, ...]) -> str:
    value: Any = subject
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _rows(value: object) -> tuple[tuple[str, ...] | None, list[object]]:
    if value is None:
        return None, []
    if not isinstance(value, dict) or set(value) != {"list", "key"} or not isinstance(value["key"], list):
        raise _malformed("rows has the members list and key")
    return _steps(value["list"]), value["key"]


def _rules(value: object, columns: dict[str, Column]) -> tuple[tuple[tuple[Column, ...], ...], bool]:
    if not isinstance(value, dict) or not value.keys() <= {"order", "unique"}:
        raise _malformed("rules has the members order and unique")
    listed, is_unique = value.get("order", []), value.get("unique", False)
    if not isinstance(listed, list) or not isinstance(is_unique, bool):
        raise _malformed("order lists columns of dates, unique is true or false")
    order = []
    for names in listed:
        if not isinstance(names, list) or len(names) < 2:
            raise _malformed("order lists two columns or more")
        dates = tuple(_named(name, columns, repeats=False) for name in names)
        if any(column.type != "date" for column in dates):
            raise _malformed("order is of columns of dates")
        order.append(dates)
    return tuple(order), is_unique


def _column(value: object, list_path: tuple[str, ...] | None) -> Column:
    if not isinstance(value, dict) or not value.keys() <= {"name", "path", "type", "required", "headers"}:
        raise _malformed("a column has the members name, path, type, required and headers")
    name, path, kind = (value.get(key) for key in ("name", "path", "type"))
    if not isinstance(name, str) or not isinstance(path, str) or kind not in TYPES:
        raise _malformed("a column's name, path or type")
    before, repeated, after = path.partition("[].")
    if repeated and _steps(before) != list_path:
        raise _malformed(f"the column {name} belongs to another list than that of rows")
    headers = value.get("headers")
    if not isinstance(headers, dict) or not all(headers.get(language) for language in LANGUAGES):
        raise _malformed(f"the column {name} has no headers in every language")
    return Column(
        name=name,
        path=_steps(after if repeated else before),
        type=str(kind),
        required=value.get("required") is True,
        repeats=bool(repeated),
        headers={language: tuple(texts) for language, texts in headers.items()},
    )


def _steps(path: object) -> tuple[str, ...]:
    steps = tuple(path.split(".")) if isinstance(path, str) else ()
    if not all(step.isidentifier() for step in steps) or not steps:
        raise _malformed("a path is dotted names")
    return steps


def _named(name: object, columns: dict[str, Column], repeats: bool) -> Column:
    column = columns.get(name) if isinstance(name, str) else None
    if column is None or column.repeats is not repeats:
        raise _malformed("learner, slot or key name no column, or one of the wrong sort")
    return column


def _malformed(message: str) -> FormatError:
    return FormatError("kind.import", message)
