"""Changes by chance for the differential fuzzer: of JSON values, of bytes, of tokens and of what PDFs are made of.

Everything is drawn from the one generator that is given, so that a seed tells the whole run.
"""

import base64
import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from tests.support import pdfs

Path = tuple[Any, ...]

VALUES: list[Any] = [
    None, "", [], {}, 0, -1, 1, 1.5, 1e21, 1e-7, 2**53 - 1, True, False, "0", "x", "x y", "é", "e\u0301", "😀", "\x00",
    "did:a:b", "did:web:x", "urn:a:b", "https://a b", "https://a/\u3000", "//x", "#x", "a/b", "a:b", "_:b0", "@id",
    "@type", "@json", "@none", "@vocab", "@later", "a" * 300, ["a", "a"], ["a", ["b"]], {"id": "_:x"}, {"@id": "urn:q"},
    {"@value": "x"}, {"@value": 1, "@type": "https://x.test/t"}, {"@value": "x", "@language": "en-US"},
    {"@value": "x", "@language": "e n"}, {"@value": "x", "@direction": "up"}, {"@list": ["a"]}, {"@set": ["a"]},
    {"@json": 1}, {"@type": "@json"}, {"type": ["X", 1]}, {"__proto__": 1}, "constructor", "2026-02-30T00:00:00Z",
    "2026-01-01T24:00:00Z", "2026-01-01t00:00:00z", "2026-01-01T00:00:00+00:00", "2016-12-31T23:59:60Z",
    "2020-01-01T00:00:00.000000001Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00",
]  # fmt: skip
"""What a member may hold that somebody did not think of."""

NAMES = [
    "x", "a", "b", "T", "id", "type", "name", "description", "proof", "holder", "@context", "@id", "@type", "@graph",
    "@reverse", "@included", "@nest", "@index", "@language", "@later", "@vocab", "@base", "@import", "@propagate",
    "@version", "@protected", "@container", "@list", "@set", "@value", "credentialStatus", "evidence", "expires",
    "domain", "https://x.test/k", "a:b", "_:k", "", "toString", "constructor", "__proto__", "hasOwnProperty",
]  # fmt: skip
"""Names of members that mean something somewhere."""

SPLICES = [b"\n", b" ", b"\r", b"\0", b"%%EOF", b"\xef\xbb\xbf", b"\\u0000", b"endobj", b"<<", b">>", b"~", b",", b'"']
LETTERS = "aA0=-_ \n+/z1é"
WORDS = [
    b"<<", b">>", b"[", b"]", b"(", b")", b"{", b"}", b"<", b">", b"/", b"%", b"null", b"true", b"R", b"0", b"-1", b"9",
    b"5 0 R", b"6 0 R", b"1.5", b"+1", b"/EF", b"/F", b"/UF", b"/RF", b"/Names", b"/Type", b"/Filespec", b"/Length",
    b"/Filter", b"/FlateDecode", b"/DecodeParms", b"/F#46", b"(bundle.json)", b"(x)", b"(\\)", b"<62>", b"<6>", b"<g>",
    b"stream", b"endstream", b"endobj", b"obj", b"Tj", b"Tf", b"Do", b"q", b"Q", b"ID", b"<</Length 3>>",
]  # fmt: skip
"""Words of PDF's syntax, sound and broken."""


CONTENT = b"BT /A 9 Tf (a) Tj [(b) -9 <63>] TJ ET q /B Do Q"
DRAWN = {
    3: pdfs.PAGE.replace(b">>", b"/Contents 10 0 R /Resources << /XObject << /B 11 0 R >> >> >>"),
    10: pdfs.stream(CONTENT, compress=False),
    11: pdfs.stream(b"(d) Tj", b"/Subtype /Form", compress=False),
}
FILE_NAMES = [b"(x)", b"(bundle.json)", b"<FEFF0062>", b"()", b"(a/bundle.JSON)"]


