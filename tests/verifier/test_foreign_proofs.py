"""Other systems' credentials under the policy ``vc``: either suite and the older one, sets and chains of proofs."""

import hashlib
import time
from typing import Any

import pytest

from ledger.formats import canonical, keys, proof, proofs, rdfc, statuslist, suites
from ledger.formats.contexts import CREDENTIALS_V1, CREDENTIALS_V2, ED25519_2020_V1, EXAMPLES_V2, WITH_EXAMPLES
from ledger.formats.did import build_did_key
from ledger.formats.multibase import base58_encode
from tests.support.linked_data import theirs
from tests.worlds.foreign import DID, ISSUER, LIST, status_entry
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Gathered
from verifier.policy import RECORD, VC
from verifier.report import Outcome, Report, Verdict
from verifier.verifier import Verifier

SCENE = Scene()
VERIFIER = Verifier(SCENE.world.trust_root())
WITNESS = keys.generate(seed("witness"))
CREATED = "2026-01-01T00:00:00Z"
DOCUMENT: dict[str, Any] = {
    "@context": [CREDENTIALS_V2, EXAMPLES_V2],
    "type": ["VerifiableCredential", "SwimmingBadge"],
    "issuer": DID,
    "credentialSubject": {"id": "did:example:a", "level": "gold"},
}


def method(pair: keys.KeyPair) -> str:
    return f"{build_did_key(pair.public)}#{pair.multikey}"


def options(suite: str, pair: keys.KeyPair = ISSUER, **more: Any) -> dict[str, Any]:
    made = {"type": "DataIntegrityProof", "cryptosuite": suite, "created": CREATED}
    return made | {"proofPurpose": "assertionMethod", "verificationMethod": method(pair)} | more


def signed(*given: tuple[dict[str, Any], keys.KeyPair], document: dict[str, Any] = DOCUMENT) -> dict[str, Any]:
    for each, pair in given:
        document = proofs.add(document, each, pair, contexts=WITH_EXAMPLES)
    return canonical.loads(canonical.dumps(document))  # type: ignore[return-value]


def verify(document: dict[str, Any], **more: Any) -> Report:
    given: dict[str, Any] = {"now": SCENE.now, "policy": VC} | more
    return VERIFIER.verify(canonical.dumps(document), **given)


RDFC, JCS = options(suites.RDFC), options(suites.JCS)
BOTH = signed((RDFC, ISSUER), (JCS, ISSUER))
CHAIN = signed(
    (RDFC | {"id": "urn:p:1"}, ISSUER),
    (options(suites.RDFC, WITNESS, id="urn:p:2", previousProof="urn:p:1"), WITNESS),
    (options(suites.JCS, WITNESS, previousProof=["urn:p:1", "urn:p:2"]), WITNESS),
)
GOOD = {"rdfc": signed((RDFC, ISSUER)), "jcs": signed((JCS, ISSUER)), "both": BOTH, "chain": CHAIN}
GOOD["one in an array"] = GOOD["rdfc"] | {"proof": [GOOD["rdfc"]["proof"]]}


@pytest.mark.parametrize("name", GOOD)
def test_credential_of_another_system_is_valid(name: str) -> None:
    report = verify(GOOD[name])
    assert report.verdict is Verdict.VALID and report.subject == DOCUMENT["credentialSubject"]
    assert verify(GOOD[name], policy=RECORD).verdict is not Verdict.VALID


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("field", ["level", "id", "type", "issuer", "validFrom"])
def test_what_is_signed_is_altered(name: str, field: str) -> None:
    document = canonical.loads(canonical.dumps(GOOD[name]))
    changes: dict[str, Any] = {"type": ["VerifiableCredential", "DivingBadge"], "issuer": DID + "x"}
    changes |= {"validFrom": CREATED}
    if field in changes:
        document |= {field: changes[field]}  # type: ignore[operator]
    else:
        document["credentialSubject"][field] += "x"  # type: ignore[index, call-overload]
    report = verify(document)  # type: ignore[arg-type]
    assert report["proof"].code == "proof.invalid" and report.verdict is Verdict.INVALID and not report.subject


