"""Kill -9 in the middle of appending, publishing and anchoring: nothing acknowledged is lost, doubled or reordered."""

import random
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine

from ledger.log.reader import LogReader
from ledger.log.transactions import writing
from tests.faults.client import NOTES, Client, compare
from tests.support.simulated_registry import SimulatedRegistry


def _compare_anchors(engine: Engine, chain: Path, *, all_done: bool) -> None:
    """One transaction ever for each checkpoint, and what is recorded is what the chain has."""
    registry = SimulatedRegistry(chain, automatic=False)
    accepted = registry.sizes()
    recorded, before = [], None
    while True:
        page = LogReader(engine).anchors(before)
        recorded += [anchor.size for anchor in page.items]
        if (before := page.before) is None:
            break
    recorded.reverse()
    assert recorded == accepted[: len(recorded)]
    assert len(recorded) >= len(accepted) - 1
    assert [registry.sent_for(size) for size in accepted] == [1] * len(accepted)
    assert not all_done or recorded == accepted
    registry.close()


def _rounds(engine: Engine, tmp_path: Path, count: int, seed: int) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with writing(engine) as connection:
        NOTES.create(connection)
    chain = tmp_path / "chain.sqlite"
    delays = random.Random(seed)
    with closing(Client(url, chain, tmp_path / "journal", seed)) as client:
        for number in range(count):
            # Every third kill comes wherever it comes, most of them while the server opens the log.
            client.round(delays.uniform(0.0, 0.3), from_start=number % 3 == 2)
            compare(engine, client)
            _compare_anchors(engine, chain, all_done=False)
        client.settle(engine)
    compare(engine, client)
    _compare_anchors(engine, chain, all_done=True)
    assert client.indices.keys() == client.asked.keys()
    assert client.refusals == {}
    # Else the load was too light for the kills to mean anything.
    assert client.kills_while_busy > count / 2
    assert len(client.checkpoints) > count / 2


def test_ten_kills_lose_and_double_nothing(engine: Engine, tmp_path: Path) -> None:
    _rounds(engine, tmp_path, 10, seed=1)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_kills_lose_and_double_nothing(engine: Engine, tmp_path: Path, seed: int) -> None:
    _rounds(engine, tmp_path, 10, seed=seed)
