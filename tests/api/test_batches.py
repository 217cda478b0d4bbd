"""Batches: what was accepted is done once, survives a kill, and leaves nothing of anybody behind."""

import hashlib
import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from api.batches.jobs import _BATCHES, KEPT_SECONDS, Batches
from ledger.formats import canonical
from ledger.formats.errors import FormatError, NotFoundError, UnavailableError
from ledger.log.transactions import reading
from tests.support.ledgers import bundle_of
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, RECORD
from verifier.verifier import Verifier

SCENE = Scene()
BUNDLE = canonical.dumps(SCENE.bundle())
SPOILED = BUNDLE.replace("陈𠮷".encode(), "陈吉".encode())


class Clock:
    def __init__(self) -> None:
        self.now = SCENE.now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def batches_of(engine: Engine, clock: Clock) -> Batches:
    verifier = Verifier(SCENE.world.trust_root())
    return Batches(
        engine,
        lambda data, policy: verifier.verify(data, policy=policy, now=SCENE.now),
        lambda error, policy: verifier.refuse(error, policy=policy, now=SCENE.now),
        clock,
    )


@pytest.fixture
def batches(sqlite_engine: Engine, clock: Clock) -> Batches:
    return batches_of(sqlite_engine, clock)


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in members:
            opened.writestr(name, data)
    return out.getvalue()


def stored(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(connection.execute(select(_BATCHES)))


def result_of(batches: Batches, name: str) -> dict[str, Any]:
    result = batches.get(name).result
    assert result is not None
    return result


def test_every_member_has_a_report_and_nothing_of_the_learner_is_kept(engine: Engine, clock: Clock):
    batches = batches_of(engine, clock)
    name = batches.add(packed(("张三.json", BUNDLE), ("b.json", SPOILED), ("c.txt", b"x")), RECORD)
    assert batches.get(name).state == "waiting"
    assert batches.step() and not batches.step()
    found = result_of(batches, name)
    assert batches.get(name).state == "done" and found["counts"] == {"valid": 1, "invalid": 2, "indeterminate": 0}
    assert [one["report"]["verdict"] for one in found["reports"]] == ["invalid", "invalid", "valid"]
    assert found["reports"][2]["sha256"] == hashlib.sha256(BUNDLE).hexdigest()
    assert found["reports"][2]["report"]["issuer"]["code"] == "350206001"
    (row,) = stored(engine)
    assert row.upload is None
    for word in ("陈", "0012345678", "张三", "courses", "高等数学"):
        assert word not in row.result.decode()


def test_a_job_that_was_stopped_in_the_middle_begins_again(sqlite_engine: Engine, batches: Batches, clock: Clock):
    name = batches.add(packed(("1.json", BUNDLE), ("2.json", BUNDLE)), RECORD)
    answers = iter([False, True])
    assert not batches.step(lambda _: next(answers))
    assert batches.get(name).state == "waiting"
    again = batches_of(sqlite_engine, clock)
    assert again.step() and result_of(again, name)["counts"]["valid"] == 2


def test_jobs_are_done_in_turn_under_their_own_policy(batches: Batches):
    names = [batches.add(packed(("1.json", BUNDLE)), policy) for policy in (ARCHIVE, RECORD)]
    assert batches.step()
    assert [batches.get(name).state for name in names] == ["done", "waiting"]
    assert result_of(batches, names[0])["reports"][0]["report"]["policy"] == "archive"


def test_a_result_is_deleted_after_a_day(sqlite_engine: Engine, batches: Batches, clock: Clock):
    name = batches.add(packed(("1.json", BUNDLE)), RECORD)
    batches.step()
    clock.now += timedelta(seconds=KEPT_SECONDS + 1)
    with pytest.raises(NotFoundError):
        batches.get(name)
    batches.step()
    assert stored(sqlite_engine) == []


def test_an_archive_that_waits_is_not_lost_to_time(batches: Batches, clock: Clock):
    name = batches.add(packed(("1.json", BUNDLE)), RECORD)
    clock.now += timedelta(days=9)
    assert batches.step() and batches.get(name).state == "done"


def test_too_much_that_waits(batches: Batches, monkeypatch: pytest.MonkeyPatch):
    data = packed(("1.json", BUNDLE))
    monkeypatch.setattr("api.batches.jobs.MAX_WAITING_BYTES", 2 * len(data))
    batches.add(data, RECORD)
    batches.add(data, RECORD)
    with pytest.raises(UnavailableError) as caught:
        batches.add(data, RECORD)
    assert caught.value.code == "batch.busy"
    batches.step()
    batches.add(data, RECORD)


REFUSED = [b"", b"{}", b"PK\x03\x04", packed(("index.html", b"")), packed(("../a", b"{}"))]


@pytest.mark.parametrize("data", REFUSED)
def test_an_archive_that_is_refused_is_no_job(batches: Batches, sqlite_engine: Engine, data: bytes):
    with pytest.raises(FormatError):
        batches.add(data, RECORD)
    assert stored(sqlite_engine) == []


def test_a_member_that_cannot_be_opened_has_a_report(batches: Batches):
    name = batches.add(packed(("a.json", bytes(6 << 20))), RECORD)
    batches.step()
    (found,) = result_of(batches, name)["reports"]
    assert (found["sha256"], found["report"]["checks"][0]["code"]) == (None, "document.too_large")


def test_the_worker_does_what_arrives_and_stops_when_told(batches: Batches):
    name = batches.add(packed(("1.json", BUNDLE)), RECORD)
    batches.run(lambda _: batches.get(name).state == "done", pause=0.01)
    assert batches.get(name).state == "done"


def test_an_archive_over_http(client, deployment, ledger):
    data = packed(("1.json", canonical.dumps(bundle_of(deployment, ledger))))
    answer = client.post("/v1/verify/batch", content=data)
    assert answer.status_code == 202 and answer.headers["location"] == answer.json()["url"]
    assert client.get(answer.json()["url"]).json()["state"] == "waiting"
    assert deployment.batches.step()
    done = client.get(answer.json()["url"]).json()
    assert (done["state"], done["total"], done["counts"]["valid"]) == ("done", 1, 1)
    for job in ("0" * 48, "0" * 47, "x" * 48, "%00"):
        assert client.get(f"/v1/jobs/{job}").status_code in (400, 404)
    for refused in REFUSED:
        assert client.post("/v1/verify/batch", content=refused).status_code == 400
    assert client.post("/v1/verify/batch?policy=anything", content=data).status_code == 400
