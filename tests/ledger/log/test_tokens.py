"""JWTs and SD-JWTs before the log: only what their issuer signed, and nothing disclosed."""

import pytest

from ledger.formats import jws, keys, p256
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base64url_encode
from ledger.log.tokens import verify_jwt, verify_sd_jwt

SCHOOL = "did:web:example.org:schools:one"
PAIR = p256.generate(b"\1" * 32)
METHOD = f"{SCHOOL}#{PAIR.multikey}"
PAYLOAD = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": SCHOOL,
    "iss": SCHOOL,
    "credentialSubject": {"name": "A"},
}


def token(payload=PAYLOAD, secret: bytes = PAIR.secret, **header) -> bytes:
    return jws.sign({"typ": "vc+jwt", "kid": METHOD} | header, payload, secret).encode()


def code_of(verify, signed: bytes, issuer: str = SCHOOL) -> str:
    with pytest.raises((FormatError, ProofError)) as caught:
        verify(signed, issuer)
    return caught.value.code


def test_what_the_school_signed():
    assert verify_jwt(token(), SCHOOL).credential["credentialSubject"] == {"name": "A"}
    inside = verify_jwt(token({"iss": SCHOOL, "vc": {"issuer": SCHOOL}}, typ="JWT"), SCHOOL)
    assert inside.credential == {"issuer": SCHOOL}
    plain = {"iss": SCHOOL, "vct": "https://a.test", "_sd": ["AAAA"]}
    assert verify_sd_jwt(token(plain, typ="dc+sd-jwt"), SCHOOL).issuer == SCHOOL


@pytest.mark.parametrize(
    ("signed", "code"),
    [
        (b"", "document.malformed"),
        (b"\xff" + token(), "document.malformed"),
        (token() + b"\n", "document.malformed"),
        (token() + b"~", "document.malformed"),
        (token(secret=b"\2" * 32), "proof.invalid"),
        (token(kid=METHOD.replace("one", "two")), "proof.wrong_key"),
        (token(kid=SCHOOL), "proof.wrong_key"),
        (token(kid=f"{SCHOOL}#key-1"), "proof.wrong_key"),
        (token(kid=f"{SCHOOL}#{keys.generate(bytes(32)).multikey}"), "proof.wrong_key"),
        (token(kid=None), "proof.wrong_key"),
        (token(typ="kb+jwt"), "proof.wrong_purpose"),
        (token(typ="dc+sd-jwt"), "proof.wrong_purpose"),
        (token(crit=["x"]), "proof.unsupported"),
        (token(PAYLOAD | {"iss": "did:web:b.test"}), "document.payload_mismatch"),
        (token(PAYLOAD | {"iss": "did:web:b.test", "issuer": "did:web:b.test"}), "proof.wrong_key"),
        (token({"vp": {"verifiableCredential": [PAYLOAD]}}, typ="JWT"), "document.malformed"),
    ],
)
def test_what_it_did_not(signed, code):
    assert code_of(verify_jwt, signed) == code


def test_another_issuer_is_named():
    assert code_of(verify_jwt, token(), "did:web:example.org:schools:two") == "proof.wrong_key"


def test_no_signature_at_all():
    parts = token().decode().split(".")
    header = base64url_encode(b'{"alg":"none","kid":"%b","typ":"vc+jwt"}' % METHOD.encode())
    assert code_of(verify_jwt, f"{header}.{parts[1]}.".encode()) == "proof.missing"


def test_an_sd_jwt_is_not_a_jwt_nor_the_other_way_round():
    assert code_of(verify_sd_jwt, token()) == "proof.wrong_purpose"
    plain = {"iss": SCHOOL, "vct": "https://a.test", "x": 1}
    assert code_of(verify_jwt, token(plain, typ="dc+sd-jwt")) == "proof.wrong_key"


def test_nothing_is_disclosed_to_the_log():
    plain = token({"iss": SCHOOL, "vct": "https://a.test", "x": 1}, typ="dc+sd-jwt")
    for more in (b"~", b"~WyJzIiwgImEiLCAxXQ", b"~WyJzIiwgImEiLCAxXQ~"):
        assert code_of(verify_sd_jwt, plain + more) == "document.malformed"
