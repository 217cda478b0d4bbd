"""Presentations as the W3C's suite makes them: signed by a did:key of its own, with a domain and a challenge."""

import copy
from typing import Any

import pytest

from ledger.formats import keys, proofs
from ledger.formats.contexts import WITH_EXAMPLES
from ledger.formats.did import build_did_key
from tests.conformance.vc_api.conftest import EXAMPLES, V1, V2, Api

OWN, OTHER = (keys.generate(bytes([number] * 32)) for number in (1, 2))
DID = build_did_key(OWN.public)
DOMAIN, CHALLENGE = "suite.example", "uAbCdEfGh"


def sign(document: dict[str, Any], key: keys.KeyPair = OWN, **more: Any) -> dict[str, Any]:
    did = build_did_key(key.public)
    made = {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-rdfc-2022",
        "created": "2026-01-01T00:00:00Z",
        "verificationMethod": f"{did}#{key.multikey}",
        "proofPurpose": "assertionMethod",
    } | more
    return proofs.add(document, made, key, contexts=WITH_EXAMPLES)


def present(*credentials: Any, key: keys.KeyPair = OWN, suite: str = "eddsa-rdfc-2022", **more: Any) -> dict[str, Any]:
    made = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": list(credentials)} | more
    made = {name: value for name, value in made.items() if value is not ...}
    return sign(made, key, proofPurpose="authentication", domain=DOMAIN, challenge=CHALLENGE, cryptosuite=suite)


@pytest.fixture
def held(credential: Any) -> dict[str, Any]:
    """A credential that the presentation's own key issued."""
    return sign(credential | {"issuer": DID, "validFrom": "2023-02-27T05:03:28Z"})


PRESENTED: dict[str, dict[str, Any]] = {
    "nothing": {"verifiableCredential": ...},
    "no credentials": {},
    "an id": {"id": "urn:uuid:9c9a36f8-518f-4976-a934-6649502d0008"},
    "a holder": {"holder": DID},
    "a holder object": {"holder": {"id": DID}},
    "two contexts": {"@context": [V2, EXAMPLES]},
    "an inline context": {
        "@context": [V2, {"Example": "https://example.org/#Example"}],
        "type": ["VerifiablePresentation", "Example"],
    },
}


@pytest.mark.parametrize("change", PRESENTED.values(), ids=PRESENTED.keys())
@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_presentation_is_verified_with_what_was_asked_and_without(api: Api, change: Any, suite: str) -> None:
    presentation = present(suite=suite, **change)
    assert api.presents(presentation)["holder"] == DID
    api.presents(presentation, domain=DOMAIN, challenge=CHALLENGE, expectedProofPurpose="authentication")


NO_HOLDER: dict[str, Any] = {}


def test_none_to_many_credentials_of_any_issuer(api: Api, credential: Any, older: Any, held: Any) -> None:
    issued = [api.issue(credential), api.issue(credential, cryptosuite="eddsa-jcs-2022"), api.issue(older)]
    for credentials in ([held], issued, [*issued, held], [api.issue(credential, credentialStatus=True)]):
        for more in NO_HOLDER, {"holder": DID}:
            found = api.presents(present(*credentials, **more), domain=DOMAIN, challenge=CHALLENGE)
            assert len(found["reports"]) == len(credentials)
    api.presents(present(held) | {}, domain=DOMAIN)
    single: dict[str, Any] = {"verifiableCredential": held}
    api.presents(present(**single))


def test_a_presentation_may_have_a_set_of_proofs(api: Api, held: Any) -> None:
    occasion: dict[str, Any] = {"domain": DOMAIN, "challenge": CHALLENGE, "created": "2026-01-02T00:00:00Z"}
    both = sign(present(held), proofPurpose="authentication", **occasion)
    assert len(both["proof"]) == 2
    api.presents(both, domain=DOMAIN, challenge=CHALLENGE)
    both["proof"][0]["proofValue"] = both["proof"][1]["proofValue"]
    assert api.rejects(both) == ["proof.invalid"]


@pytest.mark.parametrize("suite", ["eddsa-rdfc-2022", "eddsa-jcs-2022"])
def test_a_proof_over_json_says_what_no_context_defines(api: Api, held: Any, suite: str) -> None:
    occasion: dict[str, Any] = {"domain": DOMAIN, "challenge": CHALLENGE, "cryptosuite": "eddsa-jcs-2022"}
    sets = sign(present(held, suite=suite), proofPurpose="authentication", foo="x", **occasion)
    assert api.rejects(sets) == ["document.undefined_term"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"domain": "other.example"}, "holder.replayed"), ({"challenge": "other"}, "holder.replayed")],
)
def test_one_made_for_another_occasion(api: Api, held: Any, asked: Any, code: str) -> None:
    assert api.rejects(present(held), **asked) == [code]


