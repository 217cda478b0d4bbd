"""`rollbook authority`, `school` and `key` in clumsy hands: each slip has its code, and leaves nothing behind."""

import hashlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.formats.multibase import multibase_encode
from tests.api.governing.conftest import COUNTY, PROVINCE, SCHOOL, Run
from tests.support.chain import SteppedClock
from tests.support.ledgers import UNIVERSITY, Ledger, opened

NAMES = ("--name-en", "A name", "--name-zh", "名称")
FOREIGN = "0x" + "ab" * 20


@pytest.fixture(scope="module")
def home(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, quick: SteppedClock) -> Path:
    """The module's own data folder; every command opens and closes it."""
    copied = tmp_path_factory.mktemp("commanded") / "home"
    shutil.copytree(made_ledger.home, copied)
    return copied


def refused(run: Run, code: str, *arguments: str) -> None:
    """The command ends with this error code, and with no verdict's exit code."""
    exit_code, _, err = run(*arguments)
    assert exit_code not in (0, 1, 2, 70) and f"rollbook: {code}: " in err, err


def test_a_tree_from_the_command_line(run: Run) -> None:
    assert run("authority", "add", PROVINCE, *NAMES, "--region", "36", "--kind", "result", "--kind", "diploma")[0] == 0
    assert run("authority", "add", COUNTY, *NAMES, "--region", "3601", "--authority", PROVINCE)[0] == 0
    code, out, _ = run("school", "add", SCHOOL, *NAMES, "--authority", COUNTY, "--kind", "result")
    assert code == 0 and "API key" in out
    code, out, _ = run("school", "add", SCHOOL, *NAMES, "--authority", COUNTY, "--kind", "result")
    assert code == 0 and "there already" in out and "API key, shown" not in out
    rows = {line.split()[0]: line for line in run("authority", "list")[1].splitlines()}
    assert "result,diploma" in rows[COUNTY] and PROVINCE in rows[COUNTY] and "everywhere" in rows["35"]
    rows = {line.split()[0]: line for line in run("school", "list")[1].splitlines()}
    assert COUNTY in rows[SCHOOL] and UNIVERSITY in rows and rows[SCHOOL].split()[-3:-1] == [SCHOOL, "result"]

    refused(run, "authority.unknown", "authority", "withdraw", "no-such")
    refused(run, "authority.unknown", "authority", "withdraw", SCHOOL)
    refused(run, "school.unknown", "school", "withdraw", COUNTY)
    refused(run, "school.unknown", "key", "list", "no-such")
    refused(run, "accreditation.root", "authority", "withdraw", "35")

    slips = {
        "authority.unknown": ("--authority", "no-such"),
        "accreditation.region": ("--authority", COUNTY, "--region", "36"),
        "accreditation.kinds": ("--authority", COUNTY, "--kind", "evaluation"),
        "accreditation.code": ("--authority", COUNTY, "--region", "36019"),
        "kind.unknown": ("--authority", COUNTY, "--kind", "no-such"),
        "accreditation.controller": ("--authority", COUNTY, "--controller", "0x12"),
    }
    for expected, options in slips.items():
        refused(run, expected, "school", "add", "3601000009", *NAMES, *options)
        refused(run, "school.unknown", "key", "list", "3601000009")
    for wrong in ("３６０１０００００９", "3601０00009", " 3601000009", "3601000009 ", "\t3601000009", "", "36/01"):
        refused(run, "school.code", "school", "add", wrong, *NAMES, "--authority", COUNTY)
        refused(run, "school.code", "authority", "add", wrong, *NAMES, "--region", "36")
    refused(run, "accreditation.region", "school", "add", "3702000001", *NAMES, "--authority", COUNTY)
    refused(run, "authority.unknown", "school", "add", "3601000009", *NAMES, "--authority", SCHOOL)
    refused(run, "accreditation.region", "authority", "add", "x", *NAMES, "--region", "1234567890123")
    refused(run, "school.conflict", "school", "add", SCHOOL, *NAMES)  # another authority than it has
    refused(run, "school.conflict", "school", "add", SCHOOL, "--name-en", "B", "--name-zh", "乙", "--authority", COUNTY)

    assert "withdrawn since" in (first := run("authority", "withdraw", COUNTY)[1])
    assert run("authority", "withdraw", COUNTY)[1] == first
    refused(run, "accreditation.parent_withdrawn", "school", "add", "3601000009", *NAMES, "--authority", COUNTY)
    refused(run, "accreditation.region", "authority", "restore", COUNTY, "--region", "37")
    refused(run, "accreditation.kinds", "authority", "restore", COUNTY, "--kind", "evaluation")
    assert "accredited since" in run("authority", "restore", COUNTY)[1]
    assert "accredited since" in run("authority", "restore", COUNTY)[1]

    assert '"New name"' in run("school", "profile", SCHOOL, "--name-en", "New name")[1]
    assert '"New name"' in run("school", "profile", SCHOOL)[1]


