"""Which drafts of a chunk are new, which are there already, which contradict what is there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from issuers.importers.drafts import Draft
from issuers.importers.problems import Problem, problem
from issuers.outcomes import REFUSED, Outcome, State
from issuers.signing import Prepared, Superseded
from issuers.store import Newest
from ledger.formats.errors import ConflictError


@dataclass(slots=True)
class Plan:
    """The fate of each draft, by its number in the chunk; ``fresh`` are those that are to be signed.

    ``replaces`` is the index of the one record that may be superseded; None for whichever is there.
    """

    drafts: Sequence[Draft]
    replaces: int | None = None
    fresh: list[tuple[int, Prepared]] = field(default_factory=list)
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _first: dict[bytes, tuple[int, Prepared]] = field(default_factory=dict)
    _repeats: dict[int, int] = field(default_factory=dict)

    def add(self, number: int, record: Prepared, there: Newest | None, reason: str | None) -> None:
        """Decide on one draft, of which ``there`` is the newest record; ``reason`` is that of superseding.

        Raises ConflictError ``record.not_newest`` where another than ``replaces`` would be superseded.
        """
        line = self.drafts[number].line
        first = self._first.get(record.identity)
        if first is not None:
            self._repeat(number, *first, record, line)
        elif there is None:
            self._sign(number, record)
        elif there.learner != record.learner:  # of a slot that is the school's, and not each learner's
            self._take(number, record, there, line)
        elif there.content == record.content and not there.revoked:
            self._outcomes[number] = Outcome(State.UNCHANGED, there.record_id, there.idx, line)
        elif reason is not None:
            if self.replaces not in (None, there.idx):
                raise ConflictError("record.not_newest", "the record was superseded already, by other content")
            old = Superseded(there.idx, there.message_list, there.position, reason)
            self._sign(number, replace(record, revision=there.revision + 1, supersedes=old))
        else:
            state = State.REVOKED if there.revoked else State.CONFLICT
            self._outcomes[number] = Outcome(state, there.record_id, there.idx, line)

    def settle(self, placed: Sequence[tuple[int, str]]) -> None:
        """The fresh ones are in the log: entry index and record id of each, in order."""
        for (number, record), (idx, record_id) in zip(self.fresh, placed, strict=True):
            state = State.CREATED if record.supersedes is None else State.SUPERSEDED
            self._outcomes[number] = Outcome(state, record_id, idx, self.drafts[number].line)

    def outcomes(self) -> list[Outcome]:
        """Those that are known, in the order of the drafts: all of them once the plan is settled."""
        for number, first in self._repeats.items():
            if first in self._outcomes:
                known = self._outcomes[first]
                self._outcomes[number] = replace(known, state=State.UNCHANGED, line=self.drafts[number].line)
        return [self._outcomes[number] for number in sorted(self._outcomes)]

    def _sign(self, number: int, record: Prepared) -> None:
        self.fresh.append((number, record))
        self._first[record.identity] = number, record

    def _take(self, number: int, record: Prepared, there: Newest, line: int) -> None:
        """What another learner has: only once that record was revoked, and then it takes nobody's place."""
        if there.revoked and self.replaces is None:
            self._sign(number, replace(record, revision=there.revision + 1))
        else:
            self._outcomes[number] = Outcome(State.TAKEN, there.record_id, there.idx, line)

    def _repeat(self, number: int, first: int, known: Prepared, record: Prepared, line: int) -> None:
        """Two drafts of one chunk are one record: the same content twice is one, another contradicts the first."""
        if known.content == record.content:
            self._repeats[number] = first
        else:
            state = State.CONFLICT if known.learner == record.learner else State.TAKEN
            self._outcomes[number] = Outcome(state, "", -1, line)


def describe(outcome: Outcome) -> Problem:
    """The problem that a refused draft is."""
    if outcome.state == State.REVOKED:
        return problem("row.revoked", outcome.line)
    where = "another row" if outcome.index < 0 else f"entry {outcome.index}"
    where_zh = "另一行" if outcome.index < 0 else f"日志条目 {outcome.index}"
    code = "row.taken" if outcome.state == State.TAKEN else "row.conflict"
    return problem(code, outcome.line, where=where, where_zh=where_zh)


def refusals(outcomes: Sequence[Outcome]) -> list[Problem]:
    """The problems among some outcomes."""
    return [describe(outcome) for outcome in outcomes if outcome.state in REFUSED]
