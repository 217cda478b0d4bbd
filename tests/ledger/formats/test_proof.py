import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import canonical, keys, proof
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base58_encode, multibase_decode, multibase_encode

KEY = keys.generate(bytes(range(32)))
OTHER = keys.generate(bytes(32))
METHOD = f"did:web:example.org:schools:350100#{KEY.multikey}"
CREATED = "2026-07-01T08:00:00Z"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://example.org/contexts/transcript/v0"]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "TranscriptCredential"],
    "issuer": "did:web:example.org:schools:350100",
    "validFrom": "2026-07-01T00:00:00Z",
    "credentialSubject": {"name": "𠮷䶮·", "transcript": {"courses": [{"code": "A1", "mark": "92.5"}]}},
}


def signer(**changes: Any) -> proof.JcsSigner:
    return proof.JcsSigner(KEY, METHOD, **({"created": CREATED, "context": CONTEXT} | changes))


def signed(**changes: Any) -> dict[str, Any]:
    document = canonical.loads(signer(**changes).sign(DOCUMENT))
    assert isinstance(document, dict)
    return document


def refusal(document: dict[str, Any], **arguments: Any) -> str:
    with pytest.raises(ProofError) as caught:
        proof.verify(document, **arguments)
    return caught.value.code


def by_the_letter(document: dict[str, Any], options: dict[str, Any], secret: bytes) -> dict[str, Any]:
    """The standard's algorithm, step by step, as an oracle: any options can be signed with it."""
    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, document))
    value = "z" + base58_encode(keys.sign(secret, message))
    return document | {"proof": options | {"proofValue": value}}


def test_what_is_signed_verifies_and_is_the_standard_s_own_result() -> None:
    document = signed()
    found = proof.verify(document)
    assert (found.did, found.public_key, found.verification_method) == (METHOD.partition("#")[0], KEY.public, METHOD)
    assert found.signed == canonical.dumps(document) == signer().sign(DOCUMENT)
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    assert by_the_letter(DOCUMENT, options, KEY.secret) == document


def test_vectors_of_the_standard(shared_vectors: Path) -> None:
    folder = shared_vectors / "vc-di-eddsa"
    step = folder / "eddsa-jcs-2022"
    document = json.loads((step / "signedJCS.json").read_text())
    options = json.loads((step / "proofConfigJCS.json").read_text())
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    pair = json.loads((folder / "keyPair.json").read_text())
    secret = multibase_decode(pair["privateKeyMultibase"])[2:]

    assert canonical.dumps(unsecured).decode() == (step / "canonDocJCS.txt").read_text()
    assert canonical.dumps(options).decode() == (step / "proofCanonJCS.txt").read_text()
    hashes = [hashlib.sha256(canonical.dumps(part)).hexdigest() for part in (options, unsecured)]
    assert hashes == [(step / name).read_text() for name in ("proofHashJCS.txt", "docHashJCS.txt")]
    assert "".join(hashes) == (step / "combinedHashJCS.txt").read_text()

    key = keys.generate(secret)
    assert key.multikey == pair["publicKeyMultibase"]
    again = proof.JcsSigner(
        key, options["verificationMethod"], created=options["created"], context=document["@context"]
    ).sign(unsecured)
    assert again == canonical.dumps(document)
    found = proof.verify(document)
    signature = multibase_decode(document["proof"]["proofValue"])
    assert signature.hex() == (step / "sigHexJCS.txt").read_text()
    assert document["proof"]["proofValue"] == (step / "sigBTC58JCS.txt").read_text()
    assert found.public_key == key.public


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


def test_a_context_appended_after_signing_is_refused_unless_asked_for() -> None:
    document = signed()
    document["@context"] = [*CONTEXT, "https://attacker.example/redefines"]
    assert refusal(document) == "proof.invalid"
    assert proof.verify(document, whole_context=False).public_key == KEY.public


def test_a_context_put_in_front_is_never_accepted() -> None:
    document = signed()
    document["@context"] = ["https://attacker.example/redefines", *CONTEXT]
    assert refusal(document, whole_context=False) == "proof.invalid"


