"""Files into records: all, the good rows, or nothing; again after a crash; beside others who do the same."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

import issuers.records
from issuers.outcomes import Outcome, State
from ledger.formats.errors import FormatError, NotAllowedError, UnavailableError
from ledger.log.submission import Caller
from tests.support.issuers import Deployment, result, results

HEADER = "学号,姓名,课程代码,学期,成绩\n"
REPOSITORY = Path(__file__).parents[2]


def rows(count: int, mark: str = "90") -> bytes:
    return (HEADER + "".join(f"{n:04d},李𠮷,MATH1,2026-1,{mark}\n" for n in range(count))).encode()


def test_a_good_file_is_imported(deployment: Deployment) -> None:
    report = deployment.records.import_file(deployment.one, "result", rows(5))
    assert report.problems == () and report.counts["created"] == report.rows == 5
    assert [outcome.line for outcome in report.outcomes] == [2, 3, 4, 5, 6]
    assert len(deployment.records.find(deployment.one)) == 5


def test_the_same_file_again_changes_nothing(deployment: Deployment) -> None:
    first = deployment.records.import_file(deployment.one, "result", rows(5))
    again = deployment.records.import_file(deployment.one, "result", rows(5))
    assert again.counts["unchanged"] == 5 and again.counts["created"] == 0
    assert [o.record_id for o in again.outcomes] == [o.record_id for o in first.outcomes]


def test_nothing_is_imported_from_a_file_with_a_problem(deployment: Deployment) -> None:
    report = deployment.records.import_file(deployment.one, "result", rows(5) + "0009,甲,M,1,九十\n".encode())
    assert [(p.code, p.line, p.column) for p in report.problems] == [("row.decimal", 7, 5)]
    assert report.outcomes == () and deployment.records.find(deployment.one) == []


def test_the_good_rows_are_imported_where_asked_for(deployment: Deployment) -> None:
    data = rows(5) + "0009,甲,M,1,九十\n".encode()
    report = deployment.records.import_file(deployment.one, "result", data, partial=True)
    assert report.counts["created"] == 5 and len(report.problems) == 1
    assert report.to_dict()["records"]["created"] == 5


def test_an_unreadable_file_is_not_imported_in_part(deployment: Deployment) -> None:
    data = rows(5) + b'"'
    report = deployment.records.import_file(deployment.one, "result", data, partial=True)
    assert report.outcomes == () and report.problems[0].code == "file.malformed"
    assert deployment.records.find(deployment.one) == []


def test_other_content_is_a_conflict_with_its_line(deployment: Deployment) -> None:
    deployment.records.import_file(deployment.one, "result", rows(3))
    report = deployment.records.import_file(deployment.one, "result", rows(5, mark="91"))
    assert [(p.code, p.line) for p in report.problems] == [
        ("row.conflict", 2),
        ("row.conflict", 3),
        ("row.conflict", 4),
    ]
    assert report.outcomes == () and len(deployment.records.find(deployment.one)) == 3
    part = deployment.records.import_file(deployment.one, "result", rows(5, mark="91"), partial=True)
    assert (part.counts["created"], part.counts["conflict"], len(part.problems)) == (2, 3, 3)


def test_a_file_may_supersede_with_a_reason(deployment: Deployment) -> None:
    deployment.records.import_file(deployment.one, "result", rows(3))
    report = deployment.records.import_file(deployment.one, "result", rows(5, mark="91"), superseding="re-marked")
    assert (report.counts["superseded"], report.counts["created"], report.problems) == (3, 2, ())
    again = deployment.records.import_file(deployment.one, "result", rows(5, mark="91"), superseding="re-marked")
    assert again.counts["unchanged"] == 5


def test_a_revoked_record_is_named_as_such(deployment: Deployment) -> None:
    first = deployment.records.import_file(deployment.one, "result", rows(2)).outcomes[0]
    deployment.records.revoke(deployment.one, first.record_id, "error")
    report = deployment.records.import_file(deployment.one, "result", rows(2))
    assert [(p.code, p.line) for p in report.problems] == [("row.revoked", 2)]


def test_an_imported_file_is_the_callers_schools(deployment: Deployment) -> None:
    deployment.records.import_file(deployment.one, "result", rows(2))
    assert deployment.records.find(deployment.two) == []
    assert deployment.records.import_file(deployment.two, "result", rows(2, mark="1")).counts["created"] == 2


def test_nobody_imports_for_no_school(deployment: Deployment) -> None:
    with pytest.raises(NotAllowedError):
        deployment.records.import_file(Caller("stranger", None), "result", rows(2))


def test_progress_is_told_for_each_chunk(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers.records, "CHUNK", 4)
    told: list[int] = []
    deployment.records.issue_many(deployment.one, "result", results(10), progress=told.append)
    assert told == [4, 4, 2]


def test_drafts_are_taken_as_they_come(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers.records, "CHUNK", 4)
    taken: list[int] = []

    def stream() -> Any:
        for number, draft in enumerate(results(10)):
            taken.append(number)
            yield draft

    seen: list[int] = []
    deployment.records.issue_many(deployment.one, "result", stream(), progress=lambda _: seen.append(len(taken)))
    assert seen == [4, 8, 10]


def test_a_draft_that_is_refused_leaves_the_chunks_before_it(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issuers.records, "CHUNK", 4)
    drafts = results(10)
    drafts[6].subject["result"].pop("term")
    with pytest.raises(FormatError):
        deployment.records.issue_many(deployment.one, "result", drafts)
    assert len(deployment.records.find(deployment.one)) == 4


def test_a_full_disk_in_the_middle_is_gone_on_from(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers.records, "CHUNK", 4)
    append, calls = deployment.sequencer.append, Counter[str]()

    def failing(*given: Any, **more: Any) -> list[int]:
        calls["append"] += 1
        if calls["append"] == 2:
            raise UnavailableError("log.full", "no room")
        return append(*given, **more)

    monkeypatch.setattr(deployment.sequencer, "append", failing)
    with pytest.raises(UnavailableError):
        deployment.records.issue_many(deployment.one, "result", results(10))
    assert len(deployment.records.find(deployment.one)) == 4
    states = Counter(o.state for o in deployment.records.issue_many(deployment.one, "result", results(10)))
    assert states == {State.UNCHANGED: 4, State.CREATED: 6}
    assert len(deployment.records.find(deployment.one)) == deployment.sequencer.size == 10


CHILD = """
import sys
import issuers.records
from api.database import open_engine
from tests.support.issuers import Deployment, results
issuers.records.CHUNK = 20
deployment = Deployment(open_engine(sys.argv[1]))
told = lambda count: print(count, flush=True)
deployment.records.issue_many(deployment.one, "result", results(400), progress=told)
"""


@pytest.mark.parametrize("chunks", [1, 3])
def test_an_import_that_is_killed_goes_on_where_it_stopped(engine: Engine, chunks: int) -> None:
    url = engine.url.render_as_string(hide_password=False)
    child = subprocess.Popen([sys.executable, "-c", CHILD, url], stdout=subprocess.PIPE, cwd=REPOSITORY, text=True)
    assert child.stdout is not None
    acknowledged = sum(int(child.stdout.readline()) for _ in range(chunks))
    child.kill()
    child.wait()
    child.stdout.close()
    deployment = Deployment(engine)
    there = len(deployment.records.find(deployment.one, limit=1000))
    assert acknowledged <= there <= 400 and there % 20 == 0
    states = Counter(o.state for o in deployment.records.issue_many(deployment.one, "result", results(400)))
    assert states[State.UNCHANGED] == there and states[State.CREATED] == 400 - there
    assert len({r.learner for r in deployment.records.find(deployment.one, limit=1000)}) == 400
    assert deployment.sequencer.size == 400


def _at_once(count: int, work: Any) -> list[BaseException]:
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_the_same_import_by_many_at_once_is_one(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers.records, "CHUNK", 10)
    assert deployment.records and deployment.one
    outcomes: dict[int, list[Outcome]] = {}

    def work(number: int) -> None:
        outcomes[number] = deployment.records.issue_many(deployment.one, "result", results(40))

    assert _at_once(4, work) == []
    ids = {tuple(outcome.record_id for outcome in made) for made in outcomes.values()}
    assert len(ids) == 1 and deployment.sequencer.size == 40
    created = sum(outcome.state == State.CREATED for made in outcomes.values() for outcome in made)
    assert created == 40


def test_of_contradicting_records_at_once_one_counts(deployment: Deployment) -> None:
    assert deployment.records and deployment.one
    states: list[State] = []

    def work(number: int) -> None:
        drafts = results(3, mark=str(number))
        states.extend(o.state for o in deployment.records.issue_many(deployment.one, "result", drafts))

    assert _at_once(4, work) == []
    assert Counter(states) == {State.CREATED: 3, State.CONFLICT: 9}
    assert deployment.sequencer.size == 3


def test_of_two_supersessions_at_once_one_counts(deployment: Deployment) -> None:
    old = deployment.records.issue(deployment.one, "result", result())

    def work(number: int) -> None:
        deployment.records.supersede(deployment.one, old.record_id, result(mark=str(number)), "at once")

    errors = _at_once(3, work)
    assert [getattr(error, "code", error) for error in errors] == ["record.not_newest"] * 2
    chain = deployment.records.find(deployment.one)
    assert [(item.revision, item.superseded is None) for item in chain] == [(0, False), (1, True)]
