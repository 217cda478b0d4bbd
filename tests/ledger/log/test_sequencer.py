"""Appending: answered after the commit, once for each key, by one writer, whole or not at all."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, event, text

from ledger.formats import keys, merkle
from ledger.formats.errors import ConfigError, ConflictError, NotAllowedError, UnavailableError
from ledger.log import appending
from ledger.log.bulk import LOG_INDEX
from ledger.log.reader import LogReader
from ledger.log.transactions import reading, writing
from ledger.log.tree import StoredTree
from tests.support.logs import open_sequencer
from tests.support.school import School

SCHOOL, OTHER = School("one"), School("two")
MANY = SCHOOL.submissions(range(600))


def _stored(engine: Engine) -> list[tuple[int, bytes, str]]:
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT idx, entry, key FROM log_entries ORDER BY idx"))
        return [(index, bytes(entry), key) for index, entry, key in rows]


def _root(entries: list[bytes]) -> bytes:
    tree = merkle.Tree()
    tree.extend_entries(entries)
    return tree.root()


@pytest.fixture
def notes(engine: Engine) -> Iterator[sa.Table]:
    """A table of another area, which refers to the log."""
    table = sa.Table(
        "notes",
        sa.MetaData(),
        sa.Column("idx", sa.BigInteger, primary_key=True),
        sa.Column("name", sa.String, unique=True),
    )
    with writing(engine) as connection:
        table.create(connection)
    yield table


def _noted(number: int, table: sa.Table, name: str) -> Any:
    return replace(SCHOOL.submission(number), rows=((table, {"idx": LOG_INDEX, "name": name}),))


def _names(engine: Engine) -> list[tuple[int, str]]:
    with reading(engine) as connection:
        return [(row.idx, row.name) for row in connection.execute(text("SELECT idx, name FROM notes ORDER BY idx"))]


def test_entries_get_the_next_indices_and_are_stored_as_they_are(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    assert sequencer.append(MANY[:3], caller=SCHOOL.caller) == [0, 1, 2]
    assert sequencer.append(MANY[3:4], caller=SCHOOL.caller) == [3]
    assert _stored(engine) == [(i, s.entry, s.key) for i, s in enumerate(MANY[:4])]
    assert sequencer.size == 4


@pytest.mark.parametrize("sizes", [[1, 254, 1, 1, 255, 88], [255, 2, 343], [256, 256, 88], [600]])
def test_the_tree_is_the_same_however_the_entries_came_and_after_a_restart(engine: Engine, sizes: list[int]) -> None:
    sequencer, start = open_sequencer(engine), 0
    for size in sizes:
        sequencer.append(MANY[start : start + size], caller=SCHOOL.caller)
        start += size
    again = open_sequencer(engine)
    expected = _root([submission.entry for submission in MANY])
    assert sequencer.tree.root(600) == again.tree.root(600) == expected
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM log_leaf_tiles")) == 2


def test_the_answer_comes_after_the_commit(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    order: list[str] = []
    event.listen(engine, "commit", lambda _: order.append("commit"))
    sequencer.append(MANY[:2], caller=SCHOOL.caller)
    order.append("answer")
    assert order == ["commit", "answer"]


def test_the_same_key_and_entry_again_is_the_same_entry(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    first = sequencer.append(MANY[:5], caller=SCHOOL.caller)
    assert sequencer.append(MANY[:5], caller=SCHOOL.caller) == first
    assert sequencer.append([MANY[6], MANY[2], MANY[5], MANY[2]], caller=SCHOOL.caller) == [5, 2, 6, 2]
    assert sequencer.size == len(_stored(engine)) == 7


def test_one_key_twice_in_one_call_is_one_entry(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    assert sequencer.append([MANY[0], MANY[1], MANY[0]], caller=SCHOOL.caller) == [0, 1, 0]


def test_many_known_keys_are_all_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appending, "_KEYS_AT_ONCE", 7)
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:20], caller=SCHOOL.caller)
    assert sequencer.append(MANY[:25], caller=SCHOOL.caller) == list(range(25))


def test_another_entry_under_a_known_key_is_refused_and_nothing_of_the_call_is_kept(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:2], caller=SCHOOL.caller)
    with pytest.raises(ConflictError) as caught:
        sequencer.append([MANY[2], replace(MANY[3], key=MANY[0].key)], caller=SCHOOL.caller)
    assert caught.value.code == "log.conflict"
    assert sequencer.size == len(_stored(engine)) == 2


def test_two_entries_under_one_key_in_one_call_are_refused(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    with pytest.raises(ConflictError) as caught:
        sequencer.append([MANY[0], replace(MANY[1], key=MANY[0].key)], caller=SCHOOL.caller)
    assert caught.value.code == "log.conflict"
    assert _stored(engine) == []


def test_rows_go_in_with_their_entry_and_learn_its_index(engine: Engine, notes: sa.Table) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append([MANY[0]], caller=SCHOOL.caller)
    submissions = [_noted(1, notes, "b"), MANY[2], _noted(3, notes, "a")]
    assert sequencer.append(submissions, caller=SCHOOL.caller) == [1, 2, 3]
    assert _names(engine) == [(1, "b"), (3, "a")]
    sequencer.append(submissions, caller=SCHOOL.caller)
    assert _names(engine) == [(1, "b"), (3, "a")]


def test_a_row_that_is_refused_takes_the_whole_call_back(engine: Engine, notes: sa.Table) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append([_noted(0, notes, "a")], caller=SCHOOL.caller)
    for call in ([MANY[1], _noted(2, notes, "a")], [_noted(0, notes, "a"), MANY[1], _noted(2, notes, "a")]):
        with pytest.raises(ConflictError) as caught:
            sequencer.append(call, caller=SCHOOL.caller)
        assert caught.value.code == "log.row_conflict"
    assert [key for _, _, key in _stored(engine)] == [MANY[0].key]
    assert sequencer.append([MANY[1]], caller=SCHOOL.caller) == [1]


def test_many_threads_each_get_their_own_indices(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    got: dict[str, int] = {}

    def client(mine: int) -> None:
        for number in range(mine, 200, 8):
            got[MANY[number].key] = sequencer.append([MANY[number]], caller=SCHOOL.caller)[0]

    threads = [threading.Thread(target=client, args=(mine,)) for mine in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: index for index, _, key in _stored(engine)} == got
    assert sorted(got.values()) == list(range(200))
    assert sequencer.tree.root(200) == _root([entry for _, entry, _ in _stored(engine)])


def test_one_callers_conflict_does_not_touch_another_in_the_same_transaction(engine: Engine, notes: sa.Table) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append([_noted(0, notes, "taken")], caller=SCHOOL.caller)
    batches = [
        appending.Batch.of([_noted(0, notes, "taken")]),
        appending.Batch.of([_noted(1, notes, "mine")]),
        appending.Batch.of([_noted(2, notes, "taken")]),
        appending.Batch.of([_noted(3, notes, "also mine")]),
    ]
    results: dict[int, object] = {}

    def run(number: int) -> None:
        try:
            results[number] = sequencer._appender.append(batches[number])
        except ConflictError as error:
            results[number] = error.code

    with sequencer._appender._grouping._turn:  # so that all of them queue up for one transaction
        threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
        for number, thread in enumerate(threads, start=1):
            thread.start()
            while len(sequencer._appender._grouping._waiting) < number:
                pass
    for thread in threads:
        thread.join()
    assert results == {0: [0], 1: [1], 2: "log.row_conflict", 3: [2]}
    assert _names(engine) == [(0, "taken"), (1, "mine"), (2, "also mine")]


def test_calls_in_one_transaction_keep_their_rows_apart(engine: Engine, notes: sa.Table) -> None:
    sequencer = open_sequencer(engine)
    calls = [[MANY[0], _noted(1, notes, "b")], [_noted(2, notes, "c"), MANY[3]], [_noted(4, notes, "e")]]
    batches = [appending.Batch.of(call) for call in calls]
    assert sequencer._appender._append(batches) == [[0, 1], [2, 3], [4]]
    assert _names(engine) == [(1, "b"), (2, "c"), (4, "e")]


def test_a_paused_leader_that_wakes_can_write_nothing(engine: Engine) -> None:
    old = open_sequencer(engine)
    old.append(MANY[:2], caller=SCHOOL.caller)
    new = open_sequencer(engine)
    for write in (lambda: old.append([MANY[2]], caller=SCHOOL.caller), old.publish):
        with pytest.raises(UnavailableError) as caught:
            write()
        assert caught.value.code == "log.fenced"
    assert new.append([MANY[2]], caller=SCHOOL.caller) == [2]
    assert old.size == 2


def test_a_leader_paused_within_its_transaction_holds_up_the_take_over(engine: Engine) -> None:
    old = open_sequencer(engine)
    taken = threading.Event()

    def take_over() -> None:
        open_sequencer(engine)
        taken.set()

    with old._writer.transaction():
        thread = threading.Thread(target=take_over)
        thread.start()
        assert not taken.wait(0.2)
    thread.join()
    assert taken.is_set()


def test_another_log_in_the_database_is_refused(engine: Engine) -> None:
    open_sequencer(engine)
    for change in ({"origin": "example.org/other"}, {"key": keys.generate(bytes(32))}):
        with pytest.raises(ConfigError) as caught:
            open_sequencer(engine, **change)
        assert caught.value.code == "log.other_log"
    assert open_sequencer(engine)._writer.epoch == 2  # a refused take-over is none


def test_a_lost_answer_of_a_commit_is_made_good(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks after the commit: the caller hears of an error, and the entries are there."""
    sequencer = open_sequencer(engine)

    def lose(*_: object) -> None:
        raise UnavailableError("log.unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(sequencer.tree, "extend", lose)
        with pytest.raises(UnavailableError):
            sequencer.append(MANY[:300], caller=SCHOOL.caller)
    assert sequencer.size == 0
    assert sequencer.append(MANY[299:301], caller=SCHOOL.caller) == [299, 300]
    assert sequencer.tree.root(301) == _root([submission.entry for submission in MANY[:301]])


def test_a_failed_transaction_leaves_the_tree_as_it_was(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:300], caller=SCHOOL.caller)

    def fail(*_: object) -> None:
        raise UnavailableError("log.full")

    with monkeypatch.context() as patch:
        patch.setattr(appending, "insert_rows", fail)
        with pytest.raises(UnavailableError):
            sequencer.append(MANY[300:], caller=SCHOOL.caller)
    assert sequencer.size == len(_stored(engine)) == 300
    assert sequencer.append(MANY[300:], caller=SCHOOL.caller) == list(range(300, 600))
    assert sequencer.tree.root(600) == _root([submission.entry for submission in MANY])


