"""Checkpoints: signed once for each size, never by an old backup, and kept with their anchors."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from api.database import migrate, open_engine
from ledger.formats import merkle
from ledger.formats.checkpoint import Checkpoint, open_checkpoint
from ledger.formats.errors import ConflictError, NotFoundError, UnavailableError
from ledger.log import publication
from ledger.log.checkpoints import StoredAnchor, StoredCheckpoint
from ledger.log.publication import KeptTransaction
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from ledger.log.transactions import reading, writing
from tests.support.logs import NOTE_KEY, NOW, ORIGIN, open_sequencer
from tests.support.school import School

SCHOOL = School("one")
MANY = SCHOOL.submissions(range(40))


def _fill(sequencer: Sequencer, end: int) -> None:
    sequencer.append(MANY[sequencer.size : end], caller=SCHOOL.caller)


def _published(sequencer: Sequencer, end: int) -> StoredCheckpoint:
    _fill(sequencer, end)
    made = sequencer.publish()
    assert made is not None
    return made


def _anchor(made: StoredCheckpoint, previous: int = 0) -> StoredAnchor:
    return StoredAnchor(made.size, made.root, made.status_root, previous, NOW + made.size, made.size, bytes(32))


def test_a_checkpoint_is_a_signed_note_over_what_is_committed(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    made = _published(sequencer, 7)
    tree = merkle.Tree()
    tree.extend_entries([submission.entry for submission in MANY[:7]])
    assert open_checkpoint(made.note.decode(), NOTE_KEY) == Checkpoint(ORIGIN, 7, tree.root())
    assert (made.size, made.root, made.published_at) == (7, tree.root(), NOW)
    assert LogReader(engine).checkpoint() == LogReader(engine).checkpoint(7) == made


def test_nothing_new_is_no_checkpoint(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    assert sequencer.publish() is None
    _published(sequencer, 3)
    assert sequencer.publish() is None
    assert open_sequencer(engine).publish() is None


def test_no_checkpoint_grows_beyond_what_the_contract_takes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication, "MAX_GROWTH", 3)
    sequencer = open_sequencer(engine)
    _fill(sequencer, 8)
    made = [sequencer.publish() for _ in range(4)]
    assert [one.size if one else None for one in made] == [3, 6, 8, None]
    for one in made[:3]:
        assert one is not None and one.root == sequencer.tree.root(one.size)


def test_two_publishers_at_once_make_one_checkpoint_of_each_size(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    made: list[StoredCheckpoint | None] = []
    stop = threading.Event()

    def publish() -> None:
        while not stop.is_set():
            made.append(sequencer.publish())

    threads = [threading.Thread(target=publish) for _ in range(3)]
    for thread in threads:
        thread.start()
    for end in range(1, 21):
        _fill(sequencer, end)
    stop.set()
    for thread in threads:
        thread.join()
    sequencer.publish()
    stored = LogReader(engine).checkpoints().items
    sizes = [one.size for one in made if one]
    assert len(set(sizes)) == len(sizes)
    assert all(one.root == sequencer.tree.root(one.size) for one in stored)


def test_the_database_itself_refuses_a_second_root_of_one_size(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    made = _published(sequencer, 3)
    with pytest.raises(Exception, match=r"(?i)unique"), writing(engine) as connection:
        row = {"size": made.size, "root": bytes(32), "status_root": made.status_root, "note": b"", "published_at": 1}
        connection.execute(publication._CHECKPOINTS.insert(), [row])


def test_before_it_has_seen_the_chain_a_log_signs_nothing(engine: Engine) -> None:
    sequencer = open_sequencer(engine, confirmed=False)
    _fill(sequencer, 3)
    with pytest.raises(UnavailableError) as caught:
        sequencer.publish()
    assert caught.value.code == "log.unconfirmed"
    sequencer.confirm(0, bytes(32))
    assert sequencer.publish() is not None


@pytest.mark.parametrize(("size", "root"), [(9, None), (4, bytes(32)), (3, b"\1" * 32), (2**47, bytes(32))])
def test_a_log_without_the_chains_checkpoint_signs_nothing(engine: Engine, size: int, root: bytes | None) -> None:
    sequencer = open_sequencer(engine)
    _fill(sequencer, 4)
    with pytest.raises(ConflictError) as caught:
        sequencer.confirm(size, root or bytes(32))
    assert caught.value.code == "log.behind_chain"
    with pytest.raises(UnavailableError):
        sequencer.publish()


def test_an_old_backup_refuses_to_sign(tmp_path: Path) -> None:
    first = open_engine(f"sqlite:///{tmp_path / 'log.sqlite'}")
    migrate(first)
    sequencer = open_sequencer(first)
    _published(sequencer, 5)
    first.dispose()
    shutil.copy(tmp_path / "log.sqlite", tmp_path / "backup.sqlite")
    sequencer = open_sequencer(open_engine(f"sqlite:///{tmp_path / 'log.sqlite'}"))
    head = _published(sequencer, 9)
    sequencer.tree.engine.dispose()
    engine = open_engine(f"sqlite:///{tmp_path / 'backup.sqlite'}")
    other = SCHOOL.submissions(range(100, 110))
    for end in (0, 2, 10):  # smaller than the chain's head, and then beyond it with another history
        backup = open_sequencer(engine, confirmed=False)
        backup.append(other[:end], caller=SCHOOL.caller)  # before the chain could be asked
        with pytest.raises(ConflictError) as caught:
            backup.confirm(head.size, head.root)
        assert caught.value.code == "log.behind_chain"
        with pytest.raises(UnavailableError):
            backup.publish()
        with pytest.raises(ConflictError):  # nothing is acknowledged any more that could never be anchored
            backup.append(SCHOOL.submissions(range(200, 201)), caller=SCHOOL.caller)
        with pytest.raises(ConflictError):
            backup.publish_status(SCHOOL.signed_status(1, [1]), caller=SCHOOL.caller)
    engine.dispose()


def test_the_oldest_checkpoint_without_an_anchor_comes_first(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    assert sequencer.unanchored() is None
    first, second = _published(sequencer, 3), _published(sequencer, 5)
    assert sequencer.unanchored() == first
    sequencer.record(_anchor(first))
    assert sequencer.unanchored() == second
    sequencer.record(_anchor(second, 3))
    assert sequencer.unanchored() is None


def test_an_anchor_is_recorded_once(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    made = _published(sequencer, 3)
    sequencer.record(_anchor(made))
    sequencer.record(replace(_anchor(made), time=1))
    assert LogReader(engine).anchors().items == (_anchor(made),)


@pytest.mark.parametrize("change", [{"root": bytes(32)}, {"status_root": bytes(32)}, {"size": 2}])
def test_an_anchor_of_another_checkpoint_is_not_recorded(engine: Engine, change: dict[str, Any]) -> None:
    sequencer = open_sequencer(engine)
    made = _published(sequencer, 3)
    with pytest.raises(ConflictError) as caught:
        sequencer.record(replace(_anchor(made), **change))
    assert caught.value.code == "log.behind_chain"
    assert LogReader(engine).anchor() is None


def test_a_kept_transaction_outlives_a_restart_until_the_anchor_is_recorded(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    made = _published(sequencer, 3)
    assert sequencer.attempt(3) is None
    sequencer.keep_attempt(3, KeptTransaction(b"first", b"\1" * 32))
    sequencer.keep_attempt(3, KeptTransaction(b"second", b"\2" * 32))
    assert open_sequencer(engine).attempt(3) == KeptTransaction(b"second", b"\2" * 32)
    open_sequencer(engine).record(_anchor(made))
    assert sequencer.attempt(3) is None


def test_a_fenced_worker_keeps_and_records_nothing(engine: Engine) -> None:
    old = open_sequencer(engine)
    made = _published(old, 3)
    open_sequencer(engine)
    for write in (lambda: old.keep_attempt(3, KeptTransaction(b"x", bytes(32))), lambda: old.record(_anchor(made))):
        with pytest.raises(UnavailableError) as caught:
            write()
        assert caught.value.code == "log.fenced"


def test_an_entry_belongs_to_the_first_anchor_that_holds_it(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    first, second = _published(sequencer, 3), _published(sequencer, 5)
    assert reader.anchor_over(0) is None
    sequencer.record(_anchor(first))
    sequencer.record(_anchor(second, 3))
    _fill(sequencer, 6)
    found = [reader.anchor_over(index) for index in range(6)]
    assert [one.size if one else None for one in found] == [3, 3, 3, 5, 5, None]


def test_a_gap_between_anchors_is_not_bridged(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    _published(sequencer, 3)
    sequencer.record(_anchor(_published(sequencer, 5), previous=3))
    assert reader.anchor_over(2) is None


def test_lists_come_in_pages_newest_first(engine: Engine) -> None:
    sequencer, reader = open_sequencer(engine), LogReader(engine)
    previous = 0
    for size in range(1, 8):
        sequencer.record(_anchor(_published(sequencer, size), previous))
        previous = size
    for pages in (reader.checkpoints, reader.anchors):
        first = pages(limit=3)
        second = pages(first.before, limit=3)
        third = pages(second.before, limit=3)
        assert [[one.size for one in page.items] for page in (first, second, third)] == [[7, 6, 5], [4, 3, 2], [1]]
        assert third.before is None
        assert pages(limit=7).before is None
        assert len(pages(limit=0).items) == 1
        assert pages(before=1).items == ()


def test_a_checkpoint_that_is_not_there_is_not_found(engine: Engine) -> None:
    reader = LogReader(engine)
    for size in (None, 3):
        with pytest.raises(NotFoundError) as caught:
            reader.checkpoint(size)
        assert caught.value.code == "log.no_checkpoint"


def test_a_publication_that_is_cut_short_leaves_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = open_sequencer(engine)
    _fill(sequencer, 3)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publication, "insert", stop)
        with pytest.raises(KeyboardInterrupt):
            sequencer.publish()
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM log_checkpoints")) == 0
    assert sequencer.publish() is not None
