"""What is printed of a record: its signed values, arranged, with the kind's words in both languages.

A scalar becomes a fact, an object a section; an array of objects is a table with a column for each term, and so is an
object whose members are all flat objects. Values are printed as they are signed: nothing is rounded, summed
or left out.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ledger.formats import printed, sheet

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_LONG_WORD = re.compile(r"[^\s\u2e80-\uffff]{17,}")
_BREAK, _PART = "\u200b", 8
_WIDE = 24
_NARROW = 12


def content(subject: Mapping[str, Any], kind: Mapping[str, Any]) -> dict[str, Any]:
    """The printed part of a credential's subject, its one wrapping member opened where no names meet."""
    return _section(None, sheet.opened(subject, kind["content"]), kind["terms"])


def _section(title: sheet.Words | None, value: Mapping[str, Any], labels: sheet.Labels) -> dict[str, Any]:
    rows, tables, sections = [], [], []
    for term, member in sorted(value.items(), key=printed.rank):
        words = sheet.label(term, labels)
        if printed.is_table(member):
            tables.append(_table(words, _items(member, labels), labels))
        elif isinstance(member, Mapping):
            sections.append(_section(words, member, labels))
        else:
            shown = printed.text(member)
            rows.append({"label": words, "value": _breakable(shown), "wide": _width(shown) > _WIDE})
    return {"title": title, "rows": _filled(rows), "tables": tables, "sections": sections}


def _filled(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two facts on a line: one that stands alone before a wide one takes the whole line, too."""
    alone: dict[str, Any] | None = None
    for row in rows:
        if row["wide"] and alone is not None:
            alone["wide"] = True
        alone = None if row["wide"] or alone is not None else row
    return rows


def _items(table: Any, labels: sheet.Labels) -> list[tuple[sheet.Words | None, Mapping[str, Any]]]:
    if isinstance(table, Mapping):
        return [(sheet.label(key, labels), one) for key, one in sorted(table.items(), key=printed.rank)]
    return [(None, one) for one in table]


def _table(
    title: sheet.Words, items: Sequence[tuple[sheet.Words | None, Mapping[str, Any]]], labels: sheet.Labels
) -> dict[str, Any]:
    terms = [term for term, _ in sorted({term: None for _, item in items for term in item}.items(), key=printed.rank)]
    keyed = any(key is not None for key, _ in items)
    heads = [*([{"zh": "", "en": ""}] if keyed else []), *(sheet.label(term, labels) for term in terms)]
    rows = [
        [
            *([f"{key['zh']} {key['en']}"] if key else []),
            *(printed.text(item[term]) if term in item else "" for term in terms),
        ]
        for key, item in items
    ]
    columns = list(zip(*rows, strict=True))
    widest = [max(map(_width, column)) for column in columns]
    longest = max(widest)
    drawn = [[_breakable(cell) for cell in row] for row in rows]
    return {
        "title": title,
        "heads": heads,
        "rows": drawn,
        "numeric": [all(not cell or _NUMBER.fullmatch(cell) for cell in column) for column in columns],
        "widths": [0 if wide <= _NARROW and wide < longest else min(wide, 60) for wide in widest],
        "size": 9 if len(heads) <= 8 else 7.5,
    }


def _breakable(shown: str) -> str:
    """With places where a long word may be broken, or it would be drawn over the next column."""

    def broken(found: re.Match[str]) -> str:
        letters = _letters(found[0])
        return _BREAK.join("".join(letters[at : at + _PART]) for at in range(0, len(letters), _PART))

    return _LONG_WORD.sub(broken, shown)


def _width(shown: str) -> int:
    """Roughly, in halves of a Chinese character."""
    return sum(2 if ord(letter[0]) > 0x2E7F else 1 for letter in _letters(shown))


def composed(text: str) -> str:
    """``text`` as it is drawn: letter and marks as the one character that there is for them, which is one glyph.

    That is NFC but for what stands alone: it would put other ideographs into the place of U+F900 and its like.
    """
    if unicodedata.is_normalized("NFC", text):
        return text
    return "".join(
        unicodedata.normalize("NFC", letter) if unicodedata.is_normalized("NFC", letter[0]) else letter
        for letter in _letters(text)
    )


def _letters(text: str) -> list[str]:
    """The characters, each with the marks that are put on it."""
    letters: list[str] = []
    for character in text:
        if letters and unicodedata.combining(character):
            letters[-1] += character
        else:
            letters.append(character)
    return letters
