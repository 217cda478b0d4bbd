"""What a school and an authority must see, and what must not trouble them."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from api import exposition
from api.watching import monitor as watching
from api.watching import telling
from api.watching.bursts import DAY_SECONDS, Rule
from api.watching.known import leaf_of
from api.watching.monitor import Limits
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.merkle import Tree
from ledger.formats.registry import member_id
from tests.support.logs import NOW
from tests.support.monitored import ONE, TWO, Watch, watch
from tests.support.school import School

__all__ = ["watch"]


def test_an_honest_log_raises_no_alarm(watch: Watch) -> None:
    sight = watch.look()
    assert (sight.size, sight.checkpoints, sight.anchored, sight.unanchored, sight.lag) == (21, 1, 21, 0, 0)
    assert sight.issuers == {ONE.did: {"records": 10, "statusLists": 1, "unknown": 0}}
    assert not sight.alarms and json.dumps(sight.to_dict())
    watch.log.issue(4, TWO)
    watch.log.relist(2, (3,))
    watch.publish()
    assert watch.codes() == []


# In a school's name


def test_an_entry_in_its_name_that_the_school_does_not_know(watch: Watch) -> None:
    watch.look()
    watch.log.issue(1)
    watch.publish()
    sight = watch.look()
    (alarm,) = sight.alarms
    assert alarm.code == "entry.unknown" and sight.issuers[ONE.did]["unknown"] == 1
    (found,) = alarm.facts["entries"]
    assert (found["index"], found["kind"], found["entry"]) == (21, "transcript", leaf_of(watch.log.entries[21]))
    assert watch.codes() == ["entry.unknown"]
    watch.own |= {leaf_of(watch.log.entries[21])}
    assert watch.codes() == []


def test_an_unknown_entry_from_before_the_watch_began(watch: Watch) -> None:
    watch.own -= {leaf_of(watch.log.entries[0])}
    assert watch.look().alarms[0].facts["entries"][0]["index"] == 0


def test_an_entry_of_another_kind_passes_for_a_known_one(watch: Watch) -> None:
    watch.log.issue(1, kind="diploma")
    watch.publish()
    assert watch.look().alarms[0].facts["entries"][0]["kind"] == "diploma"


def test_many_unknown_entries_flood_the_alarm(watch: Watch) -> None:
    watch.log.issue(30)
    watch.publish()
    (alarm,) = watch.look().alarms
    assert alarm.facts["count"] == 30 and len(alarm.facts["entries"]) == watching.MOST_NAMED


def test_an_entry_of_another_school_troubles_this_one(watch: Watch) -> None:
    watch.log.issue(30, TWO)
    watch.publish()
    assert watch.codes() == []


def test_a_folder_begun_for_another_school_is_gone_on_with(watch: Watch) -> None:
    for issuers in ([TWO.did], [], [ONE.did, TWO.did]):
        with pytest.raises(ConfigError, match=r"watch.issuers"):
            watch.open(issuers=issuers)
    watch.open()


# Of the log


def test_a_fork_is_followed(watch: Watch) -> None:
    watch.look()
    watch.log.notes.append((watch.log.sign(21, bytes(32)), NOW))
    watch.log._listed = lambda: []  # type: ignore[method-assign]
    watch.breaks()


def test_a_log_put_back_from_a_copy_goes_on_unnoticed(watch: Watch) -> None:
    """At first it is shorter; as soon as it has grown again, it is another history."""
    watch.log.issue(3, TWO)
    watch.publish()
    assert watch.codes() == []
    copy = watch.log.entries[:21]
    watch.log.notes.pop()
    watch.log.anchors.pop()
    assert watch.codes() == ["log.rolled_back"]
    watch.log.entries, watch.log.tree = copy, Tree()
    watch.log.tree.extend_entries(copy)
    watch.log.issue(4, ONE)
    watch.publish()
    assert watch.breaks().evidence["older"]["size"] == 24


@pytest.mark.parametrize("size", [21, 7])
def test_a_note_seen_elsewhere_of_another_history(watch: Watch, size: int) -> None:
    watch.notes.append(watch.log.sign(size).encode())
    assert watch.codes() == []
    watch.notes.append(watch.log.sign(size, bytes(32)).encode())
    assert watch.breaks().evidence["theirs"].encode() == watch.notes[-1]


def test_a_note_of_nobody_accuses_the_log(watch: Watch) -> None:
    watch.notes.append(watch.log.sign(21, bytes(32)).replace("example.org", "example.net").encode())
    assert watch.codes() == ["note.missing"]


def test_a_note_that_is_not_to_be_had_hides_everything_else(watch: Watch) -> None:
    def gone() -> bytes:
        raise UnavailableError("watch.unreachable", "the witness is down")

    watch.open(elsewhere=[gone, watch.note])
    watch.log.issue(1)
    watch.publish()
    assert watch.codes() == ["note.missing", "entry.unknown"]
    watch.notes.append(watch.log.sign(7, bytes(32)).encode())
    watch.breaks()


def test_a_note_of_a_size_that_is_not_reached_yet(watch: Watch) -> None:
    watch.notes.append(watch.log.sign(2**30, bytes(32)).encode())
    assert watch.codes() == []


@pytest.mark.parametrize(
    "changes", [{"root": bytes(32).hex()}, {"previousSize": 5}, {"size": 20, "root": bytes(32).hex()}]
)
def test_an_anchor_that_is_not_of_a_checkpoint(watch: Watch, changes: dict[str, Any]) -> None:
    watch.log.anchors[-1].update(changes)
    assert "anchor.mismatch" in watch.codes()


@pytest.mark.parametrize("changes", [{"root": 1}, {"root": "x"}, {"time": -1}, {"size": "21"}, {"time": True}])
def test_a_list_of_anchors_that_is_none(watch: Watch, changes: dict[str, Any]) -> None:
    watch.log.anchors[-1].update(changes)
    with pytest.raises(UnavailableError, match=r"watch.damaged"):
        watch.look()


def test_an_anchor_of_a_checkpoint_that_came_since_is_a_mismatch(watch: Watch) -> None:
    watch.look()
    watch.log.issue(1, TWO)
    watch.log.anchor()
    assert watch.codes() == []
    watch.log.checkpoint()
    assert watch.look().anchored == 22


def test_anchoring_that_lags_behind(watch: Watch) -> None:
    watch.log.issue(1, TWO)
    watch.log.checkpoint()
    watch.ahead = 600
    sight = watch.look()
    assert (sight.unanchored, sight.lag, list(sight.alarms)) == (1, 600, [])
    watch.ahead = 601
    assert watch.codes() == ["anchor.lag"]
    watch.log.anchor()
    assert watch.codes() == []


def test_a_lag_is_that_of_the_oldest_checkpoint(watch: Watch) -> None:
    for _ in range(3):
        watch.log.issue(1, TWO)
        watch.log.checkpoint()
        watch.log.clock += 100
    assert watch.look().lag == 2 * 102 + 105
    watch.open(limits=Limits(backlog=2))
    assert watch.codes() == ["anchor.backlog"]


@pytest.mark.parametrize("ahead", [-301, -86400])
def test_a_log_whose_clock_is_ahead(watch: Watch, ahead: int) -> None:
    watch.ahead = ahead
    assert watch.codes() == ["clock.ahead"]


def test_a_clock_a_little_ahead_is_an_alarm(watch: Watch) -> None:
    watch.ahead = -300
    assert watch.codes() == []


def test_a_log_whose_clock_goes_back(watch: Watch) -> None:
    watch.log.clock -= 400
    watch.log.issue(1, TWO)
    watch.publish()
    watch.ahead = 405
    assert watch.codes() == ["clock.back"]


# Bursts


@pytest.mark.parametrize(
    ("before", "limit"),
    [
        ([], 2000),
        ([5, 5], 2000),
        ([5, 5, 5], 200),
        ([50] * 28, 500),
        ([50] * 27 + [100_000], 500),
        ([1] * 100 + [50] * 28, 500),
        ([10_000, *[50] * 28], 500),
        ([30, 50], 2000),
    ],
)
def test_one_day_moves_the_measure(before: Sequence[int], limit: float) -> None:
    assert Rule().limit(before) == limit


def days(watch: Watch, counts: Sequence[int], school: School = TWO) -> None:
    for count in counts:
        watch.log.clock += DAY_SECONDS
        watch.log.issue(count, school)
        watch.publish()


def test_a_day_of_unusually_many_records(watch: Watch) -> None:
    watch.open(limits=Limits(burst=Rule(20, 10)))
    days(watch, [1, 3, 2])
    assert watch.codes() == []
    days(watch, [31])
    (alarm,) = watch.look().alarms
    assert alarm.code == "entry.burst"
    assert alarm.facts == {"issuer": member_id(TWO.did).hex(), "records": 31, "limit": 25.0}
    days(watch, [25, 1, 1])
    assert watch.codes() == []


def test_a_burst_over_several_checkpoints(watch: Watch) -> None:
    watch.open(limits=Limits(burst=Rule(20, 10)))
    days(watch, [1, 3, 2, 10])
    for _ in range(2):
        watch.log.issue(10, TWO)
        watch.publish()
    assert watch.codes() == ["entry.burst"]


# Telling


def test_an_alarm_is_told_when_it_begins_and_when_it_ends(watch: Watch) -> None:
    told: list[str] = []
    teller = telling.Teller(told.append)
    watch.log.issue(1)
    watch.publish()
    for _ in range(2):
        teller.tell(watch.look())
    assert [line[:20] for line in told] == ["ALARM entry.unknown "]
    watch.own |= {leaf_of(watch.log.entries[-1])}
    teller.tell(watch.look())
    assert told[1:] == [f"over: entry.unknown {ONE.did}"]


def test_figures_for_prometheus(watch: Watch) -> None:
    watch.log.issue(2)
    watch.log.checkpoint()
    text = exposition.text(telling.metrics(watch.look(), reached=True, broken=False, time=NOW))
    for line in (
        "rollbook_monitor_up 1",
        "rollbook_monitor_entries 23",
        "rollbook_monitor_unanchored_checkpoints 1",
        'rollbook_monitor_alarms{code="entry.unknown"} 1',
        f'rollbook_monitor_unknown_records{{issuer="{ONE.did}"}} 2',
    ):
        assert f"{line}\n" in text
    assert "rollbook_monitor_up 0\n" in exposition.text(telling.metrics(None, reached=False, broken=True, time=1))
