"""The file structure of a PDF (ISO 32000-1 §7.5): all its revisions, read strictly and in bounded work.

The rules are those of docs/formats.md §14. Nothing is repaired: whoever repairs differs from the next who does.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ledger.formats.errors import FormatError
from verifier.readers.pdf_objects import Budget, Objects, Ref, Word, malformed

MAX_ENTRIES, MAX_SECTIONS, MAX_TOKENS = 50_000, 32, 500_000
MAX_READ, MAX_STREAM, MAX_INFLATED = 32 * 2**20, 5 * 2**20, 32 * 2**20
MAX_STEPS = 8
"""References that may follow each other, and streams whose lengths may."""

_START = re.compile(rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,10})")
_END = re.compile(rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,10})[\x00\t\n\x0c\r ]+%%EOF[\x00\t\n\x0c\r ]*")
_HEAD = re.compile(
    rb"([0-9]{1,10})[\x00\t\n\x0c\r ]{1,4}([0-9]{1,5})[\x00\t\n\x0c\r ]{1,4}obj(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])"
)
_SUBSECTION = re.compile(rb"[\x00\t\n\x0c\r ]{0,4}([0-9]{1,10}) ([0-9]{1,10})[ ]{0,9}(?:\r\n|\r|\n)")
_ENTRY = re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])(?: \r| \n|\r\n)")
_STREAM = re.compile(rb"[\x00\t\n\x0c\r ]{0,4}stream(?:\r\n|\n)")
_ENDSTREAM = re.compile(rb"(?:\r\n|\r|\n)?endstream")


class Entry(NamedTuple):
    """Where an object lies: at an offset, or (``stream``) in an object stream at a place."""

    offset: int
    generation: int
    stream: int | None = None


class Stream(NamedTuple):
    """A stream: its dictionary, where its bytes lie, and the offset of the object, which tells it from any other."""

    values: dict[str, Any]
    start: int
    end: int
    offset: int


@dataclass(slots=True)
class Section:
    """One cross-reference section; an entry that is None is free."""

    trailer: dict[str, Any]
    entries: dict[int, Entry | None] = field(default_factory=dict)


class File:
    """A PDF. A *view* is a number: the file as it was before that many of its newest sections were added."""

    def __init__(self, data: bytes) -> None:
        """Read the chain of sections; FormatError as in docs/formats.md §14."""
        if not data.startswith(b"%PDF-"):
            malformed("not a PDF from its first byte on")
        self.data = data
        self.budget = Budget(MAX_TOKENS, MAX_READ, MAX_INFLATED)
        self._known: dict[tuple[int, int], Any] = {}
        self._streams: dict[int, list[tuple[int, Any]]] = {}
        self._loading: set[int] = set()
        self.sections = self._chain()
        if any("Encrypt" in section.trailer for section in self.sections):
            raise FormatError("document.unsupported", "the PDF is encrypted: ask for the file as it was issued")

    def objects(self) -> Iterator[tuple[int, int | None, Any]]:
        """(section, object number, object) of every entry of every section, and of its trailer, which has no number."""
        for at, section in enumerate(self.sections):
            for number, entry in section.entries.items():
                if entry is not None:
                    yield at, number, self._load(number, entry, at)
            yield at, None, section.trailer

    def resolve(self, value: Any, view: int = 0) -> Any:
        """The object that a reference leads to in this view; None where there is none."""
        for _ in range(MAX_STEPS):
            if not isinstance(value, Ref):
                return value
            value = self._find(value, view)
        return malformed("references lead in a circle")

    def is_current(self, number: int | None, section: int, view: int) -> bool:
        """Whether this section's object of that number, or its trailer, is the one that the view shows."""
        if number is None:
            return view == section
        return view <= section and not any(number in self.sections[at].entries for at in range(view, section))

    def decode(self, stream: Stream, view: int = 0, *, most: int = MAX_STREAM) -> bytes:
        """A stream's bytes, inflated; FormatError ``document.too_large`` or ``document.unsupported``."""
        filters = self.resolve(stream.values.get("Filter"), view)
        if isinstance(filters, list) and len(filters) <= 1:
            filters = self.resolve(filters[0], view) if filters else None
        parameters = self.resolve(stream.values.get("DecodeParms"), view)
        if isinstance(parameters, list) and len(parameters) <= 1:
            parameters = self.resolve(parameters[0], view) if parameters else None
        if filters is None and parameters is None and "F" not in stream.values:
            if stream.end - stream.start > min(most, self.budget.inflated):
                raise FormatError("document.too_large", "the streams of the PDF hold more than is read")
            self.budget.inflated -= stream.end - stream.start
            return self.data[stream.start : stream.end]
        if filters != "FlateDecode" or "F" in stream.values or not isinstance(parameters, dict | None):
            raise FormatError("document.unsupported", "a stream of the PDF has a filter that is not read")
        return _unpredicted(self._inflate(self.data[stream.start : stream.end], most), parameters or {})

    def _find(self, reference: Ref, view: int) -> Any:
        for at in range(view, len(self.sections)):
            if reference.number in self.sections[at].entries:
                entry = self.sections[at].entries[reference.number]
                if entry is None or (entry.stream is None and entry.generation != reference.generation):
                    return None
                return self._load(reference.number, entry, at)
        return None

    def _load(self, number: int, entry: Entry, section: int) -> Any:
        if entry.stream is not None:
            return self._packed(number, entry, section)
        key = (number, entry.offset)
        if key not in self._known:
            self._known[key] = self._indirect(number, entry, section)
        return self._known[key]

    def _indirect(self, number: int | None, entry: Entry, section: int | None) -> Any:
        """The object at an offset; ``section`` is None while the chain is being read, when lengths are direct."""
        head = _HEAD.match(self.data, entry.offset)
        if head is None or (number is not None and (int(head[1]), int(head[2])) != (number, entry.generation)):
            malformed(f"no object {number} at {entry.offset}")
        reader = Objects(self.data, head.end(), self.budget)
        value = reader.value()
        if isinstance(value, Word):
            malformed(f"no object {number} at {entry.offset}")
        start = _STREAM.match(self.data, reader.at)
        if start is None or not isinstance(value, dict):
            reader.expect(b"endobj")
            return value
        if entry.offset in self._loading or len(self._loading) > MAX_STEPS:
            malformed("the length of a stream is in itself")
        self._loading.add(entry.offset)
        length = value.get("Length") if section is None else self.resolve(value.get("Length"), section)
        self._loading.discard(entry.offset)
        if type(length) is not int or not 0 <= length <= len(self.data) - start.end():
            malformed("a stream without its length")
        end = _ENDSTREAM.match(self.data, start.end() + length)
        if end is None:
            malformed("a stream does not end where its length says")
        return Stream(value, start.end(), start.end() + length, entry.offset)

    def _packed(self, number: int, entry: Entry, section: int) -> Any:
        """An object of an object stream (ISO 32000-1 §7.5.7)."""
        assert entry.stream is not None
        known = (one.entries[entry.stream] for one in self.sections[section:] if entry.stream in one.entries)
        place = next(known, None)
        holder = self._load(entry.stream, place, section) if place and place.stream is None else None
        if not isinstance(holder, Stream) or holder.values.get("Type") != "ObjStm":
            malformed(f"object {number} is in no object stream")
        if holder.offset not in self._streams:
            self._streams[holder.offset] = self._unpack(holder, section)
        held = self._streams[holder.offset]
        if entry.offset >= len(held) or held[entry.offset][0] != number:
            malformed(f"object {number} is not where its entry says")
        return held[entry.offset][1]

    def _unpack(self, holder: Stream, section: int) -> list[tuple[int, Any]]:
        count, first = holder.values.get("N"), holder.values.get("First")
        if type(count) is not int or type(first) is not int or not 0 <= count <= MAX_ENTRIES or first < 0:
            malformed("an object stream without its count")
        data = self.decode(holder, section)
        index = Objects(data, 0, self.budget)
        pairs = [(index.value(), index.value()) for _ in range(count)]
        made = []
        for number, offset in pairs:
            if type(number) is not int or type(offset) is not int or offset < 0 or first + offset > len(data):
                malformed("an object stream with a wrong index")
            value = Objects(data, first + offset, self.budget).value()
            if isinstance(value, Word):
                malformed("an object stream holds no object")
            made.append((number, value))
        return made

    def _chain(self) -> list[Section]:
        starts = {int(found[1]) for found in _START.finditer(self.data)}
        tail = self.data.rfind(b"startxref")
        end = _END.fullmatch(self.data, tail) if tail >= 0 else None
        if end is None:
            malformed("no end of the file")
        offset: Any = int(end[1])
        sections: list[Section] = []
        seen: list[int] = []
        while offset is not None:
            if type(offset) is not int or offset in seen:
                malformed("the chain of cross-reference sections is broken")
            if len(seen) >= MAX_SECTIONS:
                raise FormatError("document.too_large", f"the PDF has more than {MAX_SECTIONS} revisions")
            seen.append(offset)
            sections.append(self._section(offset))
            if "XRefStm" in sections[-1].trailer:
                raise FormatError("document.unsupported", "a PDF with two kinds of cross-reference at once")
            if sum(len(section.entries) for section in sections) > MAX_ENTRIES:
                raise FormatError("document.too_large", f"the PDF has more than {MAX_ENTRIES} objects")
            offset = sections[-1].trailer.get("Prev")
        if starts - set(seen) - {0}:
            malformed("something is appended that the chain of revisions does not show")
        return sections

    def _section(self, offset: int) -> Section:
        if self.data[offset : offset + 4] == b"xref":
            return self._table(offset + 4)
        stream = self._indirect(None, Entry(offset, 0), None) if _HEAD.match(self.data, offset) else None
        if not isinstance(stream, Stream) or stream.values.get("Type") != "XRef":
            malformed(f"no cross-reference section at {offset}")
        return self._stream_section(stream)

    def _table(self, at: int) -> Section:
        entries: dict[int, Entry | None] = {}
        while head := _SUBSECTION.match(self.data, at):
            first, count, at = int(head[1]), int(head[2]), head.end()
            if count > MAX_ENTRIES or first > 10 * MAX_ENTRIES:
                raise FormatError("document.too_large", f"the PDF has more than {MAX_ENTRIES} objects")
            for number in range(first, first + count):
                found = _ENTRY.match(self.data, at)
                if found is None or number in entries:
                    malformed("a broken cross-reference table")
                entries[number] = Entry(int(found[1]), int(found[2])) if found[3] == b"n" else None
                at = found.end()
        reader = Objects(self.data, at, self.budget)
        reader.expect(b"trailer")
        trailer = reader.value()
        if not isinstance(trailer, dict):
            malformed("a trailer that is no dictionary")
        return Section(trailer, entries)

    def _stream_section(self, stream: Stream) -> Section:
        """ISO 32000-1 §7.5.8."""
        values = stream.values
        size, widths = values.get("Size"), values.get("W")
        index = values.get("Index", [0, size])
        numbers = [*(widths if isinstance(widths, list) else [None]), *(index if isinstance(index, list) else [None])]
        if not all(type(one) is int and 0 <= one <= 10 * MAX_ENTRIES for one in numbers) or len(numbers) % 2 == 0:
            malformed("a broken cross-reference stream")
        assert isinstance(widths, list) and isinstance(index, list)
        if len(widths) != 3 or max(widths) > 8 or sum(widths) == 0 or len(index) % 2:
            malformed("a broken cross-reference stream")
        data = self.decode(stream)
        entries: dict[int, Entry | None] = {}
        at = 0
        for first, count in zip(index[::2], index[1::2], strict=True):
            for number in range(first, first + count):
                row = data[at : at + sum(widths)]
                if len(row) < sum(widths) or number in entries:
                    malformed("a broken cross-reference stream")
                entries[number] = _row(row, widths)
                at += len(row)
        return Section(values, entries)

    def _inflate(self, raw: bytes, most: int) -> bytes:
        """RFC 1950, never more than the bound comes out, whatever the dictionary promises."""
        room = min(most, self.budget.inflated)
        inflater = zlib.decompressobj()
        try:
            made = inflater.decompress(raw, room + 1)
        except zlib.error:
            malformed("a compressed stream is damaged")
        if len(made) > room:
            raise FormatError("document.too_large", "a stream of the PDF inflates to more than is read")
        if not inflater.eof or inflater.unused_data:
            malformed("a compressed stream is cut off, or is followed by something else")
        self.budget.inflated -= len(made)
        return made