def paths(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a JSON value, with what stands there."""
    yield path, value
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inside:
        yield from paths(each, (*path, step))


class Mutator:
    """Draws changes from ``chance``; ``donors`` are JSON objects out of which other values are taken."""

    def __init__(self, chance: random.Random, donors: list[dict[str, Any]]) -> None:
        self.chance, self._donors = chance, donors
        self._changes: list[Callable[[Any, Any, Any, Any], None]] = [
            self._drop, self._replace, self._replace, self._add, self._respell, self._move, self._transplant,
            self._wrap, self._rename, self._count,
        ]  # fmt: skip

    def json(self, value: dict[str, Any]) -> dict[str, Any]:
        """A copy with one change, seldom with two or three."""
        made = copy.deepcopy(value)
        for _ in range(self.chance.choice((1, 1, 1, 2, 3))):
            places = [one for one in paths(made) if one[0]]
            if not places:
                break
            path, held = self.chance.choice(places)
            parent = made
            for step in path[:-1]:
                parent = parent[step]
            self.chance.choice(self._changes)(made, parent, path[-1], held)
        return made

    def value(self) -> Any:
        return copy.deepcopy(self.chance.choice(VALUES))

    def _drop(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        del parent[step]

    def _replace(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        parent[step] = self.value()

    def _add(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        target = held if isinstance(held, dict) and self.chance.random() < 0.5 else parent
        given = copy.deepcopy(held) if self.chance.random() < 0.3 else self.value()
        if isinstance(target, dict):
            target[self.chance.choice(NAMES)] = given
        else:
            target.insert(step, given)

    def _respell(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        if isinstance(held, str) and held:
            at = self.chance.randrange(len(held))
            other = held[:at] + self.chance.choice(LETTERS) + held[at + self.chance.randrange(2) :]
            parent[step] = self.chance.choice((other, held.upper(), held.lower(), held + " ", held + "=", held[:-1]))

    def _count(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        if type(held) in (int, float):
            parent[step] = held + self.chance.choice((-1, 1, 0.5, 1000, -1_000_000))
        elif isinstance(held, list):
            self.chance.shuffle(held)

    def _move(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        parent[step] = copy.deepcopy(self.chance.choice(list(paths(whole)))[1])

    def _transplant(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        donor = self.chance.choice(self._donors)
        if donor:
            name = self.chance.choice(list(donor))
            target = parent if isinstance(parent, dict) else whole
            target[name] = copy.deepcopy(donor[name])

    def _wrap(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        parent[step] = held[0] if isinstance(held, list) and len(held) == 1 else [held]

    def _rename(self, whole: Any, parent: Any, step: Any, held: Any) -> None:
        if isinstance(parent, dict):
            parent[self.chance.choice(NAMES)] = parent.pop(step)

    def raw(self, data: bytes) -> bytes:
        """A copy with some bytes changed, lost, repeated or put in."""
        made = bytearray(data)
        for _ in range(self.chance.choice((1, 1, 2, 4))):
            at, other = (self.chance.randrange(len(made) + 1) for _ in range(2))
            span = self.chance.choice((1, 1, 5, 100))
            parts = (made[other : other + span], bytes([self.chance.randrange(256)]), self.chance.choice(SPLICES), b"")
            made[at : at + self.chance.choice((0, 1, span))] = self.chance.choice(parts)
        return bytes(made)

    def token(self, text: str) -> str:
        """A JWT or SD-JWT in which one part is another; its own signature holds no more, where it was the JWT's."""
        pieces = text.split("~")
        at = self.chance.randrange(len(pieces))
        parts = pieces[at].split(".")
        part = self.chance.randrange(len(parts))
        value = _unpacked(parts[part])
        if value is not None and self.chance.random() < 0.8:
            parts[part] = _packed(self.json({"": value}).get("", {}))
        else:
            parts[part] = self.raw(parts[part].encode()).decode("ascii", "ignore")
        pieces[at] = ".".join(parts)
        return "~".join(pieces)

    def pdf(self, document: bytes) -> bytes:
        """A small PDF that carries ``document``, with another syntax, other objects or another structure."""
        made = pdfs.objects(document) | DRAWN
        more = {7: pdfs.stream(self.raw(b"{}")), 6: pdfs.filespec(self.chance.choice(FILE_NAMES), 7)}
        if self.chance.random() < 0.6:
            made |= more
        for number in self.chance.sample(sorted(made), self.chance.choice((0, 1, 1, 2))):
            made[number] = self._words(made[number])
        if self.chance.random() < 0.3:
            inside = {number: made.pop(number) for number in (2, 1, 4, 3) if self.chance.random() < 0.7}
            data = pdfs.packed(made, inside)
        else:
            data = pdfs.write(
                made, trailer=self.chance.choice((b"", b"", b"", b"/Encrypt 1 0 R", b"/XRefStm 9", b"/ID ["))
            )
            if self.chance.random() < 0.3:
                data = pdfs.update(
                    data, {number: self._words(made[number]) for number in self.chance.sample(sorted(made), 2)}
                )
        return self.raw(data) if self.chance.random() < 0.2 else data

    def _words(self, body: bytes) -> bytes:
        """An object's body with a word put in, taken away or another; of a stream mostly in its dictionary."""
        start = body.find(b"stream\n") + 7
        at = self.chance.randrange(len(body) + 1)
        if start > 6 and self.chance.random() < 0.8:
            at = self.chance.randrange(start - 7)
        while 0 < at < len(body) and body[at - 1 : at] not in b" <>[]/()\n":
            at -= 1
        end = at + self.chance.choice((0, 0, 1, 2, 6))
        return body[:at] + self.chance.choice((b"", b" ")) + self.chance.choice(WORDS) + b" " + body[end:]


def _unpacked(part: str) -> Any:
    """The JSON of a part of a token; None where it is none."""
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None


def _packed(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
