import copy
from typing import Any

import pytest

from ledger.formats import contexts
from ledger.formats.contexts import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V2,
    EXAMPLES_V2,
    WITH_EXAMPLES,
)
from tests.support.linked_documents import CREDENTIAL, OWN, altered, lines, own, refusal, text


def test_credential_is_read() -> None:
    assert text(CREDENTIAL).count("\n") == 10


@pytest.mark.parametrize("path", [("x",), ("issuer", "x"), ("credentialSubject", "x"), ("credentialStatus", "x")])
@pytest.mark.parametrize("value", ["1", 1, True, [], {}, [{}], None])
def test_undefined_member_is_dropped(path: tuple[Any, ...], value: Any) -> None:
    assert refusal(altered(*path, to=value)) == "document.undefined_term"


@pytest.mark.parametrize(
    "name",
    ["gone", "Mark", "mark ", "@foo", "@Mark", "", "foo/bar", "#mark", "inner", ":mark", "@", "marks", "_", "a b", "."],
)
def test_word_that_no_context_defines_is_dropped(name: str) -> None:
    assert refusal(own(**{name: "x"})) == "document.undefined_term"


def test_term_of_a_type_is_dropped_outside_of_it() -> None:
    assert "urn:v:inner" in text(own(type="Record", inner="x"))
    assert refusal(own(type="Record", link={"inner": "x"})) == "document.undefined_term"
    assert refusal(own(type="Record", inner={"inner": "x"})) == "document.undefined_term"
    assert refusal(altered("credentialSubject", "validUntil", to="2030-01-01T00:00:00Z")) == "document.undefined_term"


@pytest.mark.parametrize(
    "name", ["Unknown", "record", "", "Record ", "/Record", "#Record", "gone", "@foo", "../Record"]
)
def test_type_that_no_context_defines_is_dropped(name: str) -> None:
    assert refusal(own(type=name)) == "document.undefined_term"
    assert refusal(own(type=["Record", name])) == "document.undefined_term"
    assert refusal(own(link={"type": name, "mark": "x"})) == "document.undefined_term"


@pytest.mark.parametrize("value", [None, 1, {}, [None], ["Record", 1], [["Record"]], [{}], True])
def test_type_is_no_string(value: Any) -> None:
    assert refusal(own(type=value)) == "document.malformed"


BAD_IDS = [
    "",
    "relative",
    "../up",
    "/abs",
    "#fragment",
    "//host/path",
    "_:b0",
    ":x",
    "1a:b",
    "https://a.example/ b",
    "https://a.example/\n",
    "https://a.example/>",
    "urn:x:a> <urn:x:p> <urn:x:o> .\n<urn:x:b",
    "urn:x:\\u003e",
    "urn:x:{y}",
    "urn:x:\x00",
    "@type",
    "@foo",
]


@pytest.mark.parametrize("value", BAD_IDS)
def test_id_that_is_no_iri_takes_its_node_with_it(value: str) -> None:
    assert refusal({"@context": OWN, "id": value, "mark": "1"}) == "document.malformed"
    assert refusal(own(mark="1", link=value)) == "document.malformed"
    assert refusal(own(mark="1", link={"id": value})) == "document.malformed"
    assert refusal(own(mark="1", link=[{"id": value, "mark": "2"}])) == "document.malformed"
    assert refusal(own(mark="1", graph={"id": value, "mark": "2"})) == "document.malformed"


@pytest.mark.parametrize("value", [None, 1, [], ["urn:x:a"], {}, {"@id": "urn:x:a"}, True])
def test_id_is_no_string(value: Any) -> None:
    assert refusal({"@context": OWN, "id": value, "mark": "1"}) == "document.malformed"


@pytest.mark.parametrize("value", ["no term", "relative", "#x", "gone", "@foo", ""])
def test_word_as_a_value_is_dropped(value: str) -> None:
    assert refusal(own(word=value)) == "document.undefined_term"


@pytest.mark.parametrize("name", ["mark", "link", "date", "rows", "title", "graph", "word"])
@pytest.mark.parametrize("value", [None, [None], ["urn:x:a", None], [[None]], {"@value": None}, {"@list": [None]}])
def test_null_is_dropped(name: str, value: Any) -> None:
    assert refusal(own(**{name: value})) == "document.malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mark", ["a", "b", "a"]),
        ("mark", ["a", ["a"]]),
        ("mark", ["a", {"@value": "a"}]),
        ("mark", [1, {"@value": "1", "@type": "http://www.w3.org/2001/XMLSchema#integer"}]),
        ("mark", [True, True]),
        ("link", ["urn:x:a", "urn:x:a"]),
        ("word", ["mark", "urn:v:mark"]),
        ("title", {"en": ["a", "a"]}),
        ("title", {"en": "a", "EN": "a"}),
    ],
)
def test_value_that_stands_twice_is_dropped(name: str, value: Any) -> None:
    assert refusal(own(**{name: value})) == "document.malformed"


