"""What is signed, as lines for people: the values of a report under its kind's labels, as the verify page shows them.

Needs the base dependencies alone. Whatever a value holds, it stays on its line and commands no terminal.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from api.pages.report import unwrapped
from api.pages.values import HIDDEN, Section, Table, label, section

if TYPE_CHECKING:
    from verifier.report import Report

TITLES = {"zh": "签名内容", "en": "signed"}
_TERMS = {"validFrom": {"zh": "签发时间", "en": "Issued"}, "validUntil": {"zh": "有效期至", "en": "Valid until"}}
_STEP = "  "
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def lines(report: "Report", language: str) -> Iterator[str]:
    """A heading, then one line for each value and each row of a table; nothing where nothing is proven to be signed.

    ``language`` is ``zh`` or ``en``. Control and format characters come as escapes.
    """
    values: dict[str, Any] = {**report.subject, **report.record}
    kind, terms, shown = _arranged(report, values, language)
    dates = [(label(name, _TERMS, language), str(values[name])) for name in _TERMS if name in values]
    if not shown and not dates:
        return
    yield f"{TITLES[language]:<10} {visible(kind)}".rstrip()
    yield from _section(section("", shown, terms, language, dates), _STEP)


def visible(text: str) -> str:
    """``text`` with escapes for what would end its line, turn its direction or command the terminal."""
    return "".join(_escaped(one) if unicodedata.category(one) in _UNSAFE else one for one in text)


def _arranged(report: "Report", values: dict[str, Any], language: str) -> tuple[str, Mapping[str, Any], dict[str, Any]]:
    """The kind's name, the labels of its terms, and the values in the shape that a reader wants."""
    from api.pages import badges
    from ledger.formats import summary

    labels: Mapping[str, str] = {}
    terms: Mapping[str, Any] = {}
    if report.kind is not None:
        labels, terms = report.kind.labels, report.kind.terms
    elif values.get("type") == summary.TYPE:
        labels, terms = summary.LABELS, summary.TERMS
    name = labels.get(language) or labels.get("en") or ""
    achieved = badges.readable(values)
    if achieved is not None:
        return name, badges.LABELS, achieved
    return name, terms, unwrapped({term: value for term, value in values.items() if term not in HIDDEN})


def _section(found: Section, indent: str) -> Iterator[str]:
    for name, value in found.rows:
        yield f"{indent}{visible(name)}: {visible(value)}"
    for table in found.tables:
        yield from _table(table, indent)
    for inner in found.sections:
        yield f"{indent}{visible(inner.title)}"
        yield from _section(inner, indent + _STEP)


def _table(table: Table, indent: str) -> Iterator[str]:
    """Each row on a line of its own, as wide as it is: columns of Chinese and Latin words line up on no console."""
    yield f"{indent}{visible(table.title)}: {visible(' | '.join(table.heads))}"
    for row in table.rows:
        yield f"{indent}{_STEP}{visible(' | '.join(row))}"


def _escaped(one: str) -> str:
    return one.encode("unicode_escape").decode("ascii")
