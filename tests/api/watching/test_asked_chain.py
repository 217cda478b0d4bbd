"""The chain as a monitor asks it: one node, whose events prove nothing, and real contracts."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.deployment import Deployment, log_id, note_key
from api.http.app import create_app
from api.watching import monitor as watching
from api.watching.chainside import AskedChain
from api.watching.errors import Broken
from api.watching.monitor import Monitor
from api.watching.state import State
from ledger.chain.registries import Anchored, LogHead
from ledger.formats.bundle import Anchor
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.formats.note import NoteKey
from ledger.log.submission import Caller
from ledger.log.transactions import writing
from tests.support.ledgers import SCHOOL, Ledger, deployment, ledger
from tests.support.monitored import Watch, watch

__all__ = ["deployment", "ledger", "watch"]

LOG = bytes(32)
INVENTED = (
    "INSERT INTO log_anchors (size, previous_size, block_number, block_time, transaction_hash)"
    " SELECT (SELECT max(size) FROM log_checkpoints), size, block_number, block_time, transaction_hash"
    " FROM log_anchors ORDER BY size DESC LIMIT 1"
)


class Registry:
    """A contract whose words are true, at a node whose events may be anything."""

    def __init__(self, watch: Watch) -> None:
        tree = watch.log.tree
        self.address, self.number, self.timestamp, self.id = b"\x01" * 20, 9, 1000, 7
        self.told = [Anchored(tree.size, tree.root(), 0, 900, bytes(32), 5, bytes(32))]
        self.words = {tree.size: _word(self.told[0])}
        self.asked: list[int] = []

    @property
    def chain(self) -> Any:
        head = SimpleNamespace(number=self.number, timestamp=self.timestamp)
        return SimpleNamespace(final_head=lambda: head, chain_id=lambda: self.id)

    def anchor_of(self, log: bytes, size: int, block: int | None = None) -> bytes | None:
        return self.words.get(size)

    def anchored(self, log: bytes, first: int, last: int) -> list[Anchored]:
        self.asked.append(first)
        return [one for one in self.told if first <= one.block_number <= last]

    def head(self, log: bytes, block: int | None = None) -> LogHead:
        raise AssertionError("not asked for")


def _word(one: Anchored) -> bytes:
    return Anchor(one.size, one.root, one.previous_size, one.time, one.status_root).preimage_hash()


@pytest.fixture
def registry(watch: Watch) -> Registry:
    watch.look()
    return Registry(watch)


def asking(registry: Registry, watch: Watch) -> AskedChain:
    assert watch.state
    return AskedChain(registry, LOG, watch.state)  # type: ignore[arg-type]


def test_an_event_that_its_contract_belies_is_a_fork(registry: Registry, watch: Watch) -> None:
    chain, true = asking(registry, watch), registry.told[0]
    registry.told = [replace(true, root=b"\x01" * 32)]
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"chain\.unreachable.*contradict"):
            chain.check(watch.log.tree.root, 1)
    watch.open(chain=chain)
    watch.monitor._chain = chain = asking(registry, watch)
    watch.log.anchors[-1] |= {"time": true.time, "statusRoot": true.status_root.hex()}
    assert watch.codes() == ["chain.unreachable"]
    registry.told = [true]
    assert watch.codes() == []
    assert watch.state and watch.state.broken() is None


def test_an_event_that_its_contract_bears_out_is_passed_over(registry: Registry, watch: Watch) -> None:
    other = replace(registry.told[0], root=b"\x01" * 32)
    registry.told, registry.words = [other], {other.size: _word(other)}
    with pytest.raises(Broken, match=r"log\.forked"):
        asking(registry, watch).check(watch.log.tree.root, 1)


def test_an_event_of_a_size_that_the_contract_has_not_says_that_the_log_is_behind(
    registry: Registry, watch: Watch
) -> None:
    registry.told.append(replace(registry.told[0], size=99))
    chain = asking(registry, watch)
    for now in (1000, 2000):
        with pytest.raises(UnavailableError):
            chain.check(watch.log.tree.root, now)
    registry.words[99] = _word(registry.told[1])
    assert [bool(chain.check(watch.log.tree.root, now)) for now in (3000, 3301)] == [False, True]


def test_blocks_of_one_chain_are_those_of_another(registry: Registry, watch: Watch) -> None:
    """After a move to a chain, or a contract, with lower numbers."""
    chain, root = asking(registry, watch), watch.log.tree.root
    registry.number = 3000
    chain.check(root, 1)
    chain.check(root, 1)
    assert registry.asked == [0, 2000]
    other = replace(registry.told[0], root=b"\x01" * 32)
    registry.told, registry.words, registry.number = [other], {other.size: _word(other)}, 9
    chain.check(root, 1)
    for change in ({"id": 8}, {"address": b"\x02" * 20}):
        moved = asking(registry, watch)
        vars(registry).update(change)
        with pytest.raises(Broken):
            moved.check(root, 1)


def test_an_anchor_younger_than_the_node_s_blocks_is_untrue(registry: Registry, watch: Watch) -> None:
    true = registry.told[0]
    told = Anchor(true.size, true.root, true.previous_size, true.time, true.status_root)
    chain = asking(registry, watch)
    assert chain.has(told) is True
    assert chain.has(replace(told, time=told.time + 1)) is False
    assert chain.has(replace(told, size=22)) is False
    assert chain.has(replace(told, size=22, time=1001)) is None


# A real one


@pytest.fixture
def sight(deployment: Deployment, ledger: Ledger, tmp_path: Path) -> Iterator[Any]:
    """What a monitor sees that asks the chain."""
    state = State(tmp_path / "monitor/state.sqlite", watching.SCHEMA)
    key = note_key(deployment.keystore)
    chain = AskedChain(deployment.checkpoints, log_id(deployment.facts, key), state)
    with TestClient(create_app(deployment), base_url="http://localhost:8000") as client:

        def get(path: str, limit: int) -> bytes:
            answer = client.get(f"/{path}")
            if answer.status_code == 404:
                raise NotFoundError("watch.missing", path)
            return answer.content

        source: Any = SimpleNamespace(get=get)
        monitor = Monitor(source, NoteKey(deployment.facts.origin, key.public), state, now=time.time, chain=chain)
        yield monitor.round
    state.close()


def test_an_invented_row_counts_as_anchored(deployment: Deployment, ledger: Ledger, sight: Any) -> None:
    before = sight()
    assert (before.anchored, list(before.alarms)) == (before.size, [])
    did = deployment.schools.by_code(SCHOOL).did
    deployment.records.revoke(Caller("tests", did), ledger.records[SCHOOL][0], "something to anchor")
    deployment.status.publish()
    deployment.sequencer.publish()
    with writing(deployment.engine) as connection:
        assert connection.exec_driver_sql(INVENTED).rowcount == 1
    found = sight()
    assert [one.code for one in found.alarms] == ["anchor.untrue"]
    assert (found.anchored, found.unanchored) == (before.size, 1) and found.size > before.size