def test_values_that_differ_are_taken_for_the_same() -> None:
    assert len(text(own(rows=["a", "a"])).splitlines()) > len(text(own(rows=["a"])).splitlines())
    assert text(own(graph=[{"mark": "a"}, {"mark": "a"}])) != text(own(graph=[{"mark": "a"}]))
    assert text(own(link=[{"id": "urn:x:a", "mark": "1"}, {"id": "urn:x:a", "date": "2"}])).count("urn:x:a") == 3
    assert '"1"' in text(own(mark=["1", 1])) and "integer" in text(own(mark=["1", 1]))


@pytest.mark.parametrize("keyword", ["@graph", "@included", "@reverse", "@nest", "@index", "@list", "@set", "@value"])
@pytest.mark.parametrize("value", [{"id": "urn:x:a", "mark": "1"}, [{"mark": "1"}], "x", {}])
def test_keyword_leads_away_from_the_members(keyword: str, value: Any) -> None:
    assert refusal(own(mark="1", **{keyword: value})) == "document.malformed"
    assert refusal(own(mark="1", link={"mark": "2", "id": "urn:x:a", keyword: value})) == "document.malformed"


def test_whole_document_hides_in_a_graph() -> None:
    inner = {name: value for name, value in CREDENTIAL.items() if name != "@context"}
    assert refusal({"@context": CREDENTIAL["@context"], "@graph": [inner]}) == "document.malformed"
    assert refusal(CREDENTIAL | {"@graph": inner}) == "document.malformed"
    assert refusal(CREDENTIAL | {"@included": [inner]}) == "document.malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [("index", {"a": "x"}), ("index", "x"), ("byId", {"urn:x:a": {"mark": "1"}}), ("back", {"mark": "1"})],
)
def test_index_or_reversal_is_half_understood(name: str, value: Any) -> None:
    assert refusal(own(**{name: value})) == "document.unsupported"


def test_nested_members_are_half_understood() -> None:
    assert refusal(own(nest={"mark": "1"})) == "document.malformed"


@pytest.mark.parametrize("value", ["urn:x:a", {"id": "urn:x:a"}, {}, [{}], {"mark": []}, 1, {"@value": "x"}, [["x"]]])
def test_node_in_a_graph_is_lost(value: Any) -> None:
    assert refusal(own(graph=value)) == "document.malformed"


@pytest.mark.parametrize("document", [None, [], "x", [CREDENTIAL], {}, {"mark": "1"}, 1])
def test_document_names_no_context(document: Any) -> None:
    assert refusal(document) == "document.malformed"


@pytest.mark.parametrize("document", [own(), {"@context": OWN}, own(mark=[]), own(link=[[]])])
def test_document_says_nothing(document: Any) -> None:
    assert refusal(document) == "document.malformed"


@pytest.mark.parametrize("context", [1, True, 1.5, [[OWN]], [1], [None, 3]])
def test_context_is_none(context: Any) -> None:
    assert refusal({"@context": context, "mark": "1"}) == "document.malformed"


@pytest.mark.parametrize(
    "context",
    [
        "https://example.org/unknown",
        "",
        "relative",
        [OWN, "https://example.org/unknown"],
        [OWN, {"x": {"@id": "urn:x:x", "@context": "https://example.org/unknown"}}],
        EXAMPLES_V2,
    ],
)
def test_context_is_fetched(context: Any) -> None:
    assert refusal({"@context": context, "x": {"id": "urn:x:a"}}) == "document.unknown_context"


def test_examples_count_for_records() -> None:
    document = {"@context": [CREDENTIALS_V2, EXAMPLES_V2], "type": "VerifiableCredential", "anything": "x"}
    assert refusal(document) == "document.unknown_context"
    assert "examples#anything" in text(document, WITH_EXAMPLES)


