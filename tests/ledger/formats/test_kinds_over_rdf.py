"""The shipped kinds as RDF: what they can hold is signed in time that grows with its bytes (ADR 0019)."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.formats import canonical, kind, proof_rdfc, rdfc, suites
from ledger.formats.contexts import BUNDLED
from tests.support.linked_proofs import CREATED, DOCUMENT, KEY, METHOD
from tests.support.shared import REPOSITORY

EXAMPLE = REPOSITORY / "examples" / "kinds" / "teacher-qualification.json"
TEMPLATES: dict[str, Any] = kind.builtin_templates() | {"teacher-qualification": canonical.loads(EXAMPLE.read_bytes())}
KINDS = {name: kind.parse(kind.instantiate(each, "https://r.example")) for name, each in TEMPLATES.items()}
LISTS = {
    "transcript": ("courses", {"code": "MATH{}", "course": "数学分析", "term": "1", "credits": "5", "mark": "92.5"}),
    "result": ("assessments", {"code": "TMA{}", "method": "TMA", "weight": "10", "mark": "92.5"}),
}


def arrays(schema: dict[str, Any], here: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every member that is an array, and the schema of what is in it."""
    while "$ref" in here:
        here = schema["$defs"][here["$ref"].rpartition("/")[2]]
    if "items" in here:
        items = here["items"]
        while "$ref" in items:
            items = schema["$defs"][items["$ref"].rpartition("/")[2]]
        yield name, items
        yield from arrays(schema, items, name)
    for member, inner in here.get("properties", {}).items():
        yield from arrays(schema, inner, member)


@pytest.mark.parametrize("name", KINDS)
def test_array_of_objects_is_a_list_or_an_array_of_scalars_is_none(name: str) -> None:
    terms, schema = KINDS[name].context["@context"], KINDS[name].schema
    found = dict(arrays(schema, schema))
    assert (name in LISTS) == bool(found)
    for member, items in found.items():
        container = terms[member].get("@container")
        assert (container == "@list") == (items.get("type") != "object"), member


def document_of(name: str, count: int) -> dict[str, Any]:
    member, values = LISTS[name]
    rows = [{word: value.format(number) for word, value in values.items()} for number in range(count)]
    content = {member: rows} | ({"code": "M1", "term": "1"} if name == "result" else {})
    found = copy.deepcopy(DOCUMENT)
    found["@context"][1] = KINDS[name].context_url
    found["type"][1] = KINDS[name].type
    found["credentialSubject"] = {"identifier": "1", KINDS[name].content: content}
    return found


def sign(name: str, document: dict[str, Any]) -> bytes:
    known = BUNDLED.extended({KINDS[name].context_url: KINDS[name].context}, KINDS[name].hash)
    context = document["@context"]
    made = suites.signer(suites.RDFC, KEY, METHOD, created=CREATED, context=context, contexts=known)
    signed = made.sign(document)
    assert proof_rdfc.verify(canonical.loads(signed), contexts=known).signed == signed  # type: ignore[arg-type]
    return signed


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("count", [5, 40, 200])
def test_more_rows_take_more_than_their_share(name: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No step goes into telling rows apart: their own values do that. A list of 40 would take thousands."""
    document = document_of(name, count)
    KINDS[name].validate(document["credentialSubject"])
    monkeypatch.setattr(rdfc, "MAX_STEPS", 0)
    sign(name, document)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("count", [2, 40, 200])
def test_rows_that_are_alike_are_taken_for_one(name: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds them has a name by then, and they need no other: a step each."""
    document, fewer = document_of(name, 1), document_of(name, 1)
    member, content = LISTS[name][0], KINDS[name].content
    document["credentialSubject"][content][member] *= count
    fewer["credentialSubject"][content][member] *= count - 1
    monkeypatch.setattr(rdfc, "MAX_STEPS", 5 * count)
    values = [canonical.loads(sign(name, each))["proof"]["proofValue"] for each in (document, fewer)]  # type: ignore[index, call-overload]
    assert values[0] != values[1]
