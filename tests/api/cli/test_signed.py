"""What the report for people shows of a record: the signed values, and nothing else, on any console."""

import copy
import io
import sys
from dataclasses import replace

import pytest

from api.cli import output, signed
from api.cli.verify import print_report
from tests.worlds.scene import Scene
from verifier.report import Report


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene("signed values")


@pytest.fixture(scope="module")
def report(scene: Scene) -> Report:
    return scene.verify()


def told(report: Report, language: str = "en") -> list[str]:
    return list(signed.lines(report, language))


def test_every_value_stands_under_the_kinds_label(report: Report) -> None:
    assert report.kind is not None
    subject = report.subject
    for language in ("en", "zh"):
        shown = "\n".join(told(report, language))
        assert report.kind.labels[language] in shown
        assert f"{report.kind.terms['identifier'][language]}: {subject['identifier']}" in shown
        for course in report.record["transcript"]["courses"]:
            assert all(str(value) in shown for value in course.values())
        assert report.kind.terms["mark"][language] in shown


def test_one_course_is_one_line(report: Report) -> None:
    courses = report.record["transcript"]["courses"]
    rows = [line for line in told(report) if courses[0]["code"] in line]
    assert len(rows) == 1 and str(courses[0]["mark"]) in rows[0]


def test_the_printed_report_has_them(report: Report, capfd: pytest.CaptureFixture[str]) -> None:
    print_report("sheet.pdf", report, "en")
    shown = capfd.readouterr().out
    assert report.subject["identifier"] in shown and str(report.record["transcript"]["courses"][0]["mark"]) in shown


def test_what_is_not_signed_is_not_shown(scene: Scene, capfd: pytest.CaptureFixture[str]) -> None:
    forged = copy.deepcopy(scene.bundle())
    forged["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100-forged"
    found = scene.verify(forged)
    assert told(found) == []
    print_report("forged.json", found, "en")
    assert "100-forged" not in capfd.readouterr().out


def test_what_cannot_be_read_shows_nothing(scene: Scene) -> None:
    assert told(scene.verify(b"\xff\xfe")) == []


@pytest.mark.parametrize("hostile", ["a\n  ✓  proof", "a\x1b[2J", "a\u202eb", "a\r", "a\u2028b", "\x9b31m"])
def test_no_value_leaves_its_line_or_commands_the_terminal(report: Report, hostile: str) -> None:
    shown = told(replace(report, subject={**report.subject, "name": hostile, hostile: "x"}))
    assert not any(character in line for line in shown for character in "\n\r\x1b\u202e\u2028\x9b")
    assert len(shown) == len(told(replace(report, subject={**report.subject, "name": "a", "b": "x"})))


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "cp1252", "utf-8"])
def test_no_console_is_too_poor(report: Report, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    console = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", console)
    output.prepare()
    print_report("record.json", replace(report, subject={**report.subject, "name": "陈\U00020bb7 é", "b": True}), "zh")
    console.flush()
    shown = console.buffer.getvalue().decode(encoding)
    assert report.subject["identifier"] in shown and shown.count("\n") > len(report.checks)


def test_a_credential_without_labels_shows_its_own_terms(report: Report) -> None:
    bare = replace(report, kind=None, subject={"degree": {"title": "BSc"}}, record={"type": "Unknown"})
    assert told(bare) == ["signed", "  title: BSc"]
