import time
from typing import Any

import pytest

from ledger.formats import jsonld
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2, EXAMPLES_V2, OPEN_BADGES_3, WITH_EXAMPLES, Contexts
from tests.support.linked_documents import OWN, SET, own, refusal, text


@pytest.mark.parametrize(
    "context",
    [
        {"@import": CREDENTIALS_V2},
        {"@base": "https://example.org/"},
        [OWN, {"@base": "https://example.org/", "x": "urn:x:x"}],
        [{"@propagate": False, "x": "urn:x:x"}],
    ],
)
def test_context_makes_words_relative(context: Any) -> None:
    assert refusal({"@context": context, "x": "1"}) == "document.unsupported"


BAD_CONTEXTS: list[Any] = [
    # In the order of their names, b comes too late.
    {"b": "urn:x:b", "a": {"@id": "urn:x:a", "@context": {"z": {"@id": "urn:x:z", "@type": "b"}}}},
    {"t": {"@id": "@later", "@type": "no iri"}},
    {"t": {"@id": "urn:x:t", "@container": None}},
    {"@version": 1.0},
    {"@version": "1.1"},
    {"@vocab": "relative"},
    {"@vocab": 1},
    {"@vocab": "_:b"},
    {"@vocab": "urn:x:> <"},
    {"@language": 1},
    {"@language": 'en" .'},
    {"@direction": "up"},
    {"@protected": 1},
    {"@container": "@set"},
    {"@id": "urn:x:x"},
    {"@type": "urn:x:x"},
    {"@type": {"@id": "urn:x:x"}},
    {"@type": {"@container": "@list"}},
    {"": "urn:x:x"},
    {"a": 1},
    {"a": []},
    {"a": "relative"},
    {"a": {}},
    {"a": {"@id": 1}},
    {"a": {"@id": "@context"}},
    {"a": {"@id": "relative"}},
    {"a": {"@id": "urn:x:> <urn:x:p"}},
    {"a": {"@id": "_:b"}},
    {"a": {"@id": "urn:x:x", "@unknown": 1}},
    {"a": {"@id": "urn:x:x", "@type": 1}},
    {"a": {"@id": "urn:x:x", "@type": "relative"}},
    {"a": {"@id": "urn:x:x", "@type": "_:b"}},
    {"a": {"@id": "urn:x:x", "@type": "@set"}},
    {"a": {"@id": "urn:x:x", "@container": "@foo"}},
    {"a": {"@id": "urn:x:x", "@container": ["@list", "@set"]}},
    {"a": {"@id": "urn:x:x", "@container": ["@language", "@graph"]}},
    {"a": {"@id": "urn:x:x", "@container": ["@set", "@set"]}},
    {"a": {"@id": "urn:x:x", "@container": "@type", "@type": "urn:x:t"}},
    {"a": {"@id": "urn:x:x", "@language": "e n"}},
    {"a": {"@id": "urn:x:x", "@direction": "down"}},
    {"a": {"@id": "urn:x:x", "@protected": "yes"}},
    {"a": {"@id": "urn:x:x", "@prefix": 1}},
    {"a:b": {"@id": "urn:x:x"}},
    {"a/b": "urn:x:x"},
    {"a:b": {"@id": "a:b", "@prefix": True}},
    {"a": {"@id": "@id", "@prefix": True}},
    {"a": {"@id": "urn:x:x", "@index": "b"}},
    {"a": {"@id": "urn:x:x", "@nest": "@id"}},
    {"a": {"@reverse": "urn:x:x", "@id": "urn:x:x"}},
    {"a": {"@reverse": "relative"}},
    {"a": {"@reverse": 1}},
    {"a": {"@reverse": "urn:x:x", "@container": "@list"}},
    {"a": "b:c", "b": "a:d"},
    {"a": {"@id": "urn:x:x", "@context": {"b": 1}}},
    {"a": {"@id": "urn:x:x", "@context": [{"c": {"@id": "urn:x:c", "@context": {"b": "relative"}}}]}},
]


@pytest.mark.parametrize("context", BAD_CONTEXTS, ids=str)
def test_malformed_context_is_made_the_best_of(context: Any) -> None:
    sound = {"@context": [context, {"ok": "urn:x:ok"}], "ok": "x"}
    assert refusal(sound) == "document.malformed"
    assert (
        refusal({"@context": {"ok": {"@id": "urn:x:ok", "@context": context}}, "ok": {"ok": "x"}})
        == "document.malformed"
    )


def test_context_leads_to_itself() -> None:
    known = BUNDLED.extended({OWN: {"@context": [OWN]}})
    assert refusal({"@context": OWN, "mark": "1"}, known) == "document.malformed"


# Bounds on what one document can make us compile.


