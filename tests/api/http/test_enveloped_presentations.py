"""Presentations that are JWTs at /presentations/verify: open under ``vc``, files of one record under others."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger.formats import canonical, jws, keys, p256
from ledger.formats.did import build_did_key
from ledger.formats.multibase import base64url_encode

V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
HOLDER, OTHER = keys.generate(b"\7" * 32), keys.generate(b"\x08" * 32)
HOLDER_DID, OTHER_DID = build_did_key(HOLDER.public), build_did_key(OTHER.public)
ISSUER = p256.generate(b"\x09" * 32)
ISSUER_DID = build_did_key(b"\x80\x24" + ISSUER.public)
DOMAIN, CHALLENGE = "suite.example", "uAbCdEfGh"
ASKED = {"domain": DOMAIN, "challenge": CHALLENGE}
NOW = int(datetime.now(UTC).timestamp())
CREDENTIAL = {
    "@context": [V2, EXAMPLES],
    "type": ["VerifiableCredential", "ExampleDegreeCredential"],
    "issuer": ISSUER_DID,
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:alice", "alumniOf": "The School of Examples"},
}


def changed(members: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (members | changes).items() if value is not ...}


def credential_jwt(secret: bytes = ISSUER.secret, **changes: Any) -> str:
    """Of the W3C's fixture: by ES256, about somebody whose DID nobody can look up."""
    return jws.sign({"typ": "vc+jwt", "kid": ISSUER_DID}, changed(CREDENTIAL, changes), secret)


def enveloped(text: str, kind: str = "Credential", **changes: Any) -> dict[str, Any]:
    media = "application/vp+jwt" if kind == "Presentation" else "application/vc+jwt"
    made = {"@context": [V2], "id": f"data:{media},{text}", "type": [f"EnvelopedVerifiable{kind}"]}
    return changed(made, changes)


GOOD = enveloped(credential_jwt())


def presentation(*credentials: Any, **changes: Any) -> dict[str, Any]:
    made = {"@context": [V2], "type": ["VerifiablePresentation"], "holder": HOLDER_DID}
    return changed(made | {"verifiableCredential": list(credentials)}, changes)


def presented(payload: dict[str, Any], key: keys.KeyPair = HOLDER, **header: Any) -> dict[str, Any]:
    did = build_did_key(key.public)
    named = changed({"typ": "vp+jwt", "kid": f"{did}#{key.multikey}"}, header)
    return enveloped(jws.sign_ed25519(named, payload, key.secret), "Presentation")


def answer(client: Any, value: dict[str, Any], **options: Any) -> tuple[bool, list[str]]:
    """Whether it is verified, and the codes of its problems."""
    got = client.post("/presentations/verify", json={"verifiablePresentation": value, "options": options})
    body = got.json()
    assert got.status_code == (200 if body["verified"] else 400), body
    return body["verified"], [each["code"] for each in body["problemDetails"]]


@pytest.mark.parametrize("credentials", [[GOOD], [], [GOOD, credential_jwt()]])
@pytest.mark.parametrize("holder", [HOLDER_DID, {"id": HOLDER_DID}, ...])
def test_presentation_of_none_to_many_is_refused(client, credentials, holder):
    made = presentation(*credentials, holder=holder, aud=[DOMAIN], nonce=CHALLENGE, iat=NOW, nbf=NOW, exp=NOW + 600)
    assert answer(client, presented(made)) == (True, [])
    assert answer(client, presented(made), **ASKED) == (True, [])


@pytest.mark.parametrize("header", [{}, {"kid": ...}, {"kid": HOLDER_DID}, {"typ": "JWT"}, {"typ": ...}])
def test_presentation_as_a_claim_is_refused(client, header):
    old = presentation(credential_jwt(), GOOD, **{"@context": [V1]})
    payload = {"iss": HOLDER_DID, "vp": old, "aud": DOMAIN, "nonce": CHALLENGE}
    assert answer(client, presented(payload, **header), **ASKED) == (True, [])
    assert answer(client, presented({"vp": old}, **header)) == (True, [])


def test_presentation_without_the_member_or_of_64_is_refused(client):
    assert answer(client, presented(presentation(verifiableCredential=...))) == (True, [])
    assert answer(client, presented(presentation(*[GOOD] * 64))) == (True, [])


def test_self_asserted_credential_in_a_jwt(client):
    """VC Data Model 2.0 §4.13.4: it is its holder's own, who is named."""
    own = CREDENTIAL | {"issuer": HOLDER_DID}
    assert answer(client, presented(presentation(own))) == (True, [])
    assert not answer(client, presented(presentation(own, holder=...)))[0]
    assert not answer(client, presented(presentation(CREDENTIAL)))[0]
    assert not answer(client, presented(presentation(own | {"validUntil": "2020-01-01T00:00:00Z"})))[0]


