"""Jobs of many threads in few transactions: each is answered as if it had been alone, and nobody waits for ever."""

import threading
import time
from collections.abc import Sequence

import pytest

from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.grouping import Grouping


class Work:
    """Squares numbers in "transactions" that it records; can be held up, so that callers pile up."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.errors: dict[int, BaseException] = {}

    def __call__(self, jobs: Sequence[int]) -> list[int]:
        self.groups.append(list(jobs))
        assert self.gate.wait(10)
        for job in jobs:
            if job in self.errors:
                raise self.errors[job]
        return [job * job for job in jobs]


def _run(grouping: Grouping[int, int], jobs: list[int], work: Work) -> dict[int, object]:
    """Run job 0 in a thread that is held up, the rest meanwhile; what each got or raised."""
    got: dict[int, object] = {}

    def one(job: int) -> None:
        try:
            got[job] = grouping.run(job)
        except BaseException as error:
            got[job] = error

    work.gate.clear()
    threads = [threading.Thread(target=one, args=(job,)) for job in [0, *jobs]]
    threads[0].start()
    while not work.groups:
        time.sleep(0.001)
    for thread in threads[1:]:
        thread.start()
    while len(grouping._waiting) < len(jobs):
        time.sleep(0.001)
    work.gate.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    return got


def test_calls_that_wait_go_together() -> None:
    work = Work()
    got = _run(Grouping(work, lambda _: 1, 100), [1, 2, 3, 4], work)
    assert got == {n: n * n for n in range(5)}
    assert [sorted(group) for group in work.groups] == [[0], [1, 2, 3, 4]]


def test_a_lone_call_waits_for_nobody() -> None:
    work = Work()
    assert Grouping(work, lambda _: 1, 100).run(7) == 49
    assert work.groups == [[7]]


def test_a_group_is_no_heavier_than_allowed() -> None:
    work = Work()
    got = _run(Grouping(work, lambda job: 10 if job else 1, 20), [1, 2, 3, 4, 5], work)
    assert got == {n: n * n for n in range(6)}
    assert [len(group) for group in work.groups] == [1, 2, 2, 1]


def test_one_bad_job_fails_alone() -> None:
    work = Work()
    work.errors[3] = ConflictError("log.conflict", "three")
    got = _run(Grouping(work, lambda _: 1, 100), [1, 2, 3, 4], work)
    assert isinstance(got.pop(3), ConflictError)
    assert got == {n: n * n for n in (0, 1, 2, 4)}


def test_a_full_disk_is_everybodys_and_nobody_tries_alone() -> None:
    work = Work()
    work.errors[3] = UnavailableError("log.full")
    got = _run(Grouping(work, lambda _: 1, 100), [1, 2, 3, 4], work)
    assert got.pop(0) == 0
    assert {error.code for error in got.values() if isinstance(error, UnavailableError)} == {"log.full"}
    assert len({id(error) for error in got.values()}) == 4
    assert len(work.groups) == 2


@pytest.mark.parametrize("bad", [1, 4])
def test_an_interruption_leaves_nobody_waiting(bad: int) -> None:
    work = Work()
    work.errors[bad] = KeyboardInterrupt()
    work.errors[2] = ConflictError("log.conflict")
    got = _run(Grouping(work, lambda _: 1, 100), [1, 2, 3, 4], work)
    assert len(got) == 5
    assert sum(isinstance(error, KeyboardInterrupt) for error in got.values()) <= 1
    assert any(isinstance(error, UnavailableError) and error.code == "log.interrupted" for error in got.values())


def test_after_a_failure_the_next_call_goes_on() -> None:
    work = Work()
    grouping = Grouping(work, lambda _: 1, 100)
    work.errors[1] = UnavailableError("log.full")
    with pytest.raises(UnavailableError):
        grouping.run(1)
    work.errors.clear()
    assert grouping.run(1) == 1
