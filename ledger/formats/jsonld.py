"""JSON-LD documents as RDF statements (JSON-LD 1.1 API: expansion §5.1 and RDF §8), with nothing lost on the way.

The standard drops what it cannot express: a word without definition, a value that is null, an id that is no IRI and all
that stands in its node, a type relative to nothing. A signature over the rest would seem to cover it. Here each of
these is an error, at issue and at verification alike. What no credential is written in (graphs, reversals, indexes) is
refused too. One pass leads from the document to statements; contexts were compiled before (``jsonld_scope``).
"""

import re
from typing import Any

from ledger.formats import canonical
from ledger.formats.contexts import Contexts
from ledger.formats.errors import BoundError, FormatError
from ledger.formats.jsonld_context import initial, process
from ledger.formats.jsonld_literals import json_literal, language_map, number, string, typed, value_object
from ledger.formats.jsonld_scope import GENERAL, LINK, NOTHING, RDF, TEXT, XSD, Member, Scope
from ledger.formats.jsonld_terms import UNSET, malformed, unsupported
from ledger.formats.rdf import MAX_STATEMENTS, Dataset, Term, escape

Document = dict[str, Any]

MAX_CONTEXTS = 32
"""Contexts that one ``@context`` may list, and different ones that stand inside a document."""
MAX_CONTEXT_BYTES = 64 * 1024
"""JCS bytes of one ``@context`` in a document; what stands behind its URLs does not count."""
MAX_SCOPES = 1000
"""Different combinations of types with contexts of their own."""

_FIRST, _REST, _NIL = f"<{RDF}first>", f"<{RDF}rest>", f"<{RDF}nil>"
_special = re.compile(r'[\x00-\x1f"\\\x7f]').search
_COMPILED, _MOST_SCOPES = 256, 512


def to_rdf(document: Document, contexts: Contexts, *, share: int = 1) -> Dataset:
    """The statements of a document that names its contexts in ``@context``; ``share`` as ``rdfc.canonicalize`` has it.

    Raises FormatError: ``document.undefined_term`` (a member or type that no context defines),
    ``document.unknown_context``, ``document.malformed`` (a value that would be lost, an id that is no IRI, a context
    that redefines a protected term, a second spelling), ``document.unsupported``, ``document.too_large``.
    """
    most = MAX_STATEMENTS // share
    try:
        try:
            return _Reader(most).read(document, contexts)
        except BoundError:
            raise
        except FormatError:  # of several faults the first in the order of RFC 8785 is told, however the text has them
            return _Reader(most).read(_in_order(document), contexts)
    except RecursionError:
        raise malformed("nested too deeply") from None


def _in_order(value: Any) -> Any:
    """The same value with the members of each object in the order of RFC 8785."""
    if type(value) is list:
        return [_in_order(each) for each in value]
    if type(value) is not dict:
        return value
    return {name: _in_order(value[name]) for name in sorted(value, key=canonical.sort_key)}


def root_scope(context: Any, contexts: Contexts) -> Scope:
    """The scope of a whole document under its ``@context``, compiled once."""
    if contexts.scopes > _MOST_SCOPES:  # somebody sends documents of ever new types and contexts
        contexts.compiled.clear()
        contexts.scopes = 0
    return _compiled(None, context, contexts)


