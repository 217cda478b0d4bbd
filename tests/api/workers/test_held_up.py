"""A worker that goes on trying says what holds it up: `/readyz` shows it, and no `ok`."""

import threading
from contextlib import ExitStack

from starlette.testclient import TestClient

from api import serving
from api.deployment import Deployment, log_id, note_key
from api.http.app import create_app
from api.leading import Alone
from api.workers.runner import Wait, Workers
from ledger.log.submission import Caller
from tests.support.ledgers import SCHOOL, Ledger


def test_what_a_worker_tells_outlasts_what_it_tells_next() -> None:
    told, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work(wait: Wait) -> None:
        wait.tell("chain.refused")
        told.set()
        assert go_on.wait(5)
        wait.tell("ok")
        done.set()
        wait(60)

    with Workers({"anchoring": work}) as workers:
        assert told.wait(5) and workers.states == {"anchoring": "chain.refused"}
        go_on.set()
        assert done.wait(5) and workers.states == {"anchoring": "ok"}
    assert workers.states == {"anchoring": "stopped"}


def test_a_contract_that_refuses_leaves_anchoring_ok(deployment: Deployment, ledger: Ledger) -> None:
    log = log_id(deployment.facts, note_key(deployment.keystore))
    chain, operator = deployment.opened.chain, deployment.accounts.operator.address
    chain.transact(deployment.checkpoints.set_operator(log, b"\x11" * 20), deployment.accounts.authority)
    did = deployment.schools.by_code(SCHOOL).did
    record = ledger.records[SCHOOL][0]
    refused, again = threading.Event(), threading.Event()
    works = serving.works(deployment)

    def anchoring(wait: Wait) -> None:
        def tell(code: str) -> None:
            wait.tell(code)
            {"chain.refused": refused, "ok": again}[code].set()

        works["anchoring"](Wait(stop, tell))

    deployment.records.revoke(Caller("tests", did), record, "something to anchor")
    deployment.status.publish()
    stop = threading.Event()
    with ExitStack() as stack:
        leadership = stack.enter_context(Alone({"anchoring": anchoring}))
        stack.callback(stop.set)
        application = create_app(deployment, leadership)
        client = stack.enter_context(TestClient(application, base_url="http://localhost:8000"))
        assert refused.wait(30)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["workers"]) == (200, {"anchoring": "chain.refused"})
        again.clear()
        chain.transact(deployment.checkpoints.set_operator(log, operator), deployment.accounts.authority)
        assert again.wait(30)
        assert client.get("/readyz").json()["workers"] == {"anchoring": "ok"}
