"""Rows of `log_anchors` that somebody altered: no file is judged by them, and people hear of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from api import serving
from api.deployment import Deployment
from api.http.app import create_app
from ledger.formats import canonical
from ledger.formats.errors import RollbookError
from ledger.log.submission import Caller
from ledger.log.transactions import writing
from tests.support.ledgers import SCHOOL, Ledger, bundle_of, opened
from tests.support.ledgers import ledger as own_ledger
from verifier.verifier import Verifier

__all__ = ["own_ledger"]

TIME = "UPDATE log_anchors SET block_time = block_time - 1 WHERE size = (SELECT {which}(size) FROM log_anchors)"
PREVIOUS = (
    "UPDATE log_anchors SET previous_size = previous_size + 1 WHERE size = (SELECT {which}(size) FROM log_anchors)"
)
ROOT = (
    "UPDATE log_checkpoints SET root = (SELECT root FROM log_checkpoints ORDER BY size {order} LIMIT 1)"
    " WHERE size = (SELECT {which}(size) FROM log_anchors)"
)
CHECKPOINT = (
    "INSERT INTO log_checkpoints (size, root, status_root, note, published_at)"
    " SELECT 1, root, status_root, note, published_at FROM log_checkpoints ORDER BY size LIMIT 1"
)
INVENTED = (
    "INSERT INTO log_anchors (size, previous_size, block_number, block_time, transaction_hash)"
    " SELECT 1, 0, block_number, block_time, transaction_hash FROM log_anchors ORDER BY size LIMIT 1"
)
LOST = "DELETE FROM log_anchors WHERE size = (SELECT min(size) FROM log_anchors)"

OLDEST = {
    "time": [TIME.format(which="min")],
    "root": [ROOT.format(which="min", order="DESC")],
    "invented": [CHECKPOINT, INVENTED],
    "lost": [LOST],
}
NEWEST = {
    "time": [TIME.format(which="max")],
    "previous": [PREVIOUS.format(which="max")],
    "invented": [
        INVENTED.replace("SELECT 1, 0,", "SELECT (SELECT max(size) FROM log_checkpoints), size,").replace(
            "ORDER BY size", "ORDER BY size DESC"
        )
    ],
}


def alter(deployment: Deployment, statements: list[str]) -> None:
    with writing(deployment.engine) as connection:
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount == 1


@contextmanager
def grown(ledger: Ledger) -> Iterator[Deployment]:
    """The ledger with a second anchor of its records' log, under a later block."""
    with opened(ledger.home) as deployment:
        member = deployment.schools.by_code(SCHOOL)
        deployment.records.revoke(Caller("tests", member.did), ledger.records[SCHOOL][-1], "for a second anchor")
        deployment.settle()
        assert len(deployment.reader.anchors().items) >= 2
        yield deployment


def alarms(deployment: Deployment) -> int:
    return deployment.alarms.counts.get("anchor.altered", 0)


def asked(deployment: Deployment, file: bytes) -> dict[str, Any]:
    with TestClient(create_app(deployment), base_url="http://localhost:8000") as client:
        report: dict[str, Any] = client.post("/v1/verify", content=file).json()
        return report


@pytest.mark.parametrize("how", OLDEST)
def test_a_valid_file_is_judged_by_an_altered_row(own_ledger: Ledger, how: str) -> None:
    """The file is older than the newest anchor, so that the server asks its own log for something fresher."""
    with opened(own_ledger.home) as deployment:
        file = canonical.dumps(bundle_of(deployment, own_ledger))
    with grown(own_ledger) as deployment:
        offline = Verifier(deployment.trust_root).verify(file, now=deployment.checking._now()).to_dict()
        assert asked(deployment, file)["asOf"] > offline["asOf"] and alarms(deployment) == 0
        alter(deployment, OLDEST[how])
        deployment.proofs._assembler._newest = None
        for _ in range(2):
            report = asked(deployment, file)
            assert report["verdict"] == offline["verdict"] == "valid"
            assert report["asOf"] == offline["asOf"]
        assert alarms(deployment) == 1
        with pytest.raises(RollbookError) as caught:
            bundle_of(deployment, own_ledger)
        assert caught.value.code == "anchor.altered"


def test_a_row_that_was_put_right_is_still_refused(own_ledger: Ledger) -> None:
    with grown(own_ledger) as deployment:
        alter(deployment, OLDEST["time"])
        with pytest.raises(RollbookError):
            bundle_of(deployment, own_ledger)
        alter(deployment, [TIME.format(which="min").replace("- 1", "+ 1")])
        file = bundle_of(deployment, own_ledger)
        assert Verifier(deployment.trust_root).verify(canonical.dumps(file), now=deployment.checking._now())


@pytest.mark.parametrize("how", NEWEST)
def test_a_start_that_does_not_see_an_altered_newest_anchor(own_ledger: Ledger, how: str) -> None:
    with grown(own_ledger) as deployment:
        if how == "invented":  # of a checkpoint that is published, and not anchored yet
            number = own_ledger.records[SCHOOL][0]
            deployment.records.revoke(Caller("tests", deployment.schools.by_code(SCHOOL).did), number, "drill")
            deployment.status.publish()
            deployment.sequencer.publish()
        alter(deployment, NEWEST[how])
    with opened(own_ledger.home) as deployment:
        assert alarms(deployment) == 1
        with serving.leading(deployment) as leadership, TestClient(create_app(deployment, leadership)) as client:
            for _ in range(200):
                ready = client.get("/readyz", headers={"host": "localhost:8000"})
                if ready.json()["workers"]["confirming"] != "ok":
                    break
            assert ready.json()["workers"]["confirming"] == "anchor.altered"


def test_an_honest_start_raises_an_alarm(own_ledger: Ledger) -> None:
    with grown(own_ledger) as deployment:
        pass
    with opened(own_ledger.home) as deployment:
        assert (deployment.anchors_state(), alarms(deployment)) == ("ok", 0)
