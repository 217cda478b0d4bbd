"""What a wallet says of a credential (OpenID4VCI 1.0 §11): kept for the school, and believed of nobody else's."""

import pytest
from sqlalchemy import select

from issuers.wallets.tables import WalletFormRow
from ledger.log.tables import table_of
from ledger.log.transactions import reading
from tests.support.ledgers import SCHOOL
from tests.support.wallets import SD_JWT, refused


def taken(site, **more):
    """A wallet that has a credential, its ``notification_id``, and the offer."""
    made = site.offer(**more)
    wallet = site.wallet()
    wallet.open(made["uri"])
    wallet.redeem(made["txCode"])
    return wallet, wallet.request(SD_JWT), made


def told(site, made) -> list[tuple[str, str, str | None]]:
    """What the school sees."""
    found = site.get(f"/v1/offers/{made['id']}").json()["notifications"]
    assert all(one["at"].endswith("Z") for one in found)
    return [(one["configuration"], one["event"], one["description"]) for one in found]


def test_school_sees_what_became_of_its_credential(site) -> None:
    wallet, answer, made = taken(site)
    assert told(site, made) == []
    named = answer.json()["notification_id"]
    for _ in range(2):  # idempotent
        said = wallet.notify(named)
        assert (said.status_code, said.content) == (204, b"")
        assert told(site, made) == [(SD_JWT, "credential_accepted", None)]
    more = {"event_description": "Thrown away by its owner.", "unknown": {"ignored": True}}
    assert wallet.notify(named, "credential_deleted", **more).status_code == 204
    assert told(site, made) == [(SD_JWT, "credential_deleted", "Thrown away by its owner.")]


def test_each_credential_has_an_id_of_its_own_and_keeps_it(site) -> None:
    wallet, answer, made = taken(site)
    other = wallet.request("transcript.v0.jwt_vc_json").json()["notification_id"]
    assert answer.json()["notification_id"] == wallet.request(SD_JWT).json()["notification_id"] != other
    assert wallet.notify(other, "credential_failure").status_code == 204
    assert told(site, made) == [("transcript.v0.jwt_vc_json", "credential_failure", None)]


def test_deferred_credential_has_its_id_with_the_answer(site) -> None:
    wallet, answer, made = taken(site, after="anchor")
    assert answer.status_code == 202 and "notification_id" not in answer.json()
    refused(wallet.notify(answer.json()["transaction_id"]), "invalid_notification_id")
    site.settle()
    given = wallet.ask_again(answer.json()["transaction_id"]).json()
    assert wallet.notify(given["notification_id"]).status_code == 204
    assert told(site, made) == [(SD_JWT, "credential_accepted", None)]


def test_credential_that_was_made_and_not_given_yet(site) -> None:
    wallet, _, made = taken(site, after="anchor")
    forms = table_of(WalletFormRow)
    with reading(site.deployment.engine) as connection:
        digest = connection.scalar(select(forms.c.digest).where(forms.c.offer_id == made["id"]))
    refused(wallet.notify(site.deployment.wallets.notifications.id_of(digest)), "invalid_notification_id")


def test_id_of_somebody_else(site) -> None:
    (one, first, made), (other, second, _) = taken(site), taken(site)
    refused(one.notify(second.json()["notification_id"]), "invalid_notification_id")
    refused(other.notify(first.json()["notification_id"][:-1]), "invalid_notification_id")
    one.metadata["notification_endpoint"] = one.metadata["notification_endpoint"].replace("3502990010", SCHOOL)
    refused(one.notify(first.json()["notification_id"]), "invalid_token", 401)
    assert told(site, made) == []


def test_without_the_access_token(site, clock) -> None:
    wallet, answer, made = taken(site)
    token, named = wallet.token, answer.json()["notification_id"]
    for bad in ("", "guessed", token[:-1], site.ledger.keys[SCHOOL]):
        wallet.token = bad
        refused(wallet.notify(named), "invalid_token", 401)
    wallet.token = token
    clock(601)
    refused(wallet.notify(named), "invalid_token", 401)
    assert told(site, made) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"event": ...},
        {"event": "credential_stored"},
        {"event": "Credential_Accepted"},
        {"event": None},
        {"event": ["credential_accepted"]},
        {"notification_id": ...},
        {"notification_id": 7},
        {"event_description": 'a "quoted" word'},
        {"event_description": "a\\b"},
        {"event_description": "储存失败"},
        {"event_description": "a\nb"},
        {"event_description": 1},
        {"event_description": "a" * 501},
    ],
)
def test_notification_that_is_wrong(site, wallet, changes) -> None:
    named = wallet.request(SD_JWT).json()["notification_id"]
    more = {"notification_id": named, "event": "credential_accepted"} | changes
    refused(wallet.notify(more.pop("notification_id"), more.pop("event"), **more), "invalid_notification_request")


def test_body_that_cannot_be_read(site, wallet) -> None:
    path = wallet.metadata["notification_endpoint"].removeprefix(site.deployment.base)
    headers = {"authorization": f"Bearer {wallet.token}"}
    for body in (b"", b"[]", b"{", b'{"event":"x","event":"y"}', b"\xff"):
        refused(site.client.post(path, content=body, headers=headers), "invalid_notification_request")