def test_a_database_that_went_back_in_time_is_noticed(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:3], caller=SCHOOL.caller)
    with writing(engine) as connection:
        connection.execute(text("DELETE FROM log_entries WHERE idx = 2"))
    with pytest.raises(ConflictError) as caught:
        sequencer.append([MANY[3]], caller=SCHOOL.caller)
    assert caught.value.code == "log.rolled_back"


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM log_entries WHERE idx = 590",
        "DELETE FROM log_leaf_tiles WHERE idx = 0",
        "DELETE FROM log_leaf_tiles WHERE idx = 1",
        "UPDATE log_leaf_tiles SET hashes = (SELECT hashes FROM log_leaf_tiles WHERE idx = 0) WHERE idx = 1",
        "UPDATE log_entries SET entry = (SELECT entry FROM log_entries WHERE idx = 0) WHERE idx = 599",
    ],
)
def test_a_damaged_store_is_not_written_to(engine: Engine, damage: str) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY, caller=SCHOOL.caller)
    sequencer.publish()
    with writing(engine) as connection:
        connection.execute(text(damage))
    with pytest.raises(ConflictError) as caught:
        open_sequencer(engine)
    assert caught.value.code == "log.damaged"


@pytest.mark.parametrize("lost", ["log_entries WHERE idx = 590", "log_leaf_tiles WHERE idx = 0"])
def test_a_gap_is_noticed_where_no_checkpoint_would_show_it(engine: Engine, lost: str) -> None:
    open_sequencer(engine).append(MANY, caller=SCHOOL.caller)
    with writing(engine) as connection:
        connection.execute(text(f"DELETE FROM {lost}"))
    with pytest.raises(ConflictError) as caught:
        open_sequencer(engine)
    assert caught.value.code == "log.damaged"


def test_a_shared_tree_is_not_extended_twice(engine: Engine) -> None:
    tree = StoredTree(engine)
    sequencer, reader = open_sequencer(engine, tree=tree), LogReader(engine, tree)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            with reading(engine) as connection:
                tree.follow(connection)

    thread = threading.Thread(target=read)
    thread.start()
    for start in range(0, 600, 20):
        sequencer.append(MANY[start : start + 20], caller=SCHOOL.caller)
    stop.set()
    thread.join()
    assert reader.root(600) == _root([submission.entry for submission in MANY])


def test_who_may_not_submit_learns_nothing_about_keys(engine: Engine) -> None:
    sequencer = open_sequencer(engine)
    sequencer.append(MANY[:1], caller=SCHOOL.caller)
    with pytest.raises(NotAllowedError):
        sequencer.append(MANY[:1], caller=OTHER.caller)
