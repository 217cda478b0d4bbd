"""A school's offers: who may make them, what they give away, and how they end."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.commands import rollbook
from tests.support.ledgers import SCHOOL, UNIVERSITY
from tests.support.wallet import PRE_AUTHORIZED, well_known

SCALES = r'<svg [^>]*width="[0-9]{3}px" height="[0-9]{3}px" viewBox="0 0 [0-9]+ [0-9]+"'
FORMATS = {"ldp_vc", "jwt_vc_json", "dc+sd-jwt"}


def test_offer_names_every_format_and_both_links_are_the_same_offer(site) -> None:
    made = site.offer()
    assert re.fullmatch(r"[0-9]{6}", made["txCode"]) and re.match(SCALES, made["qr"])
    wallet = site.wallet()
    by_reference, by_value = wallet.open(made["uri"]), wallet.open(made["uriByValue"])
    assert by_reference == by_value
    assert by_value["credential_issuer"] == f"{site.deployment.base}/schools/{UNIVERSITY}"
    assert set(by_value["credential_configuration_ids"]) == {f"transcript.v0.{form}" for form in FORMATS}
    assert by_value["grants"].keys() == {PRE_AUTHORIZED}
    assert made["txCode"] not in json.dumps(by_value)


def test_database_keeps_no_secret_of_an_offer(site) -> None:
    from sqlalchemy import select

    from issuers.wallets.offers import _OFFERS
    from ledger.log.transactions import reading

    made = site.offer()
    wallet = site.wallet()
    code = wallet.open(made["uri"])["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    wallet.redeem(made["txCode"])
    reference = parse_qs(urlsplit(made["uri"]).query)["credential_offer_uri"][0].rpartition("/")[2]
    with reading(site.deployment.engine) as connection:
        row = connection.execute(select(_OFFERS).where(_OFFERS.c.id == made["id"])).one()
    kept = repr(tuple(row))
    for secret in (code, reference, wallet.token, made["txCode"]):
        assert secret not in kept


def test_metadata_is_found_between_host_and_path(site) -> None:
    wallet = site.wallet()
    wallet.open(site.offer()["uri"])
    issuer, metadata, server = wallet.issuer, wallet.metadata, wallet.server
    assert well_known(issuer, "x") == f"{site.deployment.base}/.well-known/x/schools/{UNIVERSITY}"
    for name in ("credential_endpoint", "nonce_endpoint", "deferred_credential_endpoint"):
        assert metadata[name].startswith(f"{issuer}/")
    assert {one["locale"]: one["name"] for one in metadata["display"]}["zh"] == "鹭江大学"
    assert server["token_endpoint_auth_methods_supported"] == ["none"]
    supported = metadata["credential_configurations_supported"]
    assert supported["transcript.v0.dc+sd-jwt"]["vct"].endswith("/contexts/transcript/v0/vct")
    ldp = supported["transcript.v0.ldp_vc"]["credential_definition"]
    assert ldp["type"] == ["VerifiableCredential", "TranscriptCredential"] and len(ldp["@context"]) == 2
    assert supported["transcript.v0.jwt_vc_json"]["credential_definition"] == {"type": ldp["type"]}
    for one in supported.values():
        assert one["proof_types_supported"].keys() == {"jwt"}
        assert {"path", "display"} == set(one["credential_metadata"]["claims"][0])


@pytest.mark.parametrize("name", ["openid-credential-issuer", "oauth-authorization-server"])
@pytest.mark.parametrize("path", ["schools/none", "schools/35", ""])
def test_no_metadata_of_what_is_no_school(site, name, path) -> None:
    assert site.client.get(f"/.well-known/{name}/{path}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"record": "00000000-0000-0000-0000-000000000000"}, 404),
        ({"formats": []}, 400),
        ({"formats": ["mso_mdoc"]}, 400),
        ({"seconds": 59}, 400),
        ({"seconds": 86401}, 400),
        ({"after": "never"}, 400),
        ({"tx_code": False}, 400),
    ],
)
def test_offer_of_something_that_cannot_be_offered(site, body, status) -> None:
    record = {} if not body or "record" in body else {"record": site.issue()}
    assert site.post("/v1/offers", record | body).status_code == status


def test_another_school_offers_nothing_of_this_one_and_sees_none_of_its_offers(site) -> None:
    record = site.issue()
    assert site.post("/v1/offers", {"record": record}, SCHOOL).status_code == 404
    made = site.offer(record)
    assert site.get(f"/v1/offers/{made['id']}").json()["attemptsLeft"] == 5
    assert site.get(f"/v1/offers/{made['id']}", SCHOOL).status_code == 404
    assert site.client.post("/v1/offers", json={"record": record}).status_code == 401
    assert site.client.get(f"/v1/offers/{made['id']}").status_code == 401


@pytest.mark.parametrize("how", ["revoke", "supersede"])
def test_record_that_counts_no_more_is_not_offered(site, how) -> None:
    record = site.issue()
    body: dict[str, Any] = {"reason": "mistake"}
    if how == "supersede":
        learner = site.get(f"/v1/records/{record}").json()["learner"]
        courses = [{"code": "M9", "term": "2026-1", "mark": "60"}]
        body["credentialSubject"] = {"name": "林晓", "identifier": learner, "transcript": {"courses": courses}}
    assert site.post(f"/v1/records/{record}/{how}", body).status_code in (200, 201)
    assert site.post("/v1/offers", {"record": record}).status_code == 409


def test_reference_of_a_redeemed_or_expired_offer_leads_nowhere(site, clock) -> None:
    taken, old = site.offer(), site.offer(seconds=60)
    wallet = site.wallet()
    wallet.open(taken["uri"])
    wallet.redeem(taken["txCode"])
    clock(61)
    for made in (taken, old):
        path = urlsplit(parse_qs(urlsplit(made["uri"]).query)["credential_offer_uri"][0]).path
        assert site.client.get(path).status_code == 404
    assert site.client.get(path[:-1] + ("A" if path[-1] != "A" else "B")).status_code == 404


def test_expired_offers_are_deleted_with_what_hangs_on_them(site, clock) -> None:
    made = site.offer()
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    wallet.take(wallet.configuration("dc+sd-jwt"))
    assert site.get(f"/v1/offers/{made['id']}").json()["redeemedAt"]
    site.deployment.wallets.offers.forget()
    assert site.get(f"/v1/offers/{made['id']}").status_code == 200
    clock(86_400)
    site.deployment.wallets.offers.forget()
    assert site.get(f"/v1/offers/{made['id']}").status_code == 404


def test_command_offers_a_record_while_the_server_works(site, tmp_path) -> None:
    record = site.issue()
    picture = tmp_path / "offer.svg"
    options = ("--format", "dc+sd-jwt", "--qr", picture)
    made = rollbook("offer", record, *options, env=site.ledger.environment(), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    uri, told = made.stdout.decode().splitlines()
    assert re.match(SCALES, picture.read_text())
    wallet = site.wallet()
    assert wallet.open(uri)["credential_configuration_ids"] == ["transcript.v0.dc+sd-jwt"]
    found = re.match(r"transaction code: ([0-9]{6}) ", told)
    assert found
    wallet.redeem(found[1])
    assert wallet.take("transcript.v0.dc+sd-jwt")
