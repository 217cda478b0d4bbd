"""Workbooks of the tests: whole ones by openpyxl, and such as only other programs write."""

import io
import re
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

from openpyxl import Workbook


def workbook(rows: Sequence[Sequence[Any]], *, formats: dict[str, str] | None = None, **more: Sequence[Any]) -> bytes:
    """One sheet of ``rows`` (None for no cell); ``formats`` by cell, ``more`` sheets by name."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    _fill(sheet, rows)
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    for name, content in more.items():
        _fill(book.create_sheet(name), content)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(sheet: Any, rows: Sequence[Sequence[Any]]) -> None:
    for y, row in enumerate(rows, start=1):
        for x, value in enumerate(row, start=1):
            if value is not None:
                sheet.cell(y, x).value = value


def edited(data: bytes, part: str, edit: Callable[[str], str]) -> bytes:
    """The workbook with the text of one part changed."""
    return rebuilt(data, {part: lambda content: edit(content.decode()).encode()})


def rebuilt(data: bytes, edits: dict[str, Callable[[bytes], bytes]], extra: dict[str, bytes] | None = None) -> bytes:
    """The package with some parts changed and some added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, edits[name](content) if name in edits else content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def with_cell(data: bytes, place: str, xml: str) -> bytes:
    """The workbook with the cell at ``place`` replaced by ``xml``, such as ``<c r="A2"><v>1</v></c>``."""

    def edit(text: str) -> str:
        changed, count = re.subn(rf'<c r="{place}"[^>]*?(?:/>|>.*?</c>)', lambda _: xml, text, count=1, flags=re.DOTALL)
        assert count == 1, place
        return changed

    return edited(data, SHEET, edit)
