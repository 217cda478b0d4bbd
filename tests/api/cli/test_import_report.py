"""What an import says to people: where, what and how much, in one language at a time."""

import re
from pathlib import Path

import pytest

from api.cli import import_report
from issuers.importers import csv_rows, xlsx_package, xlsx_rows, xlsx_workbook
from issuers.importers.limits import DEFAULT
from issuers.importers.problems import FAULTS, FileError, Problem, problem
from issuers.outcomes import ImportReport, Outcome, State
from tests.support.commands import rollbook
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger
from tests.support.shared import REPOSITORY

JARGON = ("utf-8'", "codec", "surrogate", "unexpected end of data", "field limit", "Errno", "Traceback")


def report(rows: int, *problems: Problem, created: int = 0) -> ImportReport:
    outcomes = tuple(Outcome(State.CREATED, str(number), number) for number in range(created))
    return ImportReport("transcript", "csv", "utf-8", rows, problems, (), outcomes)


@pytest.mark.parametrize(
    ("found", "en", "zh"),
    [
        (problem("row.required", 2, 10, "HEADER"), "line 2, column 10 (HEADER): a", "第2行第10列（HEADER）：此"),
        (problem("row.no_header", 2, 10), "line 2, column 10: the", "第2行第10列：该"),
        (problem("row.cells", 3, found=1, expected=2), "line 3: the", "第3行：本"),
        (problem("file.empty"), "the file", "文件"),
    ],
)
def test_a_problem_is_found_by_line_and_column(found: Problem, en: str, zh: str) -> None:
    assert import_report.problem(found, "en").startswith(en)
    assert import_report.problem(found, "zh").startswith(zh)
    assert import_report.problem(found, "en").endswith(f"[{found.code}]")


@pytest.mark.parametrize(
    ("given", "en", "zh"),
    [
        (report(1, created=1), "1 row: 1 created", "共 1 行：新签发 1 条"),
        (report(2, created=2), "2 rows: 2 created", "共 2 行：新签发 2 条"),
        (report(1, problem("file.empty")), "1 row: nothing imported, 1 problem", "共 1 行：未导入任何记录，问题 1 个"),
        (report(0, *[problem("file.empty")] * 2), "0 rows: nothing imported, 2 problems", None),
    ],
)
def test_one_is_not_many(given: ImportReport, en: str, zh: str | None) -> None:
    assert list(import_report.lines(given, "en"))[-1] == en
    assert zh is None or list(import_report.lines(given, "zh"))[-1] == zh


def test_every_state_has_a_chinese_name() -> None:
    assert set(import_report.STATES) == {state.value for state in State}


@pytest.mark.parametrize("text", ['a,b\n1,"2', 'a,b\n1,"2"3\n', f"a,b\n{'x' * 200_000},1\n"])
def test_a_damaged_table_is_named_in_words(text: str) -> None:
    with pytest.raises(FileError) as caught:
        list(csv_rows.read(text, lambda cell: cell == "a", DEFAULT))
    (found,) = caught.value.problems
    assert not any(word in found.en + found.zh for word in JARGON)
    assert not re.search("[a-z]{3}", found.zh), "a Chinese sentence is Chinese"


def test_every_fault_of_a_workbook_is_named_in_chinese() -> None:
    sources = [Path(str(module.__file__)).read_text() for module in (xlsx_package, xlsx_rows, xlsx_workbook)]
    named = [name for source in sources for name in re.findall(r'raise malformed\("([^"]+)"', source)]
    assert len(named) >= 10 and set(named) <= set(FAULTS)


@pytest.mark.parametrize(("language", "locale"), [("zh", "en_US.UTF-8"), ("en", "zh_CN.UTF-8")])
def test_the_language_is_the_one_that_is_asked_for(ledger: Ledger, tmp_path: Path, language: str, locale: str) -> None:
    lines = (REPOSITORY / "examples" / "university" / "transcripts.csv").read_text("utf-8").splitlines()
    cells = lines[1].split(",")
    cells[0] = ""
    (tmp_path / "bad.csv").write_text(f"{lines[0]}\n{','.join(cells)}\n", "utf-8")
    command = ("import", "bad.csv", "--school", UNIVERSITY, "--kind", "transcript", "--language", language)
    env = {"ROLLBOOK_HOME": str(ledger.home), "ROLLBOOK_SECRET": SECRET, "LC_ALL": locale, "PYTHONIOENCODING": "utf-8"}
    done = rollbook(*command, env=env, cwd=tmp_path)
    assert done.returncode == 65, done.stderr
    first, *_, last = done.stdout.decode().splitlines()
    if language == "en":
        assert first.startswith("line 2, column 1 (") and last.startswith("1 row: nothing imported, ")
    else:
        assert first.startswith("第2行第1列（") and last.startswith("共 1 行：未导入任何记录，")
