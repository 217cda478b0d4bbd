r"""Which regular expressions a kind may have: a grammar that every engine reads alike (docs/formats.md §3).

It has no lookaround, no references back, no lazy repetition and no classes of letters, so nothing in it needs to go
back, and nothing means one thing to one engine and another to the next, as ``\w`` does.
"""

import re

from ledger.formats.errors import FormatError

MAX_WEIGHT = 2000
MAX_DEPTH = 31

_SPECIAL = frozenset("^$\\.*+?()[]{}|")
_BOUNDS = re.compile(r"\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\}")
_CODE_POINT = re.compile(r"u(?![dD][89a-fA-F])[0-9a-fA-F]{4}")
_CONTROLS = {"n": "\n", "r": "\r", "t": "\t"}


def check(pattern: str) -> None:
    """FormatError ``kind.malformed`` for any other text than one of the grammar, of at most ``MAX_WEIGHT``."""
    reader = _Reader(pattern)
    weight = reader.branches(1)
    if reader.at < len(pattern):
        raise _malformed("a bracket too many")
    if weight > MAX_WEIGHT:
        raise _malformed(f"written out, it weighs more than {MAX_WEIGHT}")


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def branches(self, depth: int) -> int:
        """The weight of all branches up to the bracket that ends them."""
        if depth > MAX_DEPTH:
            raise _malformed("groups too deep inside of each other")
        weight = 0
        while self.at < len(self._text) and self._text[self.at] != ")":
            if not self._take("|"):
                weight += self._repeated(depth)
        return weight

    def _take(self, character: str) -> bool:
        found = self._text.startswith(character, self.at)
        self.at += len(character) if found else 0
        return found

    def _repeated(self, depth: int) -> int:
        is_anchor = self._text[self.at] in "^$"
        weight = self._atom(depth)
        times = self._bounds()
        if times is None:
            return weight
        if is_anchor or self._bounds() is not None:
            raise _malformed("an anchor or a repetition that is repeated")
        return weight * times

    def _atom(self, depth: int) -> int:
        if self._take("("):
            if self._take("?") and not self._take(":"):
                raise _malformed("a group of another sort")
            weight = 1 + self.branches(depth + 1)
            if not self._take(")"):
                raise _malformed("a group without an end")
            return weight
        if self._take("["):
            return self._set()
        if self._take("\\"):
            self._escape("/")
        elif self._text[self.at] in _SPECIAL - set("^$."):
            raise _malformed(f"an unexpected {self._text[self.at]}")
        else:
            self.at += 1
        return 1

    def _bounds(self) -> int | None:
        """How often an atom may stand there, at least once; None where no repetition follows."""
        if self._take("*") or self._take("+") or self._take("?"):
            return 1
        if not self._text.startswith("{", self.at):
            return None
        found = _BOUNDS.match(self._text, self.at)
        if found is None or int(found[3] or found[1]) < int(found[1]):
            raise _malformed("a repetition that is none")
        self.at = found.end()
        return max(int(found[3] or found[1]), 1)

    def _escape(self, more: str) -> str:
        r"""The character that is meant; "" for ``\d``."""
        character = self._text[self.at : self.at + 1]
        point = _CODE_POINT.match(self._text, self.at)
        if point:
            self.at = point.end()
            return chr(int(point[0][1:], 16))
        self.at += 1
        if character and character in "".join(_SPECIAL) + more:
            return character
        if character in _CONTROLS:
            return _CONTROLS[character]
        if character != "d":
            raise _malformed(f"an escape of another sort: {character}")
        return ""

    def _set(self) -> int:
        self._take("^")
        first, weight = self.at, 1
        while not self._take("]"):
            low = self._member(first)
            weight += 1
            if low and self._text.startswith("-", self.at) and not self._text.startswith("-]", self.at):
                self.at += 1
                if self._text.startswith("-", self.at) or self._member(first) < low:
                    raise _malformed("a range that is none")
        if weight == 1:
            raise _malformed("an empty set")
        return weight

    def _member(self, first: int) -> str:
        r"""One character of a set, which began at ``first``; "" for ``\d``."""
        here = self._text[self.at : self.at + 1]
        if self._take("\\"):
            return self._escape("/-")
        is_bare = here == "-" and not (self.at == first or self._text.startswith("-]", self.at))
        is_operator = any(self._text.startswith(two, self.at) for two in ("&&", "~~", "--"))
        if here in ("", "[", "]") or is_bare or is_operator:
            raise _malformed("a set of another sort")
        self.at += 1
        return here


def _malformed(message: str) -> FormatError:
    return FormatError("kind.malformed", f"a pattern: {message}")
