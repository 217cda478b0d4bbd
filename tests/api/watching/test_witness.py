"""A witness cosigns one history: each promise that a log can break is broken once."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.watching import witness as witnessing
from api.watching.state import State
from ledger.formats import cosignature
from ledger.formats.errors import UnavailableError
from ledger.formats.merkle import Tree
from tests.support.logs import NOW
from tests.support.school import School
from tests.support.watched import WatchedLog
from tests.support.witnessed import Watched, seen, watched

__all__ = ["seen", "watched"]


class Killed(BaseException):
    """The process is gone."""


def test_every_published_checkpoint_is_cosigned_in_order(watched: Watched) -> None:
    done = watched.round()
    assert (done.cosigned, done.taken, done.size, done.odd) == (3, 3, 305, ())
    assert [watched.counted(text) for text in watched.log.posted] == [4, 304, 305]
    assert watched.counted(watched.witness.newest_note()) == 305
    watched.again()
    assert (watched.round().cosigned, watched.round().taken) == (0, 0)
    watched.log.issue(1)
    watched.log.checkpoint()
    assert watched.round().size == 306
    first = watched.witness.note_of(4)
    assert watched.counted(first) == 4 and first == watched.log.posted[0]


def test_a_log_that_lists_no_checkpoints_is_followed_all_the_same(watched: Watched) -> None:
    watched.log._listed = lambda: []  # type: ignore[method-assign]
    done = watched.round()
    assert (done.cosigned, done.size) == (1, 305)


def test_a_line_that_could_not_be_handed_in_is_lost(watched: Watched) -> None:
    watched.log.refusal = "cosignature.unknown_witness"
    done = watched.round()
    assert (done.cosigned, done.taken) == (3, 0)
    assert "cosignature.unknown_witness" in done.odd[0] and len(done.odd) == 1
    before = watched.witness.note_of(4)
    watched.again()
    watched.log.refusal = ""
    assert (watched.round().taken, watched.log.posted[0]) == (3, before)


def test_a_kill_before_the_commit_leaves_half(watched: Watched, monkeypatch) -> None:
    def kill(*_: object) -> None:
        raise Killed

    watched.round()
    watched.log.issue(1)
    watched.log.checkpoint()
    monkeypatch.setattr(State, "keep", kill)
    with pytest.raises(Killed):
        watched.round()
    monkeypatch.undo()
    watched.again()
    assert watched.state and watched.state.edge.size == 305 and watched.witness.note_of(306) is None
    assert (watched.round().cosigned, watched.state.edge.root) == (1, watched.log.tree.root())


def dying(method: Callable[..., Any], when: dict[str, int], *, after: bool) -> Callable[..., Any]:
    """The method, in which the process is killed at its turn: before it does anything, or when it has done it all."""

    def call(*arguments: Any) -> Any:
        when["left"] -= 1
        here = when["left"] == 0
        if here and not after:
            raise Killed
        done = method(*arguments)
        if here:
            raise Killed
        return done

    return call


@pytest.mark.parametrize("after", [False, True])
def test_a_kill_anywhere_makes_a_second_line_of_one_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """At every question, every write and every line that is handed in, before it and after it."""
    for turn in range(1, 200):
        watched = Watched(tmp_path / str(turn))
        when = {"left": turn}
        with monkeypatch.context() as patch:
            for owner, name in ((WatchedLog, "get"), (WatchedLog, "post"), (State, "go_on"), (State, "keep")):
                patch.setattr(owner, name, dying(getattr(owner, name), when, after=after))
            patch.setattr(cosignature, "cosign", dying(cosignature.cosign, when, after=after))
            try:
                watched.round()
            except Killed:
                pass
            else:
                break
        assert watched.state
        watched.again()
        done = watched.round()
        assert done.size == 305 and done.odd == ()
        lines = {(watched.counted(text), text) for text in watched.log.posted}
        assert sorted(size for size, _ in lines) == [4, 304, 305]
        watched.state.close()
    assert watched.state and turn > 20
    watched.state.close()


# What is signed and cannot be true together


def forked(log: WatchedLog, at: int) -> None:
    """Another history from the entry ``at`` on."""
    log.entries[at] = log.entries[at - 1]
    log.tree = Tree()
    log.tree.extend_entries(log.entries)


@pytest.mark.parametrize("at", [1, 256, 302])
def test_a_history_rewritten_below_what_was_seen(seen: Watched, at: int) -> None:
    forked(seen.log, at)
    theirs = seen.log.checkpoint()
    evidence = seen.breaks("log.forked")
    assert evidence["theirs"] == theirs
    assert evidence["older"]["size"] == 305 and evidence["older"]["ours"] != evidence["older"]["theirs"]


@pytest.mark.parametrize("size", [305, 304, 4])
def test_another_root_of_a_size_that_was_seen(seen: Watched, size: int) -> None:
    seen.log.notes.append((seen.log.sign(size, bytes(32)), NOW))
    seen.log._listed = lambda: []  # type: ignore[method-assign]
    evidence = seen.breaks("log.forked")
    assert cosignature.body_of(evidence["theirs"]).size == cosignature.body_of(evidence["ours"]).size == size


def test_another_root_of_a_size_that_was_passed_over(seen: Watched) -> None:
    seen.log.notes.append((seen.log.sign(100, bytes(32)), NOW))
    seen.log._listed = lambda: []  # type: ignore[method-assign]
    seen.breaks("log.forked")


def test_an_older_checkpoint_of_the_same_history_is_taken_for_a_fork(seen: Watched) -> None:
    for size in (100, 304):
        seen.log.notes.append((seen.log.sign(size), NOW))
        seen.log._listed = lambda: []  # type: ignore[method-assign]
        done = seen.round()
        assert (done.cosigned, done.odd) == (0, (f"the log shows {305 - size} entries less than before",))


def test_an_entry_of_no_form_is_cosigned(seen: Watched) -> None:
    seen.log.add(b"\x01 no entry")
    seen.log.checkpoint()
    assert seen.breaks("log.bad_entry")["index"] == 310


# What anybody on the way may have done


LIES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "entries cut": ("log/tile/entries", lambda data: data[:-1]),
    "entries of another log": ("log/tile/entries", lambda data: data[:-3] + bytes(3)),
    "entries and more": ("log/tile/entries", lambda data: data + b"\0\0"),
    "a checkpoint of another key": (
        "log/checkpoints",
        lambda data: data.replace(b"example.org/log", b"example.net/log"),
    ),
    "an endless list": ("log/checkpoints", lambda data: data + b" " * 7_000_000),
    "no list": ("log/checkpoints", lambda _: b'{"checkpoints": 1, "next": null}'),
    "no JSON": ("log/checkpoints", lambda _: b"<html>"),
    "a time of no clock": ("log/checkpoints", lambda data: data.replace(b'"published": 1', b'"published": -1')),
    "a note with another size": ("log/checkpoints", lambda data: data.replace(b"\\n311\\n", b"\\n312\\n")),
    "another list's bytes": ("log/status-lists", lambda _: School("two").signed_status(3)),
    "a spoilt list": ("log/status-lists", lambda data: data.replace(b'"sequence":3', b'"sequence":4')),
}


@pytest.mark.parametrize("name", LIES)
def test_bytes_that_nobody_signed_accuse_the_log(seen: Watched, name: str) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    path, lie = LIES[name]
    seen.log.lies[path] = lie
    seen.waits("watch.too_large" if name == "an endless list" else "watch.damaged")


def test_entries_and_tiles_both_altered_on_the_way_accuse_the_log(seen: Watched) -> None:
    seen.log.checkpoint()
    seen.log.lies["log/tile/entries"] = lambda data: data[:-3] + bytes(3)
    seen.log.lies["log/tile/0"] = lambda data: bytes(32) + data[32:]
    seen.waits()


def test_checkpoints_out_of_order(seen: Watched) -> None:
    seen.log.checkpoint()
    seen.log.issue(1)
    seen.log.checkpoint()
    seen.log.notes[-2:] = reversed(seen.log.notes[-2:])
    with pytest.raises(UnavailableError, match=r"watch.damaged"):
        seen.round()


def test_a_missing_list_is_passed_over(seen: Watched) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    kept = dict(seen.log.lists)
    seen.log.lists.clear()
    with pytest.raises(UnavailableError, match=r"watch.damaged"):
        seen.round()
    seen.log.lists = kept
    assert seen.round().cosigned == 1


def test_a_log_that_is_down_is_accused(seen: Watched) -> None:
    seen.log.down = True
    with pytest.raises(UnavailableError, match=r"watch.unreachable"):
        seen.round()
    seen.log.down = False
    seen.log.checkpoint()
    assert seen.round().cosigned == 1


def test_more_growth_than_a_checkpoint_may_have(seen: Watched, monkeypatch) -> None:
    monkeypatch.setattr("api.watching.following.MAX_GROWTH", 4)
    seen.log.checkpoint()
    with pytest.raises(UnavailableError, match=r"watch.growth"):
        seen.round()


def test_a_clock_that_went_back(seen: Watched) -> None:
    seen.log.checkpoint()
    seen.time -= 1000
    with pytest.raises(UnavailableError, match=r"watch.clock"):
        seen.round()
    assert seen.witness.note_of(310) is None


def test_two_processes_work_with_one_state(watched: Watched) -> None:
    with pytest.raises(UnavailableError, match=r"watch.locked"):
        State(watched.folder / "state.sqlite", witnessing.SCHEMA)
