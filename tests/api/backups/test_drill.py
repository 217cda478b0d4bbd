"""A backup, further records, the loss of everything, and the way back to one history."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.backups.catching import FolderSource, catch_up
from api.backups.making import backup
from api.backups.restoring import restore
from api.deployment import Deployment
from api.http.app import create_app
from api.settings import Settings, load
from api.wiring import open_deployment
from issuers.tables import RecordRow
from ledger.formats import entry, tiles
from ledger.formats.errors import ConflictError, NotAllowedError, RollbookError, UnavailableError
from ledger.formats.statuscredential import parse as parse_list
from ledger.log.submission import Caller
from ledger.log.tables import AnchorAttemptRow, table_of
from ledger.log.transactions import reading
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger, opened


@dataclass(frozen=True, slots=True)
class Lost:
    """What is left: the backup, a copy of the public log, a checkpoint, bundles in holders' hands."""

    backup: Path
    mirror: Path
    note: str
    size: int
    bundles: dict[str, bytes]
    records: dict[str, str]


def _subject(number: str) -> dict[str, Any]:
    return {"identifier": number, "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


def _caller(deployment: Deployment) -> Caller:
    return Caller("tests", deployment.schools.by_code(UNIVERSITY).did)


def mirror(deployment: Deployment, folder: Path) -> None:
    """The public log as files, fetched as anybody would."""
    client = TestClient(create_app(deployment), base_url="http://localhost:8000")

    def fetch(path: str) -> bytes:
        answer = client.get(f"/{path}")
        assert answer.status_code == 200, path
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(answer.content)
        return answer.content

    size = int(fetch("log/checkpoint").split(b"\n")[1])
    for index in range(-(-size // tiles.WIDTH)):
        width = tiles.partial_width(None, index, size)
        bundle = tiles.decode_bundle(fetch(f"log/{tiles.TilePath(None, index, width)}"), width)
        for at, data in enumerate(bundle, index * tiles.WIDTH):
            if entry.decode(data).kind == entry.STATUS_KIND:
                fetch(f"log/status-lists/{at}")


@pytest.fixture(scope="module")
def lost(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Lost:
    """A ledger that was backed up while it was open, went on, and is gone."""
    folder = tmp_path_factory.mktemp("lost")
    home, copies = folder / "home", folder / "copies"
    shutil.copytree(made_ledger.home, home)
    copies.mkdir()
    old = made_ledger.records[UNIVERSITY]
    with opened(home) as deployment:
        caller = _caller(deployment)
        deployment.records.revoke(caller, old[0], "before the backup")
        deployment.records.suspend(caller, old[1], "before the backup")
        deployment.settle()
        made = backup(deployment.settings, folder / "backup.tar")
        assert made.manifest.size == deployment.sequencer.size
        for number in ("n1", "n2"):
            deployment.records.issue(caller, "transcript", _subject(number))
            deployment.settle()
        new = [record.record_id for record in deployment.records.find(caller, after=made.manifest.size - 1)]
        deployment.records.revoke(caller, old[2], "after the backup")
        deployment.records.suspend(caller, old[3], "after the backup")
        deployment.records.lift(caller, old[1], "after the backup")
        deployment.records.revoke(caller, new[1], "after the backup")
        deployment.settle()
        named = {"revoked": old[0], "lifted": old[1], "revoked after": old[2], "suspended after": old[3], "new": new[0]}
        member = deployment.schools.get(caller.issuer or "")
        bundles = {
            name: deployment.proofs.bundle(deployment.store.get(member, record)) for name, record in named.items()
        }
        mirror(deployment, copies)
        size = deployment.sequencer.size
    shutil.rmtree(home)
    note = (copies / "log" / "checkpoint").read_text()
    return Lost(folder / "backup.tar", copies, note, size, bundles, named)


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    """Where nothing is."""
    return load(home=tmp_path / "home", secret=SECRET)


@pytest.fixture
def restored(lost: Lost, empty: Settings) -> Settings:
    """The backup put back, and held against what a witness has kept."""
    restore(empty, lost.backup, note=lost.note)
    return empty


@pytest.fixture
def behind(restored: Settings) -> Iterator[Deployment]:
    """As `catch-up` opens it."""
    with open_deployment(restored, behind=True) as deployment:
        yield deployment


def _code(act: Any) -> str:
    with pytest.raises(RollbookError) as caught:
        act()
    return caught.value.code


def _verdict(deployment: Deployment, bundle: bytes) -> tuple[str, list[str]]:
    client = TestClient(create_app(deployment), base_url="http://localhost:8000")
    report = client.post("/v1/verify", content=bundle, headers={"content-type": "application/json"}).json()
    return report["verdict"], [one["code"] for one in report["checks"] if one["outcome"] not in ("pass", "skipped")]


def test_an_old_backup_issues_nothing_until_it_has_caught_up_and_then_there_is_one_history(
    lost: Lost, restored: Settings
) -> None:
    with pytest.raises(ConflictError) as caught, open_deployment(restored):
        pass
    assert caught.value.code == "log.behind_chain"
    with open_deployment(restored, address="") as deployment:  # as a server does: it reads and verifies
        caller = _caller(deployment)
        assert _verdict(deployment, lost.bundles["new"])[0] == "valid"
        assert _code(lambda: deployment.records.issue(caller, "transcript", _subject("n3"))) == "log.behind_chain"
        assert _code(deployment.settle) == "log.behind_chain"
        client = TestClient(create_app(deployment), base_url="http://localhost:8000")
        assert (client.get("/readyz").status_code, client.get("/readyz").json()["log"]) == (503, "log.behind_chain")
        before = deployment.sequencer.size
    with open_deployment(restored, behind=True) as deployment:
        done = catch_up(deployment, FolderSource(lost.mirror))
        assert (done.before, done.after) == (before, lost.size)
        assert done.kinds["transcript"] == done.records == 2 and done.kinds["status-list"] >= 2
        assert done.marks == 3 + 1  # two revoked, one suspended, one lifted
        assert deployment.reader.root(lost.size).hex() == _root(lost.note)
    with open_deployment(restored) as deployment:
        outcome = deployment.records.issue(caller, "transcript", _subject("n3"))
        deployment.settle()
        assert outcome.index >= lost.size and deployment.reader.anchor_over(outcome.index) is not None
        assert deployment.reader.root(lost.size).hex() == _root(lost.note)
        # What was suspended, lifted and revoked after the backup is so again; what was issued then stays good.
        states = {name: deployment.records.get(caller, lost.records[name]) for name in lost.records if name != "new"}
        assert states["revoked after"].revoked and states["revoked"].revoked
        assert states["suspended after"].suspended and not states["lifted"].suspended
        verdicts = {name: _verdict(deployment, bundle) for name, bundle in lost.bundles.items()}
        assert verdicts["new"] == ("valid", []) and verdicts["lifted"] == ("valid", [])
        assert verdicts["revoked after"] == ("invalid", ["status.revoked"])
        assert verdicts["suspended after"] == ("invalid", ["status.suspended"])
        member = deployment.schools.get(caller.issuer or "")
        fresh = deployment.proofs.bundle(deployment.store.get(member, lost.records["revoked after"]))
        assert _verdict(deployment, fresh) == ("invalid", ["status.revoked"])
        assert (
            _verdict(deployment, deployment.proofs.bundle(deployment.store.get(member, outcome.record_id)))[0]
            == "valid"
        )


def _root(note: str) -> str:
    import base64

    return base64.b64decode(note.split("\n")[2]).hex()


def test_lists_go_on_where_they_were_and_give_no_index_to_two_records(lost: Lost, behind: Deployment) -> None:
    with reading(behind.engine) as connection:  # whatever was to be sent to a newer chain is forgotten
        assert connection.execute(table_of(AnchorAttemptRow).select()).all() == []
    catch_up(behind, FolderSource(lost.mirror))
    for path in (lost.mirror / "log" / "status-lists").iterdir():
        published = parse_list(json.loads(path.read_bytes()))
        newest = behind.reader.status_list(published.url)
        assert newest is not None and newest.sequence >= published.sequence
    theirs = {one["statusListCredential"] for one in json.loads(lost.bundles["new"])["credential"]["credentialStatus"]}
    caller = _caller(behind)
    member = behind.schools.get(caller.issuer or "")
    for number in range(3):
        outcome = behind.records.issue(caller, "transcript", _subject(f"later{number}"))
        found = json.loads(behind.store.get(member, outcome.record_id).document)
        assert {one["statusListCredential"] for one in found["credentialStatus"]}.isdisjoint(theirs)
    with reading(behind.engine) as connection:
        rows = table_of(RecordRow)
        places = connection.execute(rows.select().with_only_columns(rows.c.group_id, rows.c.position)).all()
    assert len(places) == len(set(places))


def test_catching_up_twice_or_after_a_kill_changes_nothing_more(
    lost: Lost, behind: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ledger.log import adopting

    monkeypatch.setattr(adopting, "AT_ONCE", 2)
    appends: list[Any] = []
    append = behind.sequencer._writer.append

    def some(*given: Any) -> int:
        if len(appends) == 1:
            raise KeyboardInterrupt
        appends.append(given)
        return append(*given)

    monkeypatch.setattr(behind.sequencer._writer, "append", some)
    with pytest.raises(KeyboardInterrupt):
        catch_up(behind, FolderSource(lost.mirror))
    monkeypatch.setattr(behind.sequencer._writer, "append", append)
    assert _code(lambda: behind.records.issue(_caller(behind), "transcript", _subject("n3"))) == "log.behind_chain"
    first = catch_up(behind, FolderSource(lost.mirror))
    assert first.before == lost.size - (first.after - first.before) and first.after == lost.size and first.marks == 4
    again = catch_up(behind, FolderSource(lost.mirror))
    assert (again.kinds, again.marks, again.anchors) == ({}, 0, 0)


def test_without_a_checkpoint_from_elsewhere_both_are_not_put_back_in_silence(lost: Lost, empty: Settings) -> None:
    with pytest.raises(NotAllowedError) as caught:
        restore(empty, lost.backup)
    assert caught.value.code == "restore.unchecked"
    assert not (empty.home / "deployment.json").exists()
    restore(empty, lost.backup, unchecked=True)
    with open_deployment(empty) as deployment:  # nobody knows better: it goes on, as it was asked to
        assert deployment.records.issue(_caller(deployment), "transcript", _subject("n9")).index < lost.size


def test_a_checkpoint_that_the_log_has_not_signed_is_no_reason(lost: Lost, empty: Settings) -> None:
    lines = lost.note.split("\n")
    forged = "\n".join([lines[0], str(int(lines[1]) + 1), *lines[2:]])
    for note in (forged, "", lost.note.replace("localhost", "elsewhere"), lost.note.split("\n\n")[0]):
        with pytest.raises(RollbookError):
            restore(empty, lost.backup, note=note)
    assert not (empty.home / "deployment.json").exists()


def _without(folder: Path, mirror: Path, name: str) -> FolderSource:
    shutil.copytree(mirror, folder / "other")
    (folder / "other" / "log" / name).unlink()
    return FolderSource(folder / "other")


def test_a_copy_that_lies_or_lacks_something_is_not_appended(lost: Lost, behind: Deployment, tmp_path: Path) -> None:
    size = behind.sequencer.size
    bundle = next((lost.mirror / "log" / "tile" / "entries").rglob("*.p/*"))
    name = bundle.relative_to(lost.mirror / "log").as_posix()
    assert _code(lambda: catch_up(behind, _without(tmp_path / "a", lost.mirror, name))) == "watch.missing"
    last = max(int(path.name) for path in (lost.mirror / "log" / "status-lists").iterdir())
    assert (
        _code(lambda: catch_up(behind, _without(tmp_path / "b", lost.mirror, f"status-lists/{last}")))
        == "watch.missing"
    )
    shutil.copytree(lost.mirror, tmp_path / "c")
    for path, code in ((name, "log.diverged"), (f"status-lists/{last}", "watch.damaged")):
        altered = tmp_path / "c" / "log" / path
        whole = altered.read_bytes()
        altered.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert _code(lambda: catch_up(behind, FolderSource(tmp_path / "c"))) == code
        altered.write_bytes(whole)
    assert behind.sequencer.size == size


def test_a_copy_as_old_as_the_backup_is_too_short(lost: Lost, restored: Settings, tmp_path: Path) -> None:
    with open_deployment(restored, address="") as deployment:
        mirror(deployment, tmp_path / "old")
    with open_deployment(restored, behind=True) as deployment:
        assert _code(lambda: catch_up(deployment, FolderSource(tmp_path / "old"))) == "catch_up.short"


def test_what_was_issued_in_between_is_never_mixed_with_the_public_log(lost: Lost, empty: Settings) -> None:
    restore(empty, lost.backup, unchecked=True)
    with open_deployment(empty) as deployment:
        deployment.records.issue(_caller(deployment), "transcript", _subject("n9"))
        size = deployment.sequencer.size
        with pytest.raises(ConflictError) as caught:
            catch_up(deployment, FolderSource(lost.mirror))
        assert (caught.value.code, deployment.sequencer.size) == ("log.diverged", size)


def test_a_restored_log_takes_nothing_before_the_chain_was_seen(lost: Lost, restored: Settings) -> None:
    away = load(home=restored.home, secret=SECRET, chain_url="http://127.0.0.1:9")
    with open_deployment(away) as deployment, pytest.raises(UnavailableError) as caught:
        deployment.records.issue(_caller(deployment), "transcript", _subject("n3"))
    assert caught.value.code == "log.unconfirmed"


def test_only_what_is_missing_is_put_back(lost: Lost, made_ledger: Ledger, tmp_path: Path) -> None:
    settings = load(home=tmp_path / "home", secret=SECRET)
    restore(settings, lost.backup, note=lost.note)
    with open_deployment(settings, behind=True) as deployment:
        catch_up(deployment, FolderSource(lost.mirror))
    shutil.rmtree(settings.home / "chain")
    done = restore(settings, lost.backup, missing=True)
    assert (done.database, done.chain) == (False, True)
    with open_deployment(settings) as deployment:  # a chain older than the log: the log goes on
        assert deployment.sequencer.size >= lost.size
        deployment.records.issue(_caller(deployment), "transcript", _subject("n5"))
        deployment.settle()
    for path in settings.home.glob("rollbook.sqlite*"):
        path.unlink()
    done = restore(settings, lost.backup, missing=True)
    assert (done.database, done.chain) == (True, False)
    with pytest.raises(ConflictError) as caught, open_deployment(settings):
        pass
    assert caught.value.code == "log.behind_chain"
    assert _code(lambda: restore(settings, lost.backup, missing=True)) == "restore.nothing"
