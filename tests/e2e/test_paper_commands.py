"""`export --pdf`, `export --learner … --archive`, and `verify` of what they write."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.support.commands import rollbook
from tests.support.ledgers import UNIVERSITY, Ledger


@pytest.fixture(scope="module")
def own(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """A ledger that the tests here only read."""
    home = tmp_path_factory.mktemp("paper") / "home"
    shutil.copytree(made_ledger.home, home)
    return Ledger(home, made_ledger.keys, made_ledger.records)


def run(own: Ledger, *arguments: str | Path):
    return rollbook(*arguments, env=own.environment(), cwd=own.home)


def verified(own: Ledger, *arguments: str | Path):
    return run(own, "verify", "--offline", "--trust-root", own.home / "trust-root.json", *arguments)


@pytest.fixture(scope="module")
def sheet(own: Ledger) -> Path:
    path = own.home.parent / "sheet.pdf"
    done = run(own, "export", own.records[UNIVERSITY][0], "--pdf", "-o", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="module")
def archive(own: Ledger) -> Path:
    record = run(own, "export", own.records[UNIVERSITY][0])
    learner = json.loads(record.stdout)["credential"]["credentialSubject"]["identifier"]
    path = own.home.parent / "all.zip"
    done = run(own, "export", "--learner", learner, "--school", UNIVERSITY, "--archive", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.parametrize(
    "arguments",
    [
        ("--pdf",),
        ("x", "--archive", "a.zip"),
        ("--learner", "1", "--archive", "a.zip", "--pdf"),
    ],
)
def test_what_is_to_be_written_is_named_once(own: Ledger, arguments: tuple[str, ...]):
    assert run(own, "export", *arguments).returncode == 64


def test_a_learner_whom_nobody_knows(own: Ledger, tmp_path: Path):
    done = run(own, "export", "--learner", "nobody", "--archive", tmp_path / "a.zip")
    assert done.returncode == 65 and not (tmp_path / "a.zip").exists()


def test_a_sheet_verifies_and_explains_itself(own: Ledger, sheet: Path):
    done = verified(own, "--explain", sheet)
    assert done.returncode == 0, done.stdout
    assert b"digest of S" in done.stdout


def test_a_sheet_that_shows_something_else_is_named(own: Ledger, sheet: Path, tmp_path: Path):
    import pikepdf

    forged = tmp_path / "forged.pdf"
    with pikepdf.open(sheet) as opened:
        opened.pages[0].obj.Contents = opened.make_stream(b"BT (A+) Tj ET")
        opened.save(forged)
    done = verified(own, "--language", "en", forged)
    assert done.returncode == 0 and b"differs from what is signed" in done.stdout


def test_an_archive_has_one_report_for_each_record(own: Ledger, archive: Path):
    with zipfile.ZipFile(archive) as opened:
        held = [name for name in opened.namelist() if name != "index.html"]
    assert {name.rpartition(".")[2] for name in held} == {"json", "pdf"}
    done = verified(own, "--json", archive)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [report["verdict"] for report in reports] == ["valid"] * len(held)


def test_of_an_archive_the_worst_record_decides(own: Ledger, archive: Path, tmp_path: Path):
    spoiled = tmp_path / "spoiled.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(spoiled, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b'"mark":"', b'"mark":"1', 1) if name.endswith(".json") else data)
    assert verified(own, spoiled).returncode == 1


def test_an_archive_that_is_refused(own: Ledger, tmp_path: Path):
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing else")
    done = verified(own, tmp_path / "bad.zip")
    assert done.returncode == 1 and b"document.malformed" in done.stdout
