"""Anchoring: each checkpoint on the chain once, after a crash between any two acts, and issuing never waits for it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.formats.errors import ConflictError, UnavailableError
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import writing
from tests.support.logs import open_sequencer
from tests.support.school import School
from tests.support.simulated_registry import SimulatedHead, SimulatedRegistry

SCHOOL = School("one")
MANY = SCHOOL.submissions(range(60))


class Crash(BaseException):
    """The process ends here."""


class Waits:
    """Stands in for the clock: keeps what was waited, and says stop after so many."""

    def __init__(self, stop_after: int = 10**6, then: Callable[[], object] = lambda: None) -> None:
        self.waited: list[float] = []
        self._stop_after = stop_after
        self._then = then

    def __call__(self, seconds: float) -> bool:
        self.waited.append(seconds)
        self._then()
        return len(self.waited) >= self._stop_after


class Crashing:
    """Passes calls on to ``inner`` and ends the process before or after the first call of the method ``at``."""

    def __init__(self, inner: Any, at: str, after: bool) -> None:
        self._inner, self._at, self._after = inner, at, after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)

        def call(*args: Any) -> Any:
            if name != self._at:
                return method(*args)
            if self._after:
                method(*args)
            raise Crash

        return call


class Replacing:
    """Passes calls on to ``inner``, but for those that are replaced."""

    def __init__(self, inner: object, **replaced: object) -> None:
        self._inner = inner
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[SimulatedRegistry]:
    made = SimulatedRegistry(tmp_path / "chain.sqlite")
    yield made
    made.close()


def _worker(log: Any, registry: Any, waits: Waits | None = None, **more: Any) -> AnchoringWorker:
    return AnchoringWorker(log, registry, wait=waits or Waits(), jitter=lambda: 1.0, **more)


def _opened(engine: Engine) -> Sequencer:
    return open_sequencer(engine, confirmed=False)


def _fill(sequencer: Sequencer, end: int) -> None:
    sequencer.append(MANY[sequencer.size : end], caller=SCHOOL.caller)


def _assert_once_each(engine: Engine, registry: SimulatedRegistry) -> None:
    """What is recorded is what the chain has; each checkpoint there once, by the one transaction ever sent for it."""
    reader = LogReader(engine)
    anchors = reader.anchors().items[::-1]
    assert [anchor.size for anchor in anchors] == registry.sizes()
    assert [anchor.size for anchor in anchors] == [one.size for one in reader.checkpoints().items[::-1]]
    previous = 0
    for anchor in anchors:
        accepted = registry.accepted(anchor.size)
        assert accepted is not None
        assert registry.sent_for(anchor.size) == 1
        assert anchor.root == accepted.root == reader.root(anchor.size)
        assert (anchor.time, anchor.block_number) == (accepted.time, accepted.block_number)
        assert anchor.previous_size == previous
        previous = anchor.size


def test_a_step_publishes_and_anchors_all_that_is_new(engine: Engine, registry: SimulatedRegistry) -> None:
    sequencer = _opened(engine)
    worker = _worker(sequencer, registry)
    assert worker.step() is False
    for size in (3, 4, 11):
        _fill(sequencer, size)
        assert worker.step() is True
        assert worker.step() is False
    assert registry.sizes() == [3, 4, 11]
    _assert_once_each(engine, registry)


def test_checkpoints_that_are_published_already_are_anchored_in_order(
    engine: Engine, registry: SimulatedRegistry
) -> None:
    sequencer = _opened(engine)
    sequencer.confirm(0, bytes(32))
    for size in (2, 5, 6):
        _fill(sequencer, size)
        sequencer.publish()
    worker = _worker(sequencer, registry)
    assert [worker.step() for _ in range(4)] == [True, True, True, False]
    assert registry.sizes() == [2, 5, 6]
    _assert_once_each(engine, registry)


CRASHES = [
    ("registry", "head"),
    ("log", "confirm"),
    ("log", "unanchored"),
    ("log", "publish"),
    ("log", "attempt"),
    ("log", "consistency_proof"),
    ("registry", "prepare"),
    ("log", "keep_attempt"),
    ("registry", "send"),
    ("registry", "accepted"),
    ("log", "record"),
]


@pytest.mark.parametrize("automatic", [True, False], ids=["mined-at-once", "mined-later"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("where", "at"), CRASHES)
def test_after_a_crash_between_any_two_acts_there_is_one_anchor(
    engine: Engine, registry: SimulatedRegistry, where: str, at: str, after: bool, automatic: bool
) -> None:
    registry.automatic = automatic
    mine: Callable[[], object] = (lambda: None) if automatic else registry.mine
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    _worker(sequencer, registry, Waits(then=mine)).step()
    _fill(sequencer, 9)
    log, chain = (
        (Crashing(sequencer, at, after), registry) if where == "log" else (sequencer, Crashing(registry, at, after))
    )
    # Only the last act comes after the block; before, the crash is to leave the transaction in the pool.
    with pytest.raises(Crash):
        _worker(log, chain, Waits(then=mine) if at == "record" else Waits()).step()
    again = _opened(engine)
    _fill(again, 13)
    worker = _worker(again, registry, Waits(then=mine))
    while worker.step():
        pass
    assert LogReader(engine).checkpoint().size == 13
    _assert_once_each(engine, registry)


def test_a_transaction_that_waits_in_the_pool_is_sent_again_and_not_made_anew(
    engine: Engine, registry: SimulatedRegistry
) -> None:
    registry.automatic = False
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    worker = _worker(sequencer, registry, pace=Pace(poll=1, patience=3))
    for _ in range(3):
        with pytest.raises(UnavailableError) as caught:
            worker.step()
        assert caught.value.code == "chain.pending"
        _fill(sequencer, sequencer.size + 1)
    registry.mine()
    assert worker.step() is True
    assert registry.sizes() == [4]
    _assert_once_each(engine, registry)


def test_a_number_that_something_else_used_is_replaced(engine: Engine, registry: SimulatedRegistry) -> None:
    registry.automatic = False
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    with pytest.raises(Crash):
        _worker(sequencer, Crashing(registry, "send", after=False)).step()
    registry.spend_a_number()
    registry.automatic = True
    assert _worker(sequencer, registry).step() is True
    assert registry.sizes() == [4]
    _assert_once_each(engine, registry)


def _lose_attempts(engine: Engine) -> None:
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM log_anchor_attempts"))


def test_an_accepted_checkpoint_whose_transaction_is_forgotten_is_only_recorded(
    engine: Engine, registry: SimulatedRegistry
) -> None:
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    with pytest.raises(Crash):
        _worker(Crashing(sequencer, "record", after=False), registry).step()
    _lose_attempts(engine)
    assert _worker(_opened(engine), registry).step() is True
    _assert_once_each(engine, registry)


def test_a_checkpoint_that_another_transaction_anchored_meanwhile_is_only_recorded(
    engine: Engine, registry: SimulatedRegistry
) -> None:
    """Between reading the head and sending: the number is spent, and on this very checkpoint."""
    registry.automatic = False
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    with pytest.raises(Crash):
        _worker(sequencer, Crashing(registry, "send", after=False)).step()
    ours = sequencer.attempt(4)
    assert ours is not None
    _lose_attempts(engine)
    registry.automatic = True
    with pytest.raises(Crash):
        _worker(Crashing(sequencer, "record", after=False), registry).step()
    sequencer.keep_attempt(4, ours)
    late = Replacing(registry, head=lambda: SimulatedHead(0, bytes(32)))
    assert _worker(sequencer, late).step() is True
    _assert_once_each(engine, registry)


def test_what_the_contract_refuses_is_not_sent(engine: Engine, registry: SimulatedRegistry) -> None:
    sequencer = _opened(engine)
    _fill(sequencer, 4)
    _worker(sequencer, registry).step()
    _fill(sequencer, 5)
    wrong = Replacing(registry, prepare=lambda size, root, status, _: registry.prepare(size, root, status, [bytes(32)]))
    with pytest.raises(ConflictError) as caught:
        _worker(sequencer, wrong).step()
    assert caught.value.code == "chain.refused"
    assert registry.sent_for(5) == 0


def test_an_old_backup_neither_publishes_nor_anchors(engine: Engine, registry: SimulatedRegistry) -> None:
    sequencer = _opened(engine)
    _fill(sequencer, 9)
    _worker(sequencer, registry).step()
    ahead = Replacing(registry, head=lambda: SimulatedHead(12, b"\1" * 32))
    _fill(sequencer, 10)
    waits = Waits()
    with pytest.raises(ConflictError) as caught:
        _worker(sequencer, ahead, waits).run()
    assert caught.value.code == "log.behind_chain"
    assert LogReader(engine).checkpoint().size == 9
    assert waits.waited == []


def test_appending_does_not_wait_for_a_chain_that_is_gone(engine: Engine, registry: SimulatedRegistry) -> None:
    sequencer = _opened(engine)
    registry.reachable = False
    worker = _worker(sequencer, registry)
    for size in (3, 5):
        _fill(sequencer, size)
        with pytest.raises(UnavailableError):
            worker.step()
    assert sequencer.size == 5
    assert LogReader(engine).checkpoints().items == ()
    registry.reachable = True
    assert worker.step() is True
    assert registry.sizes() == [5]


def test_retries_wait_longer_and_longer_up_to_a_limit_and_start_over(
    engine: Engine, registry: SimulatedRegistry
) -> None:
    sequencer = _opened(engine)
    _fill(sequencer, 1)
    registry.reachable = False

    def recover() -> None:
        registry.reachable = len(waits.waited) == 7

    waits = Waits(stop_after=9, then=recover)
    pace = Pace(interval=0.5, first_retry=1, longest_retry=8)
    _worker(sequencer, registry, waits, pace=pace).run()
    assert waits.waited == [1, 2, 4, 8, 8, 8, 8, 0.5, 1]
    assert registry.sizes() == [1]


def test_jitter_cuts_a_pause_by_up_to_half() -> None:
    for jitter, expected in ((0.0, [0.5, 1.0, 2.0]), (1.0, [1.0, 2.0, 4.0]), (0.5, [0.75, 1.5, 3.0])):
        pauses = Pace(first_retry=1).retries(lambda jitter=jitter: jitter)  # type: ignore[misc]
        assert [next(pauses) for _ in range(3)] == expected


def test_the_worker_stops_when_told(engine: Engine, registry: SimulatedRegistry) -> None:
    sequencer = _opened(engine)
    _fill(sequencer, 1)
    _worker(sequencer, registry, Waits(stop_after=1)).run()
    assert registry.sizes() == [1]
    registry.automatic = False
    _fill(sequencer, 2)
    waits = Waits(stop_after=1)
    with pytest.raises(UnavailableError):
        _worker(sequencer, registry, waits).step()  # told to stop while it looks for its transaction
    assert len(waits.waited) == 1


def test_a_fenced_worker_sends_nothing(engine: Engine, registry: SimulatedRegistry) -> None:
    old = _opened(engine)
    _fill(old, 4)
    _opened(engine)
    with pytest.raises(UnavailableError) as caught:
        _worker(old, registry).step()
    assert caught.value.code == "log.fenced"
    assert registry.sent_for(4) == 0
