"""A file into drafts of records of one kind, with every problem of every row found in one pass."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from issuers.importers import csv_rows, header, xlsx_package, xlsx_rows
from issuers.importers.cells import Cell, Value, convert, is_empty
from issuers.importers.drafts import Draft, ParsedFile
from issuers.importers.grouping import Check, Records
from issuers.importers.header import Field
from issuers.importers.limits import DEFAULT, Limits
from issuers.importers.problems import CellError, FileError, Problem, problem
from issuers.importers.template import ImportTemplate, fold

Rows = Iterator[tuple[int, Sequence[Cell]]]


def read_file(
    data: bytes, template: ImportTemplate, check: Check, *, ignore_unknown: bool = False, limits: Limits = DEFAULT
) -> ParsedFile:
    """Read a CSV or XLSX file; never raises for what is in it, but lists it in ``problems``."""
    workbook = data.startswith(xlsx_package.MAGIC)
    reading = _Reading(template, limits, padded=workbook)
    encoding = None
    try:
        if len(data) > limits.file_bytes:
            raise FileError(problem("file.too_large", limit=limits.file_bytes))
        rows: Rows
        if workbook:
            rows = xlsx_rows.read(data, limits)
        else:
            text, encoding = csv_rows.decode(data)
            names = header.known_names(template)
            rows = csv_rows.read(text, lambda cell: fold(cell) in names, limits)
        drafts = reading.read(rows, check, ignore_unknown)
    except FileError as error:
        reading.problems.extend(error.problems)
        drafts = ()
    return ParsedFile(
        drafts=drafts,
        problems=tuple(reading.problems),
        notes=tuple(reading.notes),
        rows=reading.rows,
        format="xlsx" if workbook else "csv",
        encoding=encoding,
    )


@dataclass(slots=True)
class _Reading:
    """One pass over one file; ``padded`` where rows may be shorter than the header (XLSX keeps no empty cells)."""

    template: ImportTemplate
    limits: Limits
    padded: bool
    rows: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    fields: tuple[Field, ...] = ()
    unnamed: tuple[int, ...] = ()
    width: int = 0

    def read(self, rows: Rows, check: Check, ignore_unknown: bool) -> tuple[Draft, ...]:
        """Header, rows, then each finished record against the kind's schema."""
        line, cells = next(rows, (0, ()))
        if not line:
            raise FileError(problem("file.empty"))
        self.fields = header.match(cells, line, self.template, ignore_unknown)
        self.width = len(cells)
        self.unnamed = () if ignore_unknown else tuple(i for i, cell in enumerate(cells) if is_empty(cell))
        records = Records(self.template, self.fields, self.problems, self.notes)
        for line, cells in rows:
            if not all(map(is_empty, cells)):
                self.rows += 1
                self._row(line, cells, records)
        if not self.rows:
            raise FileError(problem("file.empty"))
        drafts = []
        for draft in records.finish(check):
            drafts.append(draft)
            self._give_up_if_hopeless()
        self._give_up_if_hopeless()
        return tuple(drafts)

    def _row(self, line: int, cells: Sequence[Cell], records: Records) -> None:
        found, before = len(cells), len(self.problems)
        if found > self.width or (found < self.width and not self.padded):
            # Whatever stands in such a row may have slipped into another column.
            self.problems.append(problem("row.cells", line, found=found, expected=self.width))
            records.spoil({}, set(), line)
        else:
            values, failed = self._values(line, cells)
            if len(self.problems) == before:
                records.add(values, line)
            else:
                records.spoil(values, failed, line)
        self._give_up_if_hopeless()

    def _values(self, line: int, cells: Sequence[Cell]) -> tuple[dict[str, Value], set[str]]:
        """The row's values by column name, and the names of the columns whose cells have none."""
        values: dict[str, Value] = {}
        failed: set[str] = set()
        for place in self.fields:
            cell = cells[place.index] if place.index < len(cells) else ""
            column = place.column
            try:
                if not is_empty(cell):
                    values[column.name] = convert(cell, column.type, self.limits.cell_characters)
                elif column.required:
                    raise CellError("row.required")
            except CellError as error:
                failed.add(column.name)
                self.problems.append(problem(error.code, line, place.index + 1, place.header, **error.values))
        for index in self.unnamed:
            if index < len(cells) and not is_empty(cells[index]):
                self.problems.append(problem("row.no_header", line, index + 1))
        return values, failed

    def _give_up_if_hopeless(self) -> None:
        if len(self.problems) >= self.limits.problems:
            raise FileError(problem("file.too_many_problems", limit=self.limits.problems))
