"""Claims path pointers, by the rules of OpenID4VP 1.0 §7.1, and sets of claims."""

from typing import Any

import pytest

from ledger.formats.errors import FormatError
from verifier.dcql import claims, query

ROOT: dict[str, Any] = {
    "name": "Arthur Dent",
    "address": {"locality": "Milliways", "numbers": [1, 2]},
    "degrees": [{"type": "Bachelor", "year": 1}, {"type": "Master"}, {}],
    "nationalities": ["British", "Betelgeusian"],
    "none": None,
    "flag": True,
    "list": [],
}


def asked(*wanted: dict[str, Any], **more: Any) -> query.CredentialQuery:
    members = {"id": "one", "format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}, "claims": list(wanted), **more}
    return query.parse({"credentials": [members]}).credentials[0]


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (["name"], ["Arthur Dent"]),
        (["address", "locality"], ["Milliways"]),
        (["address", "numbers", None], [1, 2]),
        (["degrees", None, "type"], ["Bachelor", "Master"]),
        (["degrees", None, "year"], [1]),
        (["degrees", 1, "type"], ["Master"]),
        (["nationalities", None], ["British", "Betelgeusian"]),
        (["none"], [None]),
        (["list"], [[]]),
    ],
)
def test_pointer_leads_to_what_the_specification_says(path, values) -> None:
    assert [value for _, value in claims.select(ROOT, tuple(path))] == values


@pytest.mark.parametrize(
    "path",
    [
        ["absent"],
        ["name", "first"],
        ["name", None],
        ["name", 0],
        ["address", None],
        ["address", 0],
        ["degrees", "type"],
        ["degrees", 3],
        ["degrees", None, "absent"],
        ["degrees", None, None],
        ["nationalities", None, "code"],
        ["list", None],
        ["none", "x"],
    ],
)
def test_pointer_to_nothing(path) -> None:
    with pytest.raises(FormatError) as raised:
        claims.select(ROOT, tuple(path))
    assert raised.value.code == "presentation.claim_missing"


@pytest.mark.parametrize(
    ("path", "values", "matches"),
    [
        (["name"], ["x", "Arthur Dent"], True),
        (["name"], ["arthur dent"], False),
        (["flag"], [True], True),
        (["flag"], [1], False),
        (["flag"], ["true"], False),
        (["degrees", 0, "year"], [1], True),
        (["degrees", 0, "year"], [True], False),
        (["degrees", 0, "year"], ["1"], False),
        (["nationalities", None], ["Betelgeusian"], True),
        (["nationalities"], ["British"], False),
    ],
)
def test_value_matches_in_type_too(path, values, matches) -> None:
    one = asked({"path": path, "values": values})
    if matches:
        claims.check(one, ROOT)
        return
    with pytest.raises(FormatError) as raised:
        claims.check(one, ROOT)
    assert raised.value.code == "presentation.claim_value"


def test_every_claim_is_needed_without_sets() -> None:
    with pytest.raises(FormatError):
        claims.check(asked({"path": ["name"]}, {"path": ["absent"]}), ROOT)


def test_any_whole_set_will_do_and_no_part_of_one() -> None:
    wanted = [{"id": name, "path": [name]} for name in ("absent", "name", "flag")]
    claims.check(asked(*wanted, claim_sets=[["absent"], ["name", "flag"]]), ROOT)
    with pytest.raises(FormatError):
        claims.check(asked(*wanted, claim_sets=[["absent"], ["name", "absent"]]), ROOT)
    with pytest.raises(FormatError):
        claims.check(asked(*wanted[:1], claim_sets=[["absent"]]), ROOT)
