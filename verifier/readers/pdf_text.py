"""The text that a PDF's pages draw, in the order of drawing (ISO 32000-1 §9.4), as far as its fonts say what it is.

Nothing is proved by it (docs/formats.md §14): fonts may lie, and pictures are not read.
"""

import re
import sys
from typing import Any, NamedTuple

from ledger.formats.errors import FormatError
from verifier.readers.pdf_file import MAX_STREAM, File, Stream
from verifier.readers.pdf_objects import Budget, Name, Objects, Word, malformed

MAX_PAGES, MAX_FORMS, MAX_TEXT = 200, 200, 2 * 2**20
MAX_TOKENS, MAX_CONTENT = 500_000, 8 * 2**20

_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)
_BRACKETS = frozenset({b")", b"]", b">>"})
_SHOWS = frozenset({b"Tj", b"TJ", b"'", b'"'})


class Codes(dict[bytes, str]):
    """A font's codes with their text; ``lengths`` are those of its codes, shortest first, found once for each font."""

    lengths: tuple[int, ...] = ()


class Drawn(NamedTuple):
    """The text of the pages, each ended by a form feed, "" where there is none; and what no sheet of ours has beside.

    ``beside`` has ``annotations`` where a page has some, and ``added`` where a page has several content streams or
    draws a picture.
    """

    text: str
    beside: tuple[str, ...] = ()


def drawn(file: File) -> Drawn:
    """What the newest revision's pages draw; no text where that cannot be told within the bounds."""
    reader = _Reader(file)
    try:
        text = reader.read()
    except (FormatError, UnicodeDecodeError, RecursionError):
        text = ""
    return Drawn(text if text.strip() else "", tuple(sorted(reader.beside)))


class _Reader:
    def __init__(self, file: File) -> None:
        self._file = file
        self._budget = Budget(MAX_TOKENS, MAX_CONTENT, 0)
        self._fonts: dict[int, Codes] = {}
        self._parts: list[str] = []
        self._length = 0
        self._forms = MAX_FORMS
        self.beside: set[str] = set()

    def read(self) -> str:
        root = self._dictionary(self._file.sections[0].trailer.get("Root"))
        waiting: list[tuple[Any, Any]] = [(root.get("Pages"), None)]
        seen = 0
        while waiting:
            node, inherited = waiting.pop()
            page = self._dictionary(node)
            resources = page.get("Resources", inherited)
            seen += 1
            if seen > 2 * MAX_PAGES:
                malformed("more pages than are read")
            kids = self._file.resolve(page.get("Kids"))
            if isinstance(kids, list):
                waiting.extend((kid, resources) for kid in reversed(kids[:MAX_PAGES]))
            else:
                if self._file.resolve(page.get("Annots")):
                    self.beside.add("annotations")
                self._content(self._joined(page.get("Contents")), self._dictionary(resources), 0)
                self._parts.append("\f")
        return "".join(self._parts)

    def _dictionary(self, value: Any) -> dict[str, Any]:
        found = self._file.resolve(value)
        return found if isinstance(found, dict) else {}

    def _joined(self, contents: Any) -> bytes:
        found = self._file.resolve(contents)
        if isinstance(found, list) and len(found) > 1:
            self.beside.add("added")
        parts = [self._file.resolve(one) for one in (found if isinstance(found, list) else [found])]
        return b"\n".join(self._file.decode(one, most=MAX_STREAM) for one in parts if isinstance(one, Stream))

    def _content(self, data: bytes, resources: dict[str, Any], depth: int) -> None:
        fonts, forms = self._dictionary(resources.get("Font")), self._dictionary(resources.get("XObject"))
        font = Codes()
        saved: list[Codes] = []
        operands: list[Any] = []
        reader = Objects(data, 0, self._budget)
        while not reader.at_end():
            token = reader.value()
            if not isinstance(token, Word):
                operands.append(token)
                continue
            if token in _BRACKETS:
                malformed("a bracket that closes nothing")
            if token == b"Tf" and len(operands) >= 2 and isinstance(operands[-2], Name):
                font = self._font(fonts.get(operands[-2]))
            elif token in _SHOWS and operands:
                self._show(operands[-1], font)
            elif token == b"q":
                saved.append(font)
            elif token == b"Q" and saved:
                font = saved.pop()
            elif token == b"Do" and operands and isinstance(operands[-1], Name):
                self._form(forms.get(operands[-1]), resources, depth)
            elif token == b"ID":
                malformed("a picture in the line")
            operands = []

    def _form(self, value: Any, resources: dict[str, Any], depth: int) -> None:
        form = self._file.resolve(value)
        if not isinstance(form, Stream) or form.values.get("Subtype") != "Form":
            self.beside.add("added")
            return
        self._forms -= 1
        if depth >= 8 or self._forms < 0:
            malformed("more forms than are read")
        own = self._dictionary(form.values.get("Resources")) or resources
        self._content(self._file.decode(form), own, depth + 1)

    def _show(self, operand: Any, font: Codes) -> None:
        for part in operand if isinstance(operand, list) else [operand]:
            if isinstance(part, bytes):
                text = _decoded(part, font).replace("\f", " ")
                self._length += len(text)
                if self._length > MAX_TEXT:
                    malformed("more text than is read")
                self._parts.append(text)

    def _font(self, value: Any) -> Codes:
        """Its codes and their text; without a ``ToUnicode`` one byte each, as Latin."""
        font = self._dictionary(value)
        table = self._file.resolve(font.get("ToUnicode"))
        if not isinstance(table, Stream):
            return Codes()
        if table.offset not in self._fonts:
            self._fonts[table.offset] = _codes(self._file.decode(table))
        return self._fonts[table.offset]


def _decoded(raw: bytes, font: Codes) -> str:
    if not font:
        return raw.decode("latin-1")
    lengths = font.lengths
    out, at = [], 0
    while at < len(raw):
        length = next((one for one in lengths if raw[at : at + one] in font), lengths[0])
        out.append(font.get(raw[at : at + length], "\ufffd"))
        at += length
    return "".join(out)


def _codes(table: bytes) -> Codes:
    """A ``ToUnicode`` map (ISO 32000-1 §9.10.3)."""
    made = Codes()
    for kind, block in _BLOCK.findall(table):
        words = [
            bytes.fromhex(("0" * (len(word) % 2)) + word.decode()) for word in re.findall(rb"<([0-9A-Fa-f]+)>", block)
        ]
        if b"[" in block:
            malformed("a range of codes with an array")
        step = 2 if kind == b"bfchar" else 3
        for at in range(0, len(words) - step + 1, step):
            if kind == b"bfchar":
                made[words[at]] = words[at + 1].decode("utf-16-be")
            else:
                _range(made, *words[at : at + 3])
        if len(made) > 70_000:
            malformed("more codes than a font has")
    made.lengths = tuple(sorted({len(code) for code in made}))
    return made


def _range(made: Codes, first: bytes, last: bytes, target: bytes) -> None:
    low, high = int.from_bytes(first, "big"), int.from_bytes(last, "big")
    if not low <= high <= low + 0xFFFF or len(first) != len(last) or len(target) < 2:
        malformed("a broken range of codes")
    text = target.decode("utf-16-be")
    if ord(text[-1]) + high - low > sys.maxunicode:
        malformed("a range of codes beyond the last character")
    for code in range(low, high + 1):
        made[code.to_bytes(len(first), "big")] = text[:-1] + chr(ord(text[-1]) + code - low)