class _Reader:
    """One document being read."""

    __slots__ = ("_data", "_local", "_most", "_room", "_typed")

    def __init__(self, most: int) -> None:
        self._data = Dataset()
        self._local: set[Any] = set()
        self._most = self._room = most
        self._typed: set[Any] = set()

    def read(self, document: Document, contexts: Contexts) -> Dataset:
        """All statements of the document."""
        if type(document) is not dict or "@context" not in document:
            raise malformed("a document is an object with @context")
        self._node(root_scope(document["@context"], contexts), document, None, root=True)
        if not len(self._data):
            raise malformed("a document that says nothing")
        return self._data

    def _node(self, scope: Scope, element: Document, graph: int | None, *, root: bool = False) -> Term:
        """State what a node object says; returns its name, an IRI in brackets or a blank node's number."""
        if len(self._data.tails) > self._most or len(self._data.lines) > self._most:
            raise _too_many()
        if not root and "@context" in element:
            scope = _compiled(scope, element["@context"], scope.active.contexts)
            _bound(self._local, scope, MAX_CONTEXTS)
        types: tuple[str, ...] = ()
        if scope.type_key in element:
            outer, given = scope, element[scope.type_key]
            scope, types = outer.typed(given)
            if scope is not outer:
                key = (outer, tuple(given) if type(given) is list else given)
                _bound(self._typed, key, MAX_SCOPES)
        data = self._data
        subject: Term
        if scope.id_key in element:
            subject = _id(scope, element[scope.id_key])
        else:
            subject = len(data.tails)
            data.tails.append([])
        if graph is not None:
            self._statements_in_graph(scope, element, subject, types, graph)
            return subject
        if type(subject) is int:
            out, lead = data.tails[subject], ""
        else:
            out, lead = data.lines, f"{subject} "
        for tail in types:
            out.append(lead + tail)
        members = scope.members
        for word, value in element.items():
            member = members.get(word) or scope.member(word)
            way = member.string
            if type(value) is str and way < GENERAL:
                if way == TEXT:
                    if _special(value):
                        value = escape(value)
                elif way == LINK:
                    value = member.beside.iri(value)
                else:
                    value = member.beside.word(value)
                out.append(lead + member.head + value + member.end)
            elif way != NOTHING:
                for term in self._terms(member, value, None):
                    if type(term) is int:
                        data.links.append((subject, member.predicate[:-1], term, None))
                    else:
                        out.append(f"{lead}{member.predicate}{term} .\n")
        return subject

    def _statements_in_graph(
        self, scope: Scope, element: Document, subject: Term, types: tuple[str, ...], graph: int
    ) -> None:
        """The same for a node inside of a blank graph: a proof, or a credential in a presentation."""
        links = self._data.links
        links += [(subject, tail[:-3], None, graph) for tail in types]
        for word, value in element.items():
            member = scope.members.get(word) or scope.member(word)
            if member.string != NOTHING:
                links += [(subject, member.predicate[:-1], term, graph) for term in self._terms(member, value, graph)]

    def _terms(self, member: Member, value: Any, graph: int | None) -> list[Term]:
        """The objects that a value under ``member`` stands for (§5.1.2 step 13)."""
        if type(value) is list:
            self._room -= len(value)
            if self._room < 0:
                raise _too_many()
        if member.json:
            return [json_literal(value)]
        if member.languages and type(value) is dict:
            return _each_once(language_map(member, value))
        if member.listed and not (type(value) is dict and "@list" in value):
            return [self._list(member, value if type(value) is list else [value], graph)]
        values = _flat(value) if type(value) is list else [value]
        if member.graph:
            return [self._graph(member, each) for each in values]
        terms = [self._term(member, each, graph) for each in values]
        if len(terms) > len({*terms}):  # nodes of one name are one node, wherever they stand
            _each_once([term for term, each in zip(terms, values, strict=True) if _is_scalar(each)])
        return terms

    def _term(self, member: Member, value: Any, graph: int | None) -> Term:
        """The object that one value, not an array, stands for."""
        kind = type(value)
        if kind is str:
            return string(member, value)
        if kind is dict:
            if "@value" in value:
                return value_object(member.beside, value)
            if "@list" in value:
                return self._list_object(member, value, graph)
            scope = member.inside()
            if len(value) == 1 and member.beside.id_key in value:
                scope = member.beside
            return self._node(scope, value, graph)
        if kind is bool:
            return typed("true" if value else "false", member.datatype or XSD + "boolean")
        if kind is int or kind is float:
            return number(value, member.datatype)
        raise malformed("a value that is null, or of no JSON type: it would not be signed")

    def _graph(self, member: Member, value: Any) -> int:
        """A blank graph with one node in it (§5.1.2 step 13.12); a node of which it says nothing would be lost."""
        if type(value) is not dict or "@value" in value or "@list" in value:
            raise malformed("a graph holds a node object")
        graph, before = self._data.blank(), len(self._data.links)
        self._node(member.inside(), value, graph)
        if len(self._data.links) == before:
            raise malformed("a node in a graph that says nothing")
        return graph

    def _list(self, member: Member, values: list[Any], graph: int | None) -> Term:
        """A list as a chain of blank nodes (§8.2.3), made from its end."""
        data = self._data
        head: Term = _NIL
        terms = [
            self._list(member, each, graph) if type(each) is list else self._term(member, each, graph)
            for each in values
        ]
        for term in reversed(terms):
            cell = data.blank()
            for predicate, other in ((_FIRST, term), (_REST, head)):
                if graph is not None or type(other) is int:
                    data.links.append((cell, predicate, other, graph))
                else:
                    data.tails[cell].append(f"{predicate} {other} .\n")
            head = cell
        return head

    def _list_object(self, member: Member, value: Document, graph: int | None) -> Term:
        if len(value) != 1:
            raise malformed("a list object has no other member")
        if member.outer.active.previous is not None or member.scoped is not UNSET:
            raise unsupported("a list object under a term of a type, or with a context of its own")
        items = value["@list"]
        return self._list(member, items if type(items) is list else [items], graph)


def _is_scalar(value: Any) -> bool:
    return type(value) is not dict or "@value" in value


def _each_once(terms: list[Term]) -> list[Term]:
    """A set holds a value once: a second one would not be signed, neither that it is there nor that it is gone."""
    if len(terms) > len({*terms}):
        raise malformed("a value that stands twice where there is no list")
    return terms


def _too_many() -> BoundError:
    return BoundError("document.too_large", "too many statements")


def _id(scope: Scope, value: Any) -> str:
    if type(value) is not str:
        raise malformed("an id is a string")
    return f"<{scope.iri(value)}>"


def _bound(seen: set[Any], key: Any, most: int) -> None:
    """Bound what one document can make us compile; the same every time, whatever was compiled before it."""
    seen.add(key)
    if len(seen) > most:
        raise BoundError("document.too_large", "too many different contexts or types")


def _compiled(scope: Scope | None, context: Any, contexts: Contexts) -> Scope:
    if type(context) is list and all(type(each) is str for each in context):
        key: Any = (scope, tuple(context))
    else:
        data = canonical.dumps(context)
        if len(data) > MAX_CONTEXT_BYTES:
            raise BoundError("document.too_large", f"a context of more than {MAX_CONTEXT_BYTES} bytes")
        key = (scope, data)
    found: Scope | None = contexts.compiled.get(key)
    if found is None:
        if type(context) is list and len(context) > MAX_CONTEXTS:
            raise BoundError("document.too_large", f"more than {MAX_CONTEXTS} contexts")
        if scope is None:
            found = Scope(process(initial(contexts), context))
        else:
            found = scope.derived(process(scope.active, context))
        if len(contexts.compiled) >= _COMPILED:
            contexts.compiled.clear()
        contexts.compiled[key] = found
    return found


def _flat(values: list[Any]) -> list[Any]:
    """An array in an array is no more than its values, where there is no list (§5.1.2 step 5)."""
    if not any(type(value) is list for value in values):
        return values
    return [each for value in values for each in (_flat(value) if type(value) is list else [value])]
