"""Values as RDF literals (JSON-LD 1.1 API §5.3.2 and §8.2.2, with ``rdfDirection`` ``i18n-datatype``), or not at all.

Direction is kept as the suites in use keep it; the standard's default would drop it.
"""

import re
from math import isfinite
from typing import Any

from ledger.formats import canonical
from ledger.formats.jsonld_scope import RDF, TEXT, WORD, XSD, Member, Scope, literal_suffix
from ledger.formats.jsonld_terms import DIRECTIONS, KEYWORDS, is_language, malformed
from ledger.formats.rdf import Term, escape

_LARGEST_INTEGER = 10**21
_ZEROS = re.compile(r"(\d)0*E\+?(-)?0*(\d)")


def string(member: Member, value: str) -> str:
    """What a string under ``member`` stands for: a literal, or an IRI in brackets (§5.3.2)."""
    if member.scalar != TEXT:
        return f"<{member.beside.word(value) if member.scalar == WORD else member.beside.iri(value)}>"
    if member.datatype == XSD + "double":
        _check_double(value)
    return f'"{escape(value)}{member.suffix}'


def number(value: int | float, datatype: str | None) -> str:
    """A number in its one spelling (§8.2.2 steps 10 and 11); one that the spelling would round is refused."""
    if not isfinite(value):
        raise malformed("a number that JSON does not have")
    if datatype != XSD + "double" and value == int(value) and abs(value) < _LARGEST_INTEGER:
        return typed(str(int(value)), datatype or XSD + "integer")
    text = _canonical_double(value)
    if float(text) != value:
        raise malformed("a number with more than sixteen digits: the last would not be signed")
    return typed(text, datatype or XSD + "double")


def _canonical_double(value: float) -> str:
    return _ZEROS.sub(r"\1E\2\3", f"{value:1.15E}")


def _check_double(text: str) -> None:
    """Implementations differ on doubles written as strings, unless these are in the canonical form already."""
    try:
        value = float(text)
        same = isfinite(value) and _canonical_double(value) == text
    except ValueError:
        same = False
    if not same:
        raise malformed("a double as a string that is not in its canonical form")


def typed(text: str, datatype: str) -> str:
    """A literal of a datatype; ``text`` is escaped already."""
    return f'"{text}"' if datatype == XSD + "string" else f'"{text}"^^<{datatype}>'


def json_literal(value: Any) -> str:
    """A JSON value as a literal: its JCS (§8.2.2 step 6)."""
    return f'"{escape(canonical.dumps(value).decode())}"^^<{RDF}JSON>'


def language_map(member: Member, value: dict[str, Any]) -> list[Term]:
    """The strings of a language map, each tagged (§5.1.2 step 13.7); another name for ``@none`` is no language."""
    found: list[Term] = []
    for language, texts in value.items():
        is_alias = language != "@none" and member.beside.active.expand(language, vocab=True) in KEYWORDS
        if is_alias or (language != "@none" and not is_language(language)):
            raise malformed("a language map whose key is no language")
        suffix = literal_suffix(None if language == "@none" else language.lower(), member.direction)
        for text in texts if type(texts) is list else [texts]:
            if type(text) is not str:
                raise malformed("a language map holds strings")
            found.append(f'"{escape(text)}{suffix}')
    return found


def value_object(scope: Scope, value: dict[str, Any]) -> str:
    """A literal written out as an object (§5.1.2 step 14.3, VC Data Model 2.0 §11.1)."""
    if not value.keys() <= {"@value", "@type", "@language", "@direction"}:
        raise malformed("a value object with another member")
    text, datatype = value["@value"], value.get("@type")
    language, direction = value.get("@language"), value.get("@direction")
    if "@type" in value:
        if len(value) != 2 or type(datatype) is not str:
            raise malformed("a value object has one type, or a language and a direction")
        if datatype == "@json":
            return json_literal(text)
        datatype = scope.word(datatype)
        if datatype == RDF + "langString":
            raise malformed("a language-tagged string names its language")
    elif len(value) > 1:
        if type(text) is not str:
            raise malformed("only a string has a language or a direction")
        if "@language" in value and not (type(language) is str and is_language(language)):
            raise malformed("@language is no language tag")
        if "@direction" in value and not (type(direction) is str and direction in DIRECTIONS):
            raise malformed("@direction is ltr or rtl")
        return f'"{escape(text)}{literal_suffix(language.lower() if language else None, direction)}'
    if type(text) is str:
        if datatype == XSD + "double":
            _check_double(text)
        return typed(escape(text), datatype or XSD + "string")
    if type(text) is bool:
        return typed("true" if text else "false", datatype or XSD + "boolean")
    if type(text) is int or type(text) is float:
        return number(text, datatype)
    raise malformed("@value is a string, a number or a truth value")
