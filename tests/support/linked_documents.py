"""A context with every feature that a document may use, a credential under it, and how ours reads both."""

import copy
from typing import Any

import pytest

from ledger.formats import jsonld
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V2, Contexts
from ledger.formats.errors import FormatError
from ledger.formats.rdfc import canonicalize

OWN = "https://example.org/contexts/own/v0"
CONTEXT: dict[str, Any] = {
    "@context": {
        "@protected": True,
        "id": "@id",
        "type": "@type",
        "Record": {"@id": "urn:v:Record", "@context": {"@protected": True, "inner": "urn:v:inner"}},
        "mark": "urn:v:mark",
        "gone": None,
        "link": {"@id": "urn:v:link", "@type": "@id"},
        "word": {"@id": "urn:v:word", "@type": "@vocab"},
        "date": {"@id": "urn:v:date", "@type": "http://www.w3.org/2001/XMLSchema#date"},
        "double": {"@id": "urn:v:double", "@type": "http://www.w3.org/2001/XMLSchema#double"},
        "rows": {"@id": "urn:v:rows", "@container": "@list"},
        "data": {"@id": "urn:v:data", "@type": "@json"},
        "title": {"@id": "urn:v:title", "@container": "@language"},
        "graph": {"@id": "urn:v:graph", "@type": "@id", "@container": "@graph"},
        "index": {"@id": "urn:v:index", "@container": "@index"},
        "byId": {"@id": "urn:v:byId", "@container": "@id"},
        "back": {"@reverse": "urn:v:back"},
        "nest": "@nest",
    }
}
SET = BUNDLED.extended({OWN: CONTEXT})
CREDENTIAL: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, OWN],
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "Record"],
    "issuer": {"id": "did:web:a.example", "name": "A"},
    "validUntil": "2030-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:b", "mark": "92"},
    "credentialStatus": {
        "id": "https://a.example/1#2",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
    },
}


def text(document: Any, known: Contexts = SET) -> str:
    return canonicalize(jsonld.to_rdf(document, known))


def refusal(document: Any, known: Contexts = SET) -> str:
    with pytest.raises(FormatError) as caught:
        text(document, known)
    return caught.value.code


def own(**members: Any) -> dict[str, Any]:
    return {"@context": OWN, "id": "urn:x:s"} | members


def lines(*objects: str, predicate: str = "urn:v:mark") -> str:
    return "".join(sorted(f"<urn:x:s> <{predicate}> {each} .\n" for each in objects))


def altered(*path: Any, to: Any) -> dict[str, Any]:
    document: Any = copy.deepcopy(CREDENTIAL)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = to
    return document  # type: ignore[no-any-return]
