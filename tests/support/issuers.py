"""A deployment of the tests: one authority, two schools, every shipped kind, on whichever engine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Engine

from issuers.api_keys import ApiKeys
from issuers.importers.drafts import Draft
from issuers.keystore import Keystore
from issuers.kinds import Kinds
from issuers.records import Records
from issuers.schools import Schools
from issuers.status import StatusLists
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.registry import Accreditation
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Caller
from tests.support.logs import open_sequencer

SECRET = "an entirely uncommon phrase 7"
HOST = "rollbook.test:8000"
BASE = f"http://{HOST}"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 7, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        """``forward(days=3)``."""
        self.now += timedelta(**by)


def accredited(region: str, *, kinds: int = 2**63 - 1, withdrawn: int = 0) -> Accreditation:
    """What the chain says of a school: every kind unless told otherwise."""
    return Accreditation(1_780_000_000, withdrawn, region.encode(), kinds)


@dataclass
class Deployment:
    """Every part of the issuers' side over one engine; parts are made when first used."""

    engine: Engine
    list_size: int = 131_072
    contexts: Contexts = BUNDLED

    @cached_property
    def clock(self) -> Clock:
        return Clock()

    @cached_property
    def sequencer(self) -> Sequencer:
        return open_sequencer(self.engine, contexts_of=lambda context: self.kinds.contexts(context))

    @cached_property
    def keystore(self) -> Keystore:
        return Keystore(self.engine, SECRET, work_factor=2)

    @cached_property
    def schools(self) -> Schools:
        made = Schools(self.engine, self.keystore, HOST, self.clock)
        root = made.create_authority("35", "Fujian", "福建省教育厅")
        for school in (
            made.create_school("3501990001", "One", "第一中学", root.did),
            made.create_school("3502990002", "Two", "第二大学", root.did),
        ):
            made.note_accreditation(school.did, accredited(school.code))
        return made

    @cached_property
    def kinds(self) -> Kinds:
        made = Kinds(self.engine, BASE, self.clock, self.contexts)
        made.install_builtin()
        return made

    @cached_property
    def status(self) -> StatusLists:
        parts = (self.engine, self.sequencer, self.schools, BASE, self.clock)
        return StatusLists(*parts, list_size=self.list_size)

    @cached_property
    def api_keys(self) -> ApiKeys:
        assert self.schools
        return ApiKeys(self.engine, self.clock)

    @cached_property
    def records(self) -> Records:
        parts = (self.sequencer, self.schools, self.kinds, self.keystore, self.status, self.clock)
        return Records(self.engine, *parts)

    @property
    def one(self) -> Caller:
        """Who acts for the first school."""
        return Caller("one", self.schools.by_code("3501990001").did)

    @property
    def two(self) -> Caller:
        """Who acts for the second school."""
        return Caller("two", self.schools.by_code("3502990002").did)


def result(learner: str = "0012", code: str = "MATH1", term: str = "2026-1", **members: Any) -> dict[str, Any]:
    """The subject of a result record."""
    return {"identifier": learner, "result": {"code": code, "term": term, **({"mark": "90"} | members)}}


def results(count: int, **members: Any) -> list[Draft]:
    """Drafts of results of as many learners."""
    return [Draft(result(f"{number:05d}", **members), number + 2) for number in range(count)]
