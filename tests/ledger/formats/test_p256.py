"""P-256 keys and ES256: points that are none, spellings that are others, signatures of another length or message."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.formats import keys, p256, publickeys
from ledger.formats.did import build_did_key, split_verification_method
from ledger.formats.errors import FormatError
from ledger.formats.multibase import base58_encode, base64url_decode, base64url_encode

PAIR = p256.generate(hashlib.sha256(b"a school").digest())
MESSAGE = b"what is signed"
SIGNATURE = p256.sign(PAIR.secret, MESSAGE)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P = 2**256 - 2**224 + 2**192 + 2**96 - 1


def refused(code: str, call) -> None:
    with pytest.raises(FormatError) as caught:
        call()
    assert caught.value.code == code


def test_a_vector_of_rfc_6979():
    """A.2.5: P-256, SHA-256, message "sample"."""
    secret = bytes.fromhex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721")
    expected = "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
    expected += "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
    assert p256.sign(secret, b"sample").hex().upper() == expected


def test_both_roads_of_a_key_lead_back():
    assert PAIR.multikey.startswith("zDn") and len(PAIR.public) == 33
    assert p256.multikey_to_public_key(PAIR.multikey) == PAIR.public
    assert p256.jwk_to_public_key(p256.public_key_to_jwk(PAIR.public)) == PAIR.public
    assert publickeys.from_multikey(PAIR.multikey) == b"\x80\x24" + PAIR.public
    assert publickeys.to_multikey(b"\x80\x24" + PAIR.public) == PAIR.multikey
    assert publickeys.from_jwk(publickeys.to_jwk(b"\x80\x24" + PAIR.public)) == b"\x80\x24" + PAIR.public
    ed25519 = keys.generate(bytes(32)).public
    assert publickeys.from_jwk(publickeys.to_jwk(ed25519)) == ed25519
    assert p256.verify(PAIR.public, MESSAGE, SIGNATURE)


def test_the_secret_is_not_shown():
    assert PAIR.secret.hex() not in repr(PAIR) and "secret" not in repr(PAIR)


@given(st.binary(min_size=64, max_size=64))
@settings(max_examples=20, deadline=None)
def test_no_other_bytes_are_a_signature(signature):
    assert not p256.verify(PAIR.public, MESSAGE, signature)


@pytest.mark.parametrize("place", [0, 31, 32, 63])
def test_a_changed_signature(place):
    changed = bytearray(SIGNATURE)
    changed[place] ^= 1
    assert not p256.verify(PAIR.public, MESSAGE, bytes(changed))


def test_signatures_of_another_length_or_out_of_range():
    r, s = SIGNATURE[:32], SIGNATURE[32:]
    for wrong in (b"", SIGNATURE[:63], SIGNATURE + b"\0", bytes(64), r + bytes(32), bytes(32) + s):
        assert not p256.verify(PAIR.public, MESSAGE, wrong)
    raised = (int.from_bytes(s, "big") + ORDER).to_bytes(33, "big")
    assert not p256.verify(PAIR.public, MESSAGE, r + raised[1:])
    assert not p256.verify(PAIR.public, MESSAGE, b"\x30\x44\x02\x20" + r + b"\x02\x20" + s)  # DER
    assert not p256.verify(PAIR.public, MESSAGE + b".", SIGNATURE)
    assert not p256.verify(p256.generate(bytes(32)).public, MESSAGE, SIGNATURE)


def test_points_that_are_none():
    x = PAIR.public[1:]
    off = next(n for n in range(1, 50) if pow((n**3 - 3 * n + p256._B) % P, (P - 1) // 2, P) == P - 1)
    for wrong in (
        b"",
        x,
        b"\4" + x,
        b"\0" + x,
        b"\2" + off.to_bytes(32, "big"),
        b"\2" + P.to_bytes(32, "big"),
        bytes(33),
    ):
        refused("key.malformed", lambda wrong=wrong: p256.check_public_key(wrong))
        refused(
            "key.malformed", lambda wrong=wrong: p256.multikey_to_public_key("z" + base58_encode(b"\x80\x24" + wrong))
        )
        refused("key.malformed", lambda wrong=wrong: p256.verify(wrong, MESSAGE, SIGNATURE))


def test_multikeys_of_other_curves_and_spellings():
    refused("key.unsupported", lambda: p256.multikey_to_public_key(keys.generate(bytes(32)).multikey))
    refused("key.unsupported", lambda: keys.multikey_to_public_key(PAIR.multikey))
    refused("key.unsupported", lambda: publickeys.from_multikey("z" + base58_encode(b"\x81\x24" + PAIR.public)))
    for wrong in ("", "z", "u" + PAIR.multikey[1:], PAIR.multikey + "0", "z" + "2" * 500):
        with pytest.raises(FormatError):
            publickeys.from_multikey(wrong)


@pytest.mark.parametrize(
    "change",
    [
        {"kty": "OKP"},
        {"crv": "secp256k1"},
        {"d": "AAAA"},
        {"x": None},
        {"x": "AAAA"},
        {"y": base64url_encode(bytes(32))},
        {"y": base64url_encode(bytes(31) + b"\1") + "="},
    ],
)
def test_jwks_that_are_no_public_key(change):
    with pytest.raises(FormatError) as caught:
        publickeys.from_jwk(p256.public_key_to_jwk(PAIR.public) | change)
    assert caught.value.code in ("key.malformed", "key.unsupported")


def test_ed25519_jwks_that_are_no_public_key():
    good = publickeys.to_jwk(keys.generate(bytes(32)).public)
    for change in (
        {"crv": "X25519"},
        {"d": "AA"},
        {"x": 7},
        {"x": "AA"},
        {"x": base64url_encode(bytes(32))},
        {"x": "A="},
    ):
        with pytest.raises(FormatError):
            publickeys.from_jwk(good | change)
    refused("key.malformed", lambda: publickeys.from_jwk("a key"))


def test_the_other_coordinate_is_another_key():
    jwk = p256.public_key_to_jwk(PAIR.public)
    y = P - int.from_bytes(base64url_decode(jwk["y"], max_bytes=32), "big")
    other = p256.jwk_to_public_key(jwk | {"y": base64url_encode(y.to_bytes(32, "big"))})
    assert other != PAIR.public and not p256.verify(other, MESSAGE, SIGNATURE)


def test_seeds_and_secrets_of_another_length():
    refused("key.malformed", lambda: p256.generate(bytes(31)))
    for wrong in (bytes(32), bytes(31), ORDER.to_bytes(32, "big")):
        refused("key.malformed", lambda wrong=wrong: p256.sign(wrong, MESSAGE))


def test_verification_methods():
    did = build_did_key(b"\x80\x24" + PAIR.public)
    assert did == "did:key:" + PAIR.multikey
    assert split_verification_method(f"{did}#{PAIR.multikey}") == (did, PAIR.multikey)
    assert split_verification_method(f"did:web:a.test#{PAIR.multikey}") == ("did:web:a.test", PAIR.multikey)
    refused("did.malformed", lambda: split_verification_method(f"{did}#{keys.generate(bytes(32)).multikey}"))
    refused(
        "key.malformed", lambda: split_verification_method("did:web:a.test#z" + base58_encode(b"\x80\x24" + bytes(33)))
    )
