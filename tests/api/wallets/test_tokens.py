"""The token endpoint: guessing, replaying and mixing up codes gives nothing (OpenID4VCI 1.0 §6)."""

from typing import Any

import pytest

from tests.support.ledgers import SCHOOL
from tests.support.wallet import PRE_AUTHORIZED
from tests.support.wallets import refused


@pytest.fixture
def offered(site) -> tuple[Any, str]:
    """A wallet with an offer, and the transaction code."""
    made = site.offer()
    wallet = site.wallet()
    wallet.open(made["uri"])
    return wallet, made["txCode"]


def wrong(tx_code: str) -> str:
    return f"{(int(tx_code) + 1) % 1_000_000:06d}"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"tx_code": ...}, "invalid_request"),
        ({"tx_code": ""}, "invalid_request"),
        ({"pre-authorized_code": ...}, "invalid_request"),
        ({"grant_type": ...}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"pre-authorized_code": "guessed"}, "invalid_grant"),
        ({"authorization_details": "[]"}, "invalid_authorization_details"),
    ],
)
def test_request_that_is_wrong(offered, changes, error) -> None:
    wallet, tx_code = offered
    refused(wallet.token_request(tx_code, **changes), error)
    wallet.redeem(tx_code)  # and it has spoiled nothing


def test_json_where_a_form_belongs(offered) -> None:
    wallet, tx_code = offered
    body = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x", "tx_code": tx_code}
    refused(wallet.post_json(wallet.server["token_endpoint"], body), "invalid_request")


def test_parameter_that_stands_twice(offered, site) -> None:
    wallet, tx_code = offered
    code = wallet.offer["grants"][PRE_AUTHORIZED]["pre-authorized_code"]
    body = f"grant_type={PRE_AUTHORIZED}&pre-authorized_code={code}&tx_code=000000&tx_code={tx_code}"
    path = wallet.server["token_endpoint"].removeprefix(site.deployment.base)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    refused(site.client.post(path, content=body, headers=headers), "invalid_request")


def test_fifth_wrong_transaction_code_ends_the_offer_for_its_owner_too(offered) -> None:
    wallet, tx_code = offered
    for _ in range(5):
        refused(wallet.token_request(wrong(tx_code)), "invalid_grant")
    refused(wallet.token_request(tx_code), "invalid_grant")


def test_fourth_wrong_transaction_code_leaves_one_try(offered) -> None:
    wallet, tx_code = offered
    for _ in range(4):
        refused(wallet.token_request(wrong(tx_code)), "invalid_grant")
    wallet.redeem(tx_code)


def test_attempts_are_counted_once_each_where_they_come_at_the_same_time(offered) -> None:
    from concurrent.futures import ThreadPoolExecutor

    wallet, tx_code = offered
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: wallet.token_request(wrong(tx_code)).status_code, range(8)))
    assert answers == [400] * 8
    refused(wallet.token_request(tx_code), "invalid_grant")


def test_code_is_redeemed_once_where_two_come_at_the_same_time(offered) -> None:
    from concurrent.futures import ThreadPoolExecutor

    wallet, tx_code = offered
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: wallet.token_request(tx_code).status_code, range(4)))
    assert sorted(answers) == [200, 400, 400, 400]


def test_replayed_code_is_refused_and_ends_the_token_it_gave(offered) -> None:
    wallet, tx_code = offered
    wallet.redeem(tx_code)
    refused(wallet.token_request(tx_code), "invalid_grant")
    refused(wallet.request(wallet.configuration("dc+sd-jwt")), "invalid_token", 401)


def test_replayed_code_with_a_wrong_transaction_code_ends_nothing(offered) -> None:
    wallet, tx_code = offered
    wallet.redeem(tx_code)
    refused(wallet.token_request(wrong(tx_code)), "invalid_grant")
    assert wallet.take(wallet.configuration("dc+sd-jwt"))


def test_expired_code(offered, clock) -> None:
    wallet, tx_code = offered
    clock(901)
    refused(wallet.token_request(tx_code), "invalid_grant")


def test_code_at_another_school(offered) -> None:
    wallet, tx_code = offered
    own = wallet.server["token_endpoint"]
    wallet.server["token_endpoint"] = own.replace(wallet.issuer.rpartition("/")[2], SCHOOL)
    refused(wallet.token_request(tx_code), "invalid_grant")
    wallet.server["token_endpoint"] = own
    wallet.redeem(tx_code)


def test_transaction_code_of_another_offer(offered, site) -> None:
    wallet, tx_code = offered
    other = site.offer()["txCode"]
    if other != tx_code:
        refused(wallet.token_request(other), "invalid_grant")


def test_school_that_is_none_has_no_token_endpoint(site) -> None:
    form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x", "tx_code": "000000"}
    assert site.client.post("/schools/none/openid4vci/token", data=form).status_code == 404
    assert site.client.post("/schools/none/openid4vci/nonce").status_code == 404
