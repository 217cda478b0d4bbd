"""The Open University's dataset as records: small made-up files for the rules, two presentations of the real ones."""

import csv
import json
from pathlib import Path

import pytest

from examples.oulad import FILES, Oulad
from issuers.outcomes import State
from ledger.formats import kind
from tests.support.issuers import Deployment

STUDENTS = (
    "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
    "num_of_prev_attempts,studied_credits,disability,final_result\n"
    "AAA,2013J,11391,M,Scotland,HE Qualification,90-100%,55<=,0,240,N,Pass\n"
    "BBB,2013J,28400,F,Wales,A Level,20-30%,35-55,1,60,Y,Withdrawn\n"
    "BBB,2014J,28400,F,Wales,A Level,20-30%,35-55,2,60,Y,Distinction\n"
    "AAA,2013J,30268,F,Wales,A Level,,35-55,0,60,N,Fail\n"
)
ASSESSMENTS = "code_module,code_presentation,id_assessment,assessment_type,date,weight\n" + (
    "AAA,2013J,1752,TMA,19,10\nAAA,2013J,1753,CMA,54,12.5\nBBB,2014J,1800,Exam,,100\n"
)
SCORES = (
    "id_assessment,id_student,date_submitted,is_banked,score\n1752,11391,18,0,78\n1753,11391,20,0,\n1800,28400,9,0,0\n"
)


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    for name, text in zip(FILES, (STUDENTS, SCORES, ASSESSMENTS), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_every_row_is_a_result_with_its_assessments(made_up: Path) -> None:
    first, second, third, fourth = (draft.subject for draft in Oulad(made_up).results())
    assert first == {
        "identifier": "11391",
        "result": {
            "code": "AAA",
            "term": "2013J",
            "outcome": "Pass",
            "credits": "240",
            "attempts": 0,
            "assessments": [
                {"code": "1752", "method": "TMA", "weight": "10", "mark": "78"},
                {"code": "1753", "method": "CMA", "weight": "12.5"},
            ],
        },
    }
    assert "assessments" not in second["result"] and "assessments" not in fourth["result"]
    assert third["result"]["assessments"] == [{"code": "1800", "method": "Exam", "weight": "100", "mark": "0"}]


def test_only_pass_and_distinction_earn_credits(made_up: Path) -> None:
    entries = [draft.subject for draft in Oulad(made_up).credit_entries()]
    assert [(entry["identifier"], entry["creditEntry"]["credits"]) for entry in entries] == [
        ("11391", "240"),
        ("28400", "60"),
    ]


def test_each_student_has_one_transcript_over_all_presentations(made_up: Path) -> None:
    found = {d.subject["identifier"]: d.subject["transcript"]["courses"] for d in Oulad(made_up).transcripts()}
    assert {student: len(courses) for student, courses in found.items()} == {"11391": 1, "28400": 2, "30268": 1}
    assert [course["grade"] for course in found["28400"]] == ["Withdrawn", "Distinction"]


def test_nothing_that_a_result_does_not_need_is_taken(made_up: Path) -> None:
    text = json.dumps([draft.subject for _, drafts in Oulad(made_up).kinds() for draft in drafts])
    for value in ("Scotland", "Wales", "HE Qualification", "A Level", "90-100%", "55<=", "35-55", '"F"', '"N"'):
        assert value not in text


def test_a_part_of_the_presentations_may_be_taken(made_up: Path) -> None:
    chosen = Oulad(made_up, frozenset({("BBB", "2014J")}))
    assert [len(list(drafts)) for _, drafts in chosen.kinds()] == [1, 1, 1]


def test_a_folder_without_the_files_is_none(made_up: Path, tmp_path: Path) -> None:
    assert Oulad.is_in(made_up)
    (made_up / FILES[1]).unlink()
    assert not Oulad.is_in(made_up)


def test_two_real_presentations_are_issued_and_again_unchanged(shared_data: Path, deployment: Deployment) -> None:
    chosen = Oulad(shared_data / "oulad", frozenset({("AAA", "2013J"), ("AAA", "2014J")}))
    counts = {}
    for name, drafts in chosen.kinds():
        outcomes = deployment.records.issue_many(deployment.one, name, drafts)
        assert all(outcome.state == State.CREATED for outcome in outcomes)
        counts[name] = len(outcomes)
    with (shared_data / "oulad" / "studentInfo.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["code_module"] == "AAA"]
    assert counts == {
        "result": len(rows),
        "credit-entry": sum(row["final_result"] in ("Pass", "Distinction") for row in rows),
        "transcript": len({row["id_student"] for row in rows}),
    }
    again = deployment.records.issue_many(deployment.one, "result", chosen.results())
    assert all(outcome.state == State.UNCHANGED for outcome in again)


def test_every_real_row_fits_its_kind(shared_data: Path) -> None:
    templates = kind.builtin_templates()
    for name, drafts in Oulad(shared_data / "oulad").kinds():
        parsed = kind.parse(kind.instantiate(templates[name], "https://rollbook.test"))
        for draft in drafts:
            parsed.validate(draft.subject)
