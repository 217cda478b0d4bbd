"""A record on paper: from a PDF to the one bundle attached to it, and to the text that its pages draw.

The rules are those of docs/formats.md §14; ``pdf_file`` reads the file, ``pdf_text`` the pages.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from ledger.formats.errors import FormatError
from verifier.readers.carriers import Carried
from verifier.readers.pdf_file import File, Stream
from verifier.readers.pdf_objects import Ref, malformed

NAME = "bundle.json"
MAX_ATTACHED = 2_000
"""Attachments under their names in all revisions together."""
_KEYS = ("F", "UF", "DOS", "Mac", "Unix")
_MARKS = ((b"\xfe\xff", "utf-16-be"), (b"\xff\xfe", "utf-16-le"), (b"\xef\xbb\xbf", "utf-8"))
_DROPPED = ("Cc", "Cf")


class _Holder(NamedTuple):
    """A dictionary that names embedded files, or a name tree's pairs, and the section and object it stands in."""

    section: int
    number: int | None
    values: dict[str, Any]


class _Attached(NamedTuple):
    """An embedded file under one of its names, as one view of the file shows it."""

    view: int
    name: str
    stream: Stream


def open_file(data: bytes) -> tuple[File, bytes]:
    """The file, and the bundle attached to it; FormatError as in docs/formats.md §14."""
    file = File(data)
    holders = [holder for placed in [*file.objects()] for holder in _holders(*placed)]
    every = (one for view in range(len(file.sections)) for one in _attachments(file, holders, view))
    attached = list(islice(every, MAX_ATTACHED + 1))
    if len(attached) > MAX_ATTACHED:
        raise FormatError("document.too_large", "the PDF has more attachments than are looked at")
    for view in range(len(file.sections)):
        _refuse_doubles([one for one in attached if one.view == view])
    return file, _chosen(file, attached)


def _chosen(file: File, attached: list[_Attached]) -> bytes:
    """Of the attachments that may be the bundle what all of them hold; others are not opened."""
    chosen = [one for one in attached if one.name == NAME] or attached
    if not chosen:
        malformed("nothing is attached to it: ask for the PDF as it was issued")
    contents: dict[int, bytes] = {}
    for one in chosen:
        if one.stream.offset not in contents:
            contents[one.stream.offset] = file.decode(one.stream, one.view)
    if len(set(contents.values())) > 1:
        if len({one.stream.offset for one in chosen if one.view == 0}) > 1:
            malformed(f"several files are attached, and none of them is named {NAME}")
        raise FormatError("document.payload_mismatch", "a later revision of the PDF puts another file in its place")
    return next(iter(contents.values()))


def _refuse_doubles(attached: list[_Attached]) -> None:
    found: dict[str, int] = {}
    for one in attached:
        if found.setdefault(one.name, one.stream.offset) != one.stream.offset:
            raise FormatError("document.duplicate_key", f"two files are attached under the name {one.name[:64]}")


def _holders(section: int, number: int | None, value: Any) -> Iterator[_Holder]:
    """The dictionaries of an object that embed files or hold a name tree's pairs, wherever in it they stand."""
    waiting = [value.values if isinstance(value, Stream) else value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            _refuse_related(one)
            if "EF" in one or "Names" in one:
                yield _Holder(section, number, one)
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _refuse_related(values: dict[str, Any]) -> None:
    """ISO 32000-2 §7.11.4.3: related files are a second list of names and streams, which others may go by."""
    if "RF" in values and ("EF" in values or values.get("Type") == "Filespec" or any(key in values for key in _KEYS)):
        raise FormatError("document.payload_mismatch", "a file specification of the PDF names related files besides")


def _attachments(file: File, holders: list[_Holder], view: int) -> Iterator[_Attached]:
    """What one view shows to be attached, under each of its names."""
    found: dict[int, tuple[dict[str, Any], list[Any]]] = {}
    for holder in holders:
        file.budget.spend(0)
        if not file.is_current(holder.number, holder.section, view):
            continue
        if "EF" in holder.values:
            found.setdefault(id(holder.values), (holder.values, []))
        pairs = file.resolve(holder.values.get("Names"), view)
        for key, value in zip(pairs[::2], pairs[1::2], strict=False) if isinstance(pairs, list) else ():
            file.budget.spend(0)  # many trees may share one array
            name, specification = file.resolve(key, view), file.resolve(value, view)
            if isinstance(specification, dict) and "EF" in specification:
                found.setdefault(id(specification), (specification, []))[1].append(name)
    for values, names in found.values():
        yield from _named(file, values, view, names)


def _named(file: File, values: dict[str, Any], view: int, names: list[Any]) -> Iterator[_Attached]:
    files = file.resolve(values.get("EF"), view)
    if not isinstance(files, dict):
        return
    if len(files) > len(_KEYS):
        malformed("an attachment with more files than there are names for")
    found = [file.resolve(values.get(key), view) for key in _KEYS] + names
    known = {name for raw in found if isinstance(raw, bytes) for name in _texts(raw)} or {""}
    for key in files:
        stream = file.resolve(files[key], view) if isinstance(files[key], Ref) else None
        if not isinstance(stream, Stream):
            malformed("an attachment without its file")
        yield from (_Attached(view, name, stream) for name in known)


def plain(name: str) -> str:
    """A name as names are compared: docs/formats.md §14, 4."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    shown = (one for one in last if not one.isspace() and unicodedata.category(one) not in _DROPPED)
    return "".join(shown).lower()


def _texts(raw: bytes) -> set[str]:
    """A text string (ISO 32000-2 §7.9.2.2) as names; without a mark it is one in each encoding that programs assume."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return {plain(raw[len(mark) :].decode(encoding, "replace"))}
    return {plain(raw.decode("latin-1")), plain(raw.decode("utf-8", "replace"))}


def read(data: bytes) -> Carried:
    """The bundle and the drawn text of a PDF; FormatError as in docs/formats.md §14."""
    from verifier.readers import pdf_text

    file, document = open_file(data)
    drawn = pdf_text.drawn(file)
    return Carried(document, drawn.text, drawn.beside)
