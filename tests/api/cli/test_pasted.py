"""What a clerk copies from one command into the next: the line that it printed, whole."""

import json
import shutil
from pathlib import Path

import pytest

from api.cli import exits, pasted
from api.cli.main import main
from issuers.outcomes import Outcome, State
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger

ID = "0198f1c2-7b1e-4c55-9d2a-3f1f64a0b9c7"


@pytest.mark.parametrize("state", list(State))
def test_each_line_of_an_outcome_names_its_record(state: State) -> None:
    assert pasted.record_id(pasted.line(Outcome(state, ID, 12))) == ID


@pytest.mark.parametrize(
    "text",
    [
        *(f"{ID} revoked", f"{ID} suspended\n", f"  {ID} no longer suspended", ID),
        f"{ID} revoked: it was revoked before, on 2026-07-01T00:00:00Z, and the first reason stays: x (entry 1)\n",
    ],
)
def test_each_line_of_an_act_names_its_record(text: str) -> None:
    assert pasted.record_id(text) == ID


@pytest.mark.parametrize(
    "text",
    [
        *(f"{ID} {rest}" for rest in ("made (entry 1)", "created", "created (entry x)", "created (entry 01)", "x")),
        *(f"{ID} {rest}" for rest in ("created (entry 1) revoked", "created (entry 1", "created  (entry 1)")),
        *(f"{ID} {rest}" for rest in ("revoked:", "revoked; x", "created (entry 1): x", f"revoked: x\n{ID} revoked")),
        f"{ID}created (entry 1)",
        f"x {ID} created (entry 1)",
        f"{ID} created (entry 1)\n{ID} created (entry 2)",
        f"{ID.upper()} created (entry 1)",
        f"{ID[:-1]} created (entry 1)",
        "created (entry 1)",
        "",
    ],
)
def test_nothing_is_guessed_from_any_other_text(text: str) -> None:
    assert pasted.record_id(text) == text


def test_the_printed_line_works_in_every_command_of_a_record(
    made_ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made_ledger.home, home)
    monkeypatch.setenv("ROLLBOOK_HOME", str(home))
    monkeypatch.setenv("ROLLBOOK_SECRET", SECRET)
    courses = [{"code": "M1", "course": "Course", "term": "2026-1", "mark": "81"}]
    subject = tmp_path / "subject.json"
    subject.write_text(json.dumps({"name": "林晓", "identifier": "P001", "transcript": {"courses": courses}}))

    def run(*arguments: str) -> str:
        assert main(list(arguments)) == exits.OK, capfd.readouterr()
        return capfd.readouterr().out

    line = run("issue", str(subject), "--school", UNIVERSITY, "--kind", "transcript")
    record, _, rest = line.partition(" ")
    assert rest.startswith("created (entry ")
    assert json.loads(run("export", line))["credential"]["id"] == f"urn:uuid:{record}"
    assert json.loads(run("export", line, "--form", "jwt"))["jwt"]
    assert "openid-credential-offer://" in run("offer", line.strip())
    suspended = run("suspend", line, "--reason", "inquiry")
    assert suspended == f"{record} suspended\n"
    assert run("lift", suspended, "--reason", "over") == f"{record} no longer suspended\n"
    assert run("lift", line, "--reason", "over") == f"{record} no longer suspended: it was not suspended before\n"
    run("suspend", line, "--reason", "inquiry")
    again = run("suspend", line, "--reason", "another")
    assert again.startswith(f"{record} suspended: it was suspended before, on 20") and again.endswith(": inquiry\n")
    assert run("revoke", again, "--reason", "mistake") == f"{record} revoked\n"
    again = run("revoke", line, "--reason", "another")
    assert again.startswith(f"{record} revoked: it was revoked before, on 20") and again.endswith(": mistake\n")
    lifted = run("lift", again, "--reason", "over")
    assert lifted.startswith(f"{record} revoked: it was revoked for good on 20") and "changes nothing" in lifted
    assert json.loads(run("export", lifted))["credential"]["id"] == f"urn:uuid:{record}"
    assert main(["export", line[3:]]) == exits.DATA and "record.unknown" in capfd.readouterr().err
