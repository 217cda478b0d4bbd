"""Signed values as a page shows them: all of them, unchanged, whatever the kind."""

from typing import Any

import pytest

from api.pages.render import page
from api.pages.report import view
from api.pages.values import section, text
from tests.worlds.tokens import TokenScene, course
from verifier.messages import UNKNOWNS, unadvised

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


def checked(language: str, **more: Any) -> tuple[list[dict[str, Any]], str]:
    """The checks of a report as the page has them, and the page; ``more`` is put in place of members of one."""
    report = TokenScene().verify().to_dict()
    changed = [{**check, **more} if check["id"] == more["id"] else check for check in report["checks"]]
    required = {"document", "proof", "anchor"}
    shown = view({**report, "checks": changed}, language, terms={}, kind=None, path=[], required=required)
    return shown["checks"], page("report.html", language, {"shown": shown})


@pytest.mark.parametrize(("check", "label"), [("anchor", "outcome.unchecked"), ("holder", "outcome.skipped")])
def test_what_the_policy_asks_is_called_not_required(check: str, label: str) -> None:
    checks, html = checked("en", id=check, outcome="skipped", code=f"{check}.skipped")
    assert next(one for one in checks if one["id"] == check)["label"] == label
    assert ("Not checked" in html) == (check == "anchor")


def test_a_block_is_shown_as_a_programs_value_and_a_time_as_seconds() -> None:
    evidence = {"size": 3, "time": 1790000000, "block": {"number": 12345, "hash": "0xab"}, "reason": "so", "ok": False}
    (anchor,) = (one for one in checked("zh", id="anchor", evidence=evidence)[0] if one["id"] == "anchor")
    assert anchor["evidence"] == [
        ("size", "3"),
        ("时间", "2026-09-21 14:13:20 UTC"),
        ("区块", "12,345 · 0xab"),
        ("技术细节（英文）", "so"),
        ("ok", "false"),
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_fuller_file_is_asked_for_where_the_signature_fails(language: str) -> None:
    advice = {"zh": "索取", "en": "ask for"}[language]
    for code, message in UNKNOWNS.items():
        if code.startswith("status."):
            asked = {"id": "status", "outcome": "unknown", "code": code, "message": message}
            assert (advice in checked(language, **asked)[1]) == (advice in message[language])
    short = unadvised(UNKNOWNS["status.missing"])
    assert short == {"en": "It is not proven whether the record was revoked.", "zh": "无法证明记录是否已被撤销。"}
    assert all(unadvised(one)[language].endswith({"zh": "。", "en": "."}[language]) for one in UNKNOWNS.values())
    report = TokenScene().verify().to_dict()
    unproven = {"outcome": "unknown", "message": UNKNOWNS["status.missing"]}
    worse: dict[str, dict[str, Any]] = {"proof": {"outcome": "fail"}, "status": unproven}
    checks = [{**check, **worse.get(check["id"], {})} for check in report["checks"]]
    shown = view({**report, "checks": checks}, language, terms={}, kind=None, path=[])
    html = page("report.html", language, {"shown": shown})
    assert short[language] in html and advice not in html
