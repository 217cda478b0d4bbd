"""The package of an XLSX file: a ZIP of XML parts from outside (ECMA-376), read with bounds and without declarations.

Sizes that a ZIP states may lie, so what is unpacked is counted. Parts are parsed by expat in small blocks; a document
type declaration, by which XML grows without bound or reaches elsewhere, is refused in whatever encoding it stands.
"""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import NoReturn
from xml.parsers import expat

from issuers.importers import problems
from issuers.importers.limits import Limits
from issuers.importers.problems import FileError, problem

MAGIC = b"PK\x03\x04"

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str, str], None]

_BLOCK = 1 << 16
_MOST_PIECES = 64
"""Of one text, of some 8 KiB each: a spreadsheet's cell has at most 32,767 characters."""
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_ROOT = "_rels/.rels"


class Package:
    """The parts of one file; every part that is read counts towards ``limits.unpacked_bytes``."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises FileError ``file.malformed`` for what is no ZIP."""
        self._limits = limits
        self._left = limits.unpacked_bytes
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise malformed("it is no whole ZIP file") from error

    def parse(self, part: str, start: Start, end: End) -> Iterator[None]:
        """Parse a part, pausing after each block: ``start`` gets local name and attributes, ``end`` name and text.

        The text is that since the last tag. Attributes have their local names too. Raises FileError.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        text: list[str] = []

        def begin(name: str, attributes: dict[str, str]) -> None:
            text.clear()
            start(_local(name), {_local(key): value for key, value in attributes.items()})

        def finish(name: str) -> None:
            end(_local(name), "".join(text))
            text.clear()

        def collect(piece: str) -> None:
            text.append(piece)
            if len(text) > _MOST_PIECES:
                raise malformed("a text in it has no end")

        parser.buffer_text = True
        parser.StartElementHandler = begin
        parser.EndElementHandler = finish
        parser.CharacterDataHandler = collect
        parser.StartDoctypeDeclHandler = _refuse_declaration
        try:
            with self._zip.open(part) as stream:
                while block := stream.read(_BLOCK):
                    self._left -= len(block)
                    if self._left < 0:
                        raise FileError(problem("file.too_large", limit=self._limits.unpacked_bytes))
                    parser.Parse(block)
                    yield
            parser.Parse(b"", True)
            yield
        except expat.ExpatError as error:
            raise malformed("a part of it is no XML") from error
        except KeyError as error:
            raise malformed("a part of it is missing") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
            raise malformed("a part of it is damaged or encrypted") from error

    def parse_whole(self, part: str, start: Start, end: End | None = None) -> None:
        """Parse a part without a pause."""
        for _ in self.parse(part, start, end or (lambda _name, _text: None)):
            pass

    def related(self, part: str | None) -> dict[str, tuple[str, str]]:
        """What a part (None: the package) refers to inside of the package: id → (last step of the type, part)."""
        folder, name = posixpath.split(part) if part else ("", "")
        relations = posixpath.join(folder, "_rels", f"{name}.rels") if part else _ROOT
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", "")))
                found[attributes.get("Id", "")] = (attributes.get("Type", "").rpartition("/")[2], target.lstrip("/"))

        self.parse_whole(relations, start)
        return found


def unescape(text: str) -> str:
    """ST_Xstring (ECMA-376 Part 1 §22.9.2.19): ``_x000D_`` stands for a character that XML cannot hold."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def malformed(fault: str) -> FileError:
    """The file cannot be read; ``fault`` is one of ``problems.FAULTS``."""
    return problems.malformed("XLSX", fault)


def _refuse_declaration(*_: object) -> NoReturn:
    raise malformed("it has a document type declaration")


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
