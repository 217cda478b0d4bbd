"""An admissions office asks, and a wallet answers, by the letter of OpenID4VP 1.0; any other answer is refused."""

import json
import re

import pytest

from tests.support.ledgers import SCHOOL
from tests.support.queries import COURSES, FORMS, NAME, ask, claims, one, present, query, turned_down

SCALES = r'<svg [^>]*width="[0-9]{3}px" height="[0-9]{3}px" viewBox="0 0 [0-9]+ [0-9]+"'


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_wallet_answers_and_the_office_sees_our_own_report(site, held, form) -> None:
    made, asked = ask(site, form)
    assert re.match(SCALES, made["qr"]) and asked["client_metadata"]["vp_formats_supported"].keys() == {
        name for name, _ in FORMS
    }
    answer = held[form][0].respond(asked, {"one": [present(held, asked, form)]})
    assert (answer.status_code, answer.json()) == (200, {}), answer.text
    found = site.result(made)
    assert found["state"] == "answered" and found["verified"] is True
    (shown,) = found["presentations"]
    assert shown["id"] == "one" and shown["report"]["verdict"] == "valid"
    assert shown["report"]["subject"]["name"] == "林晓"
    codes = {check["id"]: check["code"] for check in shown["report"]["checks"]}
    assert codes["holder"] == "holder.ok" and codes["anchor"] == "anchor.ok"


def test_presentation_signed_over_rdf(site, held) -> None:
    wallet, credential = held["ldp_vc"]
    made, asked = ask(site, "ldp_vc")
    shown = wallet.present_ldp(asked, credential, contexts=site.deployment.kinds.known_contexts())
    assert shown["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    answer = wallet.respond(asked, {"one": [shown]})
    assert answer.status_code == 200, answer.text
    assert site.result(made)["verified"] is True


@pytest.mark.parametrize("form", ["dc+sd-jwt", "jwt_vc_json"])
def test_holder_with_an_ed25519_key(site, record, form) -> None:
    held = {form: site.holding(form, "EdDSA", record)}
    site.settle()
    made, asked = ask(site, form)
    answer = held[form][0].respond(asked, {"one": [present(held, asked, form)]})
    assert answer.status_code == 200, answer.text
    assert site.result(made)["verified"] is True


@pytest.mark.parametrize("policy", ["archive", "vc"])
def test_other_policies(site, held, policy) -> None:
    made = site.ask(query(site, "dc+sd-jwt", claims(NAME)), policy=policy)
    asked = held["dc+sd-jwt"][0].read(made["uri"])
    assert held["dc+sd-jwt"][0].respond(asked, {"one": [present(held, asked, "dc+sd-jwt")]}).status_code == 200
    found = site.result(made)
    assert found["verified"] is True and found["presentations"][0]["report"]["policy"] == policy


def test_wallet_discloses_the_courses_that_were_asked_for(site, held) -> None:
    wallet, credential = held["dc+sd-jwt"]
    made, asked = ask(site, "dc+sd-jwt", claims([*COURSES, None, "mark"]))
    assert wallet.respond(asked, {"one": [wallet.present_sd_jwt(asked, credential)]}).status_code == 200
    (shown,) = site.result(made)["presentations"]
    assert len(shown["report"]["record"]["transcript"]["courses"]) == 3


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_same_response_again(site, held, form) -> None:
    _, asked = ask(site, form)
    wallet, token = held[form][0], {"one": [present(held, asked, form)]}
    assert wallet.respond(asked, token).status_code == 200
    turned_down(wallet.respond(asked, token), "presentation.not_open")


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_presentation_replayed_to_another_request(site, held, form) -> None:
    (_, first), (made, second) = ask(site, form), ask(site, form)
    wallet, token = held[form][0], {"one": [present(held, first, form)]}
    assert wallet.respond(first, token).status_code == 200
    turned_down(wallet.respond(second, token), "presentation.not_bound")
    assert site.result(made)["state"] == "open"


def test_more_is_disclosed_than_was_asked_for(site, held) -> None:
    wallet, credential = held["dc+sd-jwt"]
    for wanted in (claims(NAME), claims([*COURSES, 0]), {}):
        _, asked = ask(site, "dc+sd-jwt", wanted)
        shown = wallet.present_sd_jwt(asked, credential)
        turned_down(wallet.respond(asked, {"one": [shown]}), "presentation.over_disclosed")


@pytest.mark.parametrize(
    "wanted",
    [
        claims([*COURSES, 0]),
        claims([*COURSES, None, "mark"]),
        claims(NAME, ["credentialSubject", "gender"]),
        claims(["name"]),
        claims([*NAME, None]),
    ],
)
def test_less_is_there_than_was_asked_for(site, held, wanted) -> None:
    for form in ("dc+sd-jwt", "ldp_vc") if wanted["claims"][0]["path"][:3] != COURSES else ("dc+sd-jwt",):
        _, asked = ask(site, form, wanted)
        turned_down(held[form][0].respond(asked, {"one": [present(held, asked, form)]}), "presentation.claim_missing")


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_another_record_than_was_asked_for(site, held, form) -> None:
    wrong = claims(NAME)
    wrong["claims"][0]["values"] = ["李雷", "林晓 "]
    _, asked = ask(site, form, wrong)
    turned_down(held[form][0].respond(asked, {"one": [present(held, asked, form)]}), "presentation.claim_value")
    base = site.deployment.base
    other = {"vct_values": [f"{base}/contexts/diploma/v0/vct"]} if form == "dc+sd-jwt" else {"type_values": [["x"]]}
    _, asked = ask(site, form, {"meta": other})
    turned_down(held[form][0].respond(asked, {"one": [present(held, asked, form)]}), "presentation.type")


def test_type_without_its_context_is_another_type_in_json_ld_alone(site, held) -> None:
    plain = {"meta": {"type_values": [["VerifiableCredential", "TranscriptCredential"]]}}
    _, asked = ask(site, "ldp_vc", plain)
    turned_down(held["ldp_vc"][0].respond(asked, {"one": [present(held, asked, "ldp_vc")]}), "presentation.type")
    _, asked = ask(site, "jwt_vc_json", plain)
    assert held["jwt_vc_json"][0].respond(asked, {"one": [present(held, asked, "jwt_vc_json")]}).status_code == 200


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
@pytest.mark.parametrize("given", [form for form, _ in FORMS])
def test_presentation_in_another_format(site, held, form, given) -> None:
    if form == given:
        given = {"dc+sd-jwt": "ldp_vc", "ldp_vc": "jwt_vc_json", "jwt_vc_json": "dc+sd-jwt"}[form]
    _, asked = ask(site, form)
    turned_down(held[given][0].respond(asked, {"one": [present(held, asked, given)]}), "presentation.format")


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "document.malformed"),
        ("eyJ", "document.malformed"),
        ("[]", "presentation.malformed"),
        ("{}", "presentation.malformed"),
        ('{"one": []}', "presentation.malformed"),
        ('{"one": "text"}', "presentation.malformed"),
        ('{"one": [7]}', "presentation.format"),
        ('{"one": [null]}', "presentation.format"),
        ('{"one": ["text"]}', "document.malformed"),
        ('{"two": ["text"]}', "presentation.not_asked"),
        ('{"one": ["a", "b"]}', "presentation.not_asked"),
        ('{"one": ["a"], "one": ["b"]}', "document.duplicate_key"),
    ],
)
def test_vp_token_that_is_none(site, token, code) -> None:
    _, asked = ask(site, "dc+sd-jwt")
    turned_down(site.wallet().respond(asked, token), code)


