"""A signed document with anything altered in it, or in its proof, is refused with the code for that."""

import copy
from typing import Any

import pytest

from ledger.formats import proof
from ledger.formats.multibase import base58_encode, multibase_decode, multibase_encode
from tests.ledger.formats.signed_document import (
    CONTEXT,
    CREATED,
    DOCUMENT,
    KEY,
    METHOD,
    OTHER,
    by_the_letter,
    options_with,
    refusal,
    signed,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for name, child in value.items() for place in _places(child, (*path, name))]
    if isinstance(value, list):
        return [place for at, child in enumerate(value) for place in _places(child, (*path, at))]
    return [path]


PLACES = [path for path in _places(DOCUMENT)]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: "/".join(map(str, path)))
def test_an_altered_value_is_refused(path: tuple[Any, ...]) -> None:
    document = signed()
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] += "x"
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("name", list(DOCUMENT))
def test_a_member_that_is_gone_is_refused(name: str) -> None:
    document = signed()
    del document[name]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("name", ["aa", "proofs", "zz", "pro", "proof2"])
def test_a_member_that_was_added_is_refused(name: str) -> None:
    assert refusal(signed() | {name: "x"}) == "proof.invalid"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"created": "2026-07-01T08:00:01Z"}, "proof.invalid"),
        ({"created": "yesterday"}, "proof.invalid"),
        ({"created": 5}, "proof.invalid"),
        ({"expires": "2027-01-01"}, "proof.invalid"),
        ({"expires": "2030-07-01T08:00:01Z"}, "proof.invalid"),
        ({"nonce": "1"}, "proof.invalid"),
        ({"domain": "https://example.org"}, "proof.invalid"),
        ({"type": "Ed25519Signature2020"}, "proof.unsupported"),
        ({"cryptosuite": "eddsa-rdfc-2022"}, "proof.unsupported"),
        ({"cryptosuite": ["eddsa-jcs-2022"]}, "proof.unsupported"),
        ({"proofPurpose": "authentication"}, "proof.wrong_purpose"),
        ({"proofPurpose": None}, "proof.wrong_purpose"),
        ({"verificationMethod": None}, "proof.wrong_key"),
        ({"verificationMethod": METHOD.partition("#")[0]}, "proof.wrong_key"),
        ({"verificationMethod": METHOD[:-1] + "0"}, "proof.wrong_key"),
        ({"verificationMethod": METHOD.replace("350100", "350101")}, "proof.invalid"),
        ({"verificationMethod": METHOD.replace(KEY.multikey, OTHER.multikey)}, "proof.invalid"),
        ({"verificationMethod": "https://example.org/key#" + KEY.multikey}, "proof.unsupported"),
        ({"@context": CONTEXT[:1]}, "proof.invalid"),
        ({"@context": None}, "proof.invalid"),
        ({"@context": CONTEXT[::-1]}, "proof.invalid"),
        ({"proofValue": None}, "proof.invalid"),
        ({"proofValue": "z"}, "proof.invalid"),
        ({"proofValue": "u" + "A" * 86}, "proof.invalid"),
        ({"proofValue": "z" + "1" * 64}, "proof.invalid"),
    ],
)
def test_an_altered_proof_is_refused(change: dict[str, Any], code: str) -> None:
    document = signed()
    document["proof"] |= change
    assert refusal(document) == code


@pytest.mark.parametrize("name", ["created", "@context", "proofValue"])
def test_a_proof_without_one_of_its_members_is_refused(name: str) -> None:
    document = signed()
    del document["proof"][name]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("at", range(0, 64, 7))
def test_a_signature_with_one_bit_turned_is_refused(at: int) -> None:
    document = signed()
    value = bytearray(multibase_decode(document["proof"]["proofValue"]))
    value[at] ^= 1
    document["proof"]["proofValue"] = "z" + base58_encode(bytes(value))
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize(
    ("value", "code"),
    [(None, "proof.missing"), ([], "proof.unsupported"), ("x", "proof.invalid"), ([1], "proof.invalid")],
)
def test_a_proof_of_another_shape_is_refused(value: Any, code: str) -> None:
    assert refusal(signed() | {"proof": value}) == code


def test_several_proofs_are_not_taken_for_one() -> None:
    document = signed()
    document["proof"] = [document["proof"]]
    assert refusal(document) == "proof.unsupported"


def test_a_document_without_proof_is_refused() -> None:
    assert refusal(copy.deepcopy(DOCUMENT)) == "proof.missing"


def test_a_key_of_small_order_is_refused_though_a_forgery_verifies_elsewhere() -> None:
    # Under the identity as key, R = identity and S = 0 satisfy the equation for every message.
    identity = (1).to_bytes(32, "little")
    document = signed()
    weak = "z" + base58_encode(b"\xed\x01" + identity)
    document["proof"] |= {
        "verificationMethod": f"did:web:example.org:schools:350100#{weak}",
        "proofValue": "z" + base58_encode(identity + bytes(32)),
    }
    assert refusal(document) == "proof.wrong_key"


def test_one_proof_does_not_serve_under_another_s_cached_options() -> None:
    first, second = signed(), signed(created="2026-07-02T08:00:00Z")
    proof.verify(first), proof.verify(second)
    first["proof"]["created"] = second["proof"]["created"]
    assert refusal(first) == "proof.invalid"


@pytest.mark.parametrize("name", ["created", "expires"])
@pytest.mark.parametrize(
    "value", ["yesterday", "2026-07-01", "2026-07-01T08:00:00", "2026-13-01T08:00:00Z", 5, None, []]
)
def test_a_time_that_is_none_is_refused_though_it_is_signed(name: str, value: Any) -> None:
    assert proof.verify(by_the_letter(DOCUMENT, options_with(**{name: CREATED}), KEY.secret))
    assert refusal(by_the_letter(DOCUMENT, options_with(**{name: value}), KEY.secret)) == "proof.invalid"


def test_a_signature_in_another_base_is_refused_though_it_holds() -> None:
    document = signed()
    signature = multibase_decode(document["proof"]["proofValue"])
    document["proof"]["proofValue"] = multibase_encode(signature, "u")
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("method", ["did:web:example.org", "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"])
def test_a_key_of_another_type_is_unsupported_and_not_wrong(method: str) -> None:
    p256 = "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
    document = signed()
    document["proof"]["verificationMethod"] = f"{method}#{p256}"
    assert refusal(document) == "proof.unsupported"


JUNK: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "z",
    "#",
    "did:key:z#z",
    "\0",
    "a" * 9999,
    [],
    {},
    [[]],
    [None],
    {"a": 1},
]


@pytest.mark.parametrize("member", ["", *options_with(proofValue="")])
@pytest.mark.parametrize("junk", JUNK, ids=lambda value: repr(value)[:12])
def test_junk_in_the_place_of_a_member_ends_in_an_error_of_ours(member: str, junk: Any) -> None:
    document = signed()
    if member:
        document["proof"][member] = junk
    else:
        document["proof"] = junk
    for whole in (True, False):
        assert refusal(document, whole_context=whole).startswith("proof.")
