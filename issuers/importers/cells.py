"""One cell into one value, exactly or not at all.

A text cell stands as it is written, but for blanks around it and line ends inside it (CR LF becomes LF): case, width
and Unicode normalisation are the writer's. A number cell, which only XLSX has, is a double: it becomes text only where
that text is what the sheet shows, and never an identifier, since leading zeros are lost before anybody sees them. So
``00123`` stays where it is text, and neither the number 123 nor ``4.1E+17`` is one. An identifier that is another one
after compatibility normalisation (full-width ``Ｔ９`` is ``T9``) is refused: one learner must not become two.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from issuers.identifiers import has_other_width
from issuers.importers.problems import CellError

SIGNIFICANT_DIGITS = 15
"""Decimal digits that every double keeps (IEEE 754 binary64), and all that spreadsheets show."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number cell, with the format that decides how it is shown."""

    value: int | float
    format: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A cell that is no value at all: a formula, an error, a truth value."""

    error: CellError


Cell = str | Number | date | Refused
Value = str | int

# Blanks that spreadsheets and chat programs put around values, the ideographic space and no-break space among them.
_BLANKS = " \t\r\n\u00a0\u3000"
_ERRORS = re.compile(r"#(?:REF!|N/A|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|#+)")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?[eE][+-][0-9]+")
_IDENTIFIER = re.compile(r"[^\s'\"=\x00-\x1f\x7f-\xa0\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufffd]{1,64}")
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,15}))?")
_INTEGER = re.compile(r"0|[1-9][0-9]{0,5}")
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
        r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
        r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
        r"([0-9]{4})([0-9]{2})([0-9]{2})",
    )
)
# Controls but LF; zero-width and bidirectional controls, which change what is seen; private use, surrogates,
# noncharacters and the replacement character, which mean nothing to anybody else.
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd\ufffe\uffff\ufdd0-\ufdef"
    "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]"
)


def is_empty(cell: Cell) -> bool:
    """Whether nothing stands in the cell: then the member is absent, which is not the same as zero."""
    return isinstance(cell, str) and not cell.strip(_BLANKS)


def convert(cell: Cell, kind: str, limit: int) -> Value:
    """The value of a cell that is not empty, in a column of type ``kind``; CellError where it has none."""
    if isinstance(cell, str):
        return _TEXTS[kind](_clean(cell, limit))
    if isinstance(cell, Refused):
        raise cell.error
    if isinstance(cell, Number):
        if kind == "id":
            raise CellError("row.number_id")
        return _TEXTS[kind](_digits(cell, identifies=kind in ("text", "prose")))
    if kind != "date":
        raise CellError(
            "row.type", found="a date", found_zh="日期", expected=_NAMES[kind][0], expected_zh=_NAMES[kind][1]
        )
    return cell.isoformat()


def _clean(text: str, limit: int) -> str:
    text = text.strip(_BLANKS)
    if not text.isprintable():  # LF and U+3000 are not printable either: the pattern decides
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > limit:
        raise CellError("row.too_long", limit=limit)
    if found := _FORBIDDEN.search(text):
        raise CellError("row.character", point=ord(found[0]))
    if text[0] == "=":
        raise CellError("row.formula")
    if text[0] == "#" and _ERRORS.fullmatch(text):
        raise CellError("row.error_cell")
    return text


def _digits(cell: Number, identifies: bool) -> str:
    """The digits of a number cell as the sheet shows them; CellError where it shows others than it holds."""
    places = _places(cell.format, identifies)
    value = cell.value
    text = repr(int(value) if float(value).is_integer() and abs(value) < 1e15 else value)
    digits = text.lstrip("-").replace(".", "")
    if not math.isfinite(value) or "e" in text or len(digits.lstrip("0")) > SIGNIFICANT_DIGITS:
        raise CellError("row.inexact")
    if places is not None and len(text.partition(".")[2]) > places:
        raise CellError("row.rounded")
    return text


def _places(number_format: str, identifies: bool) -> int | None:
    """Decimal places that a number format shows; None for all of them. CellError for any other way of showing."""
    if number_format in ("General", "@", "", "G/通用格式"):
        return None
    section = number_format.partition(";")[0]
    plain = re.sub(r"_.|\*.|\\ |\[(?:Red|Black|Blue|Green|Color ?[0-9]+)\]", "", section, flags=re.IGNORECASE).strip()
    found = re.fullmatch(r"(?:#,##)?#*0(?:\.(0+))?", plain)
    if found is None or (identifies and "," in plain):
        raise CellError("row.number_format", format=number_format[:40])
    return len(found[1] or "")


def _text(text: str) -> str:
    if "\n" in text:
        raise CellError("row.character", point=0x0A)
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("row.scientific")
    return text


def _identifier(text: str) -> str:
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("row.scientific")
    if not _IDENTIFIER.fullmatch(text):
        raise CellError("row.id")
    if has_other_width(text):
        raise CellError("row.id_width")
    if _looks_truncated(text):
        raise CellError("row.truncated")
    return text


def _looks_truncated(text: str) -> bool:
    """Digits after the 15th all zero, as after a trip through a double; a right check digit (GB 11643) clears it."""
    if len(text) < 18 or not (text.isascii() and text.isdigit()) or text[15:].strip("0"):
        return False
    weighted = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(text[:17]))
    return len(text) != 18 or "10X98765432"[weighted % 11] != text[17]


def _decimal(text: str) -> str:
    """The one spelling of a decimal: without zeros at the end of its fraction, so that 90.0 and 90 are the same."""
    if _SCIENTIFIC.fullmatch(text):
        raise CellError("row.scientific")
    found = _DECIMAL.fullmatch(text)
    fraction = (found[2] or "").rstrip("0") if found else ""
    if found is None or len(fraction) > 6:
        raise CellError("row.decimal")
    return f"{found[1]}.{fraction}" if fraction else found[1]


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text) or int(text) > 100_000:
        raise CellError("row.integer")
    return int(text)


def _date(text: str) -> str:
    for pattern in _DATES:
        if found := pattern.fullmatch(text):
            try:
                return date(int(found[1]), int(found[2]), int(found[3])).isoformat()
            except ValueError:
                break
    raise CellError("row.date")


_TEXTS: dict[str, Callable[[str], Value]] = {
    "text": _text,
    "prose": lambda text: text,
    "id": _identifier,
    "decimal": _decimal,
    "integer": _integer,
    "date": _date,
}
_NAMES = {
    "text": ("text", "文本"),
    "prose": ("text", "文本"),
    "id": ("an identifier", "编号"),
    "decimal": ("a number", "数字"),
    "integer": ("a whole number", "整数"),
    "date": ("a date", "日期"),
}
