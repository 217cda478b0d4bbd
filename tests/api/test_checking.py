"""A file is not looked at twice where once is enough."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.checking import AT_ONCE, Checking
from api.newest import KEPT_SECONDS, READ_SECONDS, Newest
from ledger.formats import canonical
from ledger.formats.errors import UnavailableError
from tests.worlds.scene import Scene
from verifier.evidence import Absence
from verifier.report import Report, Verdict
from verifier.verifier import Verifier

SCENE = Scene()
HONEST = canonical.dumps(SCENE.bundle())
BARE = canonical.dumps(SCENE.record.credential)


class Told:
    """Log and registry as far as their newest times go; ``away`` where nothing answers."""

    def __init__(self, anchor: int = 0, act: int = 0) -> None:
        self.anchored, self.acted, self.away, self.asked = anchor, act, False, 0

    def anchor(self) -> Any:
        self._answer()
        return SimpleNamespace(time=self.anchored) if self.anchored else None

    def tree(self) -> Any:
        self._answer()
        return SimpleNamespace(acts=[SimpleNamespace(time=1), SimpleNamespace(time=self.acted)] if self.acted else [])

    def _answer(self) -> None:
        self.asked += 1
        if self.away:
            raise UnavailableError("chain.unreachable", "in the test")


class Counted(Verifier):
    """Counts how often it looks at a file, and how often with the log at hand."""

    looks = asked = 0

    def verify(self, data: bytes, **options: Any) -> Report:
        self.looks += 1
        self.asked += options.get("evidence") is not None
        return super().verify(data, **options)


def checking(told: Told | None = None) -> tuple[Checking, Counted]:
    verifier = Counted(SCENE.world.trust_root())
    nothing = SimpleNamespace(material=lambda _: Absence.MISSING, key=lambda _: None, status_list=lambda _: None)
    return Checking(verifier, cast(Any, nothing), newest(told or Told()), lambda: SCENE.now), verifier


def newest(told: Told) -> Newest:
    return Newest(cast(Any, told), cast(Any, told))


@pytest.mark.parametrize(
    ("data", "looks", "asked"),
    [(HONEST, 1, 0), (BARE, 2, 1), (HONEST + b" " * AT_ONCE, 1, 1), (BARE + b" " * AT_ONCE, 1, 1)],
    ids=["small and whole", "small and bare", "large and whole", "large and bare"],
)
def test_how_often_a_file_is_looked_at(data: bytes, looks: int, asked: int) -> None:
    made, verifier = checking()
    report = made.verify(data)
    assert (verifier.looks, verifier.asked) == (looks, asked)
    assert report.verdict is (Verdict.VALID if data.startswith(HONEST[:40]) else Verdict.INDETERMINATE)


def test_the_log_is_asked_at_once_where_it_is_known_that_it_must_be() -> None:
    made, verifier = checking()
    assert made.completed(BARE).verdict is Verdict.INDETERMINATE
    assert (verifier.looks, verifier.asked) == (1, 1)


@pytest.mark.parametrize("of", ["anchor", "act"])
def test_a_whole_file_that_is_older_than_the_ledger_is_completed(of: str) -> None:
    """The registry's acts make blocks, and seldom an anchor."""
    as_of = checking()[0].verify(HONEST).as_of
    assert as_of is not None
    seconds = int(as_of.timestamp())
    for later, asked in ((0, 0), (1, 1)):
        made, verifier = checking(Told(**{of: seconds + later}))
        made.verify(HONEST)
        assert verifier.asked == asked


def test_a_whole_file_is_settled_by_nothing_that_is_not_known() -> None:
    made, _ = checking(Told(act=1))
    assert made.quick(HONEST) is None
    made.verify(HONEST)
    assert made.quick(HONEST) is not None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The one reading, in seconds, that what is newest goes by."""
    made = [100.0]
    monkeypatch.setattr("api.newest.time.monotonic", lambda: made[0])
    return made


@pytest.mark.parametrize("of", ["anchored", "acted"])
def test_what_is_newer_is_known_soon(of: str, clock: list[float]) -> None:
    told = Told(1, 2)
    made = newest(told)
    assert made.known() is None
    made.ensure()
    assert made.known() == 2
    setattr(told, of, 9)
    clock[0] += READ_SECONDS / 2
    asked = told.asked
    made.ensure()
    assert (made.known(), told.asked) == (2, asked)
    clock[0] += READ_SECONDS / 2
    made.known()  # which lets it be read
    made.close()
    assert made.known() == 9


def test_what_was_known_long_ago_is_gone_by_no_more(clock: list[float]) -> None:
    told = Told(1, 2)
    made = newest(told)
    made.ensure()
    clock[0] += KEPT_SECONDS
    told.acted = 9
    made.ensure()
    assert made.known() == 9


def test_without_log_and_chain_a_whole_file_is_judged_by_what_it_brings(clock: list[float]) -> None:
    told = Told(1, 2)
    made = newest(told)
    told.away = True
    made.ensure()
    assert made.known() == 0
    told.away = False
    clock[0] += KEPT_SECONDS
    assert made.known() == 0  # nobody waits
    made.close()
