"""Answers to a query of several credentials: which may be there, which must, and what they may disclose."""

import itertools
from typing import Any

import pytest

from ledger.formats import jws, p256, sdjwt
from ledger.formats.contexts import BUNDLED
from ledger.formats.errors import FormatError
from verifier.dcql import matching, query

KEY = p256.generate(bytes(31) + b"\1")
NAMES = ("a", "b", "c")
_salts = itertools.count()


def sd_jwt(claims: dict[str, Any], *hidden: sdjwt.Path, vct: str = "x", mandatory: int = 0) -> str:
    """An SD-JWT VC with these places withheld by digests and disclosed; ``mandatory`` of them demanded."""
    made = sdjwt.conceal(claims | {"vct": vct}, hidden, lambda: next(_salts).to_bytes(16, "big"))
    if mandatory:
        demanded = [one.digest for one in made.disclosures.values()][:mandatory]
        made.payload["requiredDisclosures"] = demanded
    token = jws.sign({"typ": "dc+sd-jwt"}, made.payload, KEY.secret)
    return sdjwt.join(token, [one.text for one in made.disclosures.values()])


def asked(*names: str, sets: Any = None, **more: Any) -> query.Query:
    one = {"format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}, **more}
    value: dict[str, Any] = {"credentials": [{"id": name, **one} for name in names]}
    return query.parse(value if sets is None else value | {"credential_sets": sets})


def match(wanted: query.Query, token: object) -> list[str]:
    return [one.id for one in matching.match(wanted, token, BUNDLED)]


def refused(wanted: query.Query, token: object, code: str) -> None:
    with pytest.raises(FormatError) as raised:
        match(wanted, token)
    assert raised.value.code == code


PLAIN = sd_jwt({"iss": "https://example.org", "name": "x"})


@pytest.mark.parametrize("given", [set(some) for n in range(4) for some in itertools.combinations(NAMES, n)])
def test_without_sets_every_credential_is_wanted(given) -> None:
    token = {name: [PLAIN] for name in given}
    if given == set(NAMES):
        assert match(asked(*NAMES), token) == list(NAMES)
    else:
        refused(asked(*NAMES), token, "presentation.incomplete" if given else "presentation.malformed")


@pytest.mark.parametrize(
    ("sets", "given", "code"),
    [
        ([{"options": [["a"], ["b"]]}], "a", None),
        ([{"options": [["a"], ["b"]]}], "ab", None),
        ([{"options": [["a"], ["b"]]}], "c", "presentation.incomplete"),
        ([{"options": [["a"], ["b"]]}], "ac", "presentation.not_asked"),
        ([{"options": [["a", "b"]]}], "a", "presentation.incomplete"),
        ([{"options": [["a", "b"], ["c"]]}], "ac", "presentation.not_asked"),
        ([{"options": [["a"]]}, {"options": [["b"]], "required": False}], "a", None),
        ([{"options": [["a"]]}, {"options": [["b"]], "required": False}], "ab", None),
        ([{"options": [["a"]]}, {"options": [["b"]], "required": False}], "b", "presentation.incomplete"),
        ([{"options": [["a"]]}, {"options": [["b", "c"]], "required": False}], "ab", "presentation.not_asked"),
        ([{"options": [["a"]], "required": False}], "b", "presentation.not_asked"),
    ],
)
def test_sets(sets, given, code) -> None:
    token = {name: [PLAIN] for name in given}
    if code is None:
        assert match(asked(*NAMES, sets=sets), token) == list(given)
    else:
        refused(asked(*NAMES, sets=sets), token, code)


def test_several_only_where_several_were_asked_for() -> None:
    assert match(asked("a", multiple=True), {"a": [PLAIN, PLAIN]}) == ["a", "a"]
    refused(asked("a"), {"a": [PLAIN, PLAIN]}, "presentation.not_asked")
    refused(asked("a", multiple=True), {"a": [PLAIN] * 65}, "presentation.malformed")


@pytest.mark.parametrize("vct", ["y", "X", "x "])
def test_another_type(vct) -> None:
    refused(asked("a"), {"a": [sd_jwt({"iss": "https://example.org", "n": 1}, vct=vct)]}, "presentation.type")


CLAIMS = {"iss": "https://example.org", "name": "n", "marks": {"m": "1", "n": "2"}, "list": ["p", "q"]}


@pytest.mark.parametrize(
    ("hidden", "paths", "good"),
    [
        ([("name",)], [["name"]], True),
        ([("name",)], [["marks"]], False),
        ([("marks", "m"), ("marks", "n")], [["marks"]], True),
        ([("marks", "m"), ("marks", "n")], [["marks", "m"]], False),
        ([("marks",), ("marks", "m")], [["marks", "m"]], True),
        ([("marks",)], [["marks", "m"]], True),
        ([("list", 0), ("list", 1)], [["list", None]], True),
        ([("list", 0), ("list", 1)], [["list", 0]], False),
        ([("name",), ("marks",)], [["name"], ["marks", "n"]], True),
    ],
)
def test_nothing_is_disclosed_that_was_not_asked_for(hidden, paths, good) -> None:
    wanted = asked("a", claims=[{"path": path} for path in paths])
    token = {"a": [sd_jwt(CLAIMS, *hidden)]}
    if good:
        assert match(wanted, token) == ["a"]
    else:
        refused(wanted, token, "presentation.over_disclosed")


def test_no_claims_are_no_disclosures_but_those_that_the_issuer_demands() -> None:
    refused(asked("a"), {"a": [sd_jwt(CLAIMS, ("name",))]}, "presentation.over_disclosed")
    assert match(asked("a"), {"a": [sd_jwt(CLAIMS, ("name",), mandatory=1)]}) == ["a"]
    refused(asked("a"), {"a": [sd_jwt(CLAIMS, ("name",), ("marks",), mandatory=1)]}, "presentation.over_disclosed")


@pytest.mark.parametrize("token", [None, [], "text", 7, {}, {"a": {}}, {"a": None}, {"a": []}])
def test_token_of_another_form(token) -> None:
    refused(asked("a"), token, "presentation.malformed")


@pytest.mark.parametrize("presentation", [None, 7, True, {}, [], {"type": "VerifiablePresentation"}])
def test_presentation_of_another_form(presentation) -> None:
    with pytest.raises(FormatError):
        match(asked("a"), {"a": [presentation]})


def test_type_under_a_context_that_is_not_at_hand() -> None:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://elsewhere.example/context"],
        "type": ["VerifiableCredential", "X"],
        "proof": {},
    }
    held = {"type": ["VerifiablePresentation"], "verifiableCredential": [document]}
    one = {"format": "ldp_vc", "meta": {"type_values": [["X"]]}}
    refused(asked("a", **one), {"a": [held]}, "document.unknown_context")


def test_type_that_no_context_defines_stays_as_it_is() -> None:
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "X"],
        "proof": {},
    }
    held = {"type": ["VerifiablePresentation"], "verifiableCredential": [document]}
    iri = "https://www.w3.org/2018/credentials#VerifiableCredential"
    assert match(asked("a", format="ldp_vc", meta={"type_values": [[iri, "X"]]}), {"a": [held]}) == ["a"]
    wrong = asked("a", format="ldp_vc", meta={"type_values": [["VerifiableCredential", "X"]]})
    refused(wrong, {"a": [held]}, "presentation.type")
