"""Kill -9 in the middle of appending, publishing and anchoring: nothing acknowledged is lost, doubled or reordered."""

import random
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from ledger.log.reader import LogReader
from ledger.log.transactions import writing
from tests.faults.client import NOTES, Client, compare
from tests.support.simulated_registry import SimulatedRegistry

Accepted = Callable[[Path], list[int]]


def _simulated(chain: Path) -> list[int]:
    """Every accepted size in order; for each there was one transaction ever."""
    with closing(SimulatedRegistry(chain, automatic=False)) as registry:
        sizes = registry.sizes()
        assert [registry.sent_for(size) for size in sizes] == [1] * len(sizes)
        return sizes


def _recorded(engine: Engine) -> list[int]:
    sizes: list[int] = []
    before = None
    while True:
        page = LogReader(engine).anchors(before)
        sizes += [anchor.size for anchor in page.items]
        if (before := page.before) is None:
            return sizes[::-1]


def _rounds(
    engine: Engine,
    tmp_path: Path,
    count: int,
    seed: int,
    accepted: Accepted,
    *,
    longest: float = 0.3,
    **server: Any,
) -> None:
    url = engine.url.render_as_string(hide_password=False)
    with writing(engine) as connection:
        NOTES.create(connection)
    delays, chain = random.Random(seed), tmp_path / "chain"
    with closing(Client(url, chain, tmp_path / "journal", seed, **server)) as client:
        for number in range(count):
            # Every third kill comes wherever it comes, most of them while the server opens the log.
            client.round(delays.uniform(0.0, longest), from_start=number % 3 == 2)
            compare(engine, client)
            # What is recorded is what the chain has, but for one that was just accepted.
            recorded, on_chain = _recorded(engine), accepted(chain)
            assert recorded in (on_chain, on_chain[:-1])
        client.settle(engine)
    compare(engine, client)
    assert _recorded(engine) == accepted(chain)
    assert client.indices.keys() == client.asked.keys()
    assert client.refusals == {}
    # Else the load was too light for the kills to mean anything.
    assert client.kills_while_busy > count / 2
    assert client.checkpoints
    assert len(accepted(chain)) > count / 2


def test_ten_kills_lose_and_double_nothing(engine: Engine, tmp_path: Path) -> None:
    _rounds(engine, tmp_path, 10, 1, _simulated)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_hundred_kills_lose_and_double_nothing(engine: Engine, tmp_path: Path, seed: int) -> None:
    _rounds(engine, tmp_path, 10, seed, _simulated)


def test_kills_over_the_embedded_chain_leave_one_anchor_for_each_checkpoint(engine: Engine, tmp_path: Path) -> None:
    _over_the_embedded_chain(engine, tmp_path, 4, 1)


@pytest.mark.faults
@pytest.mark.parametrize("seed", range(2, 7))
def test_many_kills_over_the_embedded_chain(engine: Engine, tmp_path: Path, seed: int) -> None:
    _over_the_embedded_chain(engine, tmp_path, 20, seed)


def _over_the_embedded_chain(engine: Engine, tmp_path: Path, count: int, seed: int) -> None:
    from tests.faults import embedded  # imported by those alone who wait a second for it

    embedded.begin(tmp_path / "chain")
    _rounds(engine, tmp_path, count, seed, embedded.accepted, longest=0.8, open_chain=embedded.embedded)
