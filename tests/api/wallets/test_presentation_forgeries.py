"""Presentations that are not their holder's, not for this occasion, or not what they look like."""

import socket
from typing import Any

import pytest

from ledger.formats import canonical, jws, sdjwt
from ledger.formats.multibase import base64url_encode
from tests.support.queries import COURSES, FORMS, ask, claims, present, turned_down
from tests.support.wallet import Key, Wallet, now, sign_presentation


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
@pytest.mark.parametrize(
    "told", [{"client_id": "redirect_uri:https://elsewhere.example/response"}, {"client_id": "x"}, {"nonce": "x"}]
)
def test_presentation_made_for_another_verifier_or_nonce(site, held, form, told) -> None:
    _, asked = ask(site, form)
    turned_down(held[form][0].respond(asked, {"one": [present(held, asked | told, form)]}), "presentation.not_bound")


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_presentation_by_another_key(site, held, form) -> None:
    _, asked = ask(site, form)
    _, credential = held[form]
    thief = Wallet(site.client, Key("thief", dict(FORMS)[form]))
    token = {"one": [present({form: (thief, credential)}, asked, form)]}
    turned_down(thief.respond(asked, token), "presentation.not_bound")


def test_bundle_where_a_presentation_belongs(site, held) -> None:
    """The verifier reads it, and would be given proofs by whoever presents: the protocol has no place for them."""
    bundle = {"rollbook": "bundle/1", "salt": "A" * 43 + "="}
    wallet, credential = held["ldp_vc"]
    _, asked = ask(site, "ldp_vc")
    shown = wallet.present_ldp(asked, credential)
    for made in (bundle | {"presentation": shown}, {"rollbook": "bundle/1", "presentation": shown}):
        turned_down(wallet.respond(asked, {"one": [made]}), "presentation.format")
    wallet, credential = held["jwt_vc_json"]
    _, asked = ask(site, "jwt_vc_json")
    text = wallet.present_jwt(asked, credential)
    for token in (canonical.dumps(bundle | {"jwt": text}).decode(), f'"{text}"', f" {text}"):
        turned_down(wallet.respond(asked, {"one": [token]}), "presentation.format")


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_credential_without_its_holders_signature(site, held, form) -> None:
    _, asked = ask(site, form)
    wallet, credential = held[form]
    shown = sdjwt.join(credential.partition("~")[0], ()) if form == "dc+sd-jwt" else credential
    expected = "presentation.not_bound" if form == "dc+sd-jwt" else "presentation.format"
    turned_down(wallet.respond(asked, {"one": [shown]}), expected)


@pytest.mark.parametrize(
    "changes",
    [
        {"typ": "JWT"},
        {"sd_hash": "A" * 43},
        {"sd_hash": ...},
        {"aud": ...},
        {"nonce": ...},
        {"iat": ...},
        {"iat": now() - 2 * 86_400},
        {"iat": now() + 3_600},
        {"exp": now() - 60},
    ],
)
def test_key_binding_that_is_wrong(site, held, changes) -> None:
    wallet, credential = held["dc+sd-jwt"]
    _, asked = ask(site, "dc+sd-jwt")
    shown = wallet.present_sd_jwt(asked, credential, "nothing", **changes)
    turned_down(wallet.respond(asked, {"one": [shown]}), "presentation.not_bound")


def test_disclosure_added_or_taken_away_after_the_holder_signed(site, held) -> None:
    wallet, credential = held["dc+sd-jwt"]
    _, asked = ask(site, "dc+sd-jwt", claims(COURSES))
    token, disclosures, binding = sdjwt.split(wallet.present_sd_jwt(asked, credential))
    for some in (disclosures[:-1], disclosures[1:]):
        turned_down(wallet.respond(asked, {"one": [sdjwt.join(token, some, binding or "")]}), "presentation.not_bound")


def test_altered_credential_under_a_sound_holders_signature(site, held) -> None:
    wallet, credential = held["jwt_vc_json"]
    _, asked = ask(site, "jwt_vc_json")
    token = jws.parse(credential)
    vc = token.payload["vc"]
    forged = token.payload | {"vc": vc | {"credentialSubject": vc["credentialSubject"] | {"name": "李雷"}}}
    head, _, signature = credential.split(".")
    altered = f"{head}.{base64url_encode(canonical.dumps(forged))}.{signature}"
    turned_down(wallet.respond(asked, {"one": [wallet.present_jwt(asked, altered)]}), "presentation.not_genuine")
    wallet, credential = held["ldp_vc"]
    _, asked = ask(site, "ldp_vc")
    altered = credential | {"credentialSubject": credential["credentialSubject"] | {"name": "李雷"}}
    turned_down(wallet.respond(asked, {"one": [wallet.present_ldp(asked, altered)]}), "presentation.not_genuine")


def test_presentation_that_reads_as_another_one(site, held) -> None:
    """What is matched must be what is verified: no second document inside of the one that is looked at."""
    wallet, credential = held["ldp_vc"]
    _, asked = ask(site, "ldp_vc")
    options = {"domain": asked["client_id"], "challenge": asked["nonce"]}
    inner = held["jwt_vc_json"][0].present_jwt(asked, held["jwt_vc_json"][1])
    base = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": wallet.key.did,
        "verifiableCredential": [credential],
    }
    changes: dict[str, Any]
    for changes in (
        {
            "type": ["VerifiablePresentation", "EnvelopedVerifiablePresentation"],
            "id": f"data:application/vp+jwt,{inner}",
        },
        {"rollbook": "bundle/1"},
        {"verifiableCredential": [credential, credential]},
        {"verifiableCredential": [held["jwt_vc_json"][1]]},
        {"verifiableCredential": []},
    ):
        made = sign_presentation(base | changes, wallet.key, options)
        answer = wallet.respond(asked, {"one": [made]})
        assert answer.status_code == 400 and "not_open" not in answer.text, changes


def test_nothing_is_looked_up_for_a_presentation(site, held, monkeypatch) -> None:
    looked_up: list[Any] = []
    real = socket.getaddrinfo

    def watched(host: Any, *rest: Any, **more: Any) -> Any:
        looked_up.append(host)
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    wallet, credential = held["jwt_vc_json"]
    _, asked = ask(site, "jwt_vc_json")
    lure = "https://lure.example/key"
    payload = jws.parse(credential).payload
    foreign = payload | {"vc": payload["vc"] | {"@context": ["https://www.w3.org/ns/credentials/v2", lure]}}
    for header in ({"jku": lure}, {"x5u": lure}, {"kid": "did:web:lure.example#key"}):
        forged = wallet.key.sign({"typ": "JWT", **header}, foreign)
        answer = wallet.respond(asked, {"one": [wallet.present_jwt(asked, forged)]}, request_uri=lure)
        assert answer.status_code == 400
    assert set(looked_up) <= {"127.0.0.1"}
