"""The import part of a kind, and the empty files that are made of it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook

from issuers.importers import downloads, template
from ledger.formats import kind
from ledger.formats.errors import FormatError
from tests.issuers.importers.conftest import Read

TEMPLATES = kind.builtin_templates()
PART: dict[str, Any] = TEMPLATES["transcript"]["import"]


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    part = copy.deepcopy(PART)
    change(part)
    return part


@pytest.mark.parametrize(
    "change",
    [
        lambda part: part.pop("learner"),
        lambda part: part.update(learner="name"),
        lambda part: part.update(learner="code"),
        lambda part: part.update(learner="nothing"),
        lambda part: part.pop("slot"),
        lambda part: part.update(slot=["code"]),
        lambda part: part.update(slot=["nothing"]),
        lambda part: part.update(slot="programme"),
        lambda part: part.pop("columns"),
        lambda part: part.update(columns=[]),
        lambda part: part.update(more=1),
        lambda part: part.update(rules=[]),
        lambda part: part.update(rules={"other": True}),
        lambda part: part.update(rules={"unique": 1}),
        lambda part: part.update(rules={"unique": True}, slot=[]),
        lambda part: part.update(rules={"order": "enrolled"}),
        lambda part: part.update(rules={"order": [["enrolled"]]}),
        lambda part: part.update(rules={"order": [["programme", "identifier"]]}),
        lambda part: part.update(rules={"order": [["nothing", "programme"]]}),
        lambda part: part["rows"].update(key=["programme"]),
        lambda part: part["rows"].update(list="transcript.others"),
        lambda part: part["rows"].pop("key"),
        lambda part: part["columns"][0].pop("required"),
        lambda part: part["columns"][0].update(type="text"),
        lambda part: part["columns"][1].update(type="number"),
        lambda part: part["columns"][1].update(name="identifier"),
        lambda part: part["columns"][1].update(path="a..b"),
        lambda part: part["columns"][1].update(path=""),
        lambda part: part["columns"][1].update(path="other[].mark"),
        lambda part: part["columns"][1].update(pattern="x"),
        lambda part: part["columns"][1]["headers"].pop("zh"),
        lambda part: part["columns"][1]["headers"].update(zh=[]),
        lambda part: part["columns"][1]["headers"].update(zh=[" 学\u3000号* "]),
        lambda part: part["columns"].append("x"),
    ],
)
def test_an_import_part_of_another_form_is_refused(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(FormatError) as caught:
        template.parse(changed(change))
    assert caught.value.code == "kind.import"


@pytest.mark.parametrize("part", [None, [], "x", {}])
def test_what_is_no_import_part_is_refused(part: object) -> None:
    with pytest.raises(FormatError):
        template.parse(part)


def test_identity_is_learner_and_slot() -> None:
    parsed = template.parse(PART)
    subject = {"identifier": "01", "transcript": {"programme": "数学", "courses": []}}
    assert parsed.identity(subject) == ("01", ("数学",))
    assert parsed.identity({"identifier": "01", "transcript": {"courses": []}}) == ("01", ("",))


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_template_for_download_is_read_by_the_importer(
    reader: Callable[[str], Read], name: str, language: str
) -> None:
    parsed = template.parse(TEMPLATES[name]["import"])
    for data in (downloads.csv_template(parsed, language), downloads.xlsx_template(parsed, language)):
        found = reader(name)(data)
        assert [problem.code for problem in found.problems] == ["file.empty"]  # so every header was known


def test_the_csv_template_starts_with_what_spreadsheets_know_utf8_by() -> None:
    assert downloads.csv_template(template.parse(PART)).startswith(b"\xef\xbb\xbf" + "学号,姓名".encode())


def test_the_columns_of_the_workbook_are_text() -> None:
    import io

    book = load_workbook(io.BytesIO(downloads.xlsx_template(template.parse(PART), title="成绩单")))
    sheet = book["成绩单"]
    assert [cell.value for cell in sheet[1]][:2] == ["学号*", "姓名"]
    assert {dimension.number_format for dimension in sheet.column_dimensions.values()} == {"@"}