def test_another_scope_is_not_given_by_asking_again(run: Run) -> None:
    """Who believes that he narrowed a school's scope must hear that he did not; the same again is a success."""
    county, school = ("authority", "add", "38", *NAMES), ("school", "add", "3800000001", *NAMES, "--authority", "38")
    diploma, transcript = ("--kind", "diploma"), ("--kind", "transcript")
    for _ in range(2):
        assert run(*county, "--region", "38")[0] == 0
        assert run(*school, *diploma)[0] == 0
        assert run(*school)[0] == 0  # nothing is asked for
    refused(run, "accreditation.conflict", *county, "--region", "380")
    refused(run, "accreditation.conflict", *county, "--region", "38", *diploma)
    refused(run, "accreditation.conflict", *county, "--region", "38", "--controller", FOREIGN)
    for options in (transcript, (*diploma, *transcript), ("--region", "38"), ("--controller", FOREIGN)):
        refused(run, "accreditation.conflict", *school, *options)
        refused(run, "accreditation.conflict", "school", "restore", "3800000001", *options)
    err = run(*school, *transcript)[2]
    assert "not for these kinds" in err and "`rollbook school withdraw 3800000001`, then" in err

    assert run("school", "withdraw", "3800000001")[0] == 0
    assert "then" not in run(*school, *transcript)[2]
    for _ in range(2):
        assert run("school", "restore", "3800000001", *transcript)[0] == 0
    rows = {line.split()[0]: line for line in run("school", "list")[1].splitlines()}
    assert "transcript" in rows["3800000001"] and "diploma" not in rows["3800000001"]
    refused(run, "accreditation.conflict", *school, *diploma)


def test_keys_from_the_command_line(run: Run) -> None:
    rows = run("key", "list", UNIVERSITY)[1].splitlines()
    first = next(line.split()[0] for line in rows if line.startswith("z6Mk"))
    assert len(rows) == 3 and all("hosted" in row for row in rows[1:])
    refused(run, "key.last", "key", "retire", UNIVERSITY, first)
    refused(run, "key.curve", "key", "rotate", UNIVERSITY, "--curve", "rsa")
    refused(run, "key.since", "key", "compromise", UNIVERSITY, first, "--since", "yesterday")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    refused(run, "key.future", "key", "compromise", UNIVERSITY, first, "--since", tomorrow)
    code, out, _ = run("key", "rotate", UNIVERSITY)
    second = out.strip().partition("#")[2]
    assert code == 0 and second.startswith("z6Mk") and second != first
    assert run("key", "retire", UNIVERSITY, first)[0] == 0  # again
    assert run("key", "compromise", UNIVERSITY, first, "--since", "2026-02-01T00:00:00Z")[0] == 0
    refused(run, "key.not_earlier", "key", "compromise", UNIVERSITY, first, "--since", "2026-02-01T00:00:01Z")
    assert run("key", "compromise", UNIVERSITY, first, "--since", "2026-01-01T00:00:00Z")[0] == 0
    row = next(line for line in run("key", "list", UNIVERSITY)[1].splitlines() if line.startswith(first))
    assert row.split()[-1] == "2026-01-01T00:00:00Z"
    stranger = "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    sm2 = "zEPJ9d9S9y"  # as long as nothing, and behind no prefix that is known
    nothing = f"rollbook: key.unknown: this school has no such key: `rollbook key list {UNIVERSITY}`\n"
    slips = (second[:-1], second[:-1] + "0", second[:-1] + "l", second.lower(), second[1:], "z6Mkxx", "nonsense")
    for typed in (*slips, stranger, sm2):
        assert run("key", "retire", UNIVERSITY, typed)[::2] == (65, nothing)
        assert run("key", "compromise", UNIVERSITY, typed, "--since", "2026-02-01T00:00:00Z")[::2] == (65, nothing)
    assert "this authority has no such key: `rollbook key list 35`" in run("key", "retire", "35", second)[2]
    assert run("key", "retire", UNIVERSITY, f" {first} ")[0] == 0  # copied with what stood around it