@pytest.mark.parametrize("changes", [{"state": ...}, {"state": ""}, {"state": "guessed"}])
def test_response_without_the_state(site, held, changes) -> None:
    _, asked = ask(site, "dc+sd-jwt")
    turned_down(held["dc+sd-jwt"][0].respond(asked, {"one": ["x"]}, **changes), "presentation.not_open")


def test_response_after_the_request_has_expired(site, held, clock) -> None:
    made, asked = ask(site, "dc+sd-jwt")
    shown = present(held, asked, "dc+sd-jwt")
    clock(601)
    turned_down(held["dc+sd-jwt"][0].respond(asked, {"one": [shown]}), "presentation.not_open")
    assert site.result(made)["state"] == "expired"
    clock(86_400)
    assert site.get(f"/v1/presentation-requests/{made['id']}").status_code == 404


def test_fifth_wrong_response_closes_the_request(site, held) -> None:
    made, asked = ask(site, "dc+sd-jwt")
    wallet = held["dc+sd-jwt"][0]
    for _ in range(5):
        turned_down(wallet.respond(asked, "{}"), "presentation.malformed")
    turned_down(wallet.respond(asked, {"one": [present(held, asked, "dc+sd-jwt")]}), "presentation.not_open")
    found = site.result(made)
    assert (found["state"], found["refused"]) == ("refused", "presentation.malformed") and "verified" not in found


def test_wallet_that_declines(site) -> None:
    made, asked = ask(site, "dc+sd-jwt")
    assert site.wallet().respond(asked, "", vp_token=..., error="access_denied").status_code == 200
    found = site.result(made)
    assert (found["state"], found["error"]) == ("declined", "access_denied")


def test_revoked_or_unanchored_record_is_told_by_the_report_and_not_turned_down(site) -> None:
    record = site.issue()
    held = {"dc+sd-jwt": site.holding("dc+sd-jwt", record=record)}
    for verdict in ("indeterminate", "invalid"):
        made, asked = ask(site, "dc+sd-jwt")
        assert held["dc+sd-jwt"][0].respond(asked, {"one": [present(held, asked, "dc+sd-jwt")]}).status_code == 200
        found = site.result(made)
        assert found["verified"] is False and found["presentations"][0]["report"]["verdict"] == verdict
        site.post(f"/v1/records/{record}/revoke", {"reason": "mistake"})
        site.settle()


