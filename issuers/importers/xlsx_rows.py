"""The cells of an XLSX sheet, which still know whether they are text, numbers, dates, formulas or errors.

What a formula came to when the file was last saved is never taken: it is what one program thought one day.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from issuers.importers import xlsx_workbook
from issuers.importers.cells import Cell, Number, Refused
from issuers.importers.limits import Limits
from issuers.importers.problems import CellError, FileError, problem
from issuers.importers.xlsx_package import Package, malformed, unescape
from issuers.importers.xlsx_workbook import DATE, Book

Row = tuple[int, list[Cell]]

_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_WHOLE = re.compile(r"-?[0-9]{1,400}")
_NUMBER = re.compile(r"-?[0-9]{1,400}(?:\.[0-9]{1,400})?(?:[eE][+-]?[0-9]{1,3})?")


def read(data: bytes, limits: Limits) -> Iterator[Row]:
    """Rows as (line, cells) of the only visible sheet that holds data; empty rows and cells at the end are left out.

    Raises FileError while iterating.
    """
    package = Package(data, limits)
    book = xlsx_workbook.read(package)
    filled = [(name, part) for name, part in book.sheets if next(_rows(package, part, book, limits), None) is not None]
    if len(filled) > 1:
        raise FileError(problem("file.several_sheets", sheets=", ".join(name for name, _ in filled[:5])))
    for _, part in filled:
        yield from _rows(package, part, book, limits)


def _rows(package: Package, part: str, book: Book, limits: Limits) -> Iterator[Row]:
    sheet = _Sheet(book, limits)
    for _ in package.parse(part, sheet.start, sheet.end):
        yield from sheet.ready
        sheet.ready.clear()


class _Sheet:
    """Follows the tags of one sheet; ``ready`` fills with its rows."""

    def __init__(self, book: Book, limits: Limits) -> None:
        self.ready: list[Row] = []
        self._book = book
        self._limits = limits
        self._line = 0
        self._hidden = False
        self._hidden_columns: list[range] = []
        self._cells: list[Cell] = []
        self._cell: dict[str, str] = {}
        self._value: str | None = None
        self._inline: list[str] = []
        self._formula = False
        self._phonetic = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            self._start_row(attributes)
        elif name == "c":
            self._cell, self._value, self._formula = attributes, None, False
            self._inline.clear()
        elif name == "f":
            self._formula = True
        elif name == "rPh":
            self._phonetic += 1
        elif name == "col" and _is_set(attributes, "hidden"):
            self._hidden_columns.append(_columns(attributes))
        elif name == "mergeCell":
            raise FileError(problem("file.merged_cells", range=attributes.get("ref", "")[:40]))

    def end(self, name: str, text: str) -> None:
        if name == "v":
            self._value = text
        elif name == "t" and not self._phonetic:
            self._inline.append(unescape(text))
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "c":
            self._place(self._content())
        elif name == "row" and self._cells:
            self.ready.append((self._line, self._cells))

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r", str(self._line + 1))
        if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number) > self._line):
            raise malformed("its rows or cells are out of order")
        self._line, self._hidden = int(number), _is_set(attributes, "hidden")
        if self._line > self._limits.rows + 1:
            raise FileError(problem("file.too_many_rows", limit=self._limits.rows))
        self._cells = []

    def _place(self, cell: Cell) -> None:
        """Put a cell where its reference says; cells without one follow each other."""
        at = len(self._cells)
        if "r" in self._cell:
            found = _PLACE.fullmatch(self._cell["r"])
            if found is None or _column(found[1]) < at:
                raise malformed("its rows or cells are out of order")
            at = _column(found[1])
        if cell == "" and "r" in self._cell:
            return
        if cell != "" and (self._hidden or any(at in hidden for hidden in self._hidden_columns)):
            raise FileError(problem("file.hidden_cells", self._line))
        if at >= self._limits.columns:
            raise FileError(problem("file.too_many_columns", self._line, limit=self._limits.columns))
        self._cells.extend([""] * (at - len(self._cells)))
        self._cells.append(cell)

    def _content(self) -> Cell:
        kind, value = self._cell.get("t", "n"), self._value
        if self._formula:
            return Refused(CellError("row.formula"))
        if kind == "inlineStr":
            return "".join(self._inline)
        if value is None or value == "":
            return ""
        if kind == "s":
            return self._shared(value)
        if kind == "str":
            return unescape(value)
        if kind == "e":
            return Refused(CellError("row.error_cell"))
        if kind == "b":
            found: dict[str, Any] = {"found": "true or false", "found_zh": "逻辑值"}
            return Refused(CellError("row.type", **found, expected="text", expected_zh="文本"))
        if kind == "d":
            return _iso(value)
        return self._number(value)

    def _shared(self, value: str) -> str:
        if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) < len(self._book.strings)):
            raise malformed("a cell refers to what is not there")
        return self._book.strings[int(value)]

    def _number(self, value: str) -> Cell:
        if not _NUMBER.fullmatch(value):
            raise malformed("a number in it is none")
        number = int(value) if _WHOLE.fullmatch(value) else float(value)
        shown = self._format()
        if shown != DATE:
            return Number(number, shown)
        return self._book.day(number) or Refused(CellError("row.date"))

    def _format(self) -> str:
        style = self._cell.get("s", "")
        if not style or not self._book.formats:
            return "General"
        if not (style.isascii() and style.isdigit() and len(style) < 10 and int(style) < len(self._book.formats)):
            raise malformed("a cell refers to what is not there")
        return self._book.formats[int(style)]


def _iso(value: str) -> Cell:
    try:
        return date.fromisoformat(value.removesuffix("T00:00:00"))
    except ValueError:
        return Refused(CellError("row.date"))


def _is_set(attributes: dict[str, str], name: str) -> bool:
    """A flag (ECMA-376 Part 1 §22.9.2.1, xsd:boolean)."""
    return attributes.get(name) in ("1", "true")


def _columns(attributes: dict[str, str]) -> range:
    """The columns, from 0, that a ``col`` is about (ECMA-376 Part 1 §18.3.1.13)."""
    first, last = attributes.get("min", ""), attributes.get("max", "")
    if not all(text.isascii() and text.isdigit() and len(text) < 8 for text in (first, last)):
        raise malformed("its columns have no numbers")
    return range(int(first) - 1, int(last))


def _column(letters: str) -> int:
    """The index from 0 of the column A, B, … AA."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
