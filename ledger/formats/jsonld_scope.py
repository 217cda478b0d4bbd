"""Contexts compiled for reading: for each place of a document, what to write for each word (JSON-LD 1.1 API §5.1).

A ``Scope`` is an active context with everything that was ever looked up in it, a ``Member`` one word's recipe: the text
before and after its value in N-Quads. They depend on contexts alone, so a thousand documents share them.

A credential's JSON is read by name and its signature covers the RDF; where one RDF has several spellings, an attacker
could hide a date or a status by respelling it. So each thing has one: keywords go by the context's own name for them,
no IRI is written out where a term stands for it, and what the W3C's contexts name goes under no other name.
"""

from functools import lru_cache
from typing import Any

from ledger.formats.contexts import (
    BUNDLED,
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V1,
    DATA_INTEGRITY_V2,
)
from ledger.formats.jsonld_context import Active, process
from ledger.formats.jsonld_terms import KEYWORDS, UNSET, Term, Unset, is_iri, malformed, undefined, unsupported

TEXT, LINK, WORD, GENERAL, NOTHING = range(5)
"""What a string under a member is: a literal, an id, a term or id, to be looked at closer, or nothing of its own."""

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
I18N = "https://www.w3.org/ns/i18n#"
_PLAIN = frozenset({"@list", "@set", "@language", "@graph"})
_TYPE = f"<{RDF}type> <"
_MOST = 1024


class Member:
    """One word in one scope. ``head + text + end`` is a statement without its subject, where ``string`` is not GENERAL.

    ``direction`` is that of texts; ``scalar`` is what a string is where it is looked at closer, ``predicate`` is
    ``<IRI> `` with its space, ``suffix`` closes a literal, ``datatype`` is that of numbers and truth values; ``beside``
    is the scope of scalars and of value objects under the word, ``outer`` that of the word itself.
    """

    __slots__ = (
        "_inside", "beside", "datatype", "direction", "end", "graph", "head", "json", "languages", "listed", "outer",
        "predicate", "scalar", "scoped", "string", "suffix",
    )  # fmt: skip

    def __init__(self, string: int, outer: "Scope", predicate: str = "") -> None:
        self.string = self.scalar = string
        self.outer, self.beside, self.predicate = outer, outer, predicate
        self.head = self.end = self.suffix = ""
        self.json = self.listed = self.graph = self.languages = False
        self.datatype: str | None = None
        self.direction: str | None = None
        self.scoped: Any = UNSET
        self._inside: Scope | None = None

    def inside(self) -> "Scope":
        """The scope of a node under this word."""
        found = self._inside
        if found is None:
            found = self.outer.outside()
            if self.scoped is not UNSET:
                found = found.derived(process(found.active, self.scoped, override=True))
            self._inside = found
        return found


