"""Rows into records: one each, or for kinds whose rows are one list (a transcript's courses) one element each."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from issuers.importers.cells import Value
from issuers.importers.drafts import Draft
from issuers.importers.header import Field
from issuers.importers.problems import Problem, problem
from issuers.importers.template import Column, ImportTemplate

Check = Callable[[dict[str, Any]], Iterable[tuple[str | int, ...]]]
"""Where a subject breaks its kind's schema: paths into it; none for one that holds."""

Identity = tuple[str, tuple[str, ...]]
Values = dict[str, Value]
"""A row's values by column name; a cell that is empty gives none."""


@dataclass(slots=True)
class _Record:
    """A record as its rows come in: ``elements`` by their key, each with its line."""

    subject: dict[str, Any]
    line: int
    elements: dict[tuple[str, ...], tuple[Values, int]] = field(default_factory=dict)
    good: bool = True


@dataclass(slots=True)
class Records:
    """All records of one file, in the order of their first rows.

    A record is never made of a part of its rows: where a bad row could belong to it, it is not drafted.
    """

    template: ImportTemplate
    fields: tuple[Field, ...]
    problems: list[Problem]
    notes: list[Problem]
    _records: dict[Identity, _Record] = field(default_factory=dict)
    _spoiled: set[Identity] = field(default_factory=set)
    _spoiled_learners: set[str] = field(default_factory=set)
    _unassigned: int = 0

    def add(self, values: Values, line: int) -> None:
        """A row without a problem of its own."""
        identity = self._identity(values)
        subject = self._members(values, repeats=False)
        record = self._records.get(identity)
        if record is None:
            record = self._records[identity] = _Record(subject, line)
            self._add_element(record, values, line)
        elif record.subject != subject:
            code = "row.conflict" if self.template.list_path is None else "row.inconsistent"
            self._contradict(record, code, line, record.line)
        elif self.template.list_path is None:
            self.notes.append(problem("row.duplicate", line, first=record.line))
        else:
            self._add_element(record, values, line)

    def spoil(self, values: Values, failed: set[str], line: int) -> None:
        """A row with a problem: ``values`` of its good cells, names of the columns that ``failed``."""
        learner = values.get(self.template.learner.name)
        several = self.template.list_path is not None
        if learner is None:
            self._unassigned = self._unassigned or (line if several else 0)
        elif several or any(column.name in failed for column in self.template.slot):
            self._spoiled_learners.add(str(learner))
        else:
            self._spoiled.add(self._identity(values))

    def finish(self, check: Check) -> Iterator[Draft]:
        """The drafts of all good records; adds to ``problems`` what only a whole record shows."""
        if self._unassigned:
            self.problems.append(problem("row.unassigned", self._unassigned))
        for identity, record in self._records.items():
            if not record.good:
                continue
            if self.template.list_path is not None:
                put(record.subject, self.template.list_path, [element for element, _ in record.elements.values()])
            broken = [self._located(path, record) for path in check(record.subject)]
            self.problems.extend(broken)
            spoiled = identity in self._spoiled or identity[0] in self._spoiled_learners
            if not broken and not spoiled and not self._unassigned:
                yield Draft(record.subject, record.line)

    def _identity(self, values: Values) -> Identity:
        return str(values[self.template.learner.name]), self._key(values, self.template.slot)

    def _key(self, values: Values, columns: tuple[Column, ...]) -> tuple[str, ...]:
        return tuple(str(values.get(column.name, "")) for column in columns)

    def _members(self, values: Values, repeats: bool) -> dict[str, Any]:
        """The row as part of the subject, or of the list element that it adds."""
        members: dict[str, Any] = {}
        for place in self.fields:
            column = place.column
            if column.repeats is repeats and column.name in values:
                put(members, column.path, values[column.name])
        return members

    def _add_element(self, record: _Record, values: Values, line: int) -> None:
        if self.template.list_path is None:
            return
        key, element = self._key(values, self.template.list_key), self._members(values, repeats=True)
        there = record.elements.setdefault(key, (element, line))
        if there[1] == line:
            return
        if there[0] == element:
            self.notes.append(problem("row.duplicate", line, first=there[1]))
        else:
            self._contradict(record, "row.conflict", line, there[1])

    def _contradict(self, record: _Record, code: str, line: int, first: int) -> None:
        record.good = False
        where, where_zh = f"line {first}", f"第 {first} 行"
        self.problems.append(problem(code, line, first=first, where=where, where_zh=where_zh))

    def _located(self, path: tuple[str | int, ...], record: _Record) -> Problem:
        """The line and column of a place in the subject; the record's first line where no column leads there."""
        list_path = self.template.list_path
        line, steps, repeats = record.line, path, False
        if list_path is not None and path[: len(list_path)] == list_path and len(path) > len(list_path):
            lines = [line for _, line in record.elements.values()]
            line, steps, repeats = lines[int(path[len(list_path)])], path[len(list_path) + 1 :], True
        for place in self.fields:
            if place.column.repeats is repeats and place.column.path == steps:
                return problem("row.value", line, place.index + 1, place.header)
        return problem("row.value", line)


def put(target: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Set ``value`` at ``path``, with the objects on the way there made where they are missing."""
    for step in path[:-1]:
        target = target.setdefault(step, {})
    target[path[-1]] = value
