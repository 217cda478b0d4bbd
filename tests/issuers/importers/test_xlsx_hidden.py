"""Hidden rows and columns: what is signed is what people see."""

import io
from typing import Any

import pytest
from openpyxl import Workbook

from tests.issuers.importers.conftest import Read
from tests.issuers.importers.test_csv import whole
from tests.issuers.importers.test_xlsx import HEADER, ROW


def hidden(row: int | None = None, column: str | None = None) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in (HEADER, ROW, [], ["0013", "甲", "MATH1", "2026-1", "80"]):
        sheet.append(cells)
    if row is not None:
        sheet.row_dimensions[row].hidden = True
    if column is not None:
        sheet.column_dimensions[column].hidden = True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("place", [{"row": 2}, {"row": 4}, {"row": 1}, {"column": "A"}, {"column": "E"}])
def test_what_is_hidden_is_never_signed(results: Read, place: dict[str, Any]) -> None:
    whole(results(hidden(**place)), "file.hidden_cells")


@pytest.mark.parametrize("place", [{"row": 3}, {"row": 9}, {"column": "F"}, {"column": "XFD"}])
def test_a_hidden_place_with_nothing_in_it_does_no_harm(results: Read, place: dict[str, Any]) -> None:
    assert len(results(hidden(**place)).drafts) == 2