@pytest.mark.parametrize("name", GOOD)
def test_one_of_the_proofs_is_altered(name: str) -> None:
    count = len(GOOD[name]["proof"]) if isinstance(GOOD[name]["proof"], list) else 1
    for number in range(count):
        for member in ("created", "proofPurpose", "proofValue", "cryptosuite", "verificationMethod"):
            document: Any = canonical.loads(canonical.dumps(GOOD[name]))
            one = document["proof"][number] if isinstance(document["proof"], list) else document["proof"]
            one[member] = one[member][:-1] + ("1" if one[member][-1] != "1" else "2")
            report = verify(document)
            assert report.verdict is not Verdict.VALID and report["proof"].outcome is not Outcome.PASS, (number, member)


def test_predecessor_is_taken_out_or_comes_to_nothing() -> None:
    for number in (0, 1):
        document = CHAIN | {"proof": [each for at, each in enumerate(CHAIN["proof"]) if at != number]}
        assert verify(document)["proof"].code == "proof.invalid"
    dangling = CHAIN["proof"][0] | {"previousProof": "urn:p:9"}
    assert verify(CHAIN | {"proof": [dangling]})["proof"].code == "proof.invalid"
    assert verify(CHAIN | {"proof": dangling})["proof"].code == "proof.invalid"


def test_suite_is_unknown_beside_a_good_one() -> None:
    document = BOTH | {"proof": [BOTH["proof"][0], BOTH["proof"][1] | {"cryptosuite": "ecdsa-sd-2023"}]}
    report = verify(document)
    assert (report["proof"].code, report.verdict) == ("proof.unsupported", Verdict.INDETERMINATE)


def test_second_proof_has_expired() -> None:
    late = signed((RDFC, ISSUER), (options(suites.JCS, WITNESS, expires="2026-01-01T00:00:01Z"), WITNESS))
    assert verify(late)["proof"].code == "proof.invalid"
    assert verify(signed((RDFC, ISSUER), (options(suites.JCS, WITNESS, expires="2036-01-01T00:00:01Z"), WITNESS)))


def test_no_proof_is_the_issuer_s() -> None:
    only = signed((options(suites.RDFC, WITNESS), WITNESS), (options(suites.JCS, WITNESS), WITNESS))
    assert verify(only)["proof"].code == "proof.wrong_key"
    assert verify(signed((options(suites.RDFC, WITNESS), WITNESS), (JCS, ISSUER)))["proof"].code == "proof.ok"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "proof.unsupported"),
        (Absence.UNREACHABLE, "proof.unreachable"),
        (Absence.MISSING, "proof.wrong_key"),
        (WITNESS.public, "proof.invalid"),
    ],
)
@pytest.mark.parametrize("several", [True, False])
def test_key_of_a_website_is_asked_for(answer: Any, code: str, several: bool) -> None:
    name = "did:web:other.test#key-1"
    document = GOOD["rdfc"]
    proofs_ = [document["proof"] | {"verificationMethod": name}]
    report = verify(
        document | {"proof": proofs_ if several else proofs_[0]},
        evidence=Gathered(keys={} if answer is None else {name: answer}),
    )
    assert report["proof"].code == code


LEGACY: dict[str, Any] = {
    "@context": [CREDENTIALS_V1, ED25519_2020_V1, EXAMPLES_V2],
    "type": ["VerifiableCredential", "SwimmingBadge"],
    "issuer": DID,
    "issuanceDate": CREATED,
    "credentialSubject": {"id": "did:example:a", "level": "gold"},
}


def test_older_suite_is_read() -> None:
    config = {"type": "Ed25519Signature2020", "created": CREATED, "proofPurpose": "assertionMethod"}
    config |= {"verificationMethod": method(ISSUER)}
    parts = [config | {"@context": LEGACY["@context"]}, LEGACY]
    message = b"".join(hashlib.sha256(theirs(part, WITH_EXAMPLES).encode()).digest() for part in parts)
    value = "z" + base58_encode(keys.sign(ISSUER.secret, message))
    document: Any = canonical.loads(canonical.dumps(LEGACY | {"proof": config | {"proofValue": value}}))
    report = verify(document)
    assert report.verdict is Verdict.VALID
    assert report["proof"].evidence["cryptosuite"] == "Ed25519Signature2020"
    document["credentialSubject"]["level"] = "silver"
    assert verify(document)["proof"].code == "proof.invalid"


