"""The examples: every file is imported whole, with its rare characters, empty marks and namesakes."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import canonical, suites
from ledger.log.submission import Caller
from tests.support.issuers import Deployment, accredited

EXAMPLES = Path(__file__).parents[2] / "examples"
PLAN: dict[str, Any] = json.loads((EXAMPLES / "deployment.json").read_text(encoding="utf-8"))
FILES = [(school["code"], item["kind"], item["path"]) for school in PLAN["schools"] for item in school["files"]]


def school(deployment: Deployment, code: str) -> Caller:
    """The caller of an example's school, which is made where it is missing."""
    (plan,) = (plan for plan in PLAN["schools"] if plan["code"] == code)
    root = deployment.schools.by_code("35").did
    made = deployment.schools.create_school(code, plan["name"]["en"], plan["name"]["zh"], root)
    deployment.schools.note_accreditation(made.did, accredited(code))
    return Caller("registrar", made.did)


def subjects(deployment: Deployment, caller: Caller) -> list[dict[str, Any]]:
    documents: list[Any] = [canonical.loads(r.document) for r in deployment.records.find(caller, limit=1000)]
    for document in documents:
        suites.verify(document, contexts=deployment.kinds.contexts(document["@context"]))
    return [document["credentialSubject"] for document in documents]


def imported(deployment: Deployment, code: str, kind: str, path: str) -> list[dict[str, Any]]:
    caller = school(deployment, code)
    report = deployment.records.import_file(caller, kind, (EXAMPLES / path).read_bytes())
    assert report.problems == () and report.notes == ()
    return subjects(deployment, caller)


@pytest.mark.parametrize(("code", "kind", "path"), FILES)
def test_every_example_is_imported_whole(deployment: Deployment, code: str, kind: str, path: str) -> None:
    assert imported(deployment, code, kind, path)


def test_schools_lie_in_their_authoritys_region() -> None:
    assert all(school["code"].startswith(PLAN["authority"]["code"]) for school in PLAN["schools"])


def test_evaluations_hold_rare_characters_empty_marks_and_namesakes(deployment: Deployment) -> None:
    found = imported(deployment, "3501990101", "evaluation", "high-school/evaluations.csv")
    names = {(subject["name"], subject["identifier"]) for subject in found}
    assert {"李𠮷", "王䶮", "阿依古丽·买买提", "林㛃"} <= {name for name, _ in names}
    assert len([name for name, _ in names if name == "陈晨"]) == 2
    dimensions = [part for subject in found for part in subject["evaluation"]["dimensions"].values()]
    assert any("mark" not in part for part in dimensions) and any("mark" in part for part in dimensions)
    assert any("\n" in part["description"] for part in dimensions)
    assert len({subject["evaluation"]["term"] for subject in found}) == 2


def test_the_evaluations_are_gb18030_and_nothing_else() -> None:
    data = (EXAMPLES / "high-school/evaluations.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        data.decode("utf-8")
    assert "𠮷" in data.decode("gb18030")


def test_the_workbook_and_the_csv_hold_the_same_transcripts(deployment: Deployment) -> None:
    code = "3502990110"
    from_book = imported(deployment, code, "transcript", "university/transcripts.xlsx")
    caller = school(deployment, code)
    again = deployment.records.import_file(caller, "transcript", (EXAMPLES / "university/transcripts.csv").read_bytes())
    assert again.counts["unchanged"] == len(from_book) == 20 and again.problems == ()


def test_transcripts_keep_leading_zeros_and_leave_out_what_is_empty(deployment: Deployment) -> None:
    found = imported(deployment, "3502990110", "transcript", "university/transcripts.csv")
    courses = [course for subject in found for course in subject["transcript"]["courses"]]
    assert all(subject["identifier"].startswith("0") for subject in found)
    assert any("mark" not in course for course in courses) and any("hours" not in course for course in courses)
    assert {"王䶮", "李𠮷", "吐尔逊江·艾合买提"} <= {subject["name"] for subject in found}


def test_the_examples_are_nobodys() -> None:
    # No administrative division has the number 350199 or 350299, so no person and no school has these numbers.
    data = (EXAMPLES / "high-school/evaluations.csv").read_bytes().decode("gb18030")
    assert "G350199" in data and all(line[:7] == "G350199" for line in data.split("\r\n")[1:] if line)
    assert {school["code"][4:6] for school in PLAN["schools"]} == {"99"}
