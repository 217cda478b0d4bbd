"""JSON-LD from two other hands (PyLD, pyoxigraph), and documents at random to compare ours with them."""

import string
from typing import Any

import pyoxigraph
from hypothesis import assume
from hypothesis import strategies as st
from pyld import jsonld as pyld
from pyld.canon import URDNA2015

from ledger.formats.contexts import Contexts
from ledger.formats.errors import FormatError
from ledger.formats.jsonld import root_scope, to_rdf
from ledger.formats.jsonld_scope import LINK, NOTHING, WORD, XSD, Member, Scope
from ledger.formats.jsonld_terms import KEYWORDS
from ledger.formats.rdf import Dataset, Term, escape
from ledger.formats.rdfc import canonicalize


def ours(document: dict[str, Any], contexts: Contexts) -> str:
    """Canonical N-Quads by our own reader and canonicaliser."""
    return canonicalize(to_rdf(document, contexts))


def theirs(document: dict[str, Any], contexts: Contexts) -> str:
    """Canonical N-Quads by PyLD, which drops in silence what it cannot read."""

    def load(url: str, options: object) -> dict[str, Any]:
        document = contexts.document(url)
        return {"contextUrl": None, "documentUrl": url, "document": document, "contentType": "application/ld+json"}

    options = {"base": None, "rdfDirection": "i18n-datatype", "documentLoader": load}
    dataset = pyld.to_rdf(document, options)
    for name, triples in dataset.items():  # a dataset is a set; PyLD's may hold one statement twice
        dataset[name] = [triple for at, triple in enumerate(triples) if triple not in triples[:at]]
    text: str = URDNA2015().main(dataset, {"format": "application/n-quads"})
    return text


def pyoxigraph_text(n_quads: str) -> str:
    """Canonical N-Quads by pyoxigraph."""
    dataset = pyoxigraph.Dataset(pyoxigraph.parse(n_quads, pyoxigraph.RdfFormat.N_QUADS))
    dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    lines = pyoxigraph.serialize(dataset, format=pyoxigraph.RdfFormat.N_QUADS) or b""
    return "".join(sorted(lines.decode().splitlines(keepends=True)))


def read_n_quads(data: bytes) -> tuple[Dataset, dict[str, int]]:
    """N-Quads, read by pyoxigraph, as our dataset; and the numbers of its blank nodes by their names."""
    dataset, numbers = Dataset(), dict[str, int]()

    def term(value: Any) -> Term:
        if isinstance(value, pyoxigraph.BlankNode):
            if value.value not in numbers:
                numbers[value.value] = dataset.blank()
            return numbers[value.value]
        if isinstance(value, pyoxigraph.NamedNode):
            return f"<{value.value}>"
        text = f'"{escape(value.value)}"'
        if value.language:
            return f"{text}@{value.language}"
        return text if value.datatype.value == XSD + "string" else f"{text}^^<{value.datatype.value}>"

    for quad in pyoxigraph.parse(data, pyoxigraph.RdfFormat.N_QUADS):
        named = not isinstance(quad.graph_name, pyoxigraph.DefaultGraph)
        dataset.add(
            term(quad.subject), str(quad.predicate), term(quad.object), term(quad.graph_name) if named else None
        )
    return dataset, numbers


TEXTS = st.text(alphabet=string.ascii_letters + '0 "\\\n\t<>{}@_:.é成绩𠮷', max_size=12)
IRIS = st.sampled_from(["did:web:a.example", "https://a.example/1#2", "urn:uuid:0", "https://例.example/é", "urn:x:"])
LANGUAGES = st.sampled_from(["en", "zh-Hans", "AR"])
NUMBERS = st.integers(-(2**53) + 1, 2**53 - 1) | st.sampled_from([0.5, -3.25, 1e-7, 2.0, 100.0, 1.5e300, 0.1])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def documents(draw: st.DrawFn, contexts: Contexts, urls: list[str]) -> dict[str, Any]:
    """A document under the contexts at ``urls``: whatever these define, in any shape that loses nothing."""
    scope = root_scope(urls, contexts)
    document = {"@context": urls} | _filled(draw(nodes(scope, 3)), scope)
    try:
        to_rdf(document, contexts)
    except FormatError as error:
        assume("stands twice" not in error.message)
    return document