class Scope:
    """An active context and what was compiled of it."""

    __slots__ = ("_known", "_outside", "_types", "active", "id_key", "members", "prefixes", "type_key")

    def __init__(self, active: Active, outside: "Scope | None" = None) -> None:
        self.active = active
        self._outside = outside
        active.contexts.scopes += 1
        self.members: dict[str, Member] = {}
        self._types: dict[Any, tuple[Scope, tuple[str, ...]]] = {}
        self._known: frozenset[str] | None = None
        terms = active.terms
        self.prefixes = {word: term.iri for word, term in terms.items() if term.prefix and term.iri is not None}
        self.id_key = "id" if "id" in terms and terms["id"].iri == "@id" else "@id"
        self.type_key = "type" if "type" in terms and terms["type"].iri == "@type" else "@type"

    def member(self, word: str) -> Member:
        """The recipe for ``word``.

        Raises FormatError: ``document.undefined_term`` where the contexts do not define it, ``document.malformed`` for
        another spelling of something that has a name, ``document.unsupported`` for maps and reversals.
        """
        found = self._compile(word)
        if len(self.members) < _MOST:
            self.members[word] = found
        return found

    def typed(self, value: Any) -> tuple["Scope", tuple[str, ...]]:
        """The scope inside of a node with the types ``value``, and ``<rdf:type> <IRI> .`` for each of them."""
        key = tuple(value) if type(value) is list else value
        try:
            found = self._types.get(key)
        except TypeError:
            raise malformed("a type is a string") from None
        if found is None:
            found = self._typed([value] if type(value) is str else value)
            if len(self._types) < _MOST:
                self._types[key] = found
        return found

    def outside(self) -> "Scope":
        """The scope to return to in nested nodes: this one, but for a type's own context."""
        previous = self.active.previous
        if previous is None:
            return self
        if self._outside is None:
            self._outside = Scope(previous)
        return self._outside

    def derived(self, active: Active) -> "Scope":
        """The scope of ``active``, which a context has made of this one's."""
        if active.previous is self.active:
            return Scope(active, self)
        return Scope(active, self._outside if active.previous is self.active.previous else None)

    def iri(self, text: str) -> str:
        """``text`` as an id: an absolute IRI, or one written with a prefix; else FormatError ``document.malformed``."""
        prefix, colon, suffix = text.partition(":")
        if colon and prefix != "_" and prefix in self.prefixes and not suffix.startswith("//"):
            text = self.prefixes[prefix] + suffix
        if not is_iri(text):
            raise malformed("an id that is no absolute IRI")
        return text

    def word(self, text: str) -> str:
        """``text`` as a term or an id; FormatError ``document.undefined_term`` where it is neither."""
        found = self.active.expand(text, vocab=True)
        if found is None or not is_iri(found):
            raise undefined(f"no context defines {text[:64]!r}")
        return found

    def _typed(self, types: Any) -> tuple["Scope", tuple[str, ...]]:
        if type(types) is not list or not all(type(name) is str for name in types):
            raise malformed("a type is a string")
        tails = tuple(f"{_TYPE}{self._type(name)}> .\n" for name in types)
        active = self.active
        for name in sorted(set(types)):
            term = self.active.terms.get(name)
            if term is not None and term.context is not UNSET:
                active = process(active, term.context, propagate=False)
        return (self if active is self.active else self.derived(active)), tails

    def _type(self, name: str) -> str:
        iri = self.word(name)
        self._check_spelling(name, iri)
        return iri

    def _check_spelling(self, word: str, iri: str) -> None:
        """One thing, one name: see the module's text."""
        names = _reserved().get(iri)
        if names is not None and word not in names:
            raise malformed(f"{word[:200]!r} stands for what the W3C's context calls {min(names)}")
        if word not in self.active.terms:
            if self._known is None:
                self._known = frozenset(term.iri for term in self.active.terms.values() if term.iri is not None)
            if iri in self._known:
                raise malformed(f"{word[:200]!r} is spelled out, though the context has a name for it")

    def _compile(self, word: str) -> Member:
        iri = self.active.expand(word, vocab=True)
        if iri is None:
            raise undefined(f"no context defines {word[:64]!r}")
        if iri in KEYWORDS:
            return self._keyword(word, iri)
        if not is_iri(iri):
            raise undefined(f"no context defines {word[:64]!r}")
        self._check_spelling(word, iri)
        term = self.active.terms.get(word)
        member = Member(GENERAL, self, f"<{iri}> ")
        if term is not None:
            member.scoped = term.context
            self._contain(member, term, word)
        if member.scoped is not UNSET:
            member.beside = self.derived(process(self.active, member.scoped, override=True))
            inner = member.beside.active.terms.get(word)
            if inner is not None and inner != term:
                raise unsupported(f"the term {word[:64]} is redefined by its own context")
            term = inner
        self._coerce(member, term, word)
        return member

    def _keyword(self, word: str, keyword: str) -> Member:
        if word in (self.id_key, self.type_key, "@context"):
            return Member(NOTHING, self)
        if keyword in ("@id", "@type"):
            raise malformed(f"{word[:64]!r} is written by another name than the context's")
        raise malformed(f"{keyword} in a node")

    def _contain(self, member: Member, term: Term, word: str) -> None:
        if term.reverse or not term.container <= _PLAIN:
            raise unsupported(f"the term {word[:64]} is reversed or an index")
        member.json = term.coercion == "@json"
        member.listed = "@list" in term.container
        member.graph = "@graph" in term.container
        member.languages = "@language" in term.container
        if member.json and (member.listed or member.graph or member.languages):
            raise unsupported(f"the term {word[:64]} is JSON in a container")

    def _coerce(self, member: Member, term: Term | None, word: str) -> None:
        """What a scalar under ``word`` becomes (§5.3.2)."""
        coercion = None if term is None or term.coercion == "@none" else term.coercion
        member.datatype = None if coercion is None or coercion.startswith("@") else coercion
        direction = UNSET if term is None else term.direction
        member.direction = member.beside.active.direction if isinstance(direction, Unset) else direction
        if member.datatype is None:
            member.suffix = literal_suffix(_language(member.beside.active, term), member.direction)
        else:
            if not is_iri(member.datatype) or member.datatype == RDF + "langString":
                raise malformed(f"the datatype of the term {word[:64]}")
            member.suffix = '"' if member.datatype == XSD + "string" else f'"^^<{member.datatype}>'
        member.scalar = LINK if coercion == "@id" else WORD if coercion == "@vocab" else TEXT
        member.head = member.predicate + ('"' if member.scalar == TEXT else "<")
        member.end = (member.suffix if member.scalar == TEXT else ">") + " .\n"
        general = member.json or member.listed or member.graph or member.datatype == XSD + "double"
        member.string = GENERAL if general else member.scalar


def literal_suffix(language: str | None, direction: str | None) -> str:
    """What closes a string literal (JSON-LD 1.1 API §8.2.2 with ``rdfDirection`` ``i18n-datatype``)."""
    if direction is not None:
        return f'"^^<{I18N}{language or ""}_{direction}>'
    return '"' if language is None else f'"@{language}'


def _language(active: Active, term: Term | None) -> str | None:
    """The language of a string under ``term``, or under no term, where it names none itself."""
    return active.language if term is None or isinstance(term.language, Unset) else term.language


@lru_cache(maxsize=1)
def _reserved() -> dict[str, frozenset[str]]:
    """What the W3C's contexts for credentials and proofs name, and how: names by IRI."""
    names: dict[str, set[str]] = {}
    for url in (CREDENTIALS_V1, CREDENTIALS_V2, DATA_INTEGRITY_V1, DATA_INTEGRITY_V2):
        _gather(BUNDLED.document(url)["@context"], {}, names)
    return {iri: frozenset(words) for iri, words in names.items()}


def _gather(context: dict[str, Any], outer: dict[str, str], names: dict[str, set[str]]) -> None:
    prefixes = outer | {word: value for word, value in context.items() if isinstance(value, str)}
    for word, value in context.items():
        if word.startswith("@"):
            continue
        iri = value if isinstance(value, str) else value["@id"]
        prefix, _, suffix = iri.partition(":")
        iri = prefixes[prefix] + suffix if prefix in prefixes and not suffix.startswith("//") else iri
        names.setdefault(iri, set()).add(word)
        if isinstance(value, dict) and value.get("@context") is not None:
            _gather(value["@context"], prefixes, names)
