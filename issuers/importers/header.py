"""Which column of a file is which column of the kind."""

from collections.abc import Sequence
from dataclasses import dataclass

from issuers.importers.cells import Cell, is_empty
from issuers.importers.problems import FileError, Problem, problem
from issuers.importers.template import Column, ImportTemplate, fold


@dataclass(frozen=True, slots=True)
class Field:
    """A column as it stands in the file: ``index`` from 0, ``header`` as it is written there."""

    index: int
    header: str
    column: Column


def known_names(template: ImportTemplate) -> dict[str, Column]:
    """Every accepted spelling of every header, folded."""
    return {folded: column for column in template.columns for folded in column.spellings}


def match(cells: Sequence[Cell], line: int, template: ImportTemplate, ignore_unknown: bool) -> tuple[Field, ...]:
    """The fields of a file whose header is ``cells``.

    Raises FileError with all of: unknown columns (unless ``ignore_unknown``), repeated and missing ones.
    """
    names = known_names(template)
    fields: dict[str, Field] = {}
    problems: list[Problem] = []
    for index, cell in enumerate(cells):
        if is_empty(cell):
            continue  # rows that hold something under it are refused one by one
        header = cell.strip() if isinstance(cell, str) else ""
        column = names.get(fold(header))
        if column is None:
            if not ignore_unknown:
                problems.append(problem("file.unknown_column", line, index + 1, header[:80]))
        elif column.name in fields:
            first = fields[column.name].index + 1
            problems.append(problem("file.repeated_column", line, index + 1, header, first=first))
        else:
            fields[column.name] = Field(index, header, column)
    if not fields:
        expected = "、".join(column.headers["zh"][0] for column in template.columns if column.required)
        raise FileError(problem("file.no_header", line, expected=expected))
    for column in template.columns:
        if column.required and column.name not in fields:
            problems.append(problem("file.missing_column", line, name=_both(column)))
    if problems:
        raise FileError(*problems)
    return tuple(fields.values())


def _both(column: Column) -> str:
    return f"{column.headers['zh'][0]} / {column.headers['en'][0]}"
