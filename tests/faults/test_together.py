"""Several processes over PostgreSQL while the database, or whoever leads, is killed or paused under load."""

import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.database import open_engine
from api.settings import load
from api.wiring import open_deployment
from tests.faults.cluster import Database, Member, leader_of, members
from tests.faults.load import Load, compare
from tests.support.together import Together, deployed, until

pytestmark = [pytest.mark.faults, pytest.mark.postgres]

LEASE = 1.0


@contextmanager
def scene(tmp_path: Path, seed: int, number: int = 3) -> Iterator[tuple[Database, list[Member], Load]]:
    """Processes under load; afterwards everything is compared."""
    with tempfile.TemporaryDirectory(prefix="rollbook-pg-", dir="/tmp") as folder:
        database = Database(Path(folder))
        with deployed(tmp_path, database.url, lease=LEASE) as together:
            with members(together, tmp_path, number) as found, Load(found, together, seed) as load:
                load.wait_for(10)
                yield database, found, load
            compare_all(together, database, load)
        database.stop()


def compare_all(together: Together, database: Database, found: Load) -> None:
    """With the processes gone: what is stored, and what the chain has once all is anchored."""
    time.sleep(LEASE)
    with open_deployment(load(**together.settings)) as deployment:
        deployment.settle()
        registry, anchors = deployment.checkpoints, deployment.anchors
        accepted: list[Any] = registry.anchored(anchors._log_id, 0, deployment.opened.chain.head().number)
        assert accepted[-1].size == deployment.reader.size()
        # Each was sent once: the operator's account has sent nothing besides.
        assert len({one.transaction_hash for one in accepted}) == len(accepted)
    engine = open_engine(database.url)
    compare(engine, found, accepted)
    engine.dispose()


def test_the_database_killed_twenty_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    delays = random.Random(1)
    with scene(tmp_path, 1) as (database, _, load):
        for _ in range(20):
            time.sleep(delays.uniform(0.0, 0.4))
            database.kill()
            database.start()
            load.wait_for(3)
    assert sum(load.refusals.values()) > 20, load.refusals


def test_leaders_killed_twenty_times_lose_and_double_nothing(tmp_path: Path) -> None:
    delays = random.Random(2)
    killed = set()
    with scene(tmp_path, 2) as (_, found, load):
        for _ in range(20):
            leader = leader_of(found)
            time.sleep(delays.uniform(0.0, 0.4))
            leader.kill()
            killed.add(leader.url)
            leader.start()
            load.wait_for(3)
    assert len(killed) > 1  # another took over, and was killed in turn


def test_a_leader_that_sleeps_past_its_lease_wakes_up_as_one_of_the_others(tmp_path: Path) -> None:
    delays = random.Random(3)
    with scene(tmp_path, 3) as (_, found, load):
        for _ in range(8):
            paused = leader_of(found)
            epoch = paused.state()["leader"]["epoch"]
            time.sleep(delays.uniform(0.0, 0.3))
            paused.signal(signal.SIGSTOP)
            rest = [one for one in found if one is not paused]
            until(lambda rest=rest: any(one.leads for one in rest))
            load.wait_for(3)
            paused.signal(signal.SIGCONT)
            until(lambda paused=paused: paused.state().get("leader", {}).get("here") is False)
            assert leader_of(found).state()["leader"]["epoch"] > epoch
    assert load.refusals["log.fenced"] + load.refusals["log.unavailable"] + load.refusals["log.standby"] > 0


def test_leaders_that_stop_in_order_hand_over_before_their_lease_ends(tmp_path: Path) -> None:
    with scene(tmp_path, 4, number=2) as (_, found, load):
        for _ in range(3):
            leader = leader_of(found)
            assert leader.stop() == 0
            started = time.monotonic()
            leader_of([one for one in found if one is not leader])
            assert time.monotonic() - started < LEASE
            leader.start()
            load.wait_for(5)
