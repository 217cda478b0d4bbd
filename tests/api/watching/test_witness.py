"""A witness cosigns one history: each promise that a log can break is broken once."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.watching import witness as witnessing
from api.watching.errors import Broken
from api.watching.state import State
from api.watching.witness import Witness
from ledger.formats import cosignature, entry, keys
from ledger.formats.errors import UnavailableError
from ledger.formats.merkle import Tree
from tests.support.logs import NOTE_KEY, NOW
from tests.support.school import School
from tests.support.watched import WatchedLog

PAIR = keys.generate(b"\x21" * 32)


class Watched:
    """A log with three checkpoints and a list, and a witness of it in a folder; ``again`` opens it anew."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.time = folder, NOW + 100
        self.log = WatchedLog()
        self.log.issue(3)
        self.log.relist(1)
        self.log.checkpoint()
        self.log.issue(300)
        self.log.checkpoint()
        self.log.relist(2, (7,))
        self.log.checkpoint()
        self.state: State | None = None
        self.again()

    def again(self) -> None:
        if self.state:
            self.state.close()
        self.state = State(self.folder / "state.sqlite", witnessing.SCHEMA)
        self.witness = Witness(
            self.log,
            NOTE_KEY,
            self.state,
            name="witness.example",
            pair=PAIR,
            now=lambda: self.time,
            evidence=self.folder,
        )

    def round(self) -> witnessing.Round:
        self.time += 10
        return self.witness.round()

    def counted(self, text: str | None) -> int:
        """The size of a note under which the witness's line counts."""
        assert text is not None
        assert cosignature.counting(text, [self.witness.key], self.time), text
        return cosignature.body_of(text).size

    def breaks(self, code: str) -> dict[str, Any]:
        """A round finds a broken promise, leaves evidence, and every later one is refused, after a restart too."""
        assert self.state
        size, posted = self.state.edge.size, list(self.log.posted)
        with pytest.raises(Broken) as caught:
            self.round()
        assert caught.value.code == code, caught.value
        self.again()
        with pytest.raises(Broken) as again:
            self.round()
        assert again.value.code == code
        assert (self.state.edge.size, self.log.posted) == (size, posted)
        evidence = json.loads((self.folder / f"evidence-{code}.json").read_text())
        assert evidence["code"] == code and evidence["log"] == str(NOTE_KEY)
        assert self.counted(evidence["evidence"]["cosigned"]) == size
        found: dict[str, Any] = evidence["evidence"]
        return found

    def waits(self, code: str = "watch.damaged") -> None:
        """A round cosigns nothing and accuses nobody; the next honest one goes on."""
        assert self.state
        size = self.state.edge.size
        with pytest.raises(UnavailableError) as caught:
            self.round()
        assert caught.value.code == code, caught.value
        assert self.state.edge.size == size and self.state.broken() is None
        self.log.lies.clear()
        assert self.round().cosigned


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(tmp_path / "witness")
    yield made
    assert made.state
    made.state.close()


@pytest.fixture
def seen(watched: Watched) -> Watched:
    """As far as it goes, with one more checkpoint to come."""
    watched.round()
    watched.log.issue(5)
    return watched


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


def test_a_kill_between_signing_and_handing_in_makes_a_second_line(watched: Watched, monkeypatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object) -> str:
        raise Killed

    monkeypatch.setattr(WatchedLog, "post", kill)
    with pytest.raises(Killed):
        watched.round()
    monkeypatch.undo()
    kept = watched.witness.note_of(305)
    watched.again()
    assert watched.round().taken == 3
    assert watched.log.posted[-1] == kept


def test_a_kill_before_the_commit_leaves_half(watched: Watched, monkeypatch) -> None:
    class Killed(BaseException):
        pass

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
        assert seen.round().cosigned == 0


def test_an_entry_of_no_form_is_cosigned(seen: Watched) -> None:
    seen.log.add(b"\x01 no entry")
    seen.log.checkpoint()
    assert seen.breaks("log.bad_entry")["index"] == 310


def relist_twice(log: WatchedLog, first: tuple[int, ...], second: tuple[int, ...]) -> None:
    log.relist(3, first)
    log.relist(4, second)


