"""A database and an embedded chain that come from copies of different moments."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from ledger.chain.anchoring import AnchoringWorker, Pace
from ledger.chain.anchors import LogAnchors
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats.errors import ConflictError
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import writing
from tests.support.chain import TestChain
from tests.support.logs import LOG_ID, open_sequencer
from tests.support.school import School

SCHOOL = School("one")
MANY = SCHOOL.submissions(range(20))


class Restored:
    """A log that is anchored at 4, a copy of its chain's folder, and then anchors at 9 and 12."""

    def __init__(self, engine: Engine, test_chain: TestChain, copy: Path) -> None:
        self.engine, self.made, self.clock = engine, test_chain, test_chain.clock
        self.registry = CheckpointRegistryClient.deploy(test_chain.chain, test_chain.admin)
        test_chain.chain.transact(self.registry.open(LOG_ID, test_chain.other.address), test_chain.admin)
        self.sequencer = open_sequencer(engine)
        self.copy = copy
        self.anchor(4)
        test_chain.close()
        shutil.copytree(test_chain.folder, copy)
        self.open()
        self.anchor(9)
        self.anchor(12)

    def open(self) -> None:
        self.made.open()
        self.registry = CheckpointRegistryClient(self.made.chain, self.registry.address)

    def restore_chain(self) -> None:
        self.made.close()
        shutil.rmtree(self.made.folder)
        shutil.copytree(self.copy, self.made.folder)
        self.open()

    def wait(self, seconds: float) -> bool:
        self.clock.sleep(seconds)
        return False

    def worker(self, sequencer: Sequencer) -> AnchoringWorker:
        anchors = LogAnchors(self.registry, LOG_ID, self.made.other)
        return AnchoringWorker(sequencer, anchors, wait=self.wait, pace=Pace(poll=1, patience=3))

    def anchor(self, size: int) -> None:
        self.sequencer.append(MANY[self.sequencer.size : size], caller=SCHOOL.caller)
        assert self.worker(self.sequencer).step() is True

    def recorded(self) -> list[tuple[int, int]]:
        return [(one.previous_size, one.size) for one in LogReader(self.engine).anchors().items[::-1]]

    def accepted(self) -> list[tuple[int, int]]:
        found = self.registry.anchored(LOG_ID, 0, self.made.chain.head().number)
        return [(one.previous_size, one.size) for one in found]


@pytest.fixture
def restored(engine: Engine, test_chain: TestChain, tmp_path: Path) -> Restored:
    return Restored(engine, test_chain, tmp_path / "copy")


def test_anchors_that_an_older_chain_lacks_give_way_to_the_next_one(restored: Restored) -> None:
    assert restored.recorded() == [(0, 4), (4, 9), (9, 12)]
    restored.restore_chain()
    assert restored.accepted() == [(0, 4)]
    restored.sequencer = open_sequencer(restored.engine, confirmed=False)
    restored.anchor(15)
    assert restored.recorded() == restored.accepted() == [(0, 4), (4, 15)]
    found = LogReader(restored.engine).anchor_over(7)
    assert found is not None and found.size == 15
    restored.anchor(16)
    assert restored.recorded() == restored.accepted() == [(0, 4), (4, 15), (15, 16)]


def test_a_kept_transaction_whose_number_the_older_chain_has_not_reached(restored: Restored) -> None:
    """It would wait for ever; another takes its place, and should it be executed after all, it is in vain."""
    restored.sequencer.append(MANY[12:15], caller=SCHOOL.caller)
    made = restored.sequencer.publish()
    assert made is not None
    proof = restored.sequencer.consistency_proof(12, 15)
    anchors = LogAnchors(restored.registry, LOG_ID, restored.made.other)
    restored.sequencer.keep_attempt(15, anchors.prepare(15, made.root, made.status_root, proof))
    restored.restore_chain()
    worker = restored.worker(open_sequencer(restored.engine, confirmed=False))
    assert worker.step() is True
    assert restored.recorded() == restored.accepted() == [(0, 4), (4, 15)]


def test_a_database_older_than_the_chain_signs_nothing(restored: Restored) -> None:
    with writing(restored.engine) as connection:
        for table, column in (("log_anchors", "size"), ("log_checkpoints", "size"), ("log_entries", "idx")):
            connection.execute(text(f"DELETE FROM {table} WHERE {column} > 9"))
    behind = open_sequencer(restored.engine, confirmed=False)
    with pytest.raises(ConflictError) as caught:
        restored.worker(behind).step()
    assert caught.value.code == "log.behind_chain"
