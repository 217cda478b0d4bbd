"""What an attacker could put into a document whose signature covers its RDF alone."""

import copy
from typing import Any

import pytest

from tests.support.linked_documents import CREDENTIAL, altered, lines, own, refusal, text


@pytest.mark.parametrize(
    "inline",
    [
        {"mark": "urn:x:other"},
        {"mark": None},
        {"id": "urn:x:id"},
        {"type": {"@id": "@type", "@container": "@set"}},
        {"VerifiableCredential": "urn:x:other"},
        {"mark": {"@id": "urn:v:mark", "@type": "@id"}},
        None,
        [{"a": "urn:x:a"}, None],
    ],
)
def test_inline_context_redefines_a_protected_term(inline: Any) -> None:
    extra = inline if isinstance(inline, list) else [inline]
    assert refusal(CREDENTIAL | {"@context": [*CREDENTIAL["@context"], *extra]}) == "document.malformed"
    assert refusal(altered("credentialSubject", "@context", to=inline)) == "document.malformed"


def test_inline_context_redefines_a_term_of_a_type() -> None:
    extra = {"validUntil": "urn:x:other"}
    assert text(CREDENTIAL | {"@context": [*CREDENTIAL["@context"], extra]}) == text(CREDENTIAL)


def test_protected_term_is_repeated_unprotected_and_then_redefined() -> None:
    extra = [{"mark": "urn:v:mark"}, {"mark": "urn:x:other"}]
    assert refusal(CREDENTIAL | {"@context": [*CREDENTIAL["@context"], *extra]}) == "document.malformed"


def test_inline_context_says_what_was_said_before() -> None:
    extra = {"mark": "urn:v:mark", "own": "urn:x:own"}
    assert text(CREDENTIAL | {"@context": [*CREDENTIAL["@context"], extra]}) == text(CREDENTIAL)


HIDDEN = {"@value": "2030-01-01T00:00:00Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}


@pytest.mark.parametrize(
    ("word", "inline"),
    [
        ("https://www.w3.org/2018/credentials#validUntil", None),
        ("until", {"until": {"@id": "https://www.w3.org/2018/credentials#validUntil"}}),
        ("c:validUntil", {"c": "https://www.w3.org/2018/credentials#"}),
        ("s#validUntil", {"@vocab": "https://www.w3.org/2018/credential"}),
        ("Until", {"@vocab": "urn:x:", "Until": "https://www.w3.org/2018/credentials#validUntil"}),
        ("expirationDate", {"expirationDate": "https://www.w3.org/2018/credentials#validUntil"}),
    ],
)
def test_date_hides_under_another_name(word: str, inline: Any) -> None:
    document = {name: value for name, value in CREDENTIAL.items() if name != "validUntil"} | {word: HIDDEN}
    if inline:
        document["@context"] = [*CREDENTIAL["@context"], inline]
    assert refusal(document) == "document.malformed"


@pytest.mark.parametrize(
    "path",
    [(), ("issuer",), ("credentialSubject",), ("credentialStatus",)],
    ids=["credential", "issuer", "subject", "status"],
)
@pytest.mark.parametrize(("keyword", "name"), [("@id", "id"), ("@type", "type")])
def test_keyword_hides_what_the_reader_looks_for(path: tuple[Any, ...], keyword: str, name: str) -> None:
    document: Any = copy.deepcopy(CREDENTIAL)
    holder = document
    for step in path:
        holder = holder[step]
    if name in holder:
        holder[keyword] = holder.pop(name)
    else:
        holder[keyword] = "Record"
    assert refusal(document) in ("document.malformed", "document.undefined_term")


@pytest.mark.parametrize(
    ("given", "inline"),
    [
        ("https://www.w3.org/2018/credentials#VerifiableCredential", None),
        ("urn:v:Record", None),
        ("VC", {"VC": "https://www.w3.org/2018/credentials#VerifiableCredential"}),
        ("cred:VerifiableCredential", {"cred": "https://www.w3.org/2018/credentials#"}),
    ],
)
def test_type_hides_under_another_name(given: str, inline: Any) -> None:
    document = altered("type", to=["VerifiableCredential", "Record", given])
    if inline:
        document["@context"] = [*document["@context"], inline]
    assert refusal(document) == "document.malformed"


def test_alias_of_a_keyword_hides_a_type() -> None:
    document = altered("kind", to="Record")
    document["@context"] = [*document["@context"], {"kind": "@type"}]
    assert refusal(document) == "document.malformed"
    document["@context"][-1] = {"kind": "@id"}
    assert refusal(document | {"kind": "urn:x:a"}) == "document.malformed"


def test_iri_of_a_term_is_spelled_out() -> None:
    assert refusal(own(**{"urn:v:mark": "x"})) == "document.malformed"
    assert text(own(**{"urn:v:unnamed": "x"})) == lines('"x"', predicate="urn:v:unnamed")


@pytest.mark.parametrize("wrapped", [{"@set": ["x"]}, {"@set": "x"}, [{"@set": []}]])
def test_set_object_hides_values(wrapped: Any) -> None:
    assert refusal(own(mark=wrapped)) == "document.malformed"
