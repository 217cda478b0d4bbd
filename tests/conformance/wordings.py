"""JSON-LD contexts by chance, and nodes in their words: definitions that rest on each other, values of all sorts."""

import random
from typing import Any

X = "https://x.test/"
WORDS = ["a", "b", "c", "T", "U", "p", "q", "none", "p:a", "a/b", "@later", "id", "type", "@type"]
IRIS = [
    X, f"{X}a", f"{X}a", f"{X}b", f"{X}T", "p:a", "p:b", "a", "b", "p", "@id", "@type", "@none", "@json", "@later",
    "x y", "@value", "@context", "_:b", "relative", None, 1, "https://www.w3.org/2018/credentials#credentialSubject",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
]  # fmt: skip
TYPES = [
    "@id", "@id", "@vocab", "@vocab", "@json", "@none", "id", "a", "T", "@later", "relative", None,
    "http://www.w3.org/2001/XMLSchema#double", "http://www.w3.org/2001/XMLSchema#string", f"{X}datatype",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
]  # fmt: skip
CONTAINERS = [
    "@list", "@list", "@set", "@language", "@language", "@graph", "@index", "@id", "@type", None, [], ["@set"], "@none",
    ["@set", "@language"], ["@graph", "@set"], ["@graph", "@id"], ["@graph", "@type"], ["@set", "@set"],
    ["@list", "@set"],
]  # fmt: skip
SETTINGS: dict[str, tuple[list[Any], int]] = {
    "@vocab": ([X, "p:", "", None, "relative", 1], 1),
    "@language": (["en", "EN", "de-CH", None, "e n", 1], 4),
    "@direction": (["ltr", "rtl", None, "up"], 3),
    "@protected": ([True, False, 1], 2),
    "@propagate": ([True, False, 1], 2),
    "@base": ([None, X], 1),
    "@version": ([1.1, 1], 1),
}
MEMBERS: dict[str, tuple[list[Any], int]] = {
    "@type": (TYPES, 6),
    "@container": (CONTAINERS, 6),
    "@language": (["en", "EN", "de-CH", None, "e n", 1], 4),
    "@direction": (["ltr", "rtl", None, "up"], 3),
}
RARE: dict[str, tuple[list[Any], int]] = {
    "@protected": ([True, False, 1], 2),
    "@prefix": ([True, False, 1], 2),
    "@nest": (["@nest", "a", "@id", 1], 2),
    "@index": (["a", 1], 0),
    "@reverse": ([f"{X}a", "@later", 1, "relative"], 0),
    "unknown": ([1], 0),
}
IDS = ["urn:a:b", "p:a", "a", 1, "_:b", f"{X}a"]
LANGUAGES = ["en", "EN", "de-CH", "e n", None, 1]
DIRECTIONS = ["ltr", "rtl", "up", None]
SCALARS = [
    "x", "y", "", "a", "T", "p:a", "urn:a:b", "1.0E0", "1", 1, 2, 1.5, 1e21, 1e-7, 0, True, False, None, "x\ny", "é",
    "_:b", "@later", "@id", f"{X}a",
]  # fmt: skip


class Wording:
    """Draws contexts and nodes from ``chance``."""

    def __init__(self, chance: random.Random) -> None:
        self._chance, self._tame = chance, False

    def document(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with a context of its own, and a subject in its words."""
        self._tame = self._some(0.6)
        context = self._context(2)
        more = [context] if self._chance.random() < 0.8 else [context, self._context(1)]
        return document | {"@context": [*document["@context"][:1], *more], "credentialSubject": self._node(3)}

    def _one(self, values: list[Any], sane: int) -> Any:
        """One of the values; in a tame document one of the first ones, which do no harm by themselves."""
        return self._chance.choice(values[:sane] if self._tame else values)

    def _some(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _context(self, depth: int) -> Any:
        one = self._chance.choice
        if not self._tame and self._some(0.04):
            return one([None, [], "relative", {"@context": {}}, 1])
        drawn = [self._one(WORDS, 7) for _ in range(one((1, 2, 3, 5)))]
        made: dict[str, Any] = {name: self._term(name, depth) for name in drawn}
        if self._tame or self._some(0.4):
            made = {"p": X} | {name: f"{X}{name}" for name in WORDS[:6]} | made
        for name, (values, sane) in SETTINGS.items():
            if self._some(0.25 if name == "@vocab" else 0.08):
                made[name] = self._one(values, sane)
        return made

    def _term(self, name: str, depth: int) -> Any:
        if self._some(0.2):
            return self._one(IRIS, 7)
        made: dict[str, Any] = {}
        if self._some(0.85):
            made["@id"] = f"{X}{name}" if self._some(0.8) else self._one(IRIS, 7)
        for member, (values, sane) in MEMBERS.items():
            if self._some(0.25):
                made[member] = self._one(values, sane)
        for member, (values, sane) in RARE.items():
            if (sane or not self._tame) and self._some(0.04):
                made[member] = self._one(values, sane)
        if depth and self._some(0.25):
            made["@context"] = self._context(depth - 1)
        return made

    def _node(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self._some(0.4):
            made[self._one(["id", "@id"], 1)] = self._one(IDS, 2)
        if self._some(0.4):
            types = ["T", "U", ["T", "U"], "a", ["T", "T"], "p:T", [], 1, "relative"]
            made[self._one(["type", "@type"], 1)] = self._one(types, 4)
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            made[self._one(WORDS[:10] + IRIS[:4], 7)] = self._value(depth)
        if self._some(0.06):
            made["@context"] = self._context(1)
        return made

    def _value(self, depth: int) -> Any:
        one = self._chance.choice
        kind = self._chance.random()
        if not depth or kind < 0.4:
            return self._one(SCALARS, 12)
        if kind < 0.6:
            return self._node(depth - 1)
        if kind < 0.75:
            return [self._value(depth - 1) for _ in range(self._chance.randrange(4))]
        if kind < 0.85:
            texts = self._one(["x", ["x", "y"], [], ["x", "x"], 1], 3)
            return {self._one(["de", "@none", "EN", "none", "x y"], 2): texts} | (
                {"en": "x"} if self._some(0.5) else {}
            )
        if kind < 0.9:
            return {"@list": self._value(depth - 1)} | ({"a": 1} if self._some(0.1) else {})
        if self._tame and self._some(0.5):
            return {"@value": "x", "@type": self._one(TYPES[-3:], 2)}
        more = {"@type": one(TYPES)} if not self._tame and self._some(0.4) else {}
        more |= {"@language": self._one(LANGUAGES, 3)} if self._some(0.3) else {}
        more |= {"@direction": self._one(DIRECTIONS, 2)} if self._some(0.2) else {}
        more |= {one(("type", "@index", "@set")): "a"} if not self._tame and self._some(0.05) else {}
        return {"@value": self._one([*SCALARS, [], {}], 6)} | more
