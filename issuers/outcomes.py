"""What became of drafts: one outcome each, and the report of a whole file."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from issuers.importers.drafts import ParsedFile
from issuers.importers.problems import Problem


class State(StrEnum):
    """CREATED and SUPERSEDED are new in the log; UNCHANGED was there; CONFLICT, REVOKED and TAKEN were refused."""

    CREATED = "created"
    SUPERSEDED = "superseded"
    UNCHANGED = "unchanged"
    CONFLICT = "conflict"
    REVOKED = "revoked"
    TAKEN = "taken"


REFUSED = frozenset({State.CONFLICT, State.REVOKED, State.TAKEN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """``record_id`` (UUID) and entry ``index`` of the new record or the one that is there; ``line`` of the draft."""

    state: State
    record_id: str
    index: int
    line: int = 0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. Nothing was issued where there are problems and no outcomes."""

    kind: str
    format: str
    encoding: str | None
    rows: int
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]
    outcomes: tuple[Outcome, ...] = ()

    @classmethod
    def of(cls, parsed: ParsedFile, kind: str, problems: Sequence[Problem]) -> "ImportReport":
        """The report of a file before anything of it is issued."""
        return cls(kind, parsed.format, parsed.encoding, parsed.rows, tuple(problems), parsed.notes)

    @property
    def counts(self) -> dict[str, int]:
        """How many outcomes there are of each state."""
        counted = Counter(outcome.state for outcome in self.outcomes)
        return {state.value: counted[state] for state in State}

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the outcomes themselves."""
        return {
            "kind": self.kind,
            "format": self.format,
            "encoding": self.encoding,
            "rows": self.rows,
            "records": self.counts,
            "problems": [found.to_dict() for found in self.problems],
            "notes": [note.to_dict() for note in self.notes],
        }
