"""`init` and `demo` go on where a kill stopped them, make nothing twice, and are quick when all is there."""

import json
import random
import re
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest

from tests.support.commands import COMMAND, environment, rollbook
from tests.support.ledgers import SECRET, opened
from tests.support.servers import free_port, serving
from tests.support.shared import REPOSITORY

RECORDS = 60 + 20 + 8 + 12


def killed(folder: Path, env: dict[str, str], seconds: float, *command: str) -> bool:
    """Run a command, kill it after so many seconds; whether it was still at work then."""
    process = subprocess.Popen(
        [*COMMAND, *command],
        env=environment(env),
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True
    return False


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A new folder, and no dataset: the examples alone."""
    return {
        "ROLLBOOK_HOME": str(tmp_path / "home"),
        "ROLLBOOK_SECRET": SECRET,
        "ROLLBOOK_SHARED": str(tmp_path / "none"),
    }


@pytest.mark.faults
def test_a_demonstration_that_is_killed_goes_on_and_makes_nothing_twice(env: dict[str, str], tmp_path: Path) -> None:
    seed = time.time_ns()
    dice, kills = random.Random(seed), 0
    for attempt in range(4):
        kills += killed(tmp_path, env, dice.uniform(1, 2.5) + 1.2 * attempt, "demo")
    done = rollbook("demo", "--verify-all", env=env, cwd=tmp_path)
    assert done.returncode == 0, (seed, done.stderr)
    assert kills >= 1, "it was never killed in the middle"
    assert f"verified every record of the ledger: {RECORDS} valid" in done.stdout.decode(), seed
    with opened(tmp_path / "home") as deployment:
        registered = deployment.registry.members()
        assert len(registered) == 4, "the authority and three schools, once each"
    started = time.monotonic()
    again = rollbook("demo", env=env, cwd=tmp_path)
    assert again.returncode == 0 and "there already" in again.stdout.decode()
    assert time.monotonic() - started < 30


@pytest.mark.faults
def test_the_demonstration_leaves_what_it_says(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    env["ROLLBOOK_BASE_URL"] = f"http://localhost:{port}"
    done = rollbook("demo", env=env, cwd=tmp_path)
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "home" / "demo"
    root = folder / "trust-root.json"
    for name, code in (("bundle.json", 0), ("tampered.json", 1)):
        check = ("verify", "--offline", "--trust-root", root, folder / name)
        assert rollbook(*check, env={"ROLLBOOK_HOME": str(tmp_path / "nobody")}, cwd=tmp_path).returncode == code
    whole, altered = (json.loads((folder / name).read_bytes()) for name in ("bundle.json", "tampered.json"))
    assert whole.keys() == altered.keys()
    assert [name for name in whole if whole[name] != altered[name]] == ["credential"]
    found = re.search(r"^API key +(rb_\S+)$", text, re.MULTILINE)
    assert found and re.search(rf"^address +http://localhost:{port}$", text, re.MULTILINE)
    with opened(tmp_path / "home") as deployment:
        assert deployment.api_keys.authenticate(found[1]).issuer
    rollbook("revoke", whole["credential"]["id"], "--reason", "误发", env=env, cwd=tmp_path)
    fresh = rollbook("export", whole["credential"]["id"], "-o", "fresh.json", env=env, cwd=tmp_path)
    assert fresh.returncode == 0, fresh.stderr
    assert rollbook("verify", "--offline", "fresh.json", env=env, cwd=tmp_path).returncode == 1
    assert rollbook("verify", "--offline", folder / "bundle.json", env=env, cwd=tmp_path).returncode == 0
    with serving(env, tmp_path, port=port):
        online = rollbook("verify", folder / "bundle.json", env=env, cwd=tmp_path)
    assert online.returncode == 1, "whoever may ask the log sees the revocation with the old file too"


@pytest.mark.faults
def test_the_demonstration_goes_round_what_was_revoked(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    env["ROLLBOOK_BASE_URL"] = f"http://localhost:{port}"
    assert rollbook("demo", env=env, cwd=tmp_path).returncode == 0
    bundle = tmp_path / "home" / "demo" / "bundle.json"
    first = json.loads(bundle.read_bytes())["credential"]["id"]
    assert rollbook("revoke", first, "--reason", "误发", env=env, cwd=tmp_path).returncode == 0
    again = rollbook("demo", env=env, cwd=tmp_path)
    assert again.returncode == 0, again.stdout
    second = json.loads(bundle.read_bytes())["credential"]["id"]
    assert second != first
    with opened(tmp_path / "home") as deployment:
        school = deployment.schools.get(json.loads(bundle.read_bytes())["credential"]["issuer"])
        for record in deployment.store.find(school, learner=None, kind="transcript", after=-1, limit=1000):
            deployment.store.revoke(school, record.record_id, "all of them", 1)
        deployment.settle()
    none = rollbook("demo", env=env, cwd=tmp_path)
    assert none.returncode == 65 and b"every transcript of the school" in none.stdout
    with serving(env, tmp_path, "demo", "--serve", port=port):
        pass  # it answered


@pytest.mark.faults  # tests/project/test_wheel.py has a cheaper one
def test_a_kind_is_added_without_code_and_verified_offline(env: dict[str, str], tmp_path: Path) -> None:
    run = partial(rollbook, env=env, cwd=tmp_path)
    assert run("init").returncode == 0
    assert run("school", "add", "35001", "--name-en", "Normal", "--name-zh", "师范").returncode == 0
    added = run("kind", "add", REPOSITORY / "examples" / "kinds" / "teacher-qualification.json")
    assert added.returncode == 0, added.stderr
    kind = added.stdout.decode().split()[0]
    qualification = {"number": "20263501234567890", "category": "高级中学教师资格", "recognised": "2026-07-01"}
    subject = {"name": "林䶮", "identifier": "T007", "qualification": qualification}
    (tmp_path / "subject.json").write_text(json.dumps(subject), encoding="utf-8")
    issued = run("issue", "subject.json", "--school", "35001", "--kind", kind)
    assert issued.returncode == 0, issued.stderr
    record = issued.stdout.decode().split()[0]
    assert run("export", record, "-o", "bundle.json").returncode == 0
    assert run("verify", "--offline", "bundle.json").returncode == 0
    refused = run("issue", "subject.json", "--school", "35001", "--kind", "transcript")
    assert refused.returncode == 65 and b"document." in refused.stderr


@pytest.mark.faults
def test_a_ledger_that_is_killed_while_it_is_made_is_one_ledger(env: dict[str, str], tmp_path: Path) -> None:
    for seconds in (1.6, 2.4, 3.2):
        killed(tmp_path, env, seconds, "init")
    assert rollbook("init", env=env, cwd=tmp_path).returncode == 0
    first = (tmp_path / "home" / "trust-root.json").read_bytes()
    again = rollbook("init", env=env, cwd=tmp_path)
    assert again.returncode == 0
    assert (tmp_path / "home" / "trust-root.json").read_bytes() == first
    pinned = rollbook("trust", "list", env=env, cwd=tmp_path).stdout.decode()
    assert pinned.count("sha256:") == 1


@pytest.mark.faults
def test_another_authority_is_no_second_run(env: dict[str, str], tmp_path: Path) -> None:
    made = rollbook("init", "--code", "35", "--name-en", "Fujian", "--name-zh", "福建", env=env, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    root = (tmp_path / "home" / "trust-root.json").read_bytes()
    for again in ((), ("--code", "35"), ("--name-en", "Fujian")):
        assert rollbook("init", *again, env=env, cwd=tmp_path).returncode == 0, again
    for other in (("--code", "99"), ("--name-en", "Other"), ("--name-zh", "别处")):
        refused = rollbook("init", *other, env=env, cwd=tmp_path)
        assert refused.returncode == 65 and b"this ledger's authority is 35" in refused.stderr
    assert (tmp_path / "home" / "trust-root.json").read_bytes() == root


def test_nothing_works_before_init(env: dict[str, str], tmp_path: Path) -> None:
    for command in (("serve",), ("school", "list"), ("export", "x")):
        found = rollbook(*command, env=env, cwd=tmp_path)
        assert found.returncode == 78 and b"rollbook init" in found.stderr
    assert not (tmp_path / "home" / "rollbook.sqlite").exists()
