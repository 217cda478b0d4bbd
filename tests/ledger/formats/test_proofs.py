import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import canonical, keys, proof, proof_rdfc, proofs
from ledger.formats.contexts import WITH_EXAMPLES, Contexts
from ledger.formats.errors import FormatError, ProofError, RollbookError
from ledger.formats.multibase import base58_encode
from ledger.formats.proof import JcsSigner
from tests.support.linked_proofs import CONTEXT, CREATED, DOCUMENT, KEY, KNOWN, METHOD, SIGNED, options_with

WITNESS, THIRD = keys.generate(b"\1" * 32), keys.generate(b"\2" * 32)
ONE, TWO, THREE = "urn:uuid:1", "urn:uuid:2", "urn:uuid:3"
SUITES = [proof_rdfc.CRYPTOSUITE, proof.CRYPTOSUITE]


def did_key(key: keys.KeyPair) -> str:
    return f"did:key:{key.multikey}#{key.multikey}"


def made(key: keys.KeyPair, suite: str = SUITES[0], **changes: Any) -> tuple[dict[str, Any], keys.KeyPair]:
    return options_with(cryptosuite=suite, verificationMethod=did_key(key), **changes), key


def built(*steps: tuple[dict[str, Any], keys.KeyPair]) -> dict[str, Any]:
    document: dict[str, Any] = DOCUMENT
    for options, key in steps:
        document = proofs.add(document, options, key, contexts=KNOWN)
    return copy.deepcopy(document)


def refusal(document: dict[str, Any], purpose: str = proof.ASSERTION, known: Contexts = KNOWN, **more: Any) -> str:
    with pytest.raises(RollbookError) as caught:
        proofs.verify_all(document, purpose, contexts=known, **more)
    return caught.value.code


def accepted(document: dict[str, Any], **more: Any) -> list[bytes]:
    return [each.public_key for each in proofs.verify_all(document, contexts=KNOWN, **more)]


SET = built(made(KEY, id=ONE), made(WITNESS, SUITES[1], id=TWO))
CHAINS = {
    (first, second): built(
        made(KEY, first, id=ONE), made(WITNESS, first, id=TWO), made(THIRD, second, id=THREE, previousProof=[TWO, ONE])
    )
    for first in SUITES
    for second in SUITES
}
CHAIN = CHAINS[SUITES[0], SUITES[0]]
PUBLISHED = [
    (
        "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544",
        "2023-02-24T23:36:38Z",
        "z6MktgKTsu1QhX6QPbyqG6geXdw6FQCZBPq7uQpieWbiQiG7",
        None,
        "z66vWyqwAghu52WbpRkCwFRTu6Msn92ArtjpJ3gGMSVoU5RADwBfszoDt1QWY8owqLPz4nTj7hAwV7xFti1p93zdr",
    ),
    (
        "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54",
        "2023-02-24T23:36:38Z",
        "z6MkhWqdDBPojHA7cprTGTt5yHv5yUi1B8cnXn8ReLumkw6E",
        None,
        "z2scr94SNNrGpP2bE7ajvKWeUHm7HJ2edDkxpARvFAQ8V3USzwEzibqrXKaLHBrWostswsfvg82twQR88BgtnsrXY",
    ),
    (
        "urn:uuid:d94f792a-c546-4d06-b38a-da070ab56c23",
        "2023-02-26T22:06:38Z",
        "z6MkmEq87wkHCYnWnNZkigeDMGTN7oUw1upkhzd77KuXERS1",
        ["urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54"],
        "zWaPeEvBAkhQpNQj8pknuvg5STcKnt3cvM9t4kAYeJETFjvVMSXEEjadC4uxC9fKCn6JHbjt6fj2fhoaVNynBm6J",
    ),
    (
        None,
        "2023-02-26T22:16:38Z",
        "z6MkmEq87wkHCYnWnNZkigeDMGTN7oUw1upkhzd77KuXERS1",
        "urn:uuid:d94f792a-c546-4d06-b38a-da070ab56c23",
        "z21Royb2jnpDY8GkvsTn3pwWxXiXRMEwNLSzrfERHb1TNtDBydnFqwtxY9Vypv2mwMPygJhuxbKs2QLyGHx9DBjmY",
    ),
]
"""Id, time, key, predecessors and signature of each proof of the chain that vc-di-eddsa prints (B.4)."""


