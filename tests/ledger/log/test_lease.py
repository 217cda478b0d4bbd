"""The lease over one PostgreSQL database: who may write, and who, having been paused, may not any more."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, text

from api.database import open_engine
from ledger.formats.errors import ConflictError, RollbookError, UnavailableError
from ledger.log.lease import ASKED_SECONDS, Lease
from ledger.log.publication import KeptTransaction
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import reading
from tests.support.logs import open_sequencer
from tests.support.school import School

pytestmark = pytest.mark.postgres
SCHOOL = School("one")
LONG, SHORT = 60.0, 0.25


@pytest.fixture
def process(migrated_url: str) -> Iterator[Callable[..., tuple[Sequencer, Lease]]]:
    """Makes a sequencer with connections of its own, as another process would have."""
    engines: list[Engine] = []

    def make(name: str, seconds: float = LONG) -> tuple[Sequencer, Lease]:
        engines.append(open_engine(migrated_url))
        lease = Lease(engines[-1], holder=name, address=f"http://{name}", seconds=seconds)
        return open_sequencer(engines[-1], confirmed=False, lease=lease), lease

    yield make
    for engine in engines:
        engine.dispose()


@contextmanager
def refused(code: str) -> Iterator[None]:
    """The block raises this code."""
    with pytest.raises(RollbookError) as caught:
        yield
    assert caught.value.code == code


def _append(sequencer: Sequencer, number: int) -> list[int]:
    return sequencer.append(SCHOOL.submissions(range(number, number + 1)), caller=SCHOOL.caller)


def test_one_leads_and_the_other_writes_nothing(process: Callable[..., tuple[Sequencer, Lease]]) -> None:
    (first, _), (second, lease) = process("first"), process("second")
    with refused("log.standby"):
        _append(first, 0)
    assert first.lead() and not second.lead()
    assert _append(first, 0) == [0]
    held = lease.look()
    assert (held.holder, held.address, held.live, held.epoch) == ("first", "http://first", True, first.epoch)
    with refused("log.standby"):
        _append(second, 1)
    first.step_back()
    assert second.lead() and not first.lead()  # at once, without waiting for the lease's end
    assert _append(second, 1) == [1]
    with refused("log.standby"):
        _append(first, 2)


def test_a_leader_without_heartbeats_is_replaced_and_writes_no_more(
    process: Callable[..., tuple[Sequencer, Lease]],
) -> None:
    (paused, its_lease), (other, _) = process("paused", SHORT), process("other", SHORT)
    assert paused.lead()
    paused.confirm(0, bytes(32))
    _append(paused, 0)
    made = paused.publish()
    assert made is not None and its_lease.renew(paused.epoch)
    time.sleep(2 * SHORT)
    assert other.lead()
    _append(other, 1)
    acts: list[Callable[[], object]] = [
        lambda: _append(paused, 2),
        lambda: paused.publish_status(SCHOOL.signed_status(1, [1]), caller=SCHOOL.caller),
        paused.publish,
        lambda: paused.keep_attempt(1, KeptTransaction(b"late", bytes(32))),
        paused.check,
    ]
    for act in acts:
        with refused("log.fenced"):
            act()
    assert not its_lease.renew(paused.epoch)
    paused.step_back()  # which releases nothing: it is another's
    assert not paused.lead()
    with reading(other.tree.engine) as connection:
        written = [
            connection.scalar(text(f"SELECT count(*) FROM {name}"))
            for name in ("log_entries", "log_checkpoints", "log_anchor_attempts", "log_status_lists")
        ]
    assert written == [2, 1, 0, 0]


def test_a_leader_paused_within_a_transaction_keeps_nobody_waiting(
    process: Callable[..., tuple[Sequencer, Lease]],
) -> None:
    (paused, _), (other, _) = process("paused", SHORT), process("other", SHORT)
    assert paused.lead()
    within, wake = threading.Event(), threading.Event()
    ended: list[RollbookError] = []

    def write() -> None:
        try:
            with paused._writer.transaction() as connection:
                connection.execute(text("UPDATE log_sequencer SET holder = 'late'"))
                within.set()
                wake.wait(30)
        except UnavailableError as error:
            ended.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    assert within.wait(10)
    time.sleep(2 * SHORT)
    started = time.monotonic()
    assert other.lead()
    assert time.monotonic() - started < 5
    wake.set()
    thread.join()
    assert [error.code for error in ended] == ["log.unavailable"]
    with reading(other.tree.engine) as connection:
        assert connection.scalar(text("SELECT holder FROM log_sequencer")) != "late"
    with refused("log.fenced"):
        paused.check()


def test_heartbeats_keep_the_lease(process: Callable[..., tuple[Sequencer, Lease]]) -> None:
    (first, lease), (second, _) = process("first", 2 * SHORT), process("second", 2 * SHORT)
    assert first.lead()
    for _ in range(4):
        time.sleep(SHORT)
        assert lease.renew(first.epoch) and not second.lead()


def test_a_command_that_asks_comes_before_servers(process: Callable[..., tuple[Sequencer, Lease]]) -> None:
    (server, lease), (command, its_lease) = process("server"), process("command")
    assert server.lead()
    assert not lease.look().asked and not command.lead(asking=True)
    its_lease.ask()
    assert lease.look().asked
    server.step_back()
    assert not server.lead()  # it is left to whoever asked
    assert command.lead(asking=True)
    assert not lease.look().asked
    command.step_back()
    assert server.lead()


def test_a_command_that_asks_and_never_comes_keeps_servers_away_for_seconds_only(
    process: Callable[..., tuple[Sequencer, Lease]],
) -> None:
    (server, _), (_, its_lease) = process("server"), process("command")
    its_lease.ask()
    assert not server.lead()
    with reading(server.tree.engine) as connection:
        age = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp()) * 1000 - asked FROM log_lease"))
    assert 0 <= age < 1000 * ASKED_SECONDS


def test_of_many_at_once_one_leads(process: Callable[..., tuple[Sequencer, Lease]]) -> None:
    candidates = [process(str(number))[0] for number in range(4)]
    leading: list[bool] = []
    threads = [threading.Thread(target=lambda one=one: leading.append(one.lead())) for one in candidates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(leading) == [False, False, False, True]


def test_who_leads_anew_confirms_anew(process: Callable[..., tuple[Sequencer, Lease]]) -> None:
    (first, _), (second, _) = process("first"), process("second")
    assert first.lead()
    first.confirm(0, bytes(32))
    _append(first, 0)
    first.step_back()
    assert second.lead()
    with refused("log.unconfirmed"):
        second.publish()
    with pytest.raises(ConflictError):
        second.confirm(7, bytes(32))
    second.step_back()
    assert first.lead()
    with refused("log.unconfirmed"):
        first.publish()
