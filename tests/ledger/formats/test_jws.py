"""Compact JWS: headers that choose, spellings that are others, tokens of another type."""

import hashlib
from typing import Any

import pytest

from ledger.formats import canonical, jws, keys, p256
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.multibase import base64url_encode

PAIR = p256.generate(hashlib.sha256(b"a school").digest())
PUBLIC = b"\x80\x24" + PAIR.public
HEADER = {"typ": "vc+jwt", "kid": "did:web:a.test#key"}
PAYLOAD = {"iss": "did:web:a.test", "n": 1}
TEXT = jws.sign(HEADER, PAYLOAD, PAIR.secret)
TYPES = ("vc+jwt",)


def token(header: Any, payload: Any = PAYLOAD, secret: bytes = PAIR.secret) -> jws.Token:
    """A token with this header as it is, under a signature that holds."""
    signing_input = f"{base64url_encode(canonical.dumps(header))}.{base64url_encode(canonical.dumps(payload))}"
    return jws.parse(f"{signing_input}.{base64url_encode(p256.sign(secret, signing_input.encode()))}")


def refused(code: str, call) -> None:
    with pytest.raises((FormatError, ProofError)) as caught:
        call()
    assert caught.value.code == code


def test_a_token_that_holds():
    parsed = jws.parse(TEXT)
    assert (parsed.header, parsed.payload) == (HEADER | {"alg": "ES256"}, PAYLOAD)
    jws.verify(parsed, PUBLIC, TYPES)
    pair = keys.generate(bytes(32))
    jws.verify(jws.parse(jws.sign_ed25519(HEADER, PAYLOAD, pair.secret)), pair.public, TYPES)


def test_the_example_of_rfc_7515_a_3():
    header, payload = (
        "eyJhbGciOiJFUzI1NiJ9",
        ("eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"),
    )
    signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    jwk = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    public = b"\x80\x24" + p256.jwk_to_public_key(jwk)
    jws.verify(jws.parse(f"{header}.{payload}.{signature}"), public, ("",))
    refused("proof.invalid", lambda: jws.verify(jws.parse(f"{header}.{payload}.{'A' * 86}"), public, ("",)))


@pytest.mark.parametrize("place", range(0, len(TEXT), 7))
def test_a_changed_character(place):
    changed = "A" if TEXT[place] != "A" else "B"
    text = TEXT[:place] + changed + TEXT[place + 1 :]
    with pytest.raises((FormatError, ProofError)):
        jws.verify(jws.parse(text), PUBLIC, TYPES)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE"])
def test_none_is_no_signature(algorithm):
    refused("proof.missing", lambda: jws.verify(token(HEADER | {"alg": algorithm}), PUBLIC, TYPES))


@pytest.mark.parametrize("algorithm", ["HS256", "ES384", "ES256K", "RS256", "es256", "ES256 ", "Ed25519", ""])
def test_other_algorithms(algorithm):
    refused("proof.unsupported", lambda: jws.verify(token(HEADER | {"alg": algorithm}), PUBLIC, TYPES))


@pytest.mark.parametrize("header", [{}, {"alg": 7}, {"alg": None}, {"alg": ["ES256"]}])
def test_no_algorithm_makes_a_document_malformed(header):
    """It is a token all the same, and nobody can say whether it is signed (docs/formats.md §4.1)."""
    refused("proof.unsupported", lambda: jws.verify(token(HEADER | header), PUBLIC, TYPES))


def test_an_algorithm_that_is_not_the_keys():
    refused("proof.wrong_key", lambda: jws.verify(token(HEADER | {"alg": "EdDSA"}), PUBLIC, TYPES))
    refused("proof.wrong_key", lambda: jws.verify(jws.parse(TEXT), keys.generate(bytes(32)).public, TYPES))


@pytest.mark.parametrize("more", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}, {"b64": True}])
def test_extensions(more):
    refused("proof.unsupported", lambda: jws.verify(token(HEADER | {"alg": "ES256"} | more), PUBLIC, TYPES))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5c", "x5u"])
def test_a_key_that_the_token_brings_is_not_used(name):
    other = p256.generate(bytes(32))
    brought = {"jwk": p256.public_key_to_jwk(other.public)}.get(name, "https://a.test/key")
    made = token(HEADER | {"alg": "ES256", name: brought}, secret=other.secret)
    refused("proof.invalid", lambda: jws.verify(made, PUBLIC, TYPES))


@pytest.mark.parametrize("kind", ["kb+jwt", "at+jwt", "openid4vci-proof+jwt", "vc+sd-jwt", 7, None, ["vc+jwt"]])
def test_tokens_of_another_type(kind):
    refused("proof.wrong_purpose", lambda: jws.verify(token({"alg": "ES256", "typ": kind}), PUBLIC, TYPES))


@pytest.mark.parametrize("kind", ["", "application/", "Application/"])
def test_a_type_of_no_letters_is_as_good_as_none(kind):
    refused("proof.wrong_purpose", lambda: jws.verify(token({"alg": "ES256", "typ": kind}), PUBLIC, ("", "vc+jwt")))


def test_the_type_in_its_other_spellings():
    for kind in ("VC+JWT", "application/vc+jwt"):
        jws.verify(token({"alg": "ES256", "typ": kind}), PUBLIC, TYPES)
    refused("proof.wrong_purpose", lambda: jws.verify(token({"alg": "ES256"}), PUBLIC, TYPES))


HEAD, BODY, TAIL = TEXT.split(".")
NAN = base64url_encode(b'{"n":NaN}')
BOM = base64url_encode(b"\xef\xbb\xbf{}")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        f"{HEAD}.{BODY}",
        f"{TEXT}.{TAIL}",
        f"{TEXT}=",
        f" {TEXT}",
        f"{TEXT}\n",
        f"{HEAD}.{BODY}=.{TAIL}",
        f"{HEAD}.{BODY[:-1]}+.{TAIL}",
        f"{HEAD}\n.{BODY}.{TAIL}",
        f"{base64url_encode(b'[]')}.{BODY}.{TAIL}",
        f"{HEAD}.{base64url_encode(b'[]')}.{TAIL}",
        f"{HEAD}.{NAN}.{TAIL}",
        f"{HEAD}.{BOM}.{TAIL}",
        f"{HEAD}.{BODY}.{TAIL[:-1] + chr(ord(TAIL[-1]) + 1)}",
        None,
        TEXT.encode(),
    ],
)
def test_texts_that_are_no_token(text):
    refused("document.malformed", lambda: jws.parse(text))


def test_a_name_twice():
    twice = base64url_encode(b'{"iss":"a","iss":"b"}')
    refused("document.duplicate_key", lambda: jws.parse(f"{HEAD}.{twice}.{TAIL}"))
    twice = base64url_encode(b'{"alg":"none","alg":"ES256"}')
    refused("document.duplicate_key", lambda: jws.parse(f"{twice}.{BODY}.{TAIL}"))


def test_the_signature_in_another_spelling_of_its_bytes():
    """86 characters hold 4 bits more than 64 bytes: they must be zero."""
    assert len(TAIL) == 86
    others = [TAIL[:-1] + letter for letter in "BCDEFRhx" if letter != TAIL[-1]]
    for other in others:
        with pytest.raises((FormatError, ProofError)):
            jws.verify(jws.parse(f"{HEAD}.{BODY}.{other}"), PUBLIC, TYPES)