@pytest.mark.parametrize(
    ("contexts", "document_code"),
    [
        ([CREDENTIALS_V2], "document.undefined_term"),
        ([CREDENTIALS_V2, "https://r.example/unknown"], "document.unsupported"),
        ([CREDENTIALS_V2, {"type": "urn:x:type"}], "document.malformed"),
        ([CREDENTIALS_V2, EXAMPLES_V2, {"@import": "https://r.example/x"}], "document.unsupported"),
    ],
)
def test_words_mean_nothing(contexts: list[Any], document_code: str) -> None:
    report = verify(GOOD["rdfc"] | {"@context": contexts})
    assert (report["document"].code, report["proof"].code) == (document_code, "proof.skipped")
    assert report.verdict is not Verdict.VALID


PLAIN: dict[str, Any] = DOCUMENT | {
    "@context": [CREDENTIALS_V2],  # the examples' context would define every word
    "type": ["VerifiableCredential"],
    "credentialSubject": {"id": "did:example:a"},
}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([(JCS | {"foo": "x"}, ISSUER)], "document.undefined_term"),
        ([(JCS, ISSUER), (options(suites.JCS, WITNESS, foo={"a": 1}), WITNESS)], "document.undefined_term"),
        ([(RDFC, ISSUER), (JCS | {"foo": "x"}, ISSUER)], "document.undefined_term"),
        ([(JCS | {"nonce": None}, ISSUER)], "document.malformed"),
    ],
)
def test_proof_over_json_says_what_no_context_defines(given: Any, code: str) -> None:
    report = verify(signed(*given, document=PLAIN))
    assert (report["document"].code, report["proof"].code) == (code, "proof.ok")
    assert report.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    "more",
    [
        {"id": "urn:p:1"},
        {"domain": "https://v.example", "challenge": "x", "nonce": "n"},
        {"domain": ["https://v.example", "https://w.example"]},
        {"expires": "2036-01-01T00:00:01Z"},
    ],
)
@pytest.mark.parametrize("base", [PLAIN, DOCUMENT, LEGACY, LEGACY | PLAIN | {"@context": [CREDENTIALS_V1]}])
def test_defined_option_of_a_proof_over_json_is_refused(base: dict[str, Any], more: dict[str, Any]) -> None:
    assert verify(signed((JCS | more, ISSUER), document=base)).verdict is Verdict.VALID


def listed(suite: str, *, revoked: bool = False, **changes: Any) -> dict[str, Any]:
    bits = bytearray(statuslist.MIN_BYTES)
    if revoked:
        statuslist.set_bit(bits, 7)
    encoded = statuslist.encode(bytes(bits))
    subject = {"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded}
    document = {
        "@context": [CREDENTIALS_V2],
        "id": LIST,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": DID,
        "credentialSubject": subject,
    }
    return signed((options(suite), ISSUER), document=document) | changes


@pytest.mark.parametrize("suite", suites.SUITES)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, "status.ok"),
        ({"revoked": True}, "status.revoked"),
        ({"validUntil": "2036-01-01T00:00:00Z"}, "status.mismatch"),
        ({"id": LIST + "2"}, "status.mismatch"),
    ],
)
def test_status_list_of_either_suite_is_read(suite: str, changes: dict[str, Any], code: str) -> None:
    document = DOCUMENT | {"credentialStatus": status_entry() | {"id": "urn:x:1"}}
    credential = signed((options(suite), ISSUER), document=document)
    report = verify(credential, evidence=Gathered(lists={LIST: listed(suite, **changes)}))
    assert report["status"].code == code


def test_status_list_over_json_says_what_no_context_defines() -> None:
    credential = signed((JCS, ISSUER), document=DOCUMENT | {"credentialStatus": status_entry() | {"id": "urn:x:1"}})
    bare = {name: value for name, value in listed(suites.JCS).items() if name != "proof"}
    for document, one in ((bare, JCS | {"foo": "x"}), (bare | {"foo": "x"}, JCS)):
        strange = signed((one, ISSUER), document=document)
        report = verify(credential, evidence=Gathered(lists={LIST: strange}))
        assert (report["status"].code, report.verdict) == ("status.mismatch", Verdict.INVALID)
        assert "foo" in report["status"].evidence["reason"]
    elsewhere = signed(
        (JCS, ISSUER), document=bare | {"@context": [CREDENTIALS_V2, "https://r.example/unknown"], "foo": 1}
    )
    assert verify(credential, evidence=Gathered(lists={LIST: elsewhere}))["status"].code == "status.ok"


