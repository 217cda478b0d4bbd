"""Answers that only the office can read (OpenID4VP 1.0 §8.3): taken where they were asked for, by that key alone."""

import base64
import json

import pytest

from ledger.formats import p256
from ledger.formats.multibase import base64url_decode
from tests.support.queries import FORMS, NAME, claims, present, query, turned_down

JWT = {"response_mode": "direct_post.jwt"}


def ask(site, form="dc+sd-jwt", **more):
    """A request for an encrypted answer, and what the wallet reads of it."""
    made = site.ask(query(site, form, claims(NAME)), **(JWT | more))
    return made, site.wallet().read(made["uri"])


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
@pytest.mark.parametrize("encoding", ["A128GCM", "A256GCM"])
def test_encrypted_answer_is_read(site, held, form, encoding) -> None:
    made, asked = ask(site, form)
    (key,) = asked["client_metadata"]["jwks"]["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"} and key["use"] == "enc"
    assert asked["client_metadata"]["encrypted_response_enc_values_supported"] == ["A128GCM", "A256GCM"]
    wallet = held[form][0]
    text = wallet.encrypted(asked, {"vp_token": {"one": [present(held, asked, form)]}}, encoding=encoding)
    answer = wallet.post_response(asked, text)
    assert (answer.status_code, answer.json()) == (200, {}), answer.text
    found = site.result(made)
    assert (found["state"], found["verified"]) == ("answered", True)
    turned_down(wallet.post_response(asked, text), "presentation.not_open")


def test_nobody_else_can_read_it(site, held) -> None:
    made, asked = ask(site)
    wallet = held["dc+sd-jwt"][0]
    text = wallet.encrypted(asked, {"vp_token": {"one": [present(held, asked, "dc+sd-jwt")]}})
    assert "~" not in text
    for part in text.split("."):
        assert b"vp_token" not in base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    keys = [made_key["client_metadata"]["jwks"]["keys"][0] for _, made_key in (ask(site), ask(site))]
    assert keys[0]["x"] != keys[1]["x"] and {one["kid"] for one in keys}.isdisjoint({asked["state"], made["uri"]})


def test_wallet_declines_encrypted_or_in_the_open(site) -> None:
    wallet = site.wallet()
    made, asked = ask(site)
    assert wallet.respond_encrypted(asked, ..., error="access_denied").status_code == 200
    assert site.result(made)["state"] == "declined" and site.result(made)["error"] == "access_denied"
    made, asked = ask(site)  # a wallet that cannot encrypt says so
    assert wallet.respond(asked, "", error="invalid_request", vp_token=...).status_code == 200
    assert site.result(made)["state"] == "declined"


def test_answer_in_the_open_where_an_encrypted_one_was_asked_for(site, held) -> None:
    made, asked = ask(site)
    token = {"one": [present(held, asked, "dc+sd-jwt")]}
    turned_down(held["dc+sd-jwt"][0].respond(asked, token), "presentation.encryption")
    assert site.result(made)["state"] == "open"


def test_encrypted_answer_where_none_was_asked_for(site, held) -> None:
    _, other = ask(site)
    made, asked = ask(site, response_mode="direct_post")
    token = {"one": [present(held, asked, "dc+sd-jwt")]}
    mixed = asked | {"client_metadata": other["client_metadata"]}  # another request's key, this one's state
    turned_down(held["dc+sd-jwt"][0].respond_encrypted(mixed, token), "presentation.encryption")
    own = other["client_metadata"]["jwks"]["keys"][0] | {"kid": made["id"]}
    mixed["client_metadata"] = {"jwks": {"keys": [own]}}
    turned_down(held["dc+sd-jwt"][0].respond_encrypted(mixed, token), "presentation.not_open")


def test_key_of_another_request(site, held) -> None:
    (_, asked), (_, other) = ask(site), ask(site)
    token = {"one": [present(held, asked, "dc+sd-jwt")]}
    wallet = held["dc+sd-jwt"][0]
    mixed = asked | {"client_metadata": other["client_metadata"]}
    turned_down(wallet.respond_encrypted(mixed, token), "presentation.encryption")
    lied = other["client_metadata"]["jwks"]["keys"][0] | {"kid": asked["client_metadata"]["jwks"]["keys"][0]["kid"]}
    mixed["client_metadata"] = {"jwks": {"keys": [lied]}}
    turned_down(wallet.respond_encrypted(mixed, token), "jwe.invalid")


@pytest.mark.parametrize("state", [..., "", 7, "x" * 43])
def test_encrypted_answer_without_the_state(site, held, state) -> None:
    made, asked = ask(site)
    token = {"one": [present(held, asked, "dc+sd-jwt")]}
    turned_down(held["dc+sd-jwt"][0].respond_encrypted(asked, token, state=state), "presentation.not_open")
    assert site.result(made)["state"] == "open"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"enc": "A128CBC-HS256"}, "jwe.unsupported"),
        ({"alg": "ECDH-ES+A128KW"}, "jwe.unsupported"),
        ({"zip": "DEF"}, "jwe.unsupported"),
        ({"kid": "unknown"}, "presentation.not_open"),
        ({"kid": None}, "presentation.not_open"),
        ({"epk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}, "key.malformed"),
    ],
)
def test_encryption_of_another_sort(site, held, header, code) -> None:
    _, asked = ask(site)
    wallet = held["dc+sd-jwt"][0]
    text = wallet.encrypted(asked, {"vp_token": {"one": [present(held, asked, "dc+sd-jwt")]}}, **header)
    turned_down(wallet.post_response(asked, text), code)


@pytest.mark.parametrize("text", ["", "a.b.c", "a.b.c.d.e", "e30..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"])
def test_no_encrypted_answer_at_all(site, text) -> None:
    _, asked = ask(site)
    answer = site.wallet().post_response(asked, text)
    assert answer.status_code == 400 and answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize("token", [None, "text", [], {"one": "x"}, '{"one":["x"]}'])
def test_encrypted_answer_with_a_token_of_another_form(site, token) -> None:
    _, asked = ask(site)
    turned_down(site.wallet().respond_encrypted(asked, token), "presentation.malformed")


def test_five_wrong_answers_end_an_encrypted_request_too(site) -> None:
    made, asked = ask(site)
    for _ in range(5):
        turned_down(site.wallet().respond_encrypted(asked, {}), "presentation.malformed")
    turned_down(site.wallet().respond_encrypted(asked, {}), "presentation.not_open")
    assert site.result(made)["state"] == "refused"


def test_key_in_the_link_is_a_point_of_the_curve(site) -> None:
    _, asked = ask(site)
    key = asked["client_metadata"]["jwks"]["keys"][0]
    p256.jwk_to_public_key(json.loads(json.dumps(key)))
    assert len(base64url_decode(key["x"], max_bytes=32)) == 32


def test_mode_that_is_not_known(site) -> None:
    answer = site.post(
        "/v1/presentation-requests",
        {"dcql_query": query(site, "dc+sd-jwt"), "purpose": "x", "response_mode": "fragment.jwt"},
    )
    assert answer.status_code in (400, 422)
