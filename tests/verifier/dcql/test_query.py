"""Queries: what the specification forbids, and what is not done here, is said and never skipped."""

from typing import Any

import pytest

from ledger.formats.errors import FormatError
from verifier.dcql import query

CLAIMS = [{"id": "a", "path": ["a"]}, {"id": "b", "path": ["b", None, 0], "values": ["x", 1, True]}]
CREDENTIAL: dict[str, Any] = {"id": "one", "format": "dc+sd-jwt", "meta": {"vct_values": ["https://example.org/x"]}}


def whole(**changes: Any) -> dict[str, Any]:
    made = {name: value for name, value in (CREDENTIAL | changes).items() if value is not ...}
    return {"credentials": [made]}


def test_everything_that_is_read() -> None:
    made = query.parse(
        {
            **whole(claims=CLAIMS, claim_sets=[["a", "b"], ["a"]], multiple=True),
            "credential_sets": [{"options": [["one"]], "required": False}],
        }
    )
    (one,) = made.credentials
    assert (one.id, one.multiple, one.types) == ("one", True, (frozenset({"https://example.org/x"}),))
    assert [[claim.id for claim in option] for option in one.options] == [["a", "b"], ["a"]]
    assert one.claims[1].path == ("b", None, 0) and one.claims[1].values == ("x", 1, True)
    assert made.sets == (query.CredentialSet((frozenset({"one"}),), False),)


@pytest.mark.parametrize(("form", "position"), [("jwt_vc_json", 1), ("ldp_vc", 1), ("dc+sd-jwt", 0)])
def test_position_that_can_be_answered_is_refused(form: str, position: int) -> None:
    meta = {"vct_values": ["x"]} if form == "dc+sd-jwt" else {"type_values": [["x"]]}
    made = query.parse(whole(format=form, meta=meta, claims=[{"path": ["list", position]}]))
    assert made.credentials[0].claims[0].path == ("list", position)


def test_without_claims_there_is_one_empty_option() -> None:
    assert query.parse(whole()).credentials[0].options == ((),)


def test_types_of_w3c_credentials_are_sets() -> None:
    made = query.parse(whole(format="ldp_vc", meta={"type_values": [["a", "b"], ["c"]]}))
    assert made.credentials[0].types == (frozenset({"a", "b"}), frozenset({"c"}))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"credentials": []},
        {"credentials": {}},
        {"credentials": ["one"]},
        {"credentials": [CREDENTIAL, CREDENTIAL]},
        {"credentials": [CREDENTIAL | {"id": str(n)} for n in range(17)]},
        whole(id=...),
        whole(id=7),
        whole(id="a b"),
        whole(id="x" * 65),
        whole(format=...),
        whole(format=["ldp_vc"]),
        whole(meta=...),
        whole(meta=[]),
        whole(meta={"vct_values": []}),
        whole(meta={"vct_values": [7]}),
        whole(meta={"vct_values": [""]}),
        whole(format="ldp_vc", meta={"type_values": ["a"]}),
        whole(format="ldp_vc", meta={"type_values": [[]]}),
        whole(multiple="yes"),
        whole(claims=[]),
        whole(claims=[{}]),
        whole(claims=[{"path": []}]),
        whole(claims=[{"path": "a"}]),
        whole(claims=[{"path": [-1]}]),
        whole(claims=[{"path": [1.5]}]),
        whole(claims=[{"path": [True]}]),
        whole(claims=[{"path": ["a"] * 17}]),
        whole(claims=[{"path": ["a"], "values": []}]),
        whole(claims=[{"path": ["a"], "values": [None]}]),
        whole(claims=[{"path": ["a"], "values": [{}]}]),
        whole(claims=[{"id": "a", "path": ["a"]}, {"id": "a", "path": ["b"]}]),
        whole(claim_sets=[["a"]]),
        whole(claims=CLAIMS, claim_sets=[]),
        whole(claims=CLAIMS, claim_sets=[[]]),
        whole(claims=CLAIMS, claim_sets=[["c"]]),
        {**whole(), "credential_sets": []},
        {**whole(), "credential_sets": [{}]},
        {**whole(), "credential_sets": [{"options": [[]]}]},
        {**whole(), "credential_sets": [{"options": [["two"]]}]},
        {**whole(), "credential_sets": [{"options": [["one"]], "required": 1}]},
    ],
)
def test_query_that_breaks_the_specification(value) -> None:
    with pytest.raises(FormatError) as raised:
        query.parse(value)
    assert raised.value.code == "dcql.malformed"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (whole(trusted_authorities=[]), "trusted_authorities"),
        (whole(require_cryptographic_holder_binding=False), "require_cryptographic_holder_binding"),
        (whole(format="mso_mdoc"), "format"),
        (whole(format="vc+sd-jwt"), "format"),
        (whole(purpose="x"), "purpose"),
        (whole(meta={"vct_values": ["x"], "type_values": [["x"]]}), "type_values"),
        (whole(claims=[{"path": ["a"], "intent_to_retain": True}]), "intent_to_retain"),
        ({**whole(), "credential_sets": [{"options": [["one"]], "purpose": "x"}]}, "purpose"),
        ({**whole(), "transaction_data": []}, "transaction_data"),
        (whole(claims=[{"path": ["a"]}, {"path": ["list", 1]}]), "path"),
        (whole(claims=[{"path": ["list", None, 7, "a"]}]), "path"),
    ],
)
def test_what_is_not_done_here_is_named(value, named) -> None:
    with pytest.raises(FormatError) as raised:
        query.parse(value)
    assert raised.value.code == "dcql.unsupported" and named in raised.value.message
