"""XLSX: cells that look like values and are none, packages that are more than they seem."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from issuers.importers.limits import Limits
from tests.issuers.importers.conftest import Read
from tests.issuers.importers.test_csv import codes, subject, whole
from tests.support.sheets import SHEET, edited, rebuilt, with_cell, workbook

HEADER = ["学号", "姓名", "课程代码", "学期", "成绩"]
ROW = ["0012", "李𠮷", "MATH1", "2026-1", "90"]


def test_text_cells_are_read_as_they_are(results: Read) -> None:
    parsed = results(workbook([HEADER, ROW]))
    assert parsed.problems == () and (parsed.format, parsed.encoding) == ("xlsx", None)
    assert [draft.subject for draft in parsed.drafts] == [subject()]


def test_numbers_are_read_as_they_are_shown(results: Read) -> None:
    parsed = results(workbook([HEADER, ["0012", "李𠮷", "MATH1", 2026, 90.0]]))
    found = [draft.subject["result"] for draft in parsed.drafts]
    assert [(one["term"], one["mark"]) for one in found] == [("2026", "90")]


@pytest.mark.parametrize("number_format", ["General", "0", "000000", "@"])
def test_an_identifier_that_is_a_number_is_refused_and_told_how_to_be_text(results: Read, number_format: str) -> None:
    parsed = results(workbook([HEADER, [20010001, *ROW[1:]]], formats={"A2": number_format}))
    assert codes(parsed) == [("row.number_id", 2, 1)] and parsed.drafts == ()
    (found,) = parsed.problems
    assert "format the column as text" in found.en and "文本格式" in found.zh
    assert "20010001" not in found.en + found.zh


def test_lines_are_those_of_the_sheet(results: Read) -> None:
    parsed = results(workbook([HEADER, ROW, [], [None, "无号", "M", "1"], ["0013", "甲", "M", "1", "x"]]))
    assert codes(parsed) == [("row.required", 4, 1), ("row.decimal", 5, 5)]
    assert [draft.line for draft in parsed.drafts] == [2]


@pytest.mark.parametrize(
    ("place", "value", "code"),
    [
        ("A2", "=B2", "row.formula"),
        ("E2", "=45*2", "row.formula"),
        ("E2", "=HYPERLINK(1)", "row.formula"),
        ("E2", "#N/A", "row.error_cell"),
        ("E2", True, "row.type"),
        ("A2", False, "row.type"),
        ("C2", datetime(2026, 3, 1), "row.type"),
        ("A2", date(2026, 3, 1), "row.type"),
        ("A2", 350102200801010012, "row.number_id"),
        ("A2", 1.5, "row.number_id"),
        ("D2", 350102200801010012, "row.inexact"),
        ("D2", 3.5010220080101e17, "row.inexact"),
        ("A2", "3.50102E+17", "row.scientific"),
        ("E2", 1 / 3, "row.inexact"),
        ("E2", "九十", "row.decimal"),
    ],
)
def test_a_cell_that_is_no_value_is_refused(results: Read, place: str, value: Any, code: str) -> None:
    column = "ABCDE".index(place[0])
    row = [*ROW[:column], value, *ROW[column + 1 :]]
    parsed = results(workbook([HEADER, row]))
    assert codes(parsed) == [(code, 2, column + 1)] and parsed.drafts == ()


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        ('<c r="A2"><v>350102200801010012</v></c>', "row.number_id"),
        ('<c r="A2"><v>3.5010220080101002E17</v></c>', "row.number_id"),
        ('<c r="A2" t="e"><v>#REF!</v></c>', "row.error_cell"),
        ('<c r="A2" t="str"><f>"00"&amp;"12"</f><v>0012</v></c>', "row.formula"),
        ('<c r="A2"><f t="shared" si="0"/><v>12</v></c>', "row.formula"),
        ('<c r="A2"><f t="array" ref="A2">B2</f><v>12</v></c>', "row.formula"),
        ('<c r="A2" t="b"><v>1</v></c>', "row.type"),
    ],
)
def test_a_cached_result_or_a_lost_digit_is_never_taken(results: Read, xml: str, code: str) -> None:
    data = with_cell(workbook([HEADER, ROW]), "A2", xml)
    assert codes(results(data, ignore_unknown=True))[0] == (code, 2, 1)


@pytest.mark.parametrize(
    ("number_format", "value", "code"),
    [("000000", 12, "row.number_format"), ("0%", 1, "row.number_format"), ("0.0", 89.46, "row.rounded")],
)
def test_a_number_that_is_shown_otherwise_is_refused(
    results: Read, number_format: str, value: float, code: str
) -> None:
    data = workbook([HEADER, [*ROW[:4], value]], formats={"E2": number_format})
    assert codes(results(data)) == [(code, 2, 5)]


def test_inline_strings_and_rich_text_are_read_whole(results: Read) -> None:
    data = with_cell(workbook([HEADER, ROW]), "A2", '<c r="A2" t="inlineStr"><is><t>0012</t></is></c>')
    rich = "<is><r><t>李</t></r><r><rPr><b/></rPr><t>𠮷</t></r></is>"
    data = with_cell(data, "B2", f'<c r="B2" t="inlineStr">{rich}</c>')
    assert [draft.subject for draft in results(data).drafts] == [subject()]


def test_cells_outside_of_the_declared_range_are_not_lost(results: Read) -> None:
    data = edited(workbook([HEADER, ROW]), SHEET, lambda text: text.replace('ref="A1:E2"', 'ref="A1:B1"'))
    assert b'ref="A1:B1"' in zipfile.ZipFile(io.BytesIO(data)).read(SHEET)
    assert [draft.subject for draft in results(data).drafts] == [subject()]


def test_merged_cells_are_refused(results: Read) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[Any]] = [HEADER, ROW, ["0013", "甲", "MATH1", None, "80"]]
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("D2:D3")
    out = io.BytesIO()
    book.save(out)
    parsed = results(out.getvalue())
    whole(parsed, "file.merged_cells")
    assert "D2:D3" in parsed.problems[0].zh


def test_a_second_sheet_with_data_is_refused(results: Read) -> None:
    parsed = results(workbook([HEADER, ROW], 二班=[HEADER, ROW]))
    whole(parsed, "file.several_sheets")
    assert "二班" in parsed.problems[0].en


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_of_choices_does_no_harm(results: Read, state: str) -> None:
    data = workbook([HEADER, ROW], choices=[["优秀"], ["良好"]])

    def hide(text: str) -> str:
        changed = re.sub(r'(<sheet [^>]*name="choices"[^>]*state=")visible', rf"\g<1>{state}", text)
        assert changed != text
        return changed

    assert len(results(edited(data, "xl/workbook.xml", hide)).drafts) == 1


def test_an_empty_second_sheet_does_no_harm(results: Read) -> None:
    assert len(results(workbook([HEADER, ROW], Sheet2=[])).drafts) == 1


@pytest.mark.parametrize("rows", [[], [HEADER], [HEADER, [None, " "]]])
def test_a_workbook_without_rows_is_refused(results: Read, rows: list[list[Any]]) -> None:
    whole(results(workbook(rows)), "file.empty")


def test_a_value_beyond_the_header_is_refused(results: Read) -> None:
    assert codes(results(workbook([HEADER, [*ROW, "备注"]]))) == [("row.cells", 2, None)]
    assert codes(results(workbook([[*HEADER, None, "结果"], [*ROW, "备注", "x"]]))) == [("row.no_header", 2, 6)]


def test_rows_may_end_early(results: Read) -> None:
    parsed = results(workbook([[*HEADER, "结果"], ROW]))
    assert [draft.subject for draft in parsed.drafts] == [subject()]


@pytest.mark.parametrize("cut", [4, 100, 1000, -100, -1])
def test_a_damaged_workbook_is_refused(results: Read, cut: int) -> None:
    whole(results(workbook([HEADER, ROW])[:cut]), "file.malformed")


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (SHEET, b"<worksheet>"),
        (SHEET, b""),
        (SHEET, b"\xff\xfe"),
        ("xl/workbook.xml", b"<workbook/>"),
        ("_rels/.rels", b"<Relationships/>"),
        ("xl/_rels/workbook.xml.rels", b"<Relationships/>"),
        (SHEET, b'<worksheet><sheetData><row r="x"><c r="A1"><v>1</v></c></row></sheetData></worksheet>'),
        (SHEET, b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>999</v></c></row></sheetData></worksheet>'),
    ],
)
def test_a_workbook_of_nonsense_is_refused(results: Read, part: str, content: bytes) -> None:
    parsed = results(rebuilt(workbook([HEADER, ROW]), {part: lambda _: content}))
    assert parsed.drafts == () and parsed.problems and parsed.problems[0].code.startswith("file.")


def test_a_zip_of_something_else_is_refused(results: Read) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("a.txt", "hello")
    whole(results(out.getvalue()), "file.malformed")


@pytest.mark.parametrize(
    ("bomb", "code"),
    [("<!--" + " " * 3_000_000 + "-->", "file.too_large"), ("<x>" + " " * 900_000 + "</x>", "file.too_large")],
)
def test_a_package_that_unpacks_without_bound_is_refused(results: Read, bomb: str, code: str) -> None:
    data = edited(workbook([HEADER, ROW]), SHEET, lambda text: text.replace("<sheetData>", bomb + "<sheetData>"))
    assert len(data) < 20_000
    whole(results(data, limits=Limits(unpacked_bytes=800_000)), code)


def test_a_text_without_end_is_refused(results: Read) -> None:
    endless = '<c r="A2" t="inlineStr"><is><t>' + "&amp;\n" * 500_000 + "</t></is></c>"
    whole(results(with_cell(workbook([HEADER, ROW]), "A2", endless)), "file.malformed")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_declaration_is_refused(results: Read, encoding: str) -> None:
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'

    def edit(content: bytes) -> bytes:
        text = content.decode()
        return (bomb + text[text.index("<worksheet") :]).encode(encoding)

    parsed = results(rebuilt(workbook([HEADER, ROW]), {SHEET: edit}))
    whole(parsed, "file.malformed")
    assert "declaration" in parsed.problems[0].en


def test_a_row_far_down_is_not_waited_for(results: Read) -> None:
    data = edited(workbook([HEADER, ROW]), SHEET, lambda text: text.replace('<row r="2"', '<row r="999999999"'))
    whole(results(data, limits=Limits(rows=1000)), "file.too_many_rows")


@pytest.mark.parametrize(
    ("limits", "code"), [(Limits(rows=1), "file.too_many_rows"), (Limits(columns=4), "file.too_many_columns")]
)
def test_a_workbook_over_a_limit_is_refused(results: Read, limits: Limits, code: str) -> None:
    whole(results(workbook([HEADER, ROW, ROW]), limits=limits), code)


def test_what_does_not_concern_cells_is_ignored(results: Read) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (HEADER, ROW):
        sheet.append(row)
    sheet.add_data_validation(DataValidation(type="list", formula1='"优秀,良好"', sqref="E2:E9"))
    sheet.auto_filter.ref = "A1:E2"
    out = io.BytesIO()
    book.save(out)
    assert len(results(out.getvalue()).drafts) == 1


def test_no_mutation_of_a_workbook_raises(results: Read) -> None:
    good = workbook([HEADER, ROW, ["0013", "甲", "MATH1", datetime(2026, 3, 1), 88.5]], formats={"E3": "0.00"})
    parts = [SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml", "xl/_rels/workbook.xml.rels"]
    random = Random(35)
    for _ in range(400):
        spoil = partial(_spoilt, random=random)
        parsed = results(rebuilt(good, {random.choice(parts): spoil}), ignore_unknown=True)
        assert parsed.drafts or parsed.problems


def _spoilt(content: bytes, random: Random) -> bytes:
    """A few numbers, attributes or bytes changed, dropped or doubled."""
    changed = bytearray(content)
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(changed))
        length = random.choice([1, 1, 2, 8, 40])
        with_what = random.choice([b"", b"9", b"-1", b"e", b"<", b'"', b"A", bytes(changed[at : at + length]) * 2])
        changed[at : at + length] = with_what
    return bytes(changed)


@pytest.mark.parametrize(
    ("number_format", "serial", "expected"),
    [
        ("yyyy-mm-dd", 46203, "2026-06-30"),
        ("mm-dd-yy", 46203, "2026-06-30"),
        ('yyyy"年"m"月"d"日"', 46203, "2026-06-30"),
        ("[$-804]yyyy/m/d", 46203, "2026-06-30"),
        ("yyyy-mm-dd", 61, "1900-03-01"),
        ("yyyy-mm-dd", 46203.5, None),
        ("yyyy-mm-dd", 60, None),
        ("yyyy-mm-dd", -1, None),
        ("yyyy-mm-dd", 9999999, None),
        ("General", 46203, None),
        ("h:mm", 0.5, None),
    ],
)
def test_a_date_cell_is_the_day_that_is_shown(
    reader: Callable[[str], Read], number_format: str, serial: float, expected: str | None
) -> None:
    rows: list[list[Any]] = [
        ["学号", "姓名", "证书编号", "证书名称", "毕业日期"],
        ["1", "甲", "9991", "毕业证书", serial],
    ]
    parsed = reader("diploma")(workbook(rows, formats={"E2": number_format}))
    assert [draft.subject["diploma"]["graduated"] for draft in parsed.drafts] == ([expected] if expected else [])
    assert [(line, column) for _, line, column in codes(parsed)] == ([] if expected else [(2, 5)])


@pytest.mark.parametrize("number", [14, 22, 31, 57])
def test_date_formats_without_a_text_are_known(reader: Callable[[str], Read], number: int) -> None:
    rows: list[list[Any]] = [
        ["学号", "姓名", "证书编号", "证书名称", "毕业日期"],
        ["1", "甲", "9991", "毕业证书", 46203],
    ]
    data = workbook(rows, formats={"E2": "0.000"})
    style = re.compile(r'numFmtId="16[0-9]"(?= fontId)')
    data = edited(data, "xl/styles.xml", lambda text: style.sub(f'numFmtId="{number}"', text))
    assert [draft.subject["diploma"]["graduated"] for draft in reader("diploma")(data).drafts] == ["2026-06-30"]


def test_the_calendar_from_1904_is_known(reader: Callable[[str], Read]) -> None:
    rows: list[list[Any]] = [
        ["学号", "姓名", "证书编号", "证书名称", "毕业日期"],
        ["1", "甲", "9991", "毕业证书", 46203 - 1462],
    ]
    data = edited(
        workbook(rows, formats={"E2": "yyyy-mm-dd"}),
        "xl/workbook.xml",
        lambda text: text.replace("<workbookPr/>", '<workbookPr date1904="1"/>'),
    )
    assert [draft.subject["diploma"]["graduated"] for draft in reader("diploma")(data).drafts] == ["2026-06-30"]


def test_how_a_name_is_pronounced_is_no_part_of_it(results: Read) -> None:
    spoken = "<is><r><t>李𠮷</t></r><rPh><t>LiJi</t></rPh></is>"
    data = with_cell(workbook([HEADER, ROW]), "B2", f'<c r="B2" t="inlineStr">{spoken}</c>')
    assert [draft.subject for draft in results(data).drafts] == [subject()]


def test_escaped_characters_are_read_as_what_they_stand_for(results: Read) -> None:
    data = with_cell(workbook([HEADER, ROW]), "B2", '<c r="B2" t="inlineStr"><is><t>李_x0007_</t></is></c>')
    assert codes(results(data)) == [("row.character", 2, 2)]
