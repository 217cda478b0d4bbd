"""Between `rollbook redeploy` and `rollbook trust adopt`: no act is begun on the tree, and records go on, pending."""

import json
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from api import acts, facts, proposing
from api.governing import Wanted
from api.moving import Moving
from api.proposing import Wish
from api.redeploying import Redeployment
from issuers import own_keys
from ledger.chain.registries import CLOSED, CheckpointRegistryClient
from ledger.formats import canonical, registry, trustroot
from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.submission import Caller
from tests.api.governing.conftest import Run
from tests.support.chain import SteppedClock
from tests.support.ledgers import SCHOOL, UNIVERSITY, Ledger, opened
from tests.support.redeploying import UNTIL, bundle, own_key, silent, verify
from tests.support.shared import REPOSITORY
from verifier.report import Verdict

NAMES = ("--name-en", "A name", "--name-zh", "名称")
SINCE = "2026-01-01T00:00:00Z"
KEY = "<its key>"
PENDING = "pending until the new trust root is adopted"
FENCED = "log_sequencer"
"""The table in which whoever opens the ledger writes that they did."""


class Crash(Exception):
    """The process dies here."""


@pytest.fixture(scope="module")
def home(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, quick: SteppedClock) -> Path:
    """A ledger whose contracts wait for its next trust root: redeployed, after a crash just behind the freezing."""
    copied = tmp_path_factory.mktemp("between") / "home"
    shutil.copytree(made_ledger.home, copied)
    with opened(copied) as deployment:
        deployment.governing.begin()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Redeployment, "_seed_log", _die)
            with pytest.raises(Crash):
                Redeployment(deployment, silent).run()
        with pytest.raises(UnavailableError, match=r"redeploy\.under_way.*finish `rollbook redeploy`"):
            deployment.governing.begin()
        Redeployment(deployment, silent).run()
        member = deployment.schools.by_code(SCHOOL)
        waiting = made_ledger.records[SCHOOL][0]  # an act that anchors what is pending first would stop there
        deployment.records.revoke(Caller("tests", member.did), waiting, "mistake")
        deployment.status.publish()
    return copied


def _die(*_: Any) -> None:
    raise Crash


def state(home: Path) -> dict[str, list[Any]]:
    """Every row of every database of the ledger: books, keys, log and the embedded chain's blocks."""
    found: dict[str, list[Any]] = {}
    for file in sorted(home.rglob("*.sqlite")):
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            for (name,) in names:
                if name != FENCED:
                    rows = connection.execute(f'SELECT * FROM "{name}"').fetchall()
                    found[f"{file.name} {name}"] = sorted(map(repr, rows))
    assert len(found) > 12 and any("chain" in name for name in found)
    return found


@pytest.mark.parametrize(
    "command",
    [
        ("school", "add", "3502990077", *NAMES),
        ("school", "add", UNIVERSITY, "--name-en", "Lujiang University", "--name-zh", "鹭江大学"),
        ("school", "withdraw", UNIVERSITY),
        ("school", "restore", UNIVERSITY),
        ("school", "profile", UNIVERSITY, "--name-en", "Another name"),
        ("authority", "add", "3503", *NAMES, "--region", "3503"),
        ("key", "rotate", UNIVERSITY),
        ("key", "rotate", "35"),
        ("key", "retire", UNIVERSITY, KEY),
        ("key", "add", UNIVERSITY),
        ("key", "compromise", UNIVERSITY, KEY, "--since", SINCE),
        ("kind", "add", str(REPOSITORY / "examples/kinds/teacher-qualification.json")),
    ],
    ids=lambda command: " ".join(command[:3] if command[0] != "kind" else command[:2]),
)
def test_an_act_that_the_new_registry_would_not_have(run: Run, home: Path, command: tuple[str, ...]) -> None:
    with opened(home) as deployment:
        key = deployment.schools.signing_key(deployment.schools.by_code(UNIVERSITY).did)[0].multikey
    before = state(home)
    code, out, err = run(*(key if word == KEY else word for word in command))
    assert (code, out, err.count("\n")) == (69, "", 1)
    assert err.startswith("rollbook: redeploy.under_way: the ledger is moving to new contracts, and nothing was done")
    assert "`rollbook trust adopt`" in err
    assert ("the same --since" in err) == (command[1] == "compromise")
    assert state(home) == before


