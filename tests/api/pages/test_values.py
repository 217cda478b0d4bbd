"""Signed values as a page shows them: all of them, unchanged, whatever the kind."""

from typing import Any

import pytest

from api.pages.render import page
from api.pages.report import view
from api.pages.values import section, text
from tests.worlds.tokens import TokenScene, course

LABELS = {"mark": {"en": "Mark", "zh": "成绩"}, "courses": {"en": "Courses"}, "dimensions": {"en": "Dimensions"}}


def cells(value: dict[str, Any]) -> set[str]:
    """Every value that ends up somewhere."""
    found: set[str] = set()

    def gather(part) -> None:
        found.update(shown for _, shown in part.rows)
        found.update(cell for table in part.tables for row in table.rows for cell in row)
        for inner in part.sections:
            gather(inner)

    gather(section("", value, LABELS, "en"))
    return found


@pytest.mark.parametrize(
    "value",
    [
        {"a": "x"},
        {"a": {"b": {"c": "x"}}},
        {"a": [{"b": "x"}, {"c": "y"}]},
        {"a": [{"b": {"c": "x"}}]},
        {"a": {"k": {"b": "x"}, "l": {"c": "y"}}},
        {"a": ["x", "y"]},
        {"a": [["x"], "y"]},
        {"a": {}, "b": [], "c": None, "d": "x"},
    ],
)
def test_no_signed_value_is_left_out(value: dict[str, Any]) -> None:
    shown = " ".join(cells(value))
    assert "x" in shown and ("y" in shown) == ("y" in str(value))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("60.50", "60.50"),
        ("007", "007"),
        (5, "5"),
        (1.5, "1.5"),
        (True, "✓"),
        (False, "✗"),
        (None, ""),
        ("𠮷·䶮", "𠮷·䶮"),
    ],
)
def test_a_value_is_shown_as_it_was_signed(value: Any, shown: str) -> None:
    assert text(value) == shown


def test_a_missing_mark_is_an_empty_cell_and_no_zero() -> None:
    (table,) = section("", {"courses": [{"code": "A", "mark": "1"}, {"code": "B"}]}, LABELS, "zh").tables
    assert table.heads == ["code", "成绩"] and table.rows == [["A", "1"], ["B", ""]]


def test_markup_in_a_value_is_text_on_the_page() -> None:
    evil = "<script>alert(1)</script>"
    check = {"outcome": "pass", "code": "x.ok", "message": {"en": evil, "zh": evil}, "evidence": {evil: evil}}
    names = ("document", "proof", "issuer", "validity", "inclusion", "anchor", "status", "holder")
    report = {
        "verdict": "valid",
        "policy": "record",
        "assurance": "single-sealer",
        "checkedAt": "2026-01-01T00:00:00Z",
        "asOf": None,
        "anchoredAt": None,
        "trustRoot": evil,
        "checks": [{**check, "id": name} for name in names],
        "issuer": {"did": evil, "code": evil, "name": {"en": evil, "zh": evil}},
        "subject": {"name": evil, evil: evil},
        "record": {"content": {"courses": [{evil: evil}]}},
    }
    shown = view(report, "en", terms={evil: {"en": evil}}, kind=evil, path=[evil])
    html = page("report.html", "en", {"shown": shown})
    assert "<script" not in html and html.count("&lt;script&gt;") > 10


def test_what_was_not_disclosed_is_said_in_the_kinds_words() -> None:
    scene = TokenScene()
    report = scene.verify_text(scene.disclosing(course(0))).to_dict()
    shown = view(report, "zh", terms={"courses": {"en": "Courses", "zh": "课程"}}, kind=None, path=[])["withheld"]
    assert shown["places"].endswith("课程 × 2") and shown["message"]["en"].endswith(".")
    assert view(scene.verify().to_dict(), "zh", terms={}, kind=None, path=[])["withheld"] is None


def test_an_issuer_that_is_a_mere_url_is_said_to_be_unproven() -> None:
    report = TokenScene().verify().to_dict()
    assert view(report, "en", terms={}, kind=None, path=[])["unnamed"] is None
    (proof,) = (check for check in report["checks"] if check["id"] == "proof")
    proof["evidence"] = {**proof["evidence"], "issuerIsProven": False}
    shown = view(report, "en", terms={}, kind=None, path=[])
    assert "nothing says" in page("report.html", "en", {"shown": shown})