def published() -> list[dict[str, Any]]:
    found = []
    for name, created, key, previous, value in PUBLISHED:
        options = options_with(id=name, created=created, verificationMethod=f"did:key:{key}#{key}")
        options |= {"previousProof": previous} if previous else {}
        found.append(options | {"proofValue": value})
    return found


def test_chain_of_the_standard_is_refused(shared_vectors: Path) -> None:
    document = json.loads((shared_vectors / "vc-di-eddsa" / "unsigned.json").read_text())
    whole = document | {"proof": published()}
    assert len(proofs.verify_all(whole, contexts=WITH_EXAMPLES)) == 4
    for gone in range(3):
        left = [each for at, each in enumerate(published()) if at != gone]
        assert refusal(document | {"proof": left}, known=WITH_EXAMPLES) == "proof.invalid"


def test_one_proof_is_verified_otherwise_than_alone() -> None:
    jcs = json.loads(JcsSigner(KEY, METHOD, created=CREATED, context=CONTEXT).sign(DOCUMENT))
    for document, alone in ((SIGNED, proof_rdfc.verify(SIGNED, contexts=KNOWN)), (jcs, proof.verify(jcs))):
        assert proofs.verify_all(document, contexts=KNOWN) == [alone]
        assert accepted(document | {"proof": [document["proof"]]}) == [KEY.public]
        assert refusal(document | {"name": "x"}) == "proof.invalid"


def test_what_is_added_is_what_the_signers_make() -> None:
    options = options_with()
    assert proofs.add(DOCUMENT, options, KEY, contexts=KNOWN) == SIGNED
    jcs = proofs.add(DOCUMENT, options | {"cryptosuite": proof.CRYPTOSUITE}, KEY)
    assert canonical.dumps(jcs) == JcsSigner(KEY, METHOD, created=CREATED, context=CONTEXT).sign(DOCUMENT)


def test_set_is_verified_in_its_order() -> None:
    assert accepted(SET) == [KEY.public, WITNESS.public]
    assert accepted(SET | {"proof": SET["proof"][::-1]}) == [WITNESS.public, KEY.public]
    assert {each.signed for each in proofs.verify_all(SET, contexts=KNOWN)} == {canonical.dumps(SET)}
    assert {each.signed for each in proofs.verify_all(SET, contexts=KNOWN, signed=b"known")} == {b"known"}


def test_proof_of_a_set_rests_on_the_others() -> None:
    assert accepted(SET | {"proof": SET["proof"][:1]}) == accepted(SET)[:1]


@pytest.mark.parametrize("suites", CHAINS, ids=str)
def test_chain_over_two_suites_is_refused(suites: tuple[str, str]) -> None:
    assert accepted(CHAINS[suites]) == [KEY.public, WITNESS.public, THIRD.public]


@pytest.mark.parametrize("suites", CHAINS, ids=str)
@pytest.mark.parametrize("gone", [0, 1])
def test_predecessor_is_missing(suites: tuple[str, str], gone: int) -> None:
    document = copy.deepcopy(CHAINS[suites])
    del document["proof"][gone]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("suites", CHAINS, ids=str)
@pytest.mark.parametrize(("at", "name"), [(0, "created"), (1, "created"), (2, "created"), (0, "proofValue")])
def test_link_of_a_chain_was_altered(suites: tuple[str, str], at: int, name: str) -> None:
    document = copy.deepcopy(CHAINS[suites])
    value = document["proof"][at][name]
    document["proof"][at][name] = "2026-07-02T08:00:00Z" if name == "created" else value[:-1] + chr(ord(value[-1]) ^ 1)
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("suites", CHAINS, ids=str)
def test_predecessor_was_replaced_by_a_sound_one(suites: tuple[str, str]) -> None:
    document = copy.deepcopy(CHAINS[suites])
    other = built(made(KEY, suites[0], id=ONE, created="2026-07-02T08:00:00Z"))["proof"]
    assert accepted(DOCUMENT | {"proof": other}) == [KEY.public]
    document["proof"][0] = other
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("suites", CHAINS, ids=str)
@pytest.mark.parametrize("previous", [None, ONE, [ONE], [TWO], [ONE, TWO, THREE]], ids=str)
def test_chain_was_cut(suites: tuple[str, str], previous: Any) -> None:
    document = copy.deepcopy(CHAINS[suites])
    document["proof"][2]["previousProof"] = previous
    if previous is None:
        del document["proof"][2]["previousProof"]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("previous", ["urn:uuid:9", [], [ONE, "urn:uuid:9"], [1], {}, 1, None, "", [[ONE]]], ids=str)
