"""Term definitions: what a context says that a word means (JSON-LD 1.1 API §4.2, IRI expansion §5.2).

Nothing is relative: the base is null, so a definition that is no IRI is an error here and not a surprise later.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ledger.formats.errors import FormatError

KEYWORDS = frozenset({
    "@base", "@container", "@context", "@default", "@direction", "@graph", "@id", "@import", "@included", "@index",
    "@json", "@language", "@list", "@nest", "@none", "@prefix", "@preserve", "@propagate", "@protected",
    "@requireAll", "@reverse", "@set", "@type", "@value", "@version", "@vocab",
})  # fmt: skip
DIRECTIONS = frozenset({"ltr", "rtl"})

_LIKE_A_KEYWORD = re.compile(r"@[A-Za-z]+")
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_PREFIX_END = frozenset(":/?#[]@")
_MEMBERS = frozenset({
    "@id", "@type", "@container", "@context", "@language", "@direction", "@protected", "@prefix", "@index", "@nest",
    "@reverse",
})  # fmt: skip
_CONTAINERS = frozenset(["@list", "@set", "@language", "@graph", "@index", "@id", "@type"])
_COERCIONS = frozenset(["@id", "@vocab", "@json", "@none"])
_PAIRS = ({"@graph", "@id"}, {"@graph", "@index"})


class Unset:
    """The absence of a value where None has a meaning of its own."""

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset()


@dataclass(frozen=True, slots=True)
class Term:
    """A term definition. ``iri`` is an IRI, a keyword, or None for a word that is explicitly no term.

    ``coercion`` is ``@id``, ``@vocab``, ``@json``, ``@none``, a datatype or None; ``context`` is a scoped context.
    """

    iri: str | None
    prefix: bool = False
    protected: bool = field(default=False, compare=False)
    reverse: bool = False
    coercion: str | None = None
    container: frozenset[str] = frozenset()
    language: str | Unset | None = UNSET
    direction: str | Unset | None = UNSET
    index: str | None = None
    context: Any = UNSET


Terms = Mapping[str, Term]


def malformed(message: str) -> FormatError:
    """``document.malformed``."""
    return FormatError("document.malformed", message)


def unsupported(message: str) -> FormatError:
    """``document.unsupported``: sound JSON-LD perhaps, but not what credentials are written in."""
    return FormatError("document.unsupported", message)


def undefined(message: str) -> FormatError:
    """``document.undefined_term``."""
    return FormatError("document.undefined_term", message)


def is_iri(text: str) -> bool:
    """Whether ``text`` is absolute and may stand between ``<`` and ``>`` (N-Quads IRIREF, without escapes)."""
    return _IRI.fullmatch(text) is not None


def is_language(text: str) -> bool:
    """Whether ``text`` has the form of a language tag (BCP 47, N-Quads LANGTAG)."""
    return _LANGUAGE.fullmatch(text) is not None


def expand(terms: Terms, vocabulary: str | None, text: str, *, vocab: bool) -> str | None:
    """What ``text`` expands to (§5.2): an IRI, a keyword, a text that is still relative, or None for no term.

    With ``vocab`` terms and ``vocabulary`` count, as for names and types; without, only prefixes, as for ids.
    """
    if text in KEYWORDS:
        return text
    if _LIKE_A_KEYWORD.fullmatch(text):
        return None
    if vocab and (term := terms.get(text)) is not None:
        return term.iri
    prefix, colon, suffix = text.partition(":")
    if colon and prefix:
        if prefix == "_" or suffix.startswith("//"):
            return text
        term = terms.get(prefix)
        if term is not None and term.prefix and term.iri is not None:
            return term.iri + suffix
        if is_iri(text):
            return text
    return vocabulary + text if vocab and vocabulary is not None else text


class Definer:
    """The terms of one context, being defined on top of those before it; each may rest on others of its context."""

    def __init__(
        self,
        terms: Terms,
        vocabulary: str | None,
        local: dict[str, Any],
        check_scoped: Callable[[Terms, object], None],
        *,
        protected: bool,
        override: bool,
    ) -> None:
        """``check_scoped`` judges a term's own context by the terms so far; ``protected`` is the context's default,
        ``override`` lets protected terms be redefined."""
        self.terms: dict[str, Term] = dict(terms)
        self._vocabulary, self._local = vocabulary, local
        self._check_scoped = check_scoped
        self._protected, self._override = protected, override
        self._done: dict[str, bool] = {}

    def define(self, word: str) -> None:
        """Define ``word`` of the context, and first what it rests on. Raises FormatError ``document.malformed``."""
        if word in self._done:
            if not self._done[word]:
                raise malformed(f"the term {word[:64]} is defined by itself")
            return
        self._done[word] = False
        value = self._local[word]
        if word == "@type":
            _check_type_keyword(value)
        elif word in KEYWORDS or not word:
            raise malformed(f"the context redefines {word[:64]!r}")
        if word in KEYWORDS or not _LIKE_A_KEYWORD.fullmatch(word):
            before = self.terms.pop(word, None)
            term = self._term(word, value)
            if before is not None and before.protected and not self._override:
                if term != before:
                    raise malformed(f"the context redefines the protected term {word[:64]}")
                term = before
            if term is not None:
                if not isinstance(term.context, Unset):
                    self._check_scoped(self.terms, term.context)
                self.terms[word] = term
        self._done[word] = True

    def _term(self, word: str, value: object) -> Term | None:
        """The definition of ``word``; None where its IRI looks like a keyword of the future (ignored, step 14)."""
        simple = not isinstance(value, dict)
        definition = {"@id": value} if value is None or isinstance(value, str) else value
        if not isinstance(definition, dict) or not definition.keys() <= _MEMBERS:
            raise malformed(f"the definition of the term {word[:64]}")
        protected = definition.get("@protected", self._protected)
        if type(protected) is not bool:
            raise malformed("@protected is true or false")
        coercion = self._coercion(definition)
        reverse = "@reverse" in definition
        iri = self._reversed(definition) if reverse else self._iri(word, definition)
        if isinstance(iri, Unset):
            return None
        container = _container(definition, reverse)
        return Term(
            iri=iri,
            prefix=_is_prefix(word, definition, iri, simple and definition["@id"] != word),
            protected=protected,
            reverse=reverse,
            coercion=_mapped(coercion, container),
            container=container,
            language=_text(definition, "@language", is_language),
            direction=_text(definition, "@direction", DIRECTIONS.__contains__),
            index=_index(definition, container),
            context=definition.get("@context", UNSET),
        )

    def _reversed(self, definition: dict[str, Any]) -> str | Unset:
        if "@id" in definition or "@nest" in definition or not isinstance(definition["@reverse"], str):
            raise malformed("a @reverse term")
        return self._absolute(definition["@reverse"], "@reverse")

    def _iri(self, word: str, definition: dict[str, Any]) -> str | Unset | None:
        given = definition.get("@id", UNSET)
        if given is None:
            return None
        if given is not UNSET and given != word:
            if not isinstance(given, str) or given == "@context":
                raise malformed(f"the @id of the term {word[:64]}")
            iri = self._absolute(given, "@id", keyword=True)
            if not isinstance(iri, Unset) and (":" in word[1:-1] or "/" in word):
                self._depend(word.partition(":")[0])
                if expand(self.terms, self._vocabulary, word, vocab=True) != iri:
                    raise malformed(f"the term {word[:64]} reads like an IRI and means another")
            return iri
        prefix, colon, suffix = word.partition(":")
        found = word
        if colon and prefix:
            self._depend(prefix)
            term = self.terms.get(prefix)
            found = word if term is None or term.iri is None else term.iri + suffix
        elif word != "@type":
            if self._vocabulary is None:
                raise malformed(f"nothing says what the term {word[:64]} means")
            found = self._vocabulary + word
        if found != "@type" and not is_iri(found):
            raise malformed(f"the term {word[:64]} means no IRI")
        return found

    def _coercion(self, definition: dict[str, Any]) -> str | None:
        """The type that values are of (§4.2 step 12), also by another name for its keyword."""
        if "@type" not in definition:
            return None
        value = definition["@type"]
        found = self._absolute(value, "@type", keyword=True) if isinstance(value, str) else UNSET
        if isinstance(found, Unset) or (found in KEYWORDS and found not in _COERCIONS):
            raise malformed("the @type of a term is no IRI")
        return found

    def _absolute(self, text: str, where: str, *, keyword: bool = False) -> str | Unset:
        """``text`` expanded to an IRI, or a keyword where one may be; UNSET where it only looks like a keyword."""
        if text not in KEYWORDS and _LIKE_A_KEYWORD.fullmatch(text):
            return UNSET
        self._depend(text)
        prefix, _, suffix = text.partition(":")
        if not suffix.startswith("//"):
            self._depend(prefix)
        iri = expand(self.terms, self._vocabulary, text, vocab=True)
        if iri is None or not (is_iri(iri) or (keyword and iri in KEYWORDS)):
            raise malformed(f"{where} {text[:200]} is no IRI")
        return iri

    def _depend(self, word: str) -> None:
        if word in self._local and word and word not in KEYWORDS:
            self.define(word)


def _check_type_keyword(value: object) -> None:
    if not isinstance(value, dict) or not value or not value.keys() <= {"@container", "@protected"}:
        raise malformed("the context redefines @type")
    if value.get("@container", "@set") != "@set":
        raise malformed("the container of @type is @set")


def _mapped(coercion: str | None, container: frozenset[str]) -> str | None:
    if "@type" in container and coercion not in (None, "@id", "@vocab"):
        raise malformed("a term with a @type container is coerced to @id or @vocab")
    return "@id" if "@type" in container and coercion is None else coercion


def _container(definition: dict[str, Any], reverse: bool) -> frozenset[str]:
    value = definition.get("@container")
    is_none = value is None and (reverse or "@container" not in definition)
    names = value if isinstance(value, list) else [] if is_none else [value]
    if not all(isinstance(name, str) and name in _CONTAINERS for name in names) or len(set(names)) != len(names):
        raise malformed("@container")
    found = frozenset(names)
    kinds = found - {"@set"}
    if ("@list" in found and len(found) > 1) or (len(kinds) > 1 and kinds not in _PAIRS):
        raise malformed("containers that do not go together")
    if reverse and not found <= {"@set", "@index"}:
        raise malformed("the container of a @reverse term")
    return found


def _is_prefix(word: str, definition: dict[str, Any], iri: str | None, simple: bool) -> bool:
    value = definition.get("@prefix", UNSET)
    if value is UNSET:
        return simple and ":" not in word and "/" not in word and iri is not None and iri[-1] in _PREFIX_END
    if type(value) is not bool or ":" in word or "/" in word or iri in KEYWORDS:
        raise malformed("@prefix")
    return value


def _text(definition: dict[str, Any], name: str, good: Callable[[str], bool]) -> str | Unset | None:
    value = UNSET if "@type" in definition else definition.get(name, UNSET)
    if value is None or value is UNSET:
        return value
    if not isinstance(value, str) or not good(value):
        raise malformed(f"the {name} of a term")
    return value.lower()


def _index(definition: dict[str, Any], container: frozenset[str]) -> str | None:
    value = definition.get("@index")
    if "@index" in definition and ("@index" not in container or not isinstance(value, str)):
        raise malformed("@index of a term")
    nest = definition.get("@nest", "@nest")
    if not isinstance(nest, str) or (nest in KEYWORDS and nest != "@nest"):
        raise malformed("@nest of a term")
    return value