def test_credential_sets(site, held) -> None:
    wanted = {
        "credentials": [one(site, form, name=name) for name, form in (("a", "dc+sd-jwt"), ("b", "jwt_vc_json"))],
        "credential_sets": [{"options": [["a"], ["b"]]}],
    }
    wallet = held["dc+sd-jwt"][0]
    for names, code in ((["a"], ""), (["b"], ""), ([], "presentation.malformed")):
        asked = wallet.read(site.ask(wanted)["uri"])
        forms = {"a": "dc+sd-jwt", "b": "jwt_vc_json"}
        answer = wallet.respond(asked, {name: [present(held, asked, forms[name])] for name in names})
        if code:
            turned_down(answer, code)
        else:
            assert answer.status_code == 200, answer.text
    asked = wallet.read(site.ask({"credentials": wanted["credentials"]})["uri"])
    turned_down(wallet.respond(asked, {"a": [present(held, asked, "dc+sd-jwt")]}), "presentation.incomplete")


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("trusted_authorities", [{"type": "aki", "values": ["x"]}], "dcql.unsupported"),
        ("require_cryptographic_holder_binding", False, "dcql.unsupported"),
        ("format", "mso_mdoc", "dcql.unsupported"),
        ("intent_to_retain", True, "dcql.unsupported"),
        ("meta", {}, "dcql.malformed"),
        ("id", "", "dcql.malformed"),
    ],
)
def test_query_that_is_not_done_here_is_refused_by_name(site, member, value, code) -> None:
    wanted = query(site, "dc+sd-jwt", {member: value})
    answer = site.post("/v1/presentation-requests", {"dcql_query": wanted, "purpose": "Admission"})
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert code == "dcql.malformed" or member in answer.json()["detail"]


def test_school_sees_its_own_requests_alone(site) -> None:
    made, _ = ask(site, "dc+sd-jwt")
    path = f"/v1/presentation-requests/{made['id']}"
    assert site.get(path).json()["purpose"] == "Admission"
    assert site.get(path, SCHOOL).status_code == 404
    assert site.client.get(path).status_code == 401
    assert site.client.post("/v1/presentation-requests", json={}).status_code == 401
    for body in ({}, {"dcql_query": {}, "purpose": "x"}, {"dcql_query": query(site, "ldp_vc"), "purpose": ""}):
        assert site.post("/v1/presentation-requests", body).status_code == 400
    wrong = {"dcql_query": query(site, "ldp_vc"), "purpose": "x", "policy": "none"}
    assert site.post("/v1/presentation-requests", wrong).status_code == 400


def test_too_many_open_requests(site, monkeypatch) -> None:
    from api.presenting import requests

    monkeypatch.setattr(requests, "MOST_OPEN", 1)
    first = {"dcql_query": query(site, "ldp_vc"), "purpose": "x"}
    assert site.post("/v1/presentation-requests", first, SCHOOL).status_code == 201
    answer = site.post("/v1/presentation-requests", first, SCHOOL)
    assert (answer.status_code, answer.json()["code"]) == (409, "presentation.too_many")


def test_database_keeps_no_state_of_a_request(site) -> None:
    from sqlalchemy import select

    from api.presenting.requests import _REQUESTS
    from ledger.log.transactions import reading

    made, asked = ask(site, "dc+sd-jwt")
    with reading(site.deployment.engine) as connection:
        row = connection.execute(select(_REQUESTS).where(_REQUESTS.c.id == made["id"])).one()
    assert asked["state"] not in repr(tuple(row)) and json.loads(row.query) == asked["dcql_query"]


def test_answers_and_used_nonces_are_deleted_once_they_are_old(site, held, clock) -> None:
    from sqlalchemy import func, select

    from api.presenting.requests import _REQUESTS
    from issuers.wallets.nonces import _USED
    from ledger.log.transactions import reading

    def kept() -> list[int]:
        with reading(site.deployment.engine) as connection:
            tables = (_REQUESTS, _USED)
            return [int(connection.execute(select(func.count()).select_from(one)).scalar_one()) for one in tables]

    made, asked = ask(site, "dc+sd-jwt")
    assert held["dc+sd-jwt"][0].respond(asked, {"one": [present(held, asked, "dc+sd-jwt")]}).status_code == 200
    expiring = (site.deployment.presenting, site.deployment.wallets.nonces)
    before = kept()
    for one_of_them in expiring:
        one_of_them.forget()
    assert kept()[0] == before[0] and site.result(made)["state"] == "answered"
    clock(600 + 86_400 + 1)
    for one_of_them in expiring:
        one_of_them.forget()
    assert kept() == [0, 0]
