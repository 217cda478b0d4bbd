"""A learner's choice: exactly that, what belongs to it, and what the school demands; bound to one occasion."""

import json

import pytest

from ledger.formats import enveloped, jws, keys, p256, presenting, publickeys, sdjwt
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.joseform import Disclosable
from ledger.formats.multibase import base64url_encode
from tests.worlds.tokens import JWT, WALLET, WALLET_KEY, TokenScene
from verifier.report import Outcome, Verdict

NESTED = ("/name", "/transcript/courses/*", "/transcript/courses/*/mark")
SCENE = TokenScene(disclosable=Disclosable(pointers=NESTED))
DEMANDING = TokenScene(disclosable=Disclosable(mandatory=("/transcript/courses/1",)))
JWK = p256.public_key_to_jwk(WALLET.public) | {"d": base64url_encode(WALLET.secret)}


def pointers(text: str) -> list[str]:
    return [one.pointer for one in presenting.choices(text)]


def test_everything_that_may_be_kept_back():
    courses = [f"/transcript/courses/{n}{below}" for n in range(3) for below in ("", "/mark")]
    assert pointers(SCENE.text) == ["/name", *courses]
    assert [one.required for one in presenting.choices(DEMANDING.text)] == [False, True, False]
    first = presenting.choices(DEMANDING.text)[0]
    assert first.value == DEMANDING.subject["transcript"]["courses"][0]


def test_nothing_more_than_is_demanded():
    assert pointers(presenting.choose(SCENE.text, [])) == []
    assert pointers(presenting.choose(DEMANDING.text, [])) == ["/transcript/courses/0"]
    chosen = presenting.choices(presenting.choose(DEMANDING.text, []))
    assert chosen[0].required and chosen[0].value == DEMANDING.subject["transcript"]["courses"][1]


@pytest.mark.parametrize(
    ("chosen", "kept"),
    [
        (["/name"], ["/name"]),
        (["/transcript/courses/1"], ["/transcript/courses/0", "/transcript/courses/0/mark"]),
        (["/transcript/courses/1/mark"], ["/transcript/courses/0", "/transcript/courses/0/mark"]),
        (["/transcript/courses/*"], [f"/transcript/courses/{n}{below}" for n in range(3) for below in ("", "/mark")]),
        (["/name", "/transcript/courses/2", "/name"], ["/name", "/transcript/courses/0", "/transcript/courses/0/mark"]),
    ],
)
def test_what_was_chosen_with_what_is_in_it_and_around_it(chosen, kept):
    made = presenting.choose(SCENE.text, chosen)
    assert pointers(made) == kept
    assert SCENE.verify_text(made).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "pointer", ["", "/", "name", "/transcript", "/transcript/courses/3", "/transcript/courses/0/x", "/*/*"]
)
def test_a_pointer_to_nothing(pointer):
    with pytest.raises(NotFoundError):
        presenting.choose(SCENE.text, [pointer])


def test_choosing_twice_discloses_no_more():
    once = presenting.choose(SCENE.text, ["/name"])
    assert presenting.choose(once, ["/name"]) == once
    with pytest.raises(NotFoundError):
        presenting.choose(once, ["/transcript/courses/0"])


def test_the_bundle_stays_as_it_is_and_valid():
    bundle = DEMANDING.bundle()
    made = json.loads(presenting.replaced(bundle, presenting.choose(DEMANDING.text, ["/transcript/courses/2"])))
    assert {name: value for name, value in made.items() if name != "sdJwt"} == {
        name: value for name, value in bundle.items() if name != "sdJwt"
    }
    report = DEMANDING.verify(made)
    assert report.verdict is Verdict.VALID
    assert [one["code"] for one in report.record["transcript"]["courses"]] == ["MA101", "MA102"]
    assert all(check.outcome is Outcome.PASS for check in report.checks if check.id != "holder")


@pytest.mark.parametrize("value", [None, [], {}, {"sdJwt": 7}, TokenScene(JWT).bundle()])
def test_bundles_of_other_forms(value):
    with pytest.raises(FormatError) as caught:
        presenting.sd_jwt_of(value)
    assert caught.value.code == "present.other_form"


# Binding


@pytest.mark.parametrize("pair", [WALLET, keys.generate(b"\7" * 32)])
def test_a_binding_holds_for_its_occasion(pair):
    public = WALLET_KEY if isinstance(pair, p256.KeyPair) else pair.public
    text = presenting.choose(SCENE.text, ["/name"])
    key = presenting.HolderKey(public, pair.secret)
    secured = enveloped.open_sd_jwt(presenting.bind(text, key, audience="a", nonce="n", issued=7)).secured
    assert secured is not None and secured.bound is not None
    bound = secured.bound
    jws.verify(bound.token, public, ("kb+jwt",))
    assert bound.token.payload == {"aud": "a", "nonce": "n", "iat": 7, "sd_hash": bound.sd_hash}


def test_what_is_bound_is_bound():
    key = presenting.HolderKey(WALLET_KEY, WALLET.secret)
    bound = presenting.bind(SCENE.text, key, audience="a", nonce="n", issued=7)
    with pytest.raises(FormatError):
        presenting.bind(bound, key, audience="a", nonce="n", issued=7)
    assert sdjwt.split(presenting.choose(bound, ["/name"]))[2] is None


def test_private_keys():
    assert presenting.holder_key(JWK) == presenting.HolderKey(WALLET_KEY, WALLET.secret)
    pair = keys.generate(b"\7" * 32)
    jwk = publickeys.to_jwk(pair.public) | {"d": base64url_encode(b"\7" * 32)}
    assert presenting.holder_key(jwk) == presenting.HolderKey(pair.public, pair.secret)


@pytest.mark.parametrize(
    "change",
    [
        {"d": None},
        {"d": "A="},
        {"d": base64url_encode(bytes(32))},
        {"d": base64url_encode(b"\1" * 32)},
        {"kty": "RSA"},
        {"x": base64url_encode(b"\1" * 32)},
    ],
)
def test_what_is_no_private_key(change):
    with pytest.raises(FormatError):
        presenting.holder_key(JWK | change)
    with pytest.raises(FormatError):
        presenting.holder_key({name: value for name, value in JWK.items() if name != "d"})
    with pytest.raises(FormatError):
        presenting.holder_key("a key")