def test_predecessor_is_not_there(previous: Any) -> None:
    document = copy.deepcopy(CHAIN)
    document["proof"][2]["previousProof"] = previous
    assert refusal(document) == "proof.invalid"


def test_single_proof_rests_on_another() -> None:
    for each in CHAIN["proof"][2], CHAINS[SUITES[1], SUITES[1]]["proof"][2]:
        assert refusal(DOCUMENT | {"proof": each}) == "proof.invalid"
        assert refusal(DOCUMENT | {"proof": [each]}) == "proof.invalid"
    with pytest.raises(ProofError) as caught:
        proof.verify(DOCUMENT | {"proof": CHAINS[SUITES[1], SUITES[1]]["proof"][2]})
    assert caught.value.code == "proof.invalid"


def test_single_proof_over_jcs_rests_on_another_and_is_signed_soundly() -> None:
    options = options_with(cryptosuite=proof.CRYPTOSUITE, previousProof=ONE) | {"@context": CONTEXT}
    message = b"".join(hashlib.sha256(canonical.dumps(part)).digest() for part in (options, DOCUMENT))
    value = "z" + base58_encode(keys.sign(KEY.secret, message))
    with pytest.raises(ProofError) as caught:
        proof.verify(DOCUMENT | {"proof": options | {"proofValue": value}})
    assert caught.value.code == "proof.invalid"


def test_proof_rests_on_itself_or_in_a_circle() -> None:
    document = copy.deepcopy(CHAIN)
    document["proof"][0]["previousProof"] = ONE
    assert refusal(document) == "proof.invalid"
    document["proof"][0]["previousProof"] = THREE
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("document", [SET, CHAIN])
@pytest.mark.parametrize("path", [("name",), ("credentialSubject", "name"), ("validFrom",)])
def test_document_was_altered_under_several_proofs(document: dict[str, Any], path: tuple[str, ...]) -> None:
    other = copy.deepcopy(document)
    holder: Any = other
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = holder.get(path[-1], "") + "x"
    assert refusal(other) == "proof.invalid"


@pytest.mark.parametrize("at", [0, 1])
def test_one_bad_proof_of_a_set_is_passed_over(at: int) -> None:
    document = copy.deepcopy(SET)
    document["proof"][at]["created"] = "2026-07-03T08:00:00Z"
    assert refusal(document) == "proof.invalid"
    document["proof"][at]["proofPurpose"] = "authentication"
    assert refusal(document) == "proof.wrong_purpose"


UNKNOWN = {
    "type": "DataIntegrityProof",
    "cryptosuite": "bbs-2023",
    "proofPurpose": "assertionMethod",
    "proofValue": "u",
}


@pytest.mark.parametrize(
    "other", [UNKNOWN, {"type": "RsaSignature2018"}, {}, UNKNOWN | {"type": ["DataIntegrityProof"]}]
)
def test_proof_of_an_unknown_suite_is_passed_over(other: dict[str, Any]) -> None:
    assert refusal(SET | {"proof": [*SET["proof"], other]}) == "proof.unsupported"
    assert refusal(SET | {"proof": [other, *SET["proof"]]}) == "proof.unsupported"
    assert refusal(SET | {"proof": other}) == "proof.unsupported"


def test_unknown_suite_hides_a_failure() -> None:
    document = copy.deepcopy(SET) | {"name": "x"}
    document["proof"] = [UNKNOWN, *document["proof"]]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (None, "proof.missing"),
        ([], "proof.missing"),
        ("x", "proof.invalid"),
        ([SIGNED["proof"], "x"], "proof.invalid"),
        ([[SIGNED["proof"]]], "proof.invalid"),
        ([None], "proof.invalid"),
        ([SIGNED["proof"]] * 17, "proof.unsupported"),
    ],
)
def test_proof_is_neither_one_nor_several(given: Any, code: str) -> None:
    assert refusal(DOCUMENT | {"proof": given}) == code


