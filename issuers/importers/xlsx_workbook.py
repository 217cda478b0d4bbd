"""What a workbook says besides its cells: sheets, shared strings, number formats, the first day of its calendar."""

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from issuers.importers.xlsx_package import Package, malformed, unescape

# Number formats that have no text in the file (ECMA-376 Part 1 §18.8.30), the East Asian ones included.
_PLAIN = {0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 49: "@"}
_DATES = {*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58}
_NOT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_LETTERS = re.compile("[ymdhs年月日]", re.IGNORECASE)

# Serial 60 is 29 February 1900, which never was; from 1 March on the count is right (§18.17.4.1).
_EPOCH_1900, _FIRST_1900 = date(1899, 12, 30), 61
_EPOCH_1904 = date(1904, 1, 1)
_LAST = 2_958_465
DATE = "date"
"""Stands in place of a format under which a number is shown as a date."""


@dataclass(slots=True)
class Book:
    """Visible sheets as (name, part); ``formats`` by style number."""

    sheets: list[tuple[str, str]] = field(default_factory=list)
    strings: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    from_1904: bool = False

    def day(self, serial: float) -> date | None:
        """The day of a date's number; None where it has a time of day, or is outside of the calendar."""
        first, epoch = (0, _EPOCH_1904) if self.from_1904 else (_FIRST_1900, _EPOCH_1900)
        if not first <= serial <= _LAST or serial != int(serial):
            return None
        return epoch + timedelta(days=int(serial))


def read(package: Package) -> Book:
    """Read all but the sheets; FileError where the package is no workbook."""
    parts = [part for kind, part in package.related(None).values() if kind == "officeDocument"]
    if len(parts) != 1:
        raise malformed("it is no workbook")
    book, (part,) = Book(), parts
    related = package.related(part)
    _read_sheets(package, part, related, book)
    for kind, other in related.values():
        if kind == "sharedStrings":
            _read_strings(package, other, book)
        elif kind == "styles":
            _read_styles(package, other, book)
    return book


def _read_sheets(package: Package, part: str, related: dict[str, tuple[str, str]], book: Book) -> None:
    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            book.from_1904 = attributes.get("date1904") in ("1", "true")
        # Hidden sheets hold the choices of drop-down lists, and the like.
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            kind, target = related.get(attributes.get("id", ""), ("", ""))
            if kind == "worksheet":
                book.sheets.append((attributes.get("name", ""), target))

    package.parse_whole(part, start)


def _read_strings(package: Package, part: str, book: Book) -> None:
    pieces: list[str] = []
    phonetic = 0

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal phonetic
        if name == "si":
            pieces.clear()
        phonetic += name == "rPh"

    def end(name: str, text: str) -> None:
        nonlocal phonetic
        phonetic -= name == "rPh"
        if name == "t" and not phonetic:  # how a name is pronounced stands beside it, and is no part of it
            pieces.append(unescape(text))
        elif name == "si":
            book.strings.append("".join(pieces))

    package.parse_whole(part, start, end)


def _read_styles(package: Package, part: str, book: Book) -> None:
    own: dict[str, str] = {}
    numbers: list[str] = []
    inside = ""

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "cellXfs":
            inside = name
        elif name == "numFmt":
            own[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and inside:
            numbers.append(attributes.get("numFmtId", "0"))

    def end(name: str, _text: str) -> None:
        nonlocal inside
        if name == inside:
            inside = ""

    package.parse_whole(part, start, end)
    book.formats.extend(_format(number, own) for number in numbers)


def _format(number: str, own: dict[str, str]) -> str:
    if number in own:
        letters = _NOT_LETTERS.sub("", own[number].partition(";")[0])
        return DATE if letters.lower() != "general" and _DATE_LETTERS.search(letters) else own[number]
    code = int(number) if number.isascii() and number.isdigit() else -1
    return DATE if code in _DATES else _PLAIN.get(code, f"format {number[:20]}")
