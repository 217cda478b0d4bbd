"""Workers outlive their failures and stop when told to."""

import threading

from api.workers.runner import Workers
from ledger.formats.errors import ConflictError, UnavailableError


def waited(event: threading.Event) -> bool:
    return event.wait(5)


def test_a_worker_that_fails_is_started_again() -> None:
    runs, again = [], threading.Event()

    def work(wait) -> None:
        runs.append(1)
        if len(runs) < 3:
            raise UnavailableError("chain.unreachable") if len(runs) == 1 else KeyError("defect")
        again.set()
        wait(60)

    with Workers({"anchoring": work}, retry_seconds=0.01):
        assert waited(again)
    assert len(runs) == 3


def test_what_no_retry_can_mend_ends_the_worker_and_is_named() -> None:
    done = threading.Event()

    def work(wait) -> None:
        done.set()
        raise ConflictError("log.behind_chain", "an old backup")

    other = threading.Event()

    def healthy(wait) -> None:
        other.set()
        wait(60)

    workers = Workers({"anchoring": work, "status": healthy}, retry_seconds=0.01)
    workers.start()
    assert waited(done) and waited(other)
    for thread in threading.enumerate():
        if thread.name == "rollbook-anchoring":
            thread.join(5)
    assert workers.states == {"anchoring": "log.behind_chain", "status": "ok"}
    workers.stop()
    assert workers.states == {"anchoring": "log.behind_chain", "status": "stopped"}


def test_stopping_waits_until_the_work_in_hand_is_done() -> None:
    begun, finished = threading.Event(), []

    def work(wait) -> None:
        begun.set()
        wait(60)
        finished.append(True)

    workers = Workers({"anchoring": work})
    workers.start()
    assert waited(begun)
    workers.stop()
    assert finished == [True] and workers.states == {"anchoring": "stopped"}
