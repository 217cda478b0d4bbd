"""PDF objects (ISO 32000-1 §7.2, §7.3): a strict reader of bounded work, that repairs nothing.

Names become ``Name``, strings bytes, references ``Ref``, everything else what Python has for it.
"""

import re
from typing import Any, NamedTuple, Never

from ledger.formats.errors import FormatError

MAX_DEPTH = 64

_SPACE = rb"[\x00\t\n\x0c\r ]"
_REGULAR = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"
_GAP = rb"(?:" + _SPACE + rb"++|%[^\r\n]*+)*+"
_TOKEN = re.compile(
    _GAP
    + rb"(?:(?P<mark><<|>>|[\[\]()])|<(?P<hex>[0-9A-Fa-f\x00\t\n\x0c\r ]*+)>|/(?P<name>"
    + _REGULAR
    + rb"*+)|(?P<word>"
    + _REGULAR
    + rb"++))"
)
_SPACES = re.compile(_GAP)
_NUMBER = re.compile(rb"[+-]?(?:[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15})")
_REFERENCE = re.compile(_GAP + rb"([0-9]{1,5})(?!" + _REGULAR + rb")" + _GAP + rb"R(?!" + _REGULAR + rb")")
_PART = re.compile(rb"[^()\\]*+")
_OCTAL = re.compile(rb"[0-7]{1,3}")
_ESCAPES = {0x6E: b"\n", 0x72: b"\r", 0x74: b"\t", 0x62: b"\b", 0x66: b"\f"}
_HEX_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_WORDS: dict[bytes, Any] = {b"true": True, b"false": False, b"null": None}


class Name(str):
    """A name object, without its slash."""

    __slots__ = ()


class Word(bytes):
    """A word that is no object: an operator, or one of the words around objects."""

    __slots__ = ()


class Ref(NamedTuple):
    """A reference to an indirect object."""

    number: int
    generation: int


class Budget:
    """Work that is left, for one file: tokens and bytes to read (objects may overlap), and bytes to inflate."""

    def __init__(self, tokens: int, read: int, inflated: int) -> None:
        self.tokens, self.read, self.inflated = tokens, read, inflated

    def spend(self, length: int) -> None:
        """Count one token of so many bytes, what stands before it included; FormatError ``document.too_large``."""
        self.tokens -= 1
        self.read -= length
        if self.tokens < 0 or self.read < 0:
            raise FormatError("document.too_large", "the PDF has more tokens than are read")


class Objects:
    """Reads objects from ``data``, from ``at`` on."""

    def __init__(self, data: bytes, at: int, budget: Budget) -> None:
        self._data, self.at, self._budget = data, at, budget

    def value(self, depth: int = 0) -> Any:
        """The next object, or a ``Word``; FormatError ``document.malformed`` at the end, and for what is no object."""
        found = self._next()
        mark, text = found.lastgroup, found[found.lastgroup or 0]
        if mark == "name":
            return Name(_HEX_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), text).decode("latin-1"))
        if mark == "hex":
            digits = b"".join(text.split()).replace(b"\0", b"")
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if mark == "word":
            return self._word(text)
        if text == b"(":
            return self._string()
        if depth >= MAX_DEPTH:
            raise FormatError("document.too_large", f"the PDF nests deeper than {MAX_DEPTH}")
        if text == b"[":
            return self._array(depth)
        if text == b"<<":
            return self._dictionary(depth)
        return Word(text)

    def expect(self, word: bytes) -> None:
        """Read this word; FormatError ``document.malformed`` for anything else."""
        if self.value() != word:
            malformed(f"{word.decode()} is missing at {self.at}")

    def at_end(self) -> bool:
        """Whether nothing but space and comments follows."""
        gap = _SPACES.match(self._data, self.at)
        return gap is not None and gap.end() == len(self._data)

    def _next(self) -> "re.Match[bytes]":
        found = _TOKEN.match(self._data, self.at)
        if found is None:
            malformed(f"no object at {self.at}")
        self._budget.spend(found.end() - self.at)
        self.at = found.end()
        return found

    def _word(self, text: bytes) -> Any:
        if _NUMBER.fullmatch(text):
            if not text.isdigit():
                return float(text) if b"." in text else int(text)
            reference = _REFERENCE.match(self._data, self.at) if len(text) <= 10 else None
            if reference is None:
                return int(text)
            self.at = reference.end()
            return Ref(int(text), int(reference[1]))
        return _WORDS.get(text, Word(text))

    def _array(self, depth: int) -> list[Any]:
        made: list[Any] = []
        while True:
            value = self.value(depth + 1)
            if isinstance(value, Word):
                if value == b"]":
                    return made
                malformed(f"a word in an array at {self.at}")
            made.append(value)

    def _dictionary(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while True:
            name = self.value(depth + 1)
            if isinstance(name, Word) and name == b">>":
                return made
            if not isinstance(name, Name):
                malformed(f"a dictionary whose member has no name at {self.at}")
            if name in made:
                raise FormatError("document.duplicate_key", f"a dictionary of the PDF has /{name[:64]} twice")
            value = self.value(depth + 1)
            if isinstance(value, Word):
                malformed(f"a word in a dictionary at {self.at}")
            made[str(name)] = value

    def _string(self) -> bytes:
        """ISO 32000-1 §7.3.4.2: balanced brackets, escapes, line ends."""
        data, parts, depth = self._data, [], 1
        while True:
            part = _PART.match(data, self.at)
            assert part is not None
            parts.append(part[0])
            self._budget.spend(part.end() + 1 - self.at)
            self.at = part.end() + 1
            special = data[part.end() : self.at]
            if special == b"\\":
                parts.append(self._escape())
                continue
            depth += 1 if special == b"(" else -1
            if not special:
                malformed("a string without an end")
            if depth == 0:
                return b"".join(parts).replace(b"\r\n", b"\n")
            parts.append(special)

    def _escape(self) -> bytes:
        data, at = self._data, self.at
        octal = _OCTAL.match(data, at)
        if octal:
            self.at = octal.end()
            return bytes([int(octal[0], 8) & 255])
        if data[at : at + 2] == b"\r\n":
            self.at = at + 2
            return b""
        self.at = at + 1
        letter = data[at : at + 1]
        if letter in (b"\r", b"\n"):
            return b""
        return _ESCAPES.get(letter[0], letter) if letter else b""


def malformed(message: str) -> Never:
    """Raise FormatError ``document.malformed``."""
    raise FormatError("document.malformed", f"PDF: {message}")