OTHER = School("two")
GOOD: dict[str, Callable[[WatchedLog], None]] = {
    "added": lambda log: log.relist(3, (7, 9)),
    "renewed": lambda log: log.relist(8, (7,)),
    "twice between two checkpoints": lambda log: relist_twice(log, (7,), (7, 8)),
    "another list": lambda log: log.publish(OTHER.signed_status(1), OTHER.did, serve=False),
    "taken over": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), serve=False
    ),
    "taken over, logged by the parent": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), OTHER.did, serve=False
    ),
}
BAD: dict[str, Callable[[WatchedLog], None]] = {
    "sequence again": lambda log: log.relist(2, (7, 9)),
    "sequence back": lambda log: log.relist(1, (7,)),
    "revocation undone": lambda log: log.relist(3),
    "revocation moved": lambda log: log.relist(3, (8,)),
    "undone between two checkpoints": lambda log: relist_twice(log, (7, 8), (7,)),
    "other purpose": lambda log: log.relist(3, (7,), purpose="suspension"),
    "other length": lambda log: log.relist(3, bits=bytes([1]) + bytes(2**15)),
    "other issuer": lambda log: log.publish(
        OTHER.signed_status(3, (7,), url="https://example.org/status-lists/one"), School("three").did
    ),
    "new list of another issuer": lambda log: log.publish(OTHER.signed_status(1)),
    "no list": lambda log: log.publish(b'{"id":"x"}'),
    "no JSON": lambda log: log.publish(b"\xff"),
    "spoilt signature": lambda log: log.publish(
        log.school.signed_status(3, (7,)).replace(b'"sequence":3', b'"sequence":4')
    ),
    "signed by another": lambda log: log.publish(OTHER.sign_status(log.school.status_list(3, (7,)))),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_list_that_goes_on_is_refused(seen: Watched, name: str) -> None:
    GOOD[name](seen.log)
    seen.log.checkpoint()
    assert seen.round().cosigned == 1


@pytest.mark.parametrize("name", BAD)
def test_a_list_that_goes_back_is_cosigned(seen: Watched, name: str) -> None:
    BAD[name](seen.log)
    seen.log.checkpoint()
    assert seen.breaks("status.undone")["list"]


def test_a_suspension_cannot_be_lifted(watched: Watched) -> None:
    url: dict[str, Any] = {"url": "https://example.org/status-lists/s", "purpose": "suspension"}
    watched.log.publish(watched.log.school.signed_status(1, (5,), **url), serve=False)
    watched.log.publish(watched.log.school.signed_status(2, (), **url), serve=False)
    watched.log.checkpoint()
    assert watched.round().cosigned == 4


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


def test_a_suspension_list_of_another_length(watched: Watched) -> None:
    url: dict[str, Any] = {"url": "https://example.org/status-lists/s", "purpose": "suspension"}
    watched.log.publish(watched.log.school.signed_status(1, (5,), **url), serve=False)
    watched.log.checkpoint()
    watched.round()
    watched.log.publish(watched.log.school.signed_status(2, bits=bytes(2**15), **url), serve=False)
    watched.log.checkpoint()
    watched.breaks("status.undone")


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


SERVED: dict[str, Callable[[WatchedLog], bytes]] = {
    "an older one": lambda log: log.school.signed_status(2, (7,)),
    "another of the same sequence": lambda log: log.school.signed_status(3, (7, 9)),
    "a newer one that undoes": lambda log: log.school.signed_status(4),
    "one that is none": lambda _: b"{}",
    "one of another signer": lambda log: School("two").sign_status(log.school.status_list(4, (7,))),
}


@pytest.mark.parametrize("name", SERVED)
def test_another_list_is_served_than_was_logged(seen: Watched, name: str) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    seen.log.served["status-lists/one"] = SERVED[name](seen.log)
    done = seen.round()
    assert done.cosigned == 1 and len(done.odd) == 1 and "status-lists/one" in done.odd[0]
    assert seen.state and seen.state.broken() is None


def test_a_newer_list_is_served_than_was_published(seen: Watched) -> None:
    seen.log.relist(3, (7,))
    seen.log.checkpoint()
    seen.log.served["status-lists/one"] = seen.log.school.signed_status(4, (7, 8))
    assert seen.round().odd == ()


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.org/status-lists/one",
        "https://example.org/status-lists/../log/checkpoint",
        "https://example.org/status-lists/one?x",
        "https://example.org:1/status-lists/one",
        "file:///etc/passwd",
    ],
)
def test_a_list_sends_the_witness_elsewhere(seen: Watched, url: str) -> None:
    seen.log.publish(seen.log.school.signed_status(1, url=url), serve=False)
    seen.log.checkpoint()
    asked = len(seen.log.asked)
    assert seen.round().cosigned == 1
    assert all(path.startswith("log/") for path in seen.log.asked[asked:])


def test_two_processes_work_with_one_state(watched: Watched) -> None:
    with pytest.raises(UnavailableError, match=r"watch.locked"):
        State(watched.folder / "state.sqlite", witnessing.SCHEMA)


def test_an_entry_is_no_publication_of_a_list_that_was_not_published(seen: Watched) -> None:
    """Its commitment opens under the zero salt, or it is no publication."""
    seen.log.lists[len(seen.log.entries)] = seen.log.school.signed_status(3, (7,))
    seen.log.add(entry.single(entry.STATUS_KIND, bytes(32), 1, bytes([1]) * 32, bytes(32)))
    seen.log.checkpoint()
    with pytest.raises(UnavailableError, match=r"watch.damaged"):
        seen.round()