def test_a_proof_without_context_is_the_standard_s_affair() -> None:
    options = {"type": proof.TYPE, "cryptosuite": proof.CRYPTOSUITE, "created": CREATED}
    options |= {"proofPurpose": proof.ASSERTION, "verificationMethod": METHOD}
    document = by_the_letter(DOCUMENT, options, KEY.secret)
    assert refusal(document) == "proof.invalid"
    assert proof.verify(document, whole_context=False).signed == canonical.dumps(document)


def test_a_presentation_is_bound_to_its_domain_and_challenge() -> None:
    document = signed(purpose=proof.AUTHENTICATION, domain="https://admissions.example", challenge="c1")
    assert proof.verify(document, purpose=proof.AUTHENTICATION).options["challenge"] == "c1"
    assert refusal(document) == "proof.wrong_purpose"
    document["proof"]["challenge"] = "c2"
    assert refusal(document, purpose=proof.AUTHENTICATION) == "proof.invalid"


def test_one_proof_does_not_serve_under_another_s_cached_options() -> None:
    first, second = signed(), signed(created="2026-07-02T08:00:00Z")
    proof.verify(first), proof.verify(second)
    first["proof"]["created"] = second["proof"]["created"]
    assert refusal(first) == "proof.invalid"


@given(st.dictionaries(st.text(max_size=8).filter(lambda name: name not in ("proof", "@context")), st.text()))
def test_any_document_is_cut_and_joined_without_a_trace(members: dict[str, str]) -> None:
    document = {"@context": CONTEXT} | members
    try:
        whole = canonical.dumps(document)
    except FormatError:
        return
    secured = canonical.loads(signer().sign(document))
    assert isinstance(secured, dict)
    assert canonical.dumps(secured) == proof.verify(secured).signed
    assert canonical.dumps({name: value for name, value in secured.items() if name != "proof"}) == whole


def test_an_empty_document_has_a_proof_alone() -> None:
    secured = canonical.loads(signer(context=None).sign({}))
    assert isinstance(secured, dict) and set(secured) == {"proof"}
    assert proof.verify(secured).signed == canonical.dumps(secured)


@pytest.mark.parametrize(
    "document", [DOCUMENT | {"proof": {}}, DOCUMENT | {"@context": CONTEXT[:1]}, DOCUMENT | {"mark": float("nan")}]
)
def test_what_cannot_be_signed_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        signer().sign(document)


@pytest.mark.parametrize(
    "change", [{"created": "now"}, {"created": "2026-07-01"}, {"context": {1: 2}}, {"context": [object()]}]
)
def test_a_signer_of_malformed_options_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FormatError):
        signer(**change)


def test_a_signer_does_not_sign_in_another_key_s_name() -> None:
    with pytest.raises(FormatError):
        proof.JcsSigner(OTHER, METHOD, created=CREATED, context=CONTEXT)


def options_with(**changes: Any) -> dict[str, Any]:
    options = {"@context": CONTEXT, "type": proof.TYPE, "cryptosuite": proof.CRYPTOSUITE, "created": CREATED}
    return options | {"proofPurpose": proof.ASSERTION, "verificationMethod": METHOD} | changes


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


@pytest.mark.parametrize("context", [[], "", None])
def test_a_proof_of_no_context_does_not_leave_the_document_s_unsigned(context: Any) -> None:
    unsecured = {name: value for name, value in DOCUMENT.items() if name != "@context"}
    made = by_the_letter(unsecured | {"@context": context}, options_with(**{"@context": context}), KEY.secret)
    assert refusal(made | {"@context": CONTEXT}, whole_context=False) == "proof.invalid"
    assert refusal(made | {"@context": CONTEXT}) == "proof.invalid"


def test_a_context_with_terms_of_its_own_is_signed_like_any_other() -> None:
    context = [*CONTEXT, {"mark": "https://example.org/mark"}]
    document = canonical.loads(signer(context=context).sign(DOCUMENT | {"@context": context}))
    assert isinstance(document, dict)
    assert proof.verify(document).signed == canonical.dumps(document)
    document["@context"][-1]["mark"] = "https://attacker.example/mark"
    assert refusal(document) == "proof.invalid"
    document["proof"]["@context"][-1]["mark"] = "https://attacker.example/mark"
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
