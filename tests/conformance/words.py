"""Inputs of the kit that other systems secured as JSON: what no context defines in them (docs/formats.md §4)."""

from typing import Any

from ledger.formats import keys, proofs, suites
from ledger.formats.contexts import CREDENTIALS_V1, CREDENTIALS_V2, WITH_EXAMPLES
from tests.verifier.cases.inputs import Cases
from tests.worlds.foreign import DID, ISSUER
from tests.worlds.scene import Scene
from verifier.policy import VC
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

PLAIN: dict[str, Any] = {
    "@context": [CREDENTIALS_V2],
    "type": ["VerifiableCredential"],
    "issuer": DID,
    "credentialSubject": {"id": "did:example:a"},
}
OLD = PLAIN | {"@context": [CREDENTIALS_V1], "issuanceDate": "2026-01-01T00:00:00Z"}


def _report(suite: str, document: dict[str, Any], *more: dict[str, Any]) -> Report:
    """Of a credential with one proof for each of ``more``, the first by ``suite``, the others over JSON."""
    pair: keys.KeyPair = ISSUER
    options = {"type": "DataIntegrityProof", "created": "2026-01-01T00:00:00Z", "proofPurpose": "assertionMethod"}
    for each, name in zip(more, [suite, *[suites.JCS] * len(more)], strict=False):
        made = options | {"cryptosuite": name, "verificationMethod": f"{DID}#{pair.multikey}"} | each
        document = proofs.add(document, made, pair, contexts=WITH_EXAMPLES)
    return Scene().verify(document, policy=VC)


def _jcs(document: dict[str, Any], **more: Any) -> Report:
    return _report(suites.JCS, document, more)


@given("words")
def a_member_of_the_subject() -> Report:
    return _jcs(PLAIN | {"credentialSubject": {"id": "did:example:a", "merit": "great"}})


@given("words")
def a_type() -> Report:
    return _jcs(PLAIN | {"type": ["VerifiableCredential", "MeritBadge"]})


@given("words")
def a_null() -> Report:
    return _jcs(PLAIN | {"credentialSubject": {"id": "did:example:a", "name": None}})


@given("words")
def a_member_under_a_context_that_is_not_at_hand() -> Report:
    contexts = [CREDENTIALS_V2, "https://elsewhere.test/words"]
    return _jcs(PLAIN | {"@context": contexts, "credentialSubject": {"id": "did:example:a", "merit": "great"}})


@given("words")
def a_member_of_the_proof() -> Report:
    return _jcs(PLAIN, merit="great")


@given("words")
def a_null_in_the_proof() -> Report:
    return _jcs(PLAIN, nonce=None)


@given("words")
def a_member_of_a_proof_beside_one_over_rdf() -> Report:
    return _report(suites.RDFC, PLAIN, {}, {"merit": "great"})


@given("words")
def options_that_data_integrity_defines() -> Report:
    return _jcs(PLAIN, domain=["https://v.example", "https://w.example"], challenge="x", nonce="n", id="urn:p:1")


@given("words")
def options_that_data_integrity_defines_under_version_1() -> Report:
    return _jcs(OLD, domain="https://v.example", nonce="n")


@given("words")
def a_member_of_the_proof_under_version_1() -> Report:
    return _jcs(OLD, merit="great")


@given("words")
def a_member_of_what_nobody_signed() -> Report:
    return Scene().verify(PLAIN | {"credentialSubject": {"id": "did:example:a", "merit": "great"}}, policy=VC)