def test_status_list_names_a_context_that_is_not_here() -> None:
    credential = signed((RDFC, ISSUER), document=DOCUMENT | {"credentialStatus": status_entry() | {"id": "urn:x:1"}})
    unknown = listed(suites.RDFC) | {"@context": [CREDENTIALS_V2, "https://r.example/unknown"]}
    report = verify(credential, evidence=Gathered(lists={LIST: unknown}))
    assert (report["status"].code, report.verdict) == ("status.missing", Verdict.INDETERMINATE)


def clique(size: int) -> list[dict[str, Any]]:
    """Nodes without names that all know each other: RDFC-1.0 tries them in every order."""
    return [{"a": [{"b": [{"c": "x"}] * 3}] * size}] * size


HOSTILE: dict[str, dict[str, Any]] = {
    "alike": {"level": clique(9)},
    "list": {"level": {"@list": [{"a": "x"}] * 1200}},
    "many": {f"w{number}": [str(value) for value in range(100)] for number in range(480)},
    "deep": {"level": [[{"a": [[str(number)]]}] for number in range(3000)]},
}


@pytest.mark.parametrize("policy", [RECORD, VC])
@pytest.mark.parametrize("name", HOSTILE)
def test_graph_takes_more_than_two_seconds(name: str, policy: Any) -> None:
    """However many proofs it has: what each may cost is shared out before any is looked at."""
    subject = {"id": "did:example:a"} | HOSTILE[name]
    one = RDFC | {"proofValue": proof_value()}
    several = [one | {"id": f"urn:p:{number}"} for number in range(16)]
    for given in (one, several):
        started = time.process_time()
        report = verify(DOCUMENT | {"credentialSubject": subject, "proof": given}, policy=policy)
        assert report.verdict is not Verdict.VALID
        assert time.process_time() - started < 2


def proof_value() -> str:
    return str(GOOD["rdfc"]["proof"]["proofValue"])


def test_bounds_are_shared_among_the_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen proofs that hold, of a document that is at the bound for one, cost what one costs."""
    rows = {"@list": [{"a": "x"}] * 60}
    document = DOCUMENT | {"credentialSubject": {"id": "did:example:a", "level": rows}}
    good = signed((RDFC, ISSUER), (RDFC, ISSUER), document=document)
    assert verify(good)["proof"].code == "proof.ok"
    monkeypatch.setattr(rdfc, "MAX_STEPS", 40_000)
    assert verify(signed((RDFC, ISSUER), document=document))["proof"].code == "proof.ok"
    report = verify(good)
    assert (report["document"].code, report["proof"].code) == ("document.too_large", "proof.skipped")


def test_presentation_of_hostile_credentials_takes_as_long_as_each_alone() -> None:
    document = DOCUMENT | {"credentialSubject": {"id": "did:example:a"} | HOSTILE["list"]}
    held = [document | {"id": f"urn:x:{at}", "proof": RDFC | {"proofValue": proof_value()}} for at in range(12)]
    presentation = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], "verifiableCredential": held}
    started = time.process_time()
    signed_ = signed((options(suites.JCS, proofPurpose=proof.AUTHENTICATION), ISSUER), document=presentation)
    presented = VERIFIER.verify_presentation(signed_, now=SCENE.now)
    assert not presented and len(presented.reports) == 12
    # It takes one and a half alone, and more beside other work; twelve times what one credential may cost is over ten.
    assert time.process_time() - started < 5


def test_little_time_is_given() -> None:
    rows = {"@list": [{"a": "x"}] * 60}
    credential = signed((RDFC, ISSUER), document=DOCUMENT | {"credentialSubject": {"id": "urn:x:a", "level": rows}})
    assert verify(credential, share=2)["proof"].code == "proof.ok"
    for given in (credential, credential | {"proof": [credential["proof"]]}):
        report = verify(given, share=32)
        assert (report["document"].code, report["proof"].code) == ("document.too_large", "proof.skipped")
    assert verify(GOOD["chain"], share=32)["proof"].code == "proof.ok"


def test_purpose_is_another() -> None:
    other = signed((options(suites.RDFC, proofPurpose=proof.AUTHENTICATION), ISSUER))
    assert verify(other)["proof"].code == "proof.wrong_purpose"
