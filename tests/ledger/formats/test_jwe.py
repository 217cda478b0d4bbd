"""Encrypted answers: an independent library encrypts, and whatever was altered on the way opens for nobody."""

import base64
import json
from typing import Any

import pytest

from ledger.formats import jwe, p256
from ledger.formats.errors import FormatError, ProofError, RollbookError
from ledger.formats.multibase import base64url_decode
from tests.support.encrypting import encrypt

# RFC 7518, appendix C.
ALICE = {
    "kty": "EC",
    "crv": "P-256",
    "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
    "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
}
BOB = base64url_decode("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw", max_bytes=32)

# OpenID4VP 1.0 §8.3.
SPECIFICATION = (
    "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt"
    "0eSI6IkVDIiwieCI6Im5ubVZwbTNWM2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5I"
    "joicjRmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1pYzVWU05UWU45ZyIsImNydiI6IlAtMjU2In1"
    "9..uAYcHRUSSn2X0WPX.yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00RqE3Pw5oTpUG3hdLN"
    "4taHZ9gC1kwak8JOnJgQ.1wR024_3-qtAlx1oFIUpQQ"
)
THEIRS = base64url_decode("Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww", max_bytes=32)

OURS = p256.generate(b"\x07" * 32)
JWK = p256.public_key_to_jwk(OURS.public) | {"kid": "k", "alg": "ECDH-ES", "use": "enc"}
TEXT = b'{"vp_token":{"one":["x"]}}'


def opened(text: str) -> bytes:
    return jwe.decrypt(jwe.parse(text), OURS.secret)


def with_header(**changes: Any) -> str:
    """The message under another header, as whoever encrypts may choose it."""
    return encrypt(TEXT, JWK, "A128GCM", **changes)


def test_key_of_the_published_example() -> None:
    shared = p256.agree(BOB, p256.jwk_to_public_key(ALICE))
    derived = jwe.derive(shared, "A128GCM", b"Alice", b"Bob")
    assert base64.urlsafe_b64encode(derived).rstrip(b"=") == b"VqqN6vgjbSBcIijNcacQGg"


def test_message_of_the_specification() -> None:
    sealed = jwe.parse(SPECIFICATION)
    assert sealed.kid == "ac"
    assert set(json.loads(jwe.decrypt(sealed, THEIRS))) == {"vp_token"}


@pytest.mark.parametrize("encoding", ["A128GCM", "A256GCM"])
@pytest.mark.parametrize("parties", [{}, {"apu": "QWxpY2U", "apv": "Qm9i"}])
def test_what_an_independent_library_encrypts(encoding: str, parties: dict[str, str]) -> None:
    made = encrypt(TEXT, JWK, encoding, **parties)
    assert opened(made) == TEXT and jwe.parse(made).kid == "k"


@pytest.mark.parametrize("part", [0, 2, 3, 4])
def test_an_altered_part(part: int) -> None:
    parts = encrypt(TEXT, JWK, "A128GCM").split(".")
    data = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    if part == 0:
        data = bytearray(bytes(data).replace(b'"kid":"k"', b'"kid":"j"'))
    else:
        data[0] ^= 1
    parts[part] = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    with pytest.raises(ProofError, match=r"jwe\.invalid"):
        opened(".".join(parts))


def test_a_message_for_another_key() -> None:
    other = p256.public_key_to_jwk(p256.generate(b"\x08" * 32).public)
    with pytest.raises(ProofError, match=r"jwe\.invalid"):
        opened(encrypt(TEXT, other, "A256GCM"))


@pytest.mark.parametrize(
    "changes",
    [
        *({"alg": name} for name in ("none", "dir", "ECDH-ES+A128KW", "RSA-OAEP", None, 1)),
        *({"enc": name} for name in ("A128CBC-HS256", "A192GCM", "none", None)),
        {"zip": "DEF"},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
    ],
)
def test_another_way_of_encrypting(changes: dict[str, Any]) -> None:
    with pytest.raises(FormatError, match=r"jwe\.unsupported"):
        jwe.parse(with_header(**changes))


@pytest.mark.parametrize(
    "epk",
    [
        None,
        "text",
        {},
        {**ALICE, "y": ALICE["x"]},
        {**ALICE, "crv": "P-384"},
        {**ALICE, "x": "AA", "y": "AA"},
        {**ALICE, "d": "AA"},
        {"kty": "OKP", "crv": "X25519", "x": ALICE["x"]},
    ],
)
def test_an_ephemeral_key_that_is_no_point_of_the_curve(epk: Any) -> None:
    with pytest.raises(FormatError, match=r"jwe\.malformed|key\."):
        opened(with_header(epk=epk))


@pytest.mark.parametrize("party", [1, "=", "A", "A" * 2000])
def test_parties_that_are_no_base64url(party: Any) -> None:
    with pytest.raises(FormatError):
        opened(with_header(apu=party))


@pytest.mark.parametrize(
    "text",
    [
        *("", "a.b.c", "a..b.c.d", "e30..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA", SPECIFICATION + "="),
        *("." + SPECIFICATION, SPECIFICATION.replace("..", ".AA."), SPECIFICATION[:-1], SPECIFICATION + ".x"),
        "x" * 11_000_000,
    ],
)
def test_no_message_at_all(text: str) -> None:
    with pytest.raises(RollbookError):
        jwe.parse(text)
