"""Rows into records: grouping, contradictions, doubled rows; no record is made of a part of its rows."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.issuers.importers.conftest import Read
from tests.issuers.importers.test_csv import codes

RESULTS = "学号,姓名,课程代码,学期,成绩\n"
COURSES = "学号,姓名,专业,课程代码,学期,学分,成绩,等级\n"


def test_two_learners_of_one_name_are_two(results: Read) -> None:
    parsed = results(RESULTS + "0001,陈晨,M,1,90\n0002,陈晨,M,1,60\n")
    assert [draft.subject["identifier"] for draft in parsed.drafts] == ["0001", "0002"]
    assert parsed.problems == parsed.notes == ()


@pytest.mark.parametrize("other", ["12", "00012", "012", "0012."])
def test_a_leading_zero_is_part_of_the_number(results: Read, other: str) -> None:
    assert len(results(RESULTS + f"0012,陈晨,M,1,90\n{other},陈晨,M,1,90\n").drafts) == 2


def test_the_same_row_twice_counts_once(results: Read) -> None:
    parsed = results(RESULTS + "0001,陈晨,M,1,90\n0002,甲,M,1,80\n0001,陈晨,M,1,90.0\n")
    assert len(parsed.drafts) == 2 and parsed.problems == ()
    assert [(note.code, note.line) for note in parsed.notes] == [("row.duplicate", 4)]


def test_another_mark_for_the_same_learner_and_slot_is_a_conflict(results: Read) -> None:
    parsed = results(RESULTS + "0001,陈晨,M,1,90\n0002,甲,M,1,80\n0001,陈晨,M,1,91\n")
    assert codes(parsed) == [("row.conflict", 4, None)]
    assert [draft.subject["identifier"] for draft in parsed.drafts] == ["0002"]
    assert "2" in parsed.problems[0].en


def test_every_problem_of_every_row_is_found(results: Read) -> None:
    parsed = results(RESULTS + "4.1E+17,,,1,九十\n0002,甲,M,1,80\n=A1,甲,M,,80\n")
    assert codes(parsed) == [
        ("row.scientific", 2, 1),
        ("row.required", 2, 3),
        ("row.decimal", 2, 5),
        ("row.formula", 4, 1),
        ("row.required", 4, 4),
    ]
    assert [found.header for found in parsed.problems][:3] == ["学号", "课程代码", "成绩"]
    assert [draft.subject["identifier"] for draft in parsed.drafts] == ["0002"]


def test_what_only_the_schema_refuses_is_found_at_its_column(results: Read, reader: Callable[[str], Read]) -> None:
    parsed = results(RESULTS + f"0001,{'名' * 201},M,1,90\n")
    assert codes(parsed) == [("row.value", 2, 2)] and parsed.drafts == ()
    parsed = reader("evaluation")("学籍号,姓名,学期,思想品德\nG1,甲,2026-1,\n")
    assert codes(parsed) == [("row.value", 2, None)]


def test_a_good_row_of_a_record_with_a_bad_row_is_not_drafted(results: Read) -> None:
    parsed = results(RESULTS + "0001,陈晨,M,1,九十\n0001,陈晨,M,1,90\n0001,陈晨,N,1,70\n")
    assert [draft.subject["result"]["code"] for draft in parsed.drafts] == ["N"]


def test_rows_of_one_learner_make_one_transcript(transcripts: Read) -> None:
    rows = "01,陈晨,数学,M1,1,3,90,\n02,甲,数学,M1,1,3,80,\n01,陈晨,数学,M2,1,,,合格\n01,陈晨,数学,M1,2,3,70,\n"
    parsed = transcripts(COURSES + rows)
    first, second = (draft.subject for draft in parsed.drafts)
    assert first == {
        "identifier": "01",
        "name": "陈晨",
        "transcript": {
            "programme": "数学",
            "courses": [
                {"code": "M1", "term": "1", "credits": "3", "mark": "90"},
                {"code": "M2", "term": "1", "grade": "合格"},
                {"code": "M1", "term": "2", "credits": "3", "mark": "70"},
            ],
        },
    }
    assert second["identifier"] == "02" and [draft.line for draft in parsed.drafts] == [2, 3]


def test_another_programme_is_another_transcript(transcripts: Read) -> None:
    parsed = transcripts(COURSES + "01,陈晨,数学,M1,1,3,90,\n01,陈晨,物理,M1,1,3,90,\n01,陈晨,,M1,1,3,90,\n")
    programmes = [draft.subject["transcript"].get("programme") for draft in parsed.drafts]
    assert programmes == ["数学", "物理", None]


@pytest.mark.parametrize(
    ("row", "problem", "note"),
    [
        ("01,陈晨,数学,M1,1,3,90,", None, "row.duplicate"),
        ("01,陈晨,数学,M1,1,3,91,", "row.conflict", None),
        ("01,陈晨,数学,M1,1,3,,", "row.conflict", None),
        ("01,陈辰,数学,M2,1,3,90,", "row.inconsistent", None),
        ("01,,数学,M2,1,3,90,", "row.inconsistent", None),
    ],
)
def test_a_further_row_that_does_not_fit_spoils_the_transcript(
    transcripts: Read, row: str, problem: str | None, note: str | None
) -> None:
    parsed = transcripts(COURSES + f"01,陈晨,数学,M1,1,3,90,\n02,甲,数学,M1,1,3,80,\n{row}\n")
    assert [found.code for found in parsed.problems] == ([problem] if problem else [])
    assert [found.code for found in parsed.notes] == ([note] if note else [])
    drafted = [draft.subject["identifier"] for draft in parsed.drafts]
    assert drafted == (["02"] if problem else ["01", "02"])
    if not problem:
        assert len(parsed.drafts[0].subject["transcript"]["courses"]) == 1


@pytest.mark.parametrize("bad", ["01,陈晨,数学,M2,1,3,九十,", "01,陈晨,数学,,1,3,90,", "01,陈晨,=A1,M2,1,3,90,"])
def test_a_transcript_with_a_bad_row_is_not_drafted_at_all(transcripts: Read, bad: str) -> None:
    good = "01,陈晨,数学,M1,1,3,90,\n02,甲,数学,M1,1,3,80,\n01,陈晨,物理,P1,1,3,90,\n"
    for rows in (good + bad, f"{bad}\n{good}"):
        parsed = transcripts(COURSES + rows)
        assert [draft.subject["identifier"] for draft in parsed.drafts] == ["02"]


@pytest.mark.parametrize("bad", [",陈晨,数学,M2,1,3,90,", "4.1E+17,陈晨,数学,M2,1,3,90,", "01,陈晨,数学,M2,1,3,90"])
def test_a_row_of_nobody_leaves_no_transcript_known_to_be_whole(transcripts: Read, bad: str) -> None:
    parsed = transcripts(COURSES + f"01,陈晨,数学,M1,1,3,90,\n{bad}\n02,甲,数学,M1,1,3,80,\n")
    assert parsed.drafts == ()
    assert parsed.problems[-1].code == "row.unassigned" and parsed.problems[-1].line == 3


def test_a_row_of_nobody_does_not_matter_where_rows_are_records(results: Read) -> None:
    parsed = results(RESULTS + "0001,陈晨,M,1,90\n,甲,M,1,80\n")
    assert len(parsed.drafts) == 1 and codes(parsed) == [("row.required", 3, 1)]


def test_a_course_that_the_schema_refuses_is_found_at_its_own_line(transcripts: Read) -> None:
    parsed = transcripts(
        COURSES + f"01,陈晨,数学,M1,1,3,90,\n02,甲,数学,M1,1,3,80,\n01,陈晨,数学,M2,1,3,,{'优' * 201}\n"
    )
    assert codes(parsed) == [("row.value", 4, 8)]
    assert [draft.subject["identifier"] for draft in parsed.drafts] == ["02"]


def test_eighty_thousand_rows_are_read_in_a_few_seconds(results: Read) -> None:
    rows = "".join(f"{number:08d},李𠮷,MATH1,2026-1,{number % 101}\n" for number in range(80_000))
    parsed = results(RESULTS + rows)
    assert len(parsed.drafts) == 80_000 and parsed.problems == ()


def test_reading_does_not_mix_records(transcripts: Read) -> None:
    parsed = transcripts(COURSES + "".join(f"{n % 7:02d},甲,数学,M{n},1,3,{n},\n" for n in range(70)))
    seen: dict[str, list[Any]] = {d.subject["identifier"]: d.subject["transcript"]["courses"] for d in parsed.drafts}
    assert {learner: [int(course["mark"]) % 7 for course in courses] for learner, courses in seen.items()} == {
        f"{n:02d}": [n] * 10 for n in range(7)
    }