@st.composite
def nodes(draw: st.DrawFn, scope: Scope, depth: int) -> dict[str, Any]:
    """A node object as it may stand in ``scope``."""
    node: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        node[scope.id_key] = draw(IRIS)
    if types := _types(scope):
        chosen: list[str] = draw(st.lists(st.sampled_from(types), max_size=2, unique=True))
        try:
            scope, _ = scope.typed(chosen)
        except FormatError:  # two types whose contexts contradict each other
            return node
        if chosen:
            alone: bool = draw(st.booleans())
            node["type" if "type" in scope.active.terms else "@type"] = (
                chosen[0] if alone and len(chosen) == 1 else chosen
            )
    words = _words(scope)
    for word in draw(st.lists(st.sampled_from(words), max_size=3, unique=True)) if words else []:
        node[word] = draw(values(scope.member(word), depth))
    return node


@st.composite
def values(draw: st.DrawFn, member: Member, depth: int) -> Any:
    """A value as it may stand under ``member``."""
    if member.json:
        return draw(JSON)
    if member.graph:
        graph = _filled(draw(nodes(member.inside(), max(depth - 1, 0))), member.inside())
        return [graph] if draw(st.booleans()) else graph
    if member.languages and draw(st.booleans()):
        return draw(st.dictionaries(LANGUAGES, TEXTS | st.lists(TEXTS, min_size=1, max_size=2), min_size=1, max_size=2))
    single = _single(member, depth)
    if draw(st.integers(0, 2)) == 0:
        return draw(st.lists(single, min_size=0 if member.listed else 1, max_size=3))
    return draw(single)


def _single(member: Member, depth: int) -> st.SearchStrategy[Any]:
    choices: list[st.SearchStrategy[Any]] = [NUMBERS, st.booleans()]
    if member.scalar == LINK:
        choices = [IRIS, IRIS.map(lambda iri: {member.beside.id_key: iri})]
    elif member.scalar == WORD:
        choices = [IRIS, st.sampled_from(_words(member.beside) or ["urn:x:1"])]
    elif member.datatype == XSD + "double":
        choices = [NUMBERS]
    else:
        choices.append(TEXTS)
        choices.append(st.builds(lambda text, language: {"@value": text, "@language": language}, TEXTS, LANGUAGES))
        # PyLD takes two values that differ in direction alone for one.
        choices.append(TEXTS.map(lambda text: {"@value": "ا" + text, "@language": "ar", "@direction": "rtl"}))
        choices.append(TEXTS.map(lambda text: {"@value": text, "@type": "urn:example:type"}))
    if depth > 0:
        choices.append(nodes(member.inside(), depth - 1))
    return st.one_of(choices)


def _filled(node: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """A node in a graph, or a whole document, says something of itself, or it would be lost."""
    if any(word != scope.id_key and value != [] for word, value in node.items()):
        return node
    if types := _types(scope):
        return node | {scope.type_key: types[0]}
    words = [word for word in _words(scope) if not scope.member(word).graph]
    assume(words)
    return node | {words[0]: 1}


def _types(scope: Scope) -> list[str]:
    terms = scope.active.terms
    return sorted(
        word
        for word, term in terms.items()
        if word[:1].isupper() and not term.prefix and term.coercion is None and term.iri not in KEYWORDS
    )


def _words(scope: Scope) -> list[str]:
    found = []
    for word, term in scope.active.terms.items():
        if term.iri is not None and term.iri not in KEYWORDS and not term.prefix and word not in _types(scope):
            try:
                if scope.member(word).string != NOTHING:
                    found.append(word)
            except FormatError:
                continue
    return sorted(found)
