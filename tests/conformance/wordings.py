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
        self._chance = chance

    def document(self, document: dict[str, Any]) -> dict[str, Any]:
        """The document with a context of its own, and a subject in its words."""
        context = self._context(2)
        more = [context] if self._chance.random() < 0.8 else [context, self._context(1)]
        return document | {"@context": [*document["@context"][:1], *more], "credentialSubject": self._node(3)}

    def _some(self, odds: float) -> bool:
        return self._chance.random() < odds

    def _context(self, depth: int) -> Any:
        one = self._chance.choice
        if self._some(0.04):
            return one([None, [], "relative", {"@context": {}}, 1])
        made: dict[str, Any] = {one(WORDS): self._term(depth) for _ in range(self._chance.choice((1, 2, 3, 5)))}
        if self._some(0.6):
            made |= {"p": X, "a": f"{X}a"}
        settings = {
            "@vocab": [X, "p:", "", None, "relative", 1],
            "@language": LANGUAGES,
            "@direction": DIRECTIONS,
            "@protected": [True, True, False, 1],
            "@propagate": [True, False, 1],
            "@base": [None, X],
            "@version": [1.1, 1],
        }
        for name, values in settings.items():
            if self._some(0.25 if name == "@vocab" else 0.08):
                made[name] = one(values)
        return made

    def _term(self, depth: int) -> Any:
        one = self._chance.choice
        if self._some(0.35):
            return one(IRIS)
        made: dict[str, Any] = {}
        if self._some(0.85):
            made["@id"] = one(IRIS[:9]) if self._some(0.8) else one(IRIS)
        members = {
            "@type": TYPES,
            "@container": CONTAINERS,
            "@language": LANGUAGES,
            "@direction": DIRECTIONS,
        }
        for name, values in members.items():
            if self._some(0.25):
                made[name] = one(values)
        rare = {"@protected": [True, False, 1], "@prefix": [True, False, 1], "@nest": ["@nest", "a", "@id", 1]}
        rare |= {"@index": ["a", 1], "@reverse": [f"{X}a", "@later", 1, "relative"], "unknown": [1]}
        for name, values in rare.items():
            if self._some(0.04):
                made[name] = one(values)
        if depth and self._some(0.25):
            made["@context"] = self._context(depth - 1)
        return made

    def _node(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        if self._some(0.4):
            made[self._chance.choice(("id", "id", "@id"))] = self._chance.choice(IDS)
        if self._some(0.4):
            types = self._chance.choice(("T", "U", ["T", "U"], ["T", "T"], "a", "p:T", [], 1, "relative"))
            made[self._chance.choice(("type", "type", "@type"))] = types
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            made[self._chance.choice(WORDS[:10] if self._some(0.9) else IRIS[:4])] = self._value(depth)
        if self._some(0.06):
            made["@context"] = self._context(1)
        return made

    def _value(self, depth: int) -> Any:
        one = self._chance.choice
        kind = self._chance.random()
        if not depth or kind < 0.4:
            return one(SCALARS[:12] if self._some(0.8) else SCALARS)
        if kind < 0.6:
            return self._node(depth - 1)
        if kind < 0.75:
            return [self._value(depth - 1) for _ in range(self._chance.randrange(4))]
        if kind < 0.85:
            return {one(("en", "EN", "de", "@none", "none", "x y")): one(("x", ["x", "y"], ["x", "x"], 1, []))} | (
                {"en": "x"} if self._some(0.5) else {}
            )
        if kind < 0.9:
            return {"@list": self._value(depth - 1)} | ({"a": 1} if self._some(0.1) else {})
        more = {"@type": one(TYPES)} if self._some(0.4) else {}
        more |= {"@language": one(LANGUAGES)} if self._some(0.3) else {}
        more |= {"@direction": one(DIRECTIONS)} if self._some(0.2) else {}
        more |= {one(("type", "@index", "@set")): "a"} if self._some(0.05) else {}
        return {"@value": one(SCALARS) if self._some(0.9) else one(([], {}))} | more
