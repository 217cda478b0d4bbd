"""Inputs of the kit with JSON-LD contexts at the edge of what is read (docs/formats.md §4), and keys of other sorts."""

from typing import Any

from tests.verifier.cases.inputs import Cases
from tests.worlds import foreign
from tests.worlds.scene import Scene
from verifier.policy import VC
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case
WORDS = {"@vocab": "https://elsewhere.test/words#"}


def _under(context: Any, **subject: Any) -> Report:
    members: dict[str, Any] = {"@context": [foreign.CONTEXT, context]}
    members["credentialSubject"] = subject or {"merit": "great"}
    return Scene().verify(foreign.issue(**members), policy=VC)


@given("context")
def a_term_that_looks_like_a_keyword() -> Report:
    return _under(WORDS | {"@later": "urn:x:later"})


@given("context")
def a_term_whose_meaning_looks_like_a_keyword() -> Report:
    return _under({"merit": {"@id": "@later"}})


@given("context")
def a_type_that_looks_like_a_keyword() -> Report:
    return _under(WORDS | {"merit": {"@id": "urn:x:merit", "@type": "@later"}})


@given("context")
def a_term_that_reads_like_an_iri_and_means_another() -> Report:
    return _under(WORDS | {"ex": "https://a.test/", "ex:merit": "https://b.test/merit"}, **{"ex:merit": "great"})


@given("context")
def a_term_that_reads_like_an_iri_and_means_it() -> Report:
    return _under(
        WORDS | {"ex": "https://a.test/", "ex:merit": {"@id": "https://a.test/merit"}}, **{"ex:merit": "great"}
    )


@given("context")
def a_term_with_a_path_that_means_another() -> Report:
    return _under(WORDS | {"a/merit": "https://b.test/merit"})


@given("context")
def a_language_that_is_none() -> Report:
    return _under(WORDS | {"@language": "no language"})


@given("context")
def a_base_of_null() -> Report:
    return _under(WORDS | {"@base": None})


@given("context")
def a_base() -> Report:
    return _under(WORDS | {"@base": "https://a.test/"})


@given("context")
def a_context_in_a_context() -> Report:
    return _under({"@context": WORDS})


@given("context")
def a_context_in_a_context_in_a_context() -> Report:
    return _under({"@context": {"@context": WORDS}})


@given("context")
def a_type_that_is_a_set() -> Report:
    return _under(WORDS | {"@type": {"@container": "@set"}})


@given("context")
def a_type_that_is_something_else() -> Report:
    return _under(WORDS | {"@type": {"@id": "urn:x:type"}})


@given("context")
def a_did_key_of_no_key_with_a_key_as_its_fragment() -> Report:
    return Scene().verify(
        foreign.issue(method=f"did:key:z9{foreign.ISSUER.multikey[2:]}#{foreign.ISSUER.multikey}"), policy=VC
    )


@given("context")
def a_kind_whose_object_is_closed_and_names_nothing() -> Report:
    scene = Scene()
    made = scene.bundle()
    del made["kind"]["schema"]["$defs"]["course"]["properties"]
    return scene.verify(made)


@given("context")
def a_kind_whose_properties_are_null() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["kind"]["schema"]["$defs"]["course"]["properties"] = None
    return scene.verify(made)