def test_the_order_of_a_context_changes_what_it_is() -> None:
    """The signed document is the canonical text, whatever order its signer had in mind."""
    terms = {"a": {"@id": "urn:x:a", "@context": {"z": {"@id": "urn:x:z", "@type": "b"}}}, "b": "urn:x:b"}
    for context in (terms, dict(reversed(terms.items()))):
        assert refusal({"@context": context, "b": "1"}, Contexts()) == "document.malformed"
    early = {"b": {"@id": "urn:x:b", "@context": {"z": {"@id": "urn:x:z", "@type": "a"}}}, "a": "urn:x:a"}
    assert text({"@context": early, "a": "1"}, Contexts()) == '_:c14n0 <urn:x:a> "1" .\n'


def test_the_order_of_two_faults_changes_which_is_told() -> None:
    faults = {"x": "1", "mark": None}
    told = {refusal(own(**members)) for members in (faults, dict(reversed(faults.items())))}
    assert told == {"document.malformed"}


def test_another_name_for_a_type_keyword_is_no_type() -> None:
    """JSON-LD 1.1 API §4.2 step 12: the type of a term is expanded like any word."""
    context = {"id": "@id", "a": {"@id": "urn:x:a", "@type": "id"}}
    assert text({"@context": context, "a": "urn:x:b"}, Contexts()) == "_:c14n0 <urn:x:a> <urn:x:b> .\n"


def test_a_direction_is_lost_in_a_language_map() -> None:
    context = {"@direction": "rtl", "a": {"@id": "urn:x:a", "@container": "@language"}}
    made = text({"@context": context, "a": {"ar": "x"}}, Contexts())
    assert made == '_:c14n0 <urn:x:a> "x"^^<https://www.w3.org/ns/i18n#ar_rtl> .\n'


def test_another_name_for_none_is_a_language() -> None:
    context = {"none": "@none", "a": {"@id": "urn:x:a", "@container": "@language"}}
    assert refusal({"@context": context, "a": {"none": "x"}}, Contexts()) == "document.malformed"


def test_many_contexts_take_for_ever() -> None:
    started = time.process_time()
    assert refusal({"@context": [CREDENTIALS_V2] * 5000, "type": "VerifiableCredential"}) == "document.too_large"
    nodes = [{"@context": {f"t{number}": "urn:x:t"}, "mark": "1"} for number in range(2000)]
    assert refusal(own(link=nodes)) == "document.too_large"
    assert time.process_time() - started < 2


def test_many_combinations_of_types_take_for_ever() -> None:
    types = [word for word, term in SET.document(OPEN_BADGES_3)["@context"].items() if isinstance(term, dict)]
    nodes = [{"type": [first, second, third]} for first in types[:16] for second in types[:16] for third in types[:16]]
    started = time.process_time()
    document = {"@context": [CREDENTIALS_V2, OPEN_BADGES_3], "type": "VerifiableCredential", "credentialSubject": nodes}
    assert refusal(document) in ("document.too_large", "document.malformed")
    assert time.process_time() - started < 2


def test_large_inline_context_takes_for_ever() -> None:
    context = {f"t{number}": f"urn:x:{number}" for number in range(20_000)}
    started = time.process_time()
    assert refusal({"@context": context, "t1": "x"}) == "document.too_large"
    assert refusal(own(link={"@context": context, "t1": "x"})) == "document.too_large"
    assert time.process_time() - started < 2


def test_words_without_end_fill_the_memory() -> None:
    document = {"@context": [EXAMPLES_V2]} | {f"w{number}": "x" for number in range(3000)}
    assert text(document, WITH_EXAMPLES).count("\n") == 3000
    scope = jsonld.root_scope([EXAMPLES_V2], WITH_EXAMPLES)
    assert len(scope.members) <= 1024


def test_types_without_end_fill_the_memory() -> None:
    known = Contexts()
    context = {f"T{number}": {"@id": f"urn:t:{number}", "@context": {"mark": "urn:v:mark"}} for number in range(400)}
    for first in range(0, 400, 40):
        types = [[f"T{first}", f"T{second}"] for second in range(400)]
        nodes = [{"@type": each, "mark": "1"} for each in types]
        jsonld.to_rdf({"@context": context | {"nodes": "urn:v:nodes"}, "nodes": nodes}, known)
    assert known.scopes <= 1024


@pytest.mark.parametrize(
    "value",
    [
        [f"x{number}" for number in range(50_001)],
        [{}] * 50_001,
        [[{"mark": "x"}]] * 50_001,
        [{"id": "urn:x:a"}] * 50_001,
    ],
)
def test_document_of_too_many_statements_is_read_to_its_end(value: list[Any]) -> None:
    assert refusal(own(mark=value)) == "document.too_large"
    halves = [{"mark": value[:25_000]} for _ in range(40)]
    started = time.process_time()
    assert refusal(own(link=halves)) == "document.too_large"
    assert time.process_time() - started < 2


def test_contexts_without_end_fill_the_memory() -> None:
    known = Contexts()
    for number in range(1000):
        jsonld.to_rdf({"@context": {"t": f"urn:x:{number}"}, "t": "x"}, known)
    assert len(known.compiled) <= 256
