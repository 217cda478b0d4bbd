"""Credentials that wait until the chain has them (OpenID4VCI 1.0 §9)."""

from tests.support.wallets import SD_JWT, refused, verify


def test_deferred_credential_comes_once_the_chain_has_it(site) -> None:
    made = site.offer(after="anchor")
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    answer = wallet.request(SD_JWT)
    assert answer.status_code == 202 and answer.json().keys() == {"transaction_id", "interval"}
    transaction = answer.json()["transaction_id"]
    waiting = wallet.ask_again(transaction)
    assert (waiting.status_code, waiting.json()) == (202, answer.json())
    refused(wallet.ask_again(transaction[:-1]), "invalid_transaction_id")
    refused(wallet.ask_again(7), "invalid_credential_request")
    site.settle()
    ready = wallet.ask_again(transaction)
    assert ready.status_code == 200
    (held,) = ready.json()["credentials"]
    assert verify(site, held["credential"])["verdict"] == "valid"
    refused(wallet.ask_again(transaction), "invalid_transaction_id")
    assert wallet.take(SD_JWT) == held["credential"]  # an answer that was lost on the way


def test_deferred_credential_of_a_record_that_is_revoked_meanwhile(site) -> None:
    record = site.issue()
    made = site.offer(record, after="anchor")
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    transaction = wallet.request(SD_JWT).json()["transaction_id"]
    site.post(f"/v1/records/{record}/revoke", {"reason": "mistake"})
    refused(wallet.ask_again(transaction), "credential_request_denied")


def test_transaction_of_somebody_else(site) -> None:
    wallets = []
    for _ in range(2):
        made = site.offer(after="anchor")
        wallet = site.wallet()
        wallet.open(made["uri"])
        wallet.redeem(made["txCode"])
        wallets.append((wallet, wallet.request(SD_JWT).json()["transaction_id"]))
    (one, _), (other, transaction) = wallets
    refused(one.ask_again(transaction), "invalid_transaction_id")
    other.token = ""
    refused(other.ask_again(transaction), "invalid_token", 401)