def test_each_act_by_itself(home: Path) -> None:
    """Whoever calls it: a form of a record makes a key when it is first needed, for one."""
    with opened(home) as deployment:
        member, governing = deployment.schools.by_code(UNIVERSITY), deployment.governing
        key_id = registry.key_id(deployment.schools.signing_key(member.did)[0].public_key)
        before = state(home)
        for act in (
            lambda: acts.add_own(deployment, member, own_keys.OwnKey("z6Mk", b"")),
            lambda: governing.withdraw(member),
            lambda: governing.restore(member, Wanted()),
            lambda: governing.rename(member, "Another name", "别名"),
            lambda: governing.retire(member, key_id),
            lambda: governing.compromise(member, key_id, 1),
            lambda: governing.new_key(member, "p256"),
            lambda: governing.accredit([member]),
        ):
            with pytest.raises(UnavailableError, match=r"redeploy\.under_way"):
                act()
        assert state(home) == before


def test_records_go_on_and_are_pending(run: Run, home: Path, made_ledger: Ledger, tmp_path: Path) -> None:
    """Each exits with 0 and says that it waits; after adopting all of it is anchored, and acts are taken again."""
    subject = tmp_path / "subject.json"
    ids: list[str] = []
    for number in (1, 2):
        courses = [{"code": f"M{number}", "course": "Course", "term": "2026-1", "mark": "81"}]
        subject.write_text(json.dumps({"name": "林晓", "identifier": "P001", "transcript": {"courses": courses}}))
        if number == 1:
            out = waiting(run("issue", str(subject), "--school", UNIVERSITY, "--kind", "transcript"))
        else:
            out = waiting(run("supersede", ids[0], str(subject), "--reason", "a mark was wrong"))
        ids.append(out.split()[0])
    rows = (REPOSITORY / "examples/high-school/evaluations.csv").read_bytes().splitlines()[:2]
    table = tmp_path / "evaluations.csv"
    table.write_bytes(b"\n".join(rows).replace(b"01011000", b"01011018"))
    options = ("--school", SCHOOL, "--kind", "evaluation", "--json")
    assert json.loads(waiting(run("import", str(table), *options)))["records"]["created"] == 1
    old = made_ledger.records[UNIVERSITY][0]
    waiting(run("suspend", old, "--reason", "inquiry"))
    waiting(run("lift", old, "--reason", "over"))
    waiting(run("revoke", made_ledger.records[UNIVERSITY][1], "--reason", "mistake"))
    waiting(run("export", ids[1], "-o", str(tmp_path / "pending.json")))
    with opened(home) as deployment:
        pending = verify((tmp_path / "pending.json").read_bytes(), deployment.trust_root)
        assert pending.verdict is Verdict.INDETERMINATE
        document = proposing.propose(deployment, Wish(UNTIL))
        proposing.adopt(deployment, canonical.dumps(trustroot.sign(document, own_key(deployment))))
    found = facts.load(home)
    assert found is not None and not found.next_checkpoint_registry
    with opened(home) as deployment:
        deployment.settle()
        root = deployment.trust_root
        assert verify(bundle(deployment, ids[1]), root).verdict is Verdict.VALID
        assert verify(bundle(deployment, old), root).verdict is Verdict.VALID
        revoked = verify(bundle(deployment, made_ledger.records[UNIVERSITY][1]), root)
        assert revoked["status"].code == "status.revoked"
        key = deployment.schools.signing_key(deployment.schools.by_code(SCHOOL).did)[0].multikey
    assert run("key", "compromise", SCHOOL, key, "--since", SINCE)[0] == 0
    assert run("school", "withdraw", UNIVERSITY)[0] == 0


def waiting(told: tuple[int, str, str]) -> str:
    """What a command printed that went well, and whose entry waits."""
    code, out, err = told
    assert code == 0 and "(redeploy.under_way); " in err and PENDING in err, err
    return out


@pytest.mark.parametrize("named", [None, CLOSED], ids=["open", "for good"])
def test_a_log_that_goes_nowhere_is_not_on_its_way(named: bytes | None) -> None:
    """Frozen for good, it never gets to another contract: then acts on the tree are all that is left."""
    client = cast(CheckpointRegistryClient, SimpleNamespace(successor=lambda _log: named))
    Moving(client, bytes(32)).refuse_acts()
    assert not Moving(client, bytes(32)).is_under_way()


def test_what_else_the_contract_refuses_is_told_as_it_is(ledger: Ledger, quick: SteppedClock) -> None:
    """Another operator than the contract's own is nothing that adopting could mend."""
    with opened(ledger.home) as deployment:
        authority = deployment.accounts.authority
        other = deployment.checkpoints.set_operator(deployment.moving.log_id, authority.address)
        deployment.opened.chain.transact(other, authority)
        record = deployment.store.get(deployment.schools.by_code(UNIVERSITY), ledger.records[UNIVERSITY][0])
        deployment.records.revoke(Caller("tests", record.issuer), record.record_id, "mistake")
        with pytest.raises(ConflictError, match=r"chain\.refused"):
            deployment.settle()
