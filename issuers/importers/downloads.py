"""Empty files to fill in: a template of each kind as CSV and XLSX."""

import csv
import io

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from issuers.importers.template import ImportTemplate


def csv_template(template: ImportTemplate, language: str = "zh") -> bytes:
    """The header row as UTF-8 with BOM, by which spreadsheets know the encoding; ``language`` is en or zh."""
    out = io.StringIO(newline="")
    csv.writer(out).writerow(_headers(template, language))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def xlsx_template(template: ImportTemplate, language: str = "zh", title: str = "Sheet1") -> bytes:
    """A workbook whose columns are formatted as text, so that no identifier or date is turned into a number.

    Required headers end with an asterisk, which the importer ignores.
    """
    workbook = Workbook(write_only=False)
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title[:31]
    for index, (column, text) in enumerate(zip(template.columns, _headers(template, language), strict=True), start=1):
        cell = sheet.cell(1, index, f"{text}*" if column.required else text)
        cell.font = Font(bold=column.required)
        cell.number_format = "@"
        letter = get_column_letter(index)
        sheet.column_dimensions[letter].number_format = "@"
        sheet.column_dimensions[letter].width = max(12, 2 * len(text) + 4)
    sheet.freeze_panes = "A2"
    out = io.BytesIO()
    workbook.save(out)
    return out.getvalue()


def _headers(template: ImportTemplate, language: str) -> list[str]:
    return [column.headers[language][0] for column in template.columns]
