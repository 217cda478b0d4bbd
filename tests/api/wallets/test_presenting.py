"""An admissions office asks, and a wallet answers, by the letter of OpenID4VP 1.0."""

from typing import Any

import pytest

from tests.support.queries import claims, query

NAME = ["credentialSubject", "name"]


@pytest.fixture(scope="module")
def held(site) -> dict[str, Any]:
    """One learner's record in three formats, anchored."""
    record = site.issue(name="林晓")
    found = {form: site.holding(form, key, record) for form, key in FORMS}
    site.settle()
    return found


FORMS = [("dc+sd-jwt", "ES256"), ("jwt_vc_json", "ES256"), ("ldp_vc", "EdDSA")]


def present(wallet, asked, form: str, credential) -> Any:
    if form == "dc+sd-jwt":
        return wallet.present_sd_jwt(asked, credential, "nothing")
    return (wallet.present_jwt if form == "jwt_vc_json" else wallet.present_ldp)(asked, credential)


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_wallet_answers_and_the_office_sees_our_own_report(site, held, form) -> None:
    wallet, credential = held[form]
    made = site.ask(query(site, form, claims(NAME)))
    asked = wallet.read(made["uri"])
    answer = wallet.respond(asked, {"one": [present(wallet, asked, form, credential)]})
    assert (answer.status_code, answer.json()) == (200, {}), answer.text
    found = site.result(made)
    assert found["state"] == "answered" and found["verified"] is True
    (one,) = found["presentations"]
    assert one["id"] == "one" and one["report"]["verdict"] == "valid"
    assert one["report"]["subject"]["name"] == "林晓"
    codes = {check["id"]: check["code"] for check in one["report"]["checks"]}
    assert codes["holder"] == "holder.ok" and codes["anchor"] == "anchor.ok"
