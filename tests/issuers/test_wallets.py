"""Offers, nonces and what they lead to, on either database: at the same time, and across a crash."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from issuers.jose import JoseForms
from issuers.representations import Representations
from issuers.wallets.issuing import Deferred, WalletIssuing
from issuers.wallets.offers import MadeOffer
from ledger.formats.errors import NotAllowedError, RollbookError, UnavailableError
from tests.support.issuers import Deployment, result
from tests.support.wallet import Key

ISSUER = "https://rollbook.test/schools/3501990001"
CONFIGURATION = "result.v0.dc+sd-jwt"


class Desk:
    """One school's offers over a log without a chain; ``anchored`` says whether there is an anchor."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.anchored = deployment, False
        parts = deployment
        forms = Representations(parts.engine, parts.sequencer, parts.schools, parts.clock)
        tokens = JoseForms(forms, parts.schools, parts.kinds, parts.clock)
        self.issuing = WalletIssuing(
            parts.engine,
            parts.schools,
            parts.kinds,
            forms,
            tokens,
            parts.keystore,
            parts.clock,
            lambda _did, _kind: None,
            lambda _idx: "an anchor" if self.anchored else None,
        )
        self.member = parts.schools.by_code("3501990001")
        self.record = parts.records.issue(parts.one, "result", result()).record_id

    def offer(self, **more: Any) -> MadeOffer:
        return self.issuing.offers.make(self.member, self.record, [CONFIGURATION], **more)

    def token(self, **more: Any) -> str:
        made = self.offer(**more)
        return self.issuing.offers.redeem(self.member, made.code, made.tx_code).token

    def request(self, key: Key, nonce: str | None = None) -> dict[str, Any]:
        claims = {"aud": ISSUER, "iat": int(self.deployment.clock().timestamp())}
        claims["nonce"] = nonce or self.issuing.nonces.give(ISSUER)
        proof = key.sign({"typ": "openid4vci-proof+jwt", "jwk": key.jwk}, claims)
        return {"credential_configuration_id": CONFIGURATION, "proofs": {"jwt": [proof]}}

    def issue(self, token: str, key: Key) -> Any:
        return self.issuing.issue(self.member, ISSUER, token, self.request(key))

    @property
    def size(self) -> int:
        return self.deployment.sequencer.tree.size


@pytest.fixture
def desk(deployment: Deployment) -> Desk:
    return Desk(deployment)


def at_once(work: Callable[[], object], times: int = 6) -> list[str]:
    """What each of several calls at the same time came to: `ok`, or the code of its error."""

    def one(_: int) -> str:
        try:
            work()
        except RollbookError as error:
            return error.code
        return "ok"

    with ThreadPoolExecutor(times) as pool:
        return sorted(pool.map(one, range(times)))


def test_code_redeemed_by_many_at_once_gives_one_token_which_ends(desk) -> None:
    made = desk.offer()
    found = at_once(lambda: desk.issuing.offers.redeem(desk.member, made.code, made.tx_code), 4)
    assert found == ["oid4vci.invalid_grant"] * 3 + ["ok"]


def test_wrong_transaction_codes_at_once_are_each_counted(desk) -> None:
    made = desk.offer()
    wrong = f"{(int(made.tx_code) + 1) % 1_000_000:06d}"
    assert at_once(lambda: desk.issuing.offers.redeem(desk.member, made.code, wrong)) == ["oid4vci.invalid_grant"] * 6
    assert desk.issuing.offers.get(desk.member, made.offer.id).attempts == 5
    with pytest.raises(NotAllowedError):
        desk.issuing.offers.redeem(desk.member, made.code, made.tx_code)


def test_nonce_used_by_many_at_once_is_used_once(desk) -> None:
    nonce = desk.issuing.nonces.give(ISSUER)
    found = at_once(lambda: desk.issuing.nonces.use(ISSUER, nonce))
    assert found == ["oid4vci.invalid_nonce"] * 5 + ["ok"]


def test_same_request_by_many_at_once_makes_one_entry(desk) -> None:
    token, key, size = desk.token(), Key(), desk.size
    assert at_once(lambda: desk.issue(token, key), 4) == ["ok"] * 4
    assert desk.size == size + 1


def test_keys_that_race_for_one_credential_get_it_once(desk) -> None:
    token, keys, size = desk.token(), [Key(f"k{number}") for number in range(4)], desk.size
    found = at_once(lambda: desk.issue(token, keys.pop()), 4)
    assert found == ["oid4vci.credential_request_denied"] * 3 + ["ok"]
    assert desk.size == size + 1


def test_crash_after_the_entry_is_on_disk_loses_nothing(desk, monkeypatch) -> None:
    token, key, size = desk.token(), Key(), desk.size

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(desk.issuing, "_given", crash)
        desk.issue(token, key)
    assert desk.size == size + 1
    assert desk.issue(token, key).digest and desk.size == size + 1


def test_crash_before_the_entry_leaves_nothing_but_a_used_nonce(desk, monkeypatch) -> None:
    token, key, size = desk.token(), Key(), desk.size

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    request = desk.request(key)
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(desk.issuing, "_make", crash)
        desk.issuing.issue(desk.member, ISSUER, token, request)
    assert desk.size == size
    with pytest.raises(NotAllowedError) as raised:
        desk.issuing.issue(desk.member, ISSUER, token, request)
    assert raised.value.code == "oid4vci.invalid_nonce"
    assert desk.issue(token, key)


def test_second_offer_to_the_same_key_in_the_same_second_waits_for_the_next(desk) -> None:
    key = Key()
    first, second = desk.token(), desk.token()
    assert desk.issue(first, key)
    # Signing takes no random number, and without disclosures there is no salt: the bytes would be those that are there.
    with pytest.raises(UnavailableError) as raised:
        desk.issue(second, key)
    assert raised.value.code == "offer.contended"
    desk.deployment.clock.forward(seconds=1)
    assert desk.issue(second, key).digest != desk.issue(first, key).digest


def test_deferred_credential_is_given_once_by_many_at_once(desk) -> None:
    token, key = desk.token(after="anchor"), Key()
    waiting = desk.issue(token, key)
    assert isinstance(waiting, Deferred)
    desk.anchored = True
    found = at_once(lambda: desk.issuing.deferred(desk.member, token, waiting.transaction_id), 4)
    assert found == ["oid4vci.invalid_transaction_id"] * 3 + ["ok"]


def test_log_that_is_away_is_no_refusal_by_the_school(desk, monkeypatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise UnavailableError("log.full", "the disk is full")

    token, key = desk.token(), Key()
    with monkeypatch.context() as patched, pytest.raises(UnavailableError):
        patched.setattr(desk.deployment.sequencer, "append", away)
        desk.issue(token, key)
    assert desk.issue(token, key)
