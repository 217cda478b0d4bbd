"""JWTs and SD-JWTs of other systems, and what our own keys sign in no other form."""

import pytest

from ledger.formats import jws, p256
from ledger.formats.did import build_did_key
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from tests.worlds.tokens import (
    SCHOOL_KEY,
)
from verifier.policy import VC
from verifier.report import Report, Verdict

STRANGER = p256.generate(seed("a stranger's"))


def codes(report: Report) -> list[str]:
    return [check.code for check in report.checks]


def test_a_foreign_jwt_and_sd_jwt():
    scene, pair = Scene(), p256.generate(seed("elsewhere"))
    did = build_did_key(b"\x80\x24" + pair.public)
    badge = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", "Badge"],
        "issuer": did,
        "credentialSubject": {"achievement": "Swimming"},
    }
    old = badge | {"@context": ["https://www.w3.org/2018/credentials/v1"], "issuanceDate": "2020-01-01T00:00:00Z"}
    plain = {"iss": did, "vct": "https://elsewhere.test/badge", "achievement": "Swimming"}
    for header, payload in (
        ({"typ": "vc+jwt", "kid": f"{did}#{pair.multikey}"}, badge),
        ({"typ": "vc+jwt"}, badge),
        ({}, {"iss": did, "nbf": 1577836800, "vc": {name: value for name, value in old.items() if name != "issuer"}}),
        ({"typ": "JWT"}, {"iss": did, "vc": old}),
    ):
        report = scene.verify(jws.sign(header, payload, pair.secret).encode(), policy=VC)
        assert report.verdict is Verdict.VALID, codes(report)
        assert report.subject == {"achievement": "Swimming"}
    report = scene.verify((jws.sign({"typ": "dc+sd-jwt"}, plain, pair.secret) + "~").encode(), policy=VC)
    assert report.verdict is Verdict.VALID and report.subject == {"achievement": "Swimming"}
    assert report.record["type"] == "https://elsewhere.test/badge"
    listed = plain | {"status": {"status_list": {"idx": 1, "uri": "https://elsewhere.test/1"}}}
    report = scene.verify((jws.sign({"typ": "dc+sd-jwt"}, listed, pair.secret) + "~").encode(), policy=VC)
    assert report["status"].code == "status.missing" and report.verdict is Verdict.INDETERMINATE
    report = scene.verify((jws.sign({"typ": "dc+sd-jwt"}, plain, pair.secret) + "~").encode())
    assert report["document"].code == "document.unsupported" and not report


@pytest.mark.parametrize(
    "claims",
    [
        {"nbf": 1577836801},
        {"exp": 1577836801},
        {"jti": "urn:b"},
        {"sub": "did:b:c"},
        {"iss": "did:b:c"},
    ],
)
def test_claims_that_contradict_the_credential_inside(claims):
    inner = {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "id": "urn:a:b",
        "type": ["VerifiableCredential"],
        "issuer": "did:a:b",
        "issuanceDate": "2020-01-01T00:00:00Z",
        "expirationDate": "2030-01-01T00:00:00Z",
        "credentialSubject": {"id": "did:a:c"},
    }
    text = jws.sign({"typ": "JWT"}, {"vc": inner} | claims, STRANGER.secret)
    report = Scene().verify(text.encode(), policy=VC)
    assert report["document"].code == "document.payload_mismatch" and report.verdict is Verdict.INVALID


def test_a_status_list_cannot_be_signed_by_the_p256_key_alone():
    """Lists are Data Integrity documents; a method that names a P-256 key is no key of theirs."""
    scene = Scene()
    signed = scene.world.sign(scene.world.unsigned(), scene.world.school)
    signed["proof"]["verificationMethod"] = f"{scene.world.school.did}#{SCHOOL_KEY.multikey}"
    scene.log(signed)
    assert scene.verify()["proof"].code == "proof.unsupported"