@pytest.mark.parametrize("name", [1, None, [TWO], {}])
def test_name_of_a_proof_is_no_string(name: Any) -> None:
    document = copy.deepcopy(SET)
    document["proof"][0]["id"] = name
    assert refusal(document) == "proof.invalid"


def test_two_sound_proofs_go_by_one_name() -> None:
    both = [built(made(key, id=ONE))["proof"] for key in (KEY, WITNESS)]
    assert refusal(DOCUMENT | {"proof": both}) == "proof.invalid"
    assert [accepted(DOCUMENT | {"proof": each}) for each in both] == [[KEY.public], [WITNESS.public]]


def test_purpose_is_another() -> None:
    assert refusal(SET, proof.AUTHENTICATION) == "proof.wrong_purpose"
    assert refusal(CHAIN, proof.AUTHENTICATION) == "proof.wrong_purpose"


def test_key_is_looked_up_for_the_wrong_proof() -> None:
    options = options_with(cryptosuite=proof.CRYPTOSUITE, verificationMethod="did:web:w.example#key-1")
    signed = JcsSigner(KEY, did_key(KEY), created=CREATED, context=CONTEXT).sign(DOCUMENT)
    document = json.loads(signed)
    found = {did_key(KEY): None, options["verificationMethod"]: WITNESS.public}
    assert accepted(document, resolve=found.get) == [KEY.public]
    document["proof"] = [document["proof"], document["proof"] | {"verificationMethod": options["verificationMethod"]}]
    assert refusal(document, resolve=found.get) == "proof.invalid"
    assert refusal(document) == "proof.wrong_key"


def test_context_of_a_set_is_signed_in_part_only_where_allowed() -> None:
    document = built(made(KEY, SUITES[1], id=ONE), made(WITNESS, SUITES[1], previousProof=ONE))
    wider = document | {"@context": [*CONTEXT, {"unused": "urn:x:unused"}]}
    assert refusal(wider) == "proof.invalid"
    assert accepted(wider, whole_context=False) == [KEY.public, WITNESS.public]
    assert refusal(document | {"@context": CONTEXT[:1]}, whole_context=False) == "proof.invalid"


# Adding.


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"previousProof": "urn:uuid:9"}, "document.malformed"),
        ({"previousProof": [ONE, "urn:uuid:9"]}, "document.malformed"),
        ({"previousProof": []}, "document.malformed"),
        ({"id": ONE}, "document.malformed"),
        ({"proofValue": "z"}, "document.malformed"),
        ({"proofPurpose": None}, "document.malformed"),
        ({"created": "yesterday"}, "document.malformed"),
        ({"verificationMethod": None}, "document.malformed"),
        ({"verificationMethod": METHOD}, "key.malformed"),
        ({"unknown": "x"}, "document.undefined_term"),
        ({"cryptosuite": "bbs-2023"}, "proof.unsupported"),
        ({"type": "Ed25519Signature2020", "cryptosuite": None}, "proof.unsupported"),
    ],
)
def test_unsound_proof_is_added(changes: dict[str, Any], code: str) -> None:
    options = options_with(**({"verificationMethod": did_key(WITNESS), "id": TWO} | changes))
    with pytest.raises(RollbookError) as caught:
        proofs.add(built(made(KEY, id=ONE)), options, WITNESS, contexts=KNOWN)
    assert caught.value.code == code


def test_proof_is_added_to_what_it_would_not_cover() -> None:
    with pytest.raises(FormatError) as caught:
        proofs.add(DOCUMENT | {"x": "1"}, made(KEY)[0], KEY, contexts=KNOWN)
    assert caught.value.code == "document.undefined_term"


def test_document_is_changed_by_adding() -> None:
    before = copy.deepcopy(SIGNED)
    after = proofs.add(SIGNED, made(WITNESS)[0], WITNESS, contexts=KNOWN)
    assert before == SIGNED and len(after["proof"]) == 2
    assert accepted(after) == [KEY.public, WITNESS.public]
