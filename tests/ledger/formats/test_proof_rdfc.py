import copy
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from ledger.formats import canonical, keys, proof_rdfc
from ledger.formats.contexts import BUNDLED, CREDENTIALS_V1, CREDENTIALS_V2, EXAMPLES_V2, WITH_EXAMPLES
from ledger.formats.errors import FormatError, ProofError, RollbookError
from ledger.formats.jsonld import to_rdf
from ledger.formats.multibase import base58_encode, multibase_decode
from ledger.formats.rdfc import canonicalize
from tests.support.linked_proofs import (
    DID,
    DOCUMENT,
    KEY,
    KIND,
    KNOWN,
    METHOD,
    SIGNED,
    by_the_letter,
    options_with,
    refusal,
    signed,
    signer,
)

CITIZENSHIP = "https://w3id.org/citizenship/v4rc1"
SCHEMA, DATE = "https://schema.org/", "http://www.w3.org/2001/XMLSchema#dateTime"
STAND_IN: dict[str, Any] = {
    "@vocab": "https://w3id.org/citizenship#",
    "Person": SCHEMA + "Person",
    **{word: SCHEMA + word for word in ("givenName", "additionalName", "familyName", "gender", "identifier")},
    "image": {"@id": SCHEMA + "image", "@type": "@id"},
    "birthDate": {"@id": SCHEMA + "birthDate", "@type": DATE},
    "residentSince": {"@type": DATE},
}


def test_what_is_signed_verifies_and_is_the_standard_s_own_result() -> None:
    document = signed()
    found = proof_rdfc.verify(document, contexts=KNOWN)
    assert (found.did, found.public_key, found.verification_method) == (DID, KEY.public, METHOD)
    assert found.signed == canonical.dumps(document) == signer().sign(DOCUMENT)
    assert by_the_letter(DOCUMENT, options_with()) == document
    assert proof_rdfc.verify(document, contexts=KNOWN, signed=b"known").signed == b"known"


@pytest.mark.parametrize("folder", ["eddsa-rdfc-2022", "eddsa-rdfc-2022/employ"])
def test_step_of_the_vectors_comes_out_otherwise(shared_vectors: Path, folder: str) -> None:
    step = shared_vectors / "vc-di-eddsa" / folder
    known = WITH_EXAMPLES.extended({CITIZENSHIP: {"@context": STAND_IN}})
    document, config = (json.loads((step / f"{name}DataInt.json").read_text()) for name in ("signed", "proofConfig"))
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    pair = json.loads((shared_vectors / "vc-di-eddsa" / "keyPair.json").read_text())

    texts = [canonicalize(to_rdf(part, known)) for part in (config, unsecured)]
    assert texts == [(step / name).read_text() for name in ("proofCanonDataInt.txt", "canonDocDataInt.txt")]
    hashes = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    assert hashes == [(step / name).read_text() for name in ("proofHashDataInt.txt", "docHashDataInt.txt")]
    assert "".join(hashes) == (step / "combinedHashDataInt.txt").read_text()

    key = keys.generate(multibase_decode(pair["privateKeyMultibase"])[2:])
    assert key.multikey == pair["publicKeyMultibase"]
    signature = keys.sign(key.secret, bytes.fromhex("".join(hashes)))
    assert signature.hex() == (step / "sigHexDataInt.txt").read_text()
    assert (
        document["proof"]["proofValue"] == (step / "sigBTC58DataInt.txt").read_text() == "z" + base58_encode(signature)
    )
    again = proof_rdfc.RdfcSigner(
        key, config["verificationMethod"], created=config["created"], context=document["@context"], contexts=known
    ).sign(unsecured)
    assert again == canonical.dumps(document)
    assert proof_rdfc.verify(document, contexts=known).public_key == key.public


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [place for name, child in value.items() for place in _places(child, (*path, name))]
    if isinstance(value, list):
        return [place for at, child in enumerate(value) for place in _places(child, (*path, at))]
    return [path]


PLACES = [path for path in _places(SIGNED) if path[0] != "@context"]


@pytest.mark.parametrize("path", PLACES, ids=lambda path: "/".join(map(str, path)))
def test_altered_value_is_accepted(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(SIGNED)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] += "x"
    assert refusal(document) in ("proof.invalid", "document.undefined_term", *CODES.get(path, ()))


