"""XLSX (ECMA-376) into rows of cells that still know whether they are text, numbers, dates, formulas or errors.

The file is a ZIP of XML from outside: its unpacked size is bounded before anything is read, and document type
declarations, by which XML grows without bound, are refused. Cached results of formulas are never taken.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.cell.read_only import EmptyCell
from openpyxl.utils.exceptions import InvalidFileException

from issuers.importers.cells import Cell, Number, Refused
from issuers.importers.limits import Limits
from issuers.importers.problems import CellError, FileError, problem

MAGIC = b"PK\x03\x04"

Row = tuple[int, list[Cell]]

_MERGED = re.compile(rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^>]*?ref=[\"']([A-Z0-9:]{1,24})[\"']")
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_CHUNK = 1 << 20
# What openpyxl and the standard library raise on files that are damaged in one way or another.
_DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


def read(data: bytes, limits: Limits) -> Iterator[Row]:
    """Rows as (line, cells) of the only sheet that holds data; empty rows are left out.

    Cells after the last one that holds anything are left out. Raises FileError while iterating.
    """
    _check_package(data, limits)
    try:
        workbook = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except _DAMAGED as error:
        raise _malformed(error) from None
    try:
        yield from _only_sheet(workbook, limits)
    finally:
        workbook.close()


def _check_package(data: bytes, limits: Limits) -> None:
    """Unpack every part once, counting: the sizes that a ZIP declares may lie."""
    unpacked = 0
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            for part in package.infolist():
                with package.open(part) as stream:
                    tail = b""
                    while block := stream.read(_CHUNK):
                        unpacked += len(block)
                        if unpacked > limits.unpacked_bytes:
                            raise FileError(problem("file.too_large", limit=limits.unpacked_bytes))
                        _check_xml(part.filename, tail + block)
                        tail = block[-64:]
    except _DAMAGED as error:
        raise _malformed(error) from None


def _check_xml(name: str, block: bytes) -> None:
    if b"<!DOCTYPE" in block or b"<!ENTITY" in block:
        raise FileError(problem("file.malformed", format="XLSX", detail="document type declaration"))
    if _SHEET.fullmatch(name) and (merged := _MERGED.search(block)):
        raise FileError(problem("file.merged_cells", range=merged[1].decode("ascii")))


def _only_sheet(workbook: Any, limits: Limits) -> Iterator[Row]:
    """The rows of the one sheet that has any; the others are looked at first, as far as their first cell."""
    try:
        filled = [sheet for sheet in workbook.worksheets if next(_rows(sheet, limits), None) is not None]
        if len(filled) > 1:
            titles = ", ".join(sheet.title for sheet in filled[:5])
            raise FileError(problem("file.several_sheets", sheets=titles))
        for sheet in filled:
            yield from _rows(sheet, limits)
    except _DAMAGED as error:
        raise _malformed(error) from None


def _rows(sheet: Any, limits: Limits) -> Iterator[Row]:
    sheet.reset_dimensions()  # the declared range may be smaller than the sheet: cells outside would be lost
    for line, row in enumerate(sheet.iter_rows(), start=1):
        if line > limits.rows + 1:
            raise FileError(problem("file.too_many_rows", limit=limits.rows))
        cells = [_cell(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        if len(cells) > limits.columns:
            raise FileError(problem("file.too_many_columns", line, limit=limits.columns))
        if cells:
            yield line, cells


def _cell(cell: Any) -> Cell:
    if isinstance(cell, EmptyCell) or cell.value is None:
        return ""
    kind, value = cell.data_type, cell.value
    if kind == "f":
        return Refused(CellError("row.formula"))
    if kind == "e":
        return Refused(CellError("row.error_cell"))
    if isinstance(value, bool):
        return Refused(
            CellError("row.type", found="true or false", found_zh="逻辑值", expected="text", expected_zh="文本")
        )
    if isinstance(value, str):
        return value
    if isinstance(value, datetime | date):
        return value
    if isinstance(value, int | float):
        return Number(value, cell.number_format)
    return Refused(CellError("row.number_format", format=cell.number_format[:40]))  # times of day, durations


def _malformed(error: Exception) -> FileError:
    return FileError(problem("file.malformed", format="XLSX", detail=type(error).__name__))