REJECTED: dict[str, dict[str, Any]] = {
    "no context": {"@context": ...},
    "the base context not first": {"@context": [EXAMPLES, V2]},
    "another context": {"@context": [V2, "https://example.com"]},
    "a context that is no URL": {"@context": [V2, "https ://not-a-url/contexts/example/v1"]},
    "a context that is a number": {"@context": [V2, 123192875]},
    "the older base context": {"@context": [V1]},
    "no type": {"type": ...},
    "another type": {"type": ["VerifiableCredential"]},
    "a type without meaning": {"type": ["VerifiablePresentation", "Undefined"]},
    "an id that is no URL": {"id": "not-a-url"},
    "a holder that is no URL": {"holder": {"id": DID.removeprefix("did:key:")}},
    "another holder": {"holder": "did:example:acme"},
    "no proof": {"proof": ...},
    "a proof that is null": {"proof": None},
    "a credential that is a string": {"verifiableCredential": ["did:example:1"]},
    "something that is no credential": {"verifiableCredential": [{"type": ["Dog"]}]},
}


@pytest.mark.parametrize("change", REJECTED.values(), ids=REJECTED.keys())
def test_what_was_altered_or_is_no_presentation(api: Api, held: Any, change: Any) -> None:
    made = {name: value for name, value in (present(held) | change).items() if value is not ...}
    assert api.rejects(made)


def test_a_proof_value_of_nothing(api: Api) -> None:
    presentation = present()
    presentation["proof"]["proofValue"] = "z5nmMBw2u9TGKd9NxxHJtyZKgjN2Eh"
    assert api.rejects(presentation) == ["proof.invalid"]
    assert api.rejects({"type": ["NonconformingDocument"]})


def test_a_holder_who_did_not_sign(api: Api, held: Any) -> None:
    assert api.rejects(present(held, holder=build_did_key(OTHER.public))) == ["holder.mismatch"]
    assert api.rejects(present(held, holder="https://elsewhere.example/holder")) == ["holder.mismatch"]


@pytest.mark.parametrize("spoil", ["proof", "subject", "time", "status"])
def test_one_bad_credential_spoils_the_whole(api: Api, credential: Any, held: Any, spoil: str) -> None:
    bad = copy.deepcopy(held)
    if spoil == "proof":
        bad["proof"]["proofValue"] = held["proof"]["proofValue"][:-1] + "1"
    elif spoil == "subject":
        bad["credentialSubject"] = {"id": "did:example:other"}
    elif spoil == "time":
        bad = sign(credential | {"issuer": DID, "validUntil": "2023-02-27T05:03:28Z"})
    else:
        bad = sign(
            credential | {"issuer": DID, "credentialStatus": {"id": "urn:x:1", "type": "https://example.org/#S"}}
        )
    api.presents(present(held))
    answer = api.post("/presentations/verify", {"verifiablePresentation": present(held, bad)})
    assert answer.status_code == 400 and answer.json()["verified"] is False
    assert {problem["pointer"] for problem in answer.json()["problemDetails"]} == {"/verifiableCredential/1"}


def test_a_self_asserted_credential_is_its_holders_own(api: Api, credential: Any) -> None:
    """VC Data Model 2.0 §4.13.4: secured by the presentation alone, issued by the holder, who is named."""
    own = credential | {"issuer": DID}
    api.presents(present(own, holder=DID))
    api.presents(present(own, holder={"id": DID}, suite="eddsa-jcs-2022"))
    assert api.rejects(present(own))
    assert api.rejects(present(credential | {"issuer": "did:example:acme"}, holder=DID))
    assert api.rejects(present(credential | {"issuer": api.did}, holder=DID))
    assert api.rejects(present(own | {"validUntil": "2020-01-01T00:00:00Z"}, holder=DID))
    assert api.rejects(present(own, holder=DID, key=OTHER))


def test_a_credentials_proof_is_none_of_a_presentation(api: Api, held: Any) -> None:
    made = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [held]}
    assert api.rejects(sign(made)) == ["proof.wrong_purpose"]
    api.presents(sign(made), expectedProofPurpose="assertionMethod")
