"""A log and a monitor of it, and the fixture of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.watching import monitor as watching
from api.watching.errors import Broken
from api.watching.known import leaf_of
from api.watching.monitor import Monitor, Sight
from api.watching.state import State
from tests.support.logs import NOTE_KEY
from tests.support.school import School
from tests.support.watched import WatchedLog

ONE, TWO = School("one"), School("two")


class Watch:
    """A log with ten records of each of two schools, all anchored, and whoever watches the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = WatchedLog()
        self.log.issue(10)
        self.log.relist(1)
        self.log.issue(10, TWO)
        self.log.checkpoint()
        self.log.anchor()
        self.state: State | None = None
        self.own = frozenset(map(leaf_of, self.log.entries[:10]))
        self.notes: list[bytes] = []
        self.ahead = 5
        self.open()

    def open(self, **options: Any) -> None:
        if self.state:
            self.state.close()
        self.state = State(self.folder / "state.sqlite", watching.SCHEMA)
        given: dict[str, Any] = {"issuers": [ONE.did], "known": lambda: self.own, "elsewhere": [self.note]}
        self.monitor = Monitor(
            self.log, NOTE_KEY, self.state, now=lambda: self.log.clock + self.ahead, **{**given, **options}
        )

    def note(self) -> bytes:
        """What somebody else shows of the log; an honest note unless a test says otherwise."""
        return self.notes[-1] if self.notes else self.log.sign(1).encode()

    def look(self) -> Sight:
        return self.monitor.round()

    def codes(self) -> list[str]:
        return [alarm.code for alarm in self.look().alarms]

    def publish(self) -> None:
        self.log.checkpoint()
        self.log.anchor()

    def breaks(self, code: str = "log.forked") -> Broken:
        with pytest.raises(Broken) as caught:
            self.look()
        assert caught.value.code == code
        self.open()
        with pytest.raises(Broken):
            self.look()
        return caught.value


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    made = Watch(tmp_path / "monitor")
    yield made
    assert made.state
    made.state.close()
