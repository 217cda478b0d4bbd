"""Our reading of JSON-LD against PyLD's: byte for byte the same wherever ours accepts, under every context at hand."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyld import jsonld as pyld

from ledger.formats import canonical, contexts, kind
from ledger.formats.contexts import BUNDLED, WITH_EXAMPLES, Contexts
from ledger.formats.errors import FormatError
from tests.support.linked_data import IRIS, LANGUAGES, NUMBERS, TEXTS, documents, ours, theirs

CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
KINDS = [kind.parse(kind.instantiate(each, "https://r.example")) for each in kind.builtin_templates().values()]
ALL = WITH_EXAMPLES.extended({each.context_url: each.context for each in KINDS})
V1, V2, BADGES = contexts.CREDENTIALS_V1, contexts.CREDENTIALS_V2, contexts.OPEN_BADGES_3
SETS = [
    [V2],
    [V1],
    [V2, BADGES, contexts.OPEN_BADGES_EXTENSIONS],
    [V1, contexts.DATA_INTEGRITY_V2],
    [V1, contexts.DATA_INTEGRITY_V1, contexts.STATUS_V1],
    [V1, contexts.ED25519_2020_V1],
    [contexts.DID_V1, contexts.MULTIKEY_V1],
    [V2, contexts.EXAMPLES_V2],
    *([V2, each.context_url] for each in KINDS),
]
QUIET = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("urls", SETS, ids=lambda urls: " ".join(url.rsplit("/", 2)[-2] for url in urls))
@given(data=st.data())
@QUIET
def test_document_is_read_otherwise(urls: list[str], data: st.DataObject) -> None:
    document = data.draw(documents(ALL, urls))
    assert ours(document, ALL) == theirs(document, ALL)


@given(data=st.data())
@QUIET
def test_comprehensive_learner_record_is_read_otherwise(shared_vectors: Path, data: st.DataObject) -> None:
    context = json.loads((shared_vectors / "clr-2" / "context-2.0.1.json").read_text())
    known = BUNDLED.extended({CLR: context})
    document = data.draw(documents(known, [V2, CLR, BADGES]))
    assert ours(document, known) == theirs(document, known)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict) and value:
        for name, child in value.items():
            if name != "@context":
                yield from places(child, (*path, name))
    elif isinstance(value, list) and value:
        for at, child in enumerate(value):
            yield from places(child, (*path, at))
    elif value != []:
        yield path


def changed(value: Any) -> Any:
    """Another value of the same kind, such as an attacker would put there."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return value + "x"
    return value + 1 if isinstance(value, int) else value * 2 if isinstance(value, float) and value else 7


@pytest.mark.parametrize("urls", SETS, ids=lambda urls: " ".join(url.rsplit("/", 2)[-2] for url in urls))
@given(data=st.data())
@QUIET
def test_value_is_not_signed(urls: list[str], data: st.DataObject) -> None:
    document = data.draw(documents(ALL, urls))
    before = ours(document, ALL)
    found = sorted(places(document), key=str)
    assume(found)
    *path, last = data.draw(st.sampled_from(found))
    other = copy.deepcopy(document)
    holder: Any = other
    for step in path:
        holder = holder[step]
    assume(len(holder) < 2 or not isinstance(holder, list))  # of three alike in a set, one may change places
    holder[last] = changed(holder[last])
    try:
        assert ours(other, ALL) != before
    except FormatError as error:
        assert error.code.startswith("document.")


WORDS = ["a", "b", "c", "T", "U", "ex", "id2"]
MEANINGS = ["urn:i:a", "urn:i:b#", "ex:z", "urn:i:c", "urn:i:d", "urn:i:e", "a", "https://e.example/x/", None, "@type"]
COERCIONS = ["@id", "@vocab", "@json", "@none", "urn:dt:1", "ex:dt", "http://www.w3.org/2001/XMLSchema#string"]
CONTAINERS = [
    "@list",
    "@set",
    "@language",
    "@graph",
    ["@graph", "@set"],
    ["@set"],
    "@index",
    "@id",
    ["@set", "@language"],
]


def inline_contexts(depth: int) -> st.SearchStrategy[Any]:
    """Contexts at random, of few words, so that they get into each other's way. (PyLD has bugs in the rest.)"""
    scoped = inline_contexts(depth - 1) if depth else st.sampled_from([None, {}])
    options = {
        "@type": st.sampled_from(COERCIONS),
        "@container": st.sampled_from(CONTAINERS),
        "@language": st.sampled_from(["en", None]),
        "@prefix": st.booleans(),
        "@protected": st.booleans(),
        "@context": scoped,
    }
    definition = st.fixed_dictionaries({"@id": st.sampled_from(MEANINGS)}, optional=options)
    term = st.sampled_from([None, "urn:i:a", "urn:i:b#", "ex:z", "@type", "@id"]) | definition
    flags = {"@vocab": st.just("urn:v:"), "@language": st.sampled_from(["en", "fr"]), "@protected": st.just(True)}
    top = st.fixed_dictionaries({}, optional={**flags, "@version": st.just(1.1)})
    words = {word: term for word in WORDS if word not in ("ex", "a")}
    terms = st.fixed_dictionaries({"ex": st.just("urn:ex:"), "a": st.just("urn:i:a")}, optional=words)
    one = st.builds(
        lambda first, second: first | second, top, terms | st.dictionaries(st.sampled_from(WORDS), term, max_size=4)
    )
    alone = st.builds(lambda context, propagate: context | {"@propagate": propagate}, one, st.booleans())
    return one | alone | st.lists(one, min_size=1, max_size=2)


def values(depth: int) -> st.SearchStrategy[Any]:
    texts = TEXTS | IRIS | st.sampled_from(["a", "b", "T", "ex:k", "ex://x"])
    typed = st.fixed_dictionaries(
        {"@value": TEXTS | NUMBERS}, optional={"@type": st.sampled_from(["ex:dt", "T", "urn:t"])}
    )
    tagged = st.fixed_dictionaries({"@value": TEXTS, "@language": LANGUAGES})
    found: st.SearchStrategy[Any] = texts | NUMBERS | st.booleans() | st.none() | typed | tagged
    if depth:
        deeper = values(depth - 1)
        found |= inline_nodes(depth - 1) | st.lists(deeper, max_size=3) | st.dictionaries(LANGUAGES, TEXTS, max_size=2)
        found |= st.fixed_dictionaries({"@list": st.lists(deeper, max_size=2)})
    return found


def inline_nodes(depth: int) -> st.SearchStrategy[Any]:
    value = values(depth)
    types = st.sampled_from(["T", "U"])
    keywords = {"@id": IRIS, "@type": types | st.lists(types, max_size=2), "@context": inline_contexts(0), "a": value}
    words = st.dictionaries(st.sampled_from(WORDS), value, min_size=1, max_size=3)
    return st.builds(lambda one, other: one | other, words, st.fixed_dictionaries({}, optional=keywords))


@given(context=inline_contexts(1), node=inline_nodes(2))
@settings(QUIET, max_examples=400)
def test_inline_context_is_understood_otherwise(context: Any, node: dict[str, Any]) -> None:
    document = node | {"@context": context}
    known = Contexts()
    try:
        canonical.dumps(document)
        accepted = ours(document, known)
    except FormatError:
        assume(False)
        return
    try:
        assert accepted == theirs(document, known)
    except pyld.JsonLdError as error:
        # PyLD forgets that a term's own context may redefine what is protected, where the term serves as a prefix.
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        assert getattr(cause, "code", None) == "protected term redefinition"
    except AttributeError:  # PyLD's, on a list under a language container
        assume(False)
