"""A file is not looked at twice where once is enough."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from api.checking import AT_ONCE, Checking
from ledger.formats import canonical
from tests.worlds.scene import Scene
from verifier.evidence import Absence
from verifier.report import Report, Verdict
from verifier.verifier import Verifier

SCENE = Scene()
HONEST = canonical.dumps(SCENE.bundle())
BARE = canonical.dumps(SCENE.record.credential)


class Counted(Verifier):
    """Counts how often it looks at a file, and how often with the log at hand."""

    looks = asked = 0

    def verify(self, data: bytes, **options: Any) -> Report:
        self.looks += 1
        self.asked += options.get("evidence") is not None
        return super().verify(data, **options)


def checking() -> tuple[Checking, Counted]:
    verifier = Counted(SCENE.world.trust_root())
    nothing = SimpleNamespace(material=lambda _: Absence.MISSING, key=lambda _: None, status_list=lambda _: None)
    reader = SimpleNamespace(anchor=lambda: None)
    return Checking(verifier, cast(Any, nothing), cast(Any, reader), lambda: SCENE.now), verifier


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
