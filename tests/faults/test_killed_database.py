"""Several processes over PostgreSQL while that is killed and started again under load."""

import random
import time
from pathlib import Path

import pytest

from tests.faults.scenes import scene

pytestmark = [pytest.mark.faults, pytest.mark.postgres]


def test_the_database_killed_twenty_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    delays = random.Random(1)
    with scene(tmp_path, 1) as (database, _, load):
        for _ in range(20):
            time.sleep(delays.uniform(0.0, 0.4))
            database.kill()
            database.start()
            load.wait_for(3)
    assert sum(load.refusals.values()) > 20, load.refusals