def test_a_key_that_the_school_keeps_itself(run: Run, tmp_path: Path, home: Path) -> None:
    """Made and proven on another machine, which has nothing but a trust root; and not proven for another school."""
    file, root = str(tmp_path / "own.key"), ("--trust-root", str(home / "trust-root.json"))
    assert run("key", "make", file)[0] == 0
    assert run("key", "make", file)[0] == 66  # never written over
    did = "did:web:localhost%3A8000:schools:" + UNIVERSITY
    code, out, _ = run("key", "prove", file, "--did", did, *root)
    multikey, option, possession = out.split()
    assert code == 0 and option == "--possession"
    refused(run, "key.possession", "key", "add", UNIVERSITY, multikey)
    refused(run, "key.possession", "key", "add", UNIVERSITY, multikey, option, "AAAA")
    other = run("key", "prove", file, "--did", did + "1", *root)[1].split()[2]
    refused(run, "key.not_possessed", "key", "add", UNIVERSITY, multikey, option, other)
    assert run("key", "add", UNIVERSITY, multikey, option, possession)[0] == 0
    assert run("key", "add", UNIVERSITY, multikey, option, possession)[0] == 0
    row = next(line for line in run("key", "list", UNIVERSITY)[1].splitlines() if line.startswith(multikey))
    assert row.split()[1] == "own" and "yes" not in row
    (tmp_path / "broken.key").write_text("zz")
    refused(run, "key.file", "key", "prove", str(tmp_path / "broken.key"), "--did", did, *root)
    p256 = run("key", "prove", file, "--did", did, *root, "--curve", "p256")[1].split()
    assert p256[0].startswith("zDn") and run("key", "add", UNIVERSITY, p256[0], option, p256[2])[0] == 0


def test_an_authority_that_acts_from_elsewhere(run: Run) -> None:
    """What it has to send is printed; nothing is sent in its name."""
    assert run("authority", "add", "37", *NAMES, "--region", "37", "--controller", FOREIGN)[0] == 0
    code, out, err = run("school", "add", "3701000001", *NAMES, "--authority", "37")
    assert code == 69 and "rollbook: authority.elsewhere: " in err
    words = out.split()
    assert words[:3:2] == ["from", "to"] and words[1] == FOREIGN and words[5].startswith("0x")
    rows = {line.split()[0]: line for line in run("school", "list")[1].splitlines()}
    assert "not accredited" in rows["3701000001"]
    assert run("authority", "withdraw", "37")[0] == 0  # by the root, which is here


def test_a_key_whose_possession_was_not_shown(home: Path, run: Run) -> None:
    with opened(home) as deployment:
        member, registry = deployment.schools.by_code(UNIVERSITY), deployment.registry
        junk = [b"\1\2\3", b"\0\0" + b"\7" * 32]
        calls = [
            registry._call("add_key", member.member_id, hashlib.sha256(key).digest(), 2, key, bytes(64)) for key in junk
        ]
        registry.chain.transact_all(calls, deployment.accounts.authority)
    code, out, _ = run("key", "list", UNIVERSITY)
    assert code == 0
    marked = [line for line in out.splitlines() if "possession not shown" in line]
    assert [line.split()[0] for line in marked] == [multibase_encode(key) for key in junk]