# What is not lost.


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("x", ['"x"']),
        ('a"\\\n', ['"a\\"\\\\\\n"']),
        (["b", "a"], ['"a"', '"b"']),
        ([["a"], ["b"]], ['"a"', '"b"']),
        (True, ['"true"^^<http://www.w3.org/2001/XMLSchema#boolean>']),
        (5, ['"5"^^<http://www.w3.org/2001/XMLSchema#integer>']),
        (5.0, ['"5"^^<http://www.w3.org/2001/XMLSchema#integer>']),
        (0.5, ['"5.0E-1"^^<http://www.w3.org/2001/XMLSchema#double>']),
        ({"@value": "x", "@language": "EN-us"}, ['"x"@en-us']),
        ({"@value": "x", "@language": "ar", "@direction": "rtl"}, ['"x"^^<https://www.w3.org/ns/i18n#ar_rtl>']),
        ({"@value": "x", "@direction": "rtl"}, ['"x"^^<https://www.w3.org/ns/i18n#_rtl>']),
        ({"@value": "x", "@type": "urn:t:t"}, ['"x"^^<urn:t:t>']),
        ({"@value": {"b": 1, "a": None}, "@type": "@json"}, [
            '"{\\"a\\":null,\\"b\\":1}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>'
        ]),
    ],
    ids=str,
)  # fmt: skip
def test_value_is_written_otherwise(value: Any, written: list[str]) -> None:
    assert text(own(mark=value)) == lines(*written)


def test_language_map_is_written_otherwise() -> None:
    written = text(own(title={"en": ["Mark", "Grade"], "ZH-hans": "成绩", "@none": "x"}))
    assert written == lines('"Mark"@en', '"Grade"@en', '"成绩"@zh-hans', '"x"', predicate="urn:v:title")


def test_language_counts_for_a_term_with_a_type() -> None:
    languages = {"@language": "en", "@direction": "ltr"}
    for coercion in ("@none", "http://www.w3.org/2001/XMLSchema#string"):
        context = {"mark": {"@id": "urn:v:mark", "@type": coercion} | languages}
        assert text(own(mark="x") | {"@context": [{"id": "@id"}, context]}) == lines('"x"')
    context = {"mark": {"@id": "urn:v:mark"} | languages}
    written = text(own(mark="x") | {"@context": [{"id": "@id"}, context]})
    assert written == lines('"x"^^<https://www.w3.org/ns/i18n#en_ltr>')


def test_default_language_is_lost() -> None:
    contexts_ = [{"id": "@id", "@language": "EN", "@direction": "rtl"}, {"mark": "urn:v:mark"}]
    written = text(own(mark="x") | {"@context": contexts_})
    assert written == lines('"x"^^<https://www.w3.org/ns/i18n#en_rtl>')
    plain = {"mark": {"@id": "urn:v:mark", "@language": None, "@direction": None}}
    assert text(own(mark="x") | {"@context": [contexts_[0], plain]}) == lines('"x"')
    cleared = {"mark": "urn:v:mark", "@language": None, "@direction": None}
    assert text(own(mark="x") | {"@context": [contexts_[0], cleared]}) == lines('"x"')


def test_order_of_a_list_is_lost() -> None:
    assert text(own(rows=["a", "b"])) != text(own(rows=["b", "a"]))
    assert text(own(rows=[["a"], "b"])) != text(own(rows=["a", "b"]))
    assert text(own(rows=[])) == lines("<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>", predicate="urn:v:rows")
    assert text(own(rows="a")) == text(own(rows=["a"])) == text(own(rows={"@list": ["a"]}))


def test_credential_of_1_1_is_read() -> None:
    document = {
        "@context": [CREDENTIALS_V1, DATA_INTEGRITY_V2],
        "type": ["VerifiableCredential"],
        "issuer": "did:web:a.example",
        "issuanceDate": "2020-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:example:b"},
    }
    assert text(document).count("\n") == 4
    assert refusal(document | {"validFrom2": "x"}) == "document.undefined_term"


def test_presentation_keeps_its_credentials_apart() -> None:
    presentation: dict[str, Any] = {
        "@context": [CREDENTIALS_V2],
        "type": "VerifiablePresentation",
        "verifiableCredential": [CREDENTIAL],
    }
    graphs = {line.rsplit(" ", 2)[-2] for line in text(presentation).splitlines() if " _:c14n" in line}
    assert len(graphs) == 1
    spoiled = copy.deepcopy(presentation)
    spoiled["verifiableCredential"][0]["credentialSubject"]["x"] = "1"
    assert refusal(spoiled) == "document.undefined_term"
    assert text(presentation | {"verifiableCredential": []}).count("\n") == 1


def test_document_is_changed_by_being_read() -> None:
    before = copy.deepcopy(CREDENTIAL)
    text(CREDENTIAL)
    assert before == CREDENTIAL
    assert contexts.BUNDLED.document(CREDENTIALS_V2) == contexts.read(CREDENTIALS_V2)