@pytest.mark.parametrize(
    ("claims", "asked", "code"),
    [
        ({"holder": OTHER_DID}, {}, "holder.mismatch"),
        ({"holder": "did:example:alice"}, {}, "holder.mismatch"),
        ({"iss": OTHER_DID, "holder": ...}, {}, "holder.mismatch"),
        ({"iss": OTHER_DID}, {}, "document.payload_mismatch"),
        ({"exp": NOW - 60}, {}, "holder.replayed"),
        ({"exp": NOW - 60}, ASKED, "holder.replayed"),
        ({"nbf": NOW + 3600}, {}, "holder.replayed"),
        ({"iat": NOW - 2 * 86_400}, ASKED, "holder.replayed"),
        ({"aud": "elsewhere.example"}, ASKED, "holder.replayed"),
        ({"aud": ...}, ASKED, "holder.replayed"),
        ({"nonce": "another"}, ASKED, "holder.replayed"),
        ({"nonce": ...}, {"challenge": CHALLENGE}, "holder.replayed"),
        ({"exp": "tomorrow"}, {}, "holder.mismatch"),
        ({"proof": {"type": "DataIntegrityProof"}}, {}, "proof.unsupported"),
        ({"@context": [EXAMPLES]}, {}, "document.malformed"),
        ({"type": ["VerifiablePresentation", 7]}, {}, "document.malformed"),
        ({"id": "no url"}, {}, "document.malformed"),
        ({"verifiableCredential": [7]}, {}, "document.malformed"),
        ({"verifiableCredential": ["no token"]}, {}, "document.malformed"),
        ({"verifiableCredential": [{"type": ["Dog"]}]}, {}, "document.malformed"),
        ({"verifiableCredential": [GOOD] * 65}, {}, "document.too_large"),
    ],
)
def test_jwt_of_another_occasion_or_form(client, claims, asked, code):
    made = presentation(GOOD, **({"aud": DOMAIN, "nonce": CHALLENGE, "iat": NOW} | claims))
    assert answer(client, presented(made), **asked) == (False, [code])


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"typ": "vc+jwt"}, "proof.wrong_purpose"),
        ({"kid": OTHER_DID}, "proof.invalid"),
        ({"kid": "did:web:school.example#key-1"}, "proof.unsupported"),
        ({"kid": f"{HOLDER_DID}#{OTHER.multikey}"}, "proof.wrong_key"),
        ({"kid": ISSUER_DID}, "proof.wrong_key"),
        ({"kid": 7}, "proof.unsupported"),
        ({"crit": ["exp"]}, "proof.unsupported"),
    ],
)
def test_jwt_by_another_key(client, header, code):
    assert answer(client, presented(presentation(GOOD), **header)) == (False, [code])


def test_jwt_that_nobody_signed(client):
    head, payload, signature = presented(presentation(GOOD))["id"].partition(",")[2].split(".")
    unsigned = base64url_encode(canonical.dumps({"alg": "none", "typ": "vp+jwt"}))
    for text, code in ((f"{unsigned}.{payload}.", "proof.missing"), (f"{head}.{payload}.{'A' * 86}", "proof.invalid")):
        assert answer(client, enveloped(text, "Presentation")) == (False, [code])
    other = base64url_encode(canonical.dumps(presentation()))
    assert answer(client, enveloped(f"{head}.{other}.{signature}", "Presentation")) == (False, ["proof.invalid"])


@pytest.mark.parametrize(
    "bad",
    [
        enveloped(credential_jwt(p256.generate(b"\x0a" * 32).secret)),
        enveloped(credential_jwt(validUntil="2024-01-01T00:00:00Z")),
        enveloped(credential_jwt(credentialSubject={})),
        changed(GOOD, {"@context": ...}),
        enveloped(credential_jwt(), name="A degree"),
        enveloped(credential_jwt(), id="data:text/plain,x"),
        credential_jwt(p256.generate(b"\x0a" * 32).secret),
        CREDENTIAL,
    ],
)
def test_one_bad_credential_spoils_the_whole(client, bad):
    got = client.post("/presentations/verify", json={"verifiablePresentation": presented(presentation(GOOD, bad))})
    body = got.json()
    assert got.status_code == 400 and body["verified"] is False
    assert {each["pointer"] for each in body["problemDetails"]} == {"/verifiableCredential/1"}


@pytest.mark.parametrize("around", [lambda inner: inner, lambda inner: inner["id"].partition(",")[2]])
def test_presentation_inside_of_another(client, around):
    inner = around(presented(presentation(GOOD)))
    assert answer(client, presented(presentation(inner))) == (False, ["document.malformed"])
    both = CREDENTIAL | {"type": ["VerifiableCredential", "VerifiablePresentation"], "verifiableCredential": [GOOD]}
    assert answer(client, presented(presentation(both))) == (False, ["document.malformed"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"@context": ...}, "document.malformed"),
        ({"@context": None}, "document.malformed"),
        ({"@context": []}, "document.malformed"),
        ({"@context": [EXAMPLES]}, "document.malformed"),
        ({"type": ["EnvelopedVerifiablePresentation", "VerifiablePresentation"]}, "document.malformed"),
        ({"holder": HOLDER_DID}, "document.malformed"),
        ({"id": "data:application/vp+jwt"}, "document.malformed"),
        ({"id": f"data:application/vp+jwt,{credential_jwt()}"}, "document.malformed"),
        ({"id": "data:text/plain,x"}, "document.unsupported"),
    ],
)
def test_envelope_of_another_form(client, change, code):
    assert answer(client, changed(presented(presentation(GOOD)), change)) == (False, [code])


@pytest.mark.parametrize("policy", ["record", "archive"])
def test_other_policies_take_it_for_a_file(client, policy):
    """One record, which its subject presents."""
    assert "holder.mismatch" in answer(client, presented(presentation(GOOD)), policy=policy)[1]
    assert answer(client, presented(presentation(GOOD, GOOD)), policy=policy)[1][0] == "document.malformed"
