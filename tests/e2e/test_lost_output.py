"""A report that nobody received is no verdict: closed descriptors, readers that go away, full disks."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.commands import COMMAND, environment
from tests.support.ledgers import SECRET, Ledger, bundle_of, opened

SHELL = shutil.which("bash")
pytestmark = pytest.mark.skipif(SHELL is None, reason="no bash on this machine: install the package bash")


@pytest.fixture(scope="module")
def folder(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A verifier's folder with a valid bundle, one that is not, and a pinned trust root."""
    folder = tmp_path_factory.mktemp("verifier")
    shutil.copytree(made_ledger.home, folder / "ledger")
    with opened(folder / "ledger") as deployment:
        bundle = bundle_of(deployment, made_ledger)
    (folder / "good.json").write_text(json.dumps(bundle), encoding="utf-8")
    bundle["credential"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = "100"
    (folder / "bad.json").write_text(json.dumps(bundle), encoding="utf-8")
    pinned = shell(folder, "trust add ledger/trust-root.json", home="home")
    assert pinned.returncode == 0, pinned.stderr
    return folder


def shell(
    folder: Path, command: str, *, tail: str = "", home: str = "home", env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """`rollbook COMMAND` in a shell, with ``tail`` behind it; the exit code is that of rollbook alone."""
    script = f'{" ".join(COMMAND)} {command} {tail}; exit "${{PIPESTATUS[0]}}"'
    given = environment({"ROLLBOOK_HOME": str(folder / home), "ROLLBOOK_SECRET": SECRET, **(env or {})})
    return subprocess.run([str(SHELL), "-c", script], env=given, cwd=folder, capture_output=True, check=False)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(("name", "options"), [("good.json", ""), ("bad.json", "--json"), ("good.json", "--explain")])
def test_a_reader_that_went_away_got_no_verdict(folder: Path, name: str, options: str, unbuffered: str) -> None:
    # More than a pipe and Python's buffer hold, so that it cannot be written before the reader is known to be gone.
    files = " ".join([name] * (2 if options == "--explain" else 8))
    command = f"verify --offline {options} {files}"
    ended = shell(folder, command, tail="| (exec 0<&-; sleep 0.1)", env={"PYTHONUNBUFFERED": unbuffered})
    assert ended.returncode == 70
    assert b"Traceback" not in ended.stderr and b"Exception" not in ended.stderr


def test_the_head_of_a_long_explanation_is_no_verdict(folder: Path) -> None:
    whole = shell(folder, "verify --offline --explain good.json good.json good.json good.json good.json good.json")
    assert whole.returncode == 0 and len(whole.stdout) > 2**16
    command = "verify --offline --explain good.json good.json good.json good.json good.json good.json"
    ended = shell(folder, command, tail="| head -1")
    assert ended.returncode == 70 and ended.stderr == b""
    assert ended.stdout.count(b"\n") == 1


@pytest.mark.parametrize("command", ["verify --offline good.json", "verify --offline --json bad.json", "--help"])
def test_what_is_printed_on_a_closed_output_is_lost(folder: Path, command: str) -> None:
    ended = shell(folder, command, tail=">&-")
    assert ended.returncode == 70
    assert ended.stderr.count(b"\n") == 1 and b"standard output is closed" in ended.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("verify --offline good.json", 0),
        ("verify --offline bad.json", 1),
        ("verify --offline none.json", 66),
        ("verify", 64),
    ],
)
@pytest.mark.parametrize("tail", ["2>&-", "2>/dev/full"])
def test_a_lost_complaint_changes_no_exit_code(folder: Path, command: str, code: int, tail: str) -> None:
    assert shell(folder, command, tail=tail).returncode == code


@pytest.mark.parametrize(("tail", "code"), [(">&- 2>&-", 70), ("0<&- >&- 2>&-", 70), ("0<&- 2>&-", 0)])
def test_with_nothing_open_it_still_decides(folder: Path, tail: str, code: int) -> None:
    assert shell(folder, "verify --offline good.json", tail=tail).returncode == code


def test_a_closed_input_is_an_unreadable_file(folder: Path) -> None:
    assert shell(folder, "verify --offline -", tail="0<&-").returncode == 66


def test_a_command_that_prints_nothing_needs_no_output(folder: Path) -> None:
    with opened(folder / "ledger") as deployment:
        member = next(deployment.members("issuer"))
        record = deployment.store.find(member, learner=None, kind=None, after=-1, limit=1)[0]
    ended = shell(folder, f"export {record.record_id} -o out.json", tail="0<&- >&- 2>&-", home="ledger")
    assert ended.returncode == 0
    assert shell(folder, "verify --offline out.json").returncode == 0
    assert shell(folder, f"export {record.record_id}", tail=">&-", home="ledger").returncode == 70


@pytest.mark.parametrize("command", ["school list", "kind list", "doctor", "school key 9900350001", "init"])
def test_no_command_of_a_ledger_calls_lost_output_a_verdict(folder: Path, command: str) -> None:
    ended = shell(folder, command, tail=">&-", home="ledger")
    assert ended.returncode >= 64
    assert b"Traceback" not in ended.stderr and b"Exception" not in ended.stderr
