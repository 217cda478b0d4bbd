"""A wallet takes a record, by the letter of OpenID4VCI 1.0; and gets nothing where it departs from it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger.formats import jws, publickeys
from tests.support.ledgers import SCHOOL
from tests.support.wallet import Key, now
from tests.support.wallets import SD_JWT, refused, verify


@pytest.mark.parametrize("link", ["uri", "uriByValue"])
@pytest.mark.parametrize(
    ("form", "algorithm"),
    [("ldp_vc", "EdDSA"), ("jwt_vc_json", "ES256"), ("jwt_vc_json", "EdDSA"), ("dc+sd-jwt", "ES256")],
)
def test_wallet_takes_a_record_that_is_bound_to_its_key(site, form, algorithm, link) -> None:
    record = site.issue()
    made = site.offer(record)
    wallet = site.wallet(algorithm)
    wallet.open(made[link])
    wallet.redeem(made["txCode"])
    credential = wallet.take(wallet.configuration(form))
    own = site.client.get(f"/v1/records/{record}/bundle", headers=site.ledger.bearer()).json()["credential"]
    if form == "ldp_vc":
        held = credential
        assert held["credentialSubject"]["id"] == wallet.key.did and held["proof"]["cryptosuite"] == "eddsa-rdfc-2022"
    elif form == "jwt_vc_json":
        claims = jws.parse(credential).payload
        held = claims["vc"]
        assert claims["sub"] == held["credentialSubject"]["id"] == wallet.key.did
    else:
        held = jws.parse(credential.partition("~")[0]).payload
        assert held["cnf"] == {"jwk": wallet.key.jwk} and credential.endswith("~")
        assert held["vct"] == wallet.metadata["credential_configurations_supported"][SD_JWT]["vct"]
    assert (held["id"], held["credentialStatus"]) == (own["id"], own["credentialStatus"])


@pytest.mark.parametrize(("form", "algorithm"), [("ldp_vc", "EdDSA"), ("jwt_vc_json", "ES256"), ("dc+sd-jwt", "EdDSA")])
def test_what_a_wallet_holds_is_valid_once_anchored_and_ends_with_its_record(site, form, algorithm) -> None:
    record = site.issue()
    _, credential = site.holding(form, algorithm, record)
    assert verify(site, credential)["verdict"] == "indeterminate"
    site.settle()
    assert verify(site, credential)["verdict"] == "valid"
    site.post(f"/v1/records/{record}/revoke", {"reason": "mistake"})
    site.settle()
    found = verify(site, credential)
    assert found["verdict"] == "invalid"
    assert {check["id"]: check["code"] for check in found["checks"]}["status"] == "status.revoked"


def test_kid_names_the_key_as_well_as_jwk_does(site, wallet) -> None:
    for number, kid in enumerate((wallet.key.method, wallet.key.did)):
        configuration = wallet.offer["credential_configuration_ids"][1 + number]
        assert wallet.request(configuration, wallet.proof(header={"jwk": ..., "kid": kid})).status_code == 200


def test_same_key_asks_again_and_gets_the_same(wallet, site) -> None:
    first = wallet.take(SD_JWT)
    size = site.deployment.sequencer.tree.size
    assert wallet.take(SD_JWT) == first and site.deployment.sequencer.tree.size == size


def test_two_requests_at_the_same_time_make_one_entry(wallet, site) -> None:
    size = site.deployment.sequencer.tree.size
    proofs = [wallet.proof() for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda proof: wallet.request(SD_JWT, proof).json(), proofs))
    assert answers == [answers[0]] * 4 and "credentials" in answers[0]
    assert site.deployment.sequencer.tree.size == size + 1


def test_another_key_gets_nothing_after_the_first(wallet) -> None:
    wallet.take(SD_JWT)
    refused(wallet.request(SD_JWT, wallet.proof(key=Key("thief"))), "credential_request_denied")


@pytest.mark.parametrize("configuration", [SD_JWT, "transcript.v0.jwt_vc_json"])
def test_a_school_whose_keys_have_ended_gives_nothing_out(
    wallet, site, monkeypatch: pytest.MonkeyPatch, configuration: str
) -> None:
    monkeypatch.setattr(site.deployment.schools, "signing_keys", lambda did: [])
    refused(wallet.request(configuration, wallet.proof()), "credential_request_denied")


def test_wallets_form_is_no_form_of_the_record_for_anybody_else(site) -> None:
    record = site.issue()
    _, credential = site.holding("dc+sd-jwt", record=record)
    made = site.post(f"/v1/records/{record}/forms/sd-jwt", None).json()["verifiableCredential"]
    assert made != credential and "cnf" not in jws.parse(made.partition("~")[0]).payload


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"credential_configuration_id": ...}, "invalid_credential_request"),
        ({"credential_configuration_id": 7}, "invalid_credential_request"),
        ({"credential_configuration_id": "transcript.v0.mso_mdoc"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": "transcript.v1.ldp_vc"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": "transcript.v00.ldp_vc"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": "diploma.v0.ldp_vc"}, "unknown_credential_configuration"),
        ({"credential_configuration_id": ..., "credential_identifier": "x"}, "unknown_credential_identifier"),
        ({"credential_identifier": "x"}, "invalid_credential_request"),
        ({"credential_response_encryption": {}}, "invalid_encryption_parameters"),
        ({"proofs": ...}, "invalid_proof"),
        ({"proofs": {}}, "invalid_proof"),
        ({"proofs": {"jwt": []}}, "invalid_proof"),
        ({"proofs": {"jwt": "text"}}, "invalid_proof"),
        ({"proofs": {"di_vp": [{}]}}, "invalid_proof"),
        ({"proofs": {"attestation": ["x"]}}, "invalid_proof"),
    ],
)
def test_credential_request_that_is_wrong(wallet, changes, error) -> None:
    refused(wallet.request(SD_JWT, **changes), error)


def test_batch_of_proofs(wallet) -> None:
    refused(wallet.request(SD_JWT, proofs={"jwt": [wallet.proof(), wallet.proof(key=Key("two"))]}), "invalid_proof")


def test_body_that_cannot_be_read(wallet, site) -> None:
    path = wallet.metadata["credential_endpoint"].removeprefix(site.deployment.base)
    headers = {"authorization": f"Bearer {wallet.token}"}
    for body in (b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff"):
        refused(site.client.post(path, content=body, headers=headers), "invalid_credential_request")
    assert site.client.post(path, content=b" " * 70_000, headers=headers).status_code == 400


def test_request_without_a_token_or_with_another(wallet, site) -> None:
    proof, token = wallet.proof(), wallet.token
    for bad in ("guessed", token[:-1], site.ledger.keys[SCHOOL], site.ledger.keys["3502990010"]):
        wallet.token = bad
        answer = wallet.request(SD_JWT, proof)
        refused(answer, "invalid_token", 401)
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    wallet.token = token
    assert wallet.request(SD_JWT, proof).status_code == 200  # and the nonce was not used up by any of them


def test_request_of_a_wallet_that_knows_of_no_tokens(wallet, site) -> None:
    """RFC 6750 §3.1: who brings nothing is told what is wanted, and not that something was wrong."""
    for name in ("credential_endpoint", "notification_endpoint", "deferred_credential_endpoint"):
        path = wallet.metadata[name].removeprefix(site.deployment.base)
        assert site.client.post(path, headers={"authorization": "Basic Og=="}).status_code == 401
        answer = site.client.post(path, json={"credential_configuration_id": SD_JWT})
        refused(answer, "invalid_token", 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_token_at_another_school(wallet, site) -> None:
    own = wallet.metadata["credential_endpoint"]
    wallet.metadata["credential_endpoint"] = own.replace("3502990010", SCHOOL)
    refused(wallet.request(SD_JWT), "invalid_token", 401)


def test_expired_token(wallet, clock) -> None:
    clock(601)
    refused(wallet.request(SD_JWT, wallet.proof(iat=now() + 601)), "invalid_token", 401)


def test_configuration_that_was_not_offered(site) -> None:
    made = site.offer(formats=["jwt_vc_json"])
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    refused(wallet.request(SD_JWT), "unknown_credential_configuration")


def test_es256_key_for_a_format_that_it_could_never_present(wallet) -> None:
    assert wallet.key.algorithm == "ES256"
    refused(wallet.request("transcript.v0.ldp_vc"), "invalid_proof")


@pytest.mark.parametrize("form", ["ldp_vc", "jwt_vc_json", "dc+sd-jwt"])
def test_record_of_a_named_holder_goes_to_that_key_alone(site, form) -> None:
    holder = Key("named", "EdDSA")
    record = site.issue(id=holder.did)
    made = site.offer(record)
    wallet = site.wallet("EdDSA", "another")
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    refused(wallet.request(wallet.configuration(form)), "credential_request_denied")
    wallet.key = holder
    assert wallet.take(wallet.configuration(form))


@pytest.mark.parametrize("how", ["revoke", "suspend"])
def test_record_that_was_taken_back_after_the_offer(site, how) -> None:
    record = site.issue()
    made = site.offer(record)
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    assert site.post(f"/v1/records/{record}/{how}", {"reason": "mistake"}).status_code == 200
    refused(wallet.request(SD_JWT), "credential_request_denied")


def test_keys_of_the_tests_are_what_they_say() -> None:
    assert {publickeys.algorithm(Key("k", name).public) for name in ("ES256", "EdDSA")} == {"ES256", "EdDSA"}