def _row(row: bytes, widths: list[int]) -> Entry | None:
    one, two = widths[0], widths[0] + widths[1]
    kind = int.from_bytes(row[:one], "big") if one else 1
    second, third = int.from_bytes(row[one:two], "big"), int.from_bytes(row[two:], "big")
    if kind == 1:
        return Entry(second, third)
    return Entry(third, 0, second) if kind == 2 else None


def _unpredicted(data: bytes, parameters: dict[str, Any]) -> bytes:
    """Undo PNG's filter Up (ISO 32000-1 §7.4.4.4), the only one that writers of cross-reference streams use."""
    predictor, columns = parameters.get("Predictor", 1), parameters.get("Columns", 1)
    if predictor == 1:
        return data
    if not (type(predictor) is int and 10 <= predictor <= 15 and type(columns) is int and 0 < columns <= 64):
        raise FormatError("document.unsupported", "a stream of the PDF has a predictor that is not read")
    if parameters.get("Colors", 1) != 1 or parameters.get("BitsPerComponent", 8) != 8:
        raise FormatError("document.unsupported", "a stream of the PDF has a predictor that is not read")
    above, out = bytes(columns), bytearray()
    for at in range(0, len(data), columns + 1):
        row = data[at + 1 : at + 1 + columns]
        if len(row) != columns or data[at] not in (0, 2):
            raise FormatError("document.unsupported", "a stream of the PDF has a predictor that is not read")
        above = bytes((a + b) & 255 for a, b in zip(row, above, strict=True)) if data[at] == 2 else row
        out += above
    return bytes(out)
