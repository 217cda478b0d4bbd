"""A log and a witness of it, and the fixtures of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.watching import witness as witnessing
from api.watching.errors import Broken
from api.watching.state import State
from api.watching.witness import Witness
from ledger.formats import cosignature, keys
from ledger.formats.errors import UnavailableError
from tests.support.logs import NOTE_KEY, NOW
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