CODES: dict[tuple[Any, ...], tuple[str, ...]] = {
    ("proof", "type"): ("proof.unsupported",),
    ("proof", "cryptosuite"): ("proof.unsupported",),
    ("proof", "proofPurpose"): ("proof.wrong_purpose",),
    ("proof", "verificationMethod"): ("proof.wrong_key", "proof.unsupported"),
}


@pytest.mark.parametrize("path", PLACES, ids=lambda path: "/".join(map(str, path)))
def test_value_that_is_gone_is_not_missed(path: tuple[Any, ...]) -> None:
    document = copy.deepcopy(SIGNED)
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    del holder[path[-1]]
    with pytest.raises(RollbookError):
        proof_rdfc.verify(document, contexts=KNOWN)


@pytest.mark.parametrize("path", [(), ("credentialSubject",), ("credentialStatus", 0), ("proof",)], ids=str)
@pytest.mark.parametrize("name", ["name", "evidence", "challenge", "expires", "x", "id"])
def test_member_that_was_added_is_accepted(path: tuple[Any, ...], name: str) -> None:
    document = copy.deepcopy(SIGNED)
    holder: Any = document
    for step in path:
        holder = holder[step]
    holder[name] = holder.get(name, "urn:x:2030") + "1"
    assert refusal(document) in ("proof.invalid", "document.undefined_term", "document.malformed")


def test_order_of_the_courses_is_for_the_log_to_cover() -> None:
    """ADR 0019: the signature covers which courses there are, each as a whole, and S covers their order."""
    document = copy.deepcopy(SIGNED)
    courses = document["credentialSubject"]["transcript"]["courses"]
    courses.reverse()
    assert proof_rdfc.verify(document, contexts=KNOWN).signed != canonical.dumps(SIGNED)
    courses[0]["mark"], courses[1]["code"] = "93.5", courses[0]["code"]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize("change", ["drop", "double", "swap"])
def test_courses_of_a_set_are_mixed_up(change: str) -> None:
    document = copy.deepcopy(SIGNED)
    courses = document["credentialSubject"]["transcript"]["courses"]
    if change == "drop":
        courses.pop()
    elif change == "double":
        courses.append(courses[0])
    else:
        courses[0] |= {"mark": "61"}
        document["credentialSubject"]["transcript"]["courses"] = courses = copy.deepcopy(courses)
        before = signed({name: value for name, value in document.items() if name != "proof"})
        courses[0]["mark"], courses[1]["mark"] = courses[1]["mark"], courses[0]["mark"]
        document["proof"] = before["proof"]
    assert refusal(document) == "proof.invalid"


@pytest.mark.parametrize(
    "context",
    [
        [CREDENTIALS_V2],
        [KIND.context_url, CREDENTIALS_V1],
        [CREDENTIALS_V1, KIND.context_url],
        [CREDENTIALS_V2, KIND.context_url, "https://example.org/unknown"],
        [CREDENTIALS_V2, KIND.context_url, {"mark": "urn:x:mark"}],
        [CREDENTIALS_V2, KIND.context_url, None],
        None,
        "https://example.org/unknown",
    ],
    ids=str,
)
def test_other_context_gives_the_words_another_meaning(context: Any) -> None:
    assert refusal(SIGNED | {"@context": context}).split(".")[0] in ("document", "proof")


def test_kind_of_another_bundle_gives_the_words_another_meaning() -> None:
    other = copy.deepcopy(KIND.context)
    other["@context"]["mark"] = other["@context"]["grade"]
    assert refusal(SIGNED, BUNDLED.extended({KIND.context_url: other})) == "proof.invalid"
    assert refusal(SIGNED, BUNDLED) == "document.unknown_context"


# Work.


def test_poisoned_credential_takes_for_ever() -> None:
    poison = {"@context": [CREDENTIALS_V2, EXAMPLES_V2], "type": "VerifiableCredential", "proof": SIGNED["proof"]}
    children: list[Any] = [{} for _ in range(12)]
    started = time.process_time()
    assert refusal(poison | {"a": [{"b": children}, {"b": children}]}, WITH_EXAMPLES) == "document.too_large"
    assert refusal(poison | {"a": [{"b": f"{n}"} for n in range(60_000)]}, WITH_EXAMPLES) == "document.too_large"
    assert time.process_time() - started < 2


def test_errors_are_of_the_tree() -> None:
    assert issubclass(ProofError, RollbookError) and issubclass(FormatError, RollbookError)
