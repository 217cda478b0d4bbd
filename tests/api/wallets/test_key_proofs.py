"""Key proofs and their nonces (OpenID4VCI 1.0 §7, appendix F): each rule broken by itself."""

import pytest

from ledger.formats.multibase import base64url_encode
from tests.support.ledgers import SCHOOL
from tests.support.wallet import Key, now
from tests.support.wallets import SD_JWT, refused

NONE = base64url_encode(b'{"alg":"none","typ":"openid4vci-proof+jwt"}')


@pytest.mark.parametrize(
    ("header", "claims"),
    [
        ({"typ": "JWT"}, {}),
        ({"typ": ...}, {}),
        ({"typ": "application/openid4vci-proof+jwt"}, {}),
        ({"typ": "OPENID4VCI-PROOF+JWT"}, {}),
        ({"jwk": ...}, {}),
        ({"kid": Key().method}, {}),
        ({"jwk": Key("other").jwk}, {}),
        ({"jwk": Key("other", "EdDSA").jwk}, {}),
        ({"jwk": Key().jwk | {"d": "AAAA"}}, {}),
        ({"jwk": {"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}}, {}),
        ({"jwk": "text"}, {}),
        ({"jwk": ..., "kid": Key("other").method}, {}),
        ({"jwk": ..., "kid": Key().did + "#0"}, {}),
        ({"jwk": ..., "kid": "did:web:example.org#key"}, {}),
        ({"jwk": ..., "kid": 1}, {}),
        ({"jwk": ..., "x5c": ["AAAA"]}, {}),
        ({"key_attestation": "x"}, {}),
        ({"crit": ["exp"], "exp": 1}, {}),
        ({}, {"aud": "https://elsewhere.example"}),
        ({}, {"aud": ...}),
        ({}, {"aud": ["http://localhost:8000/schools/3502990010"]}),
        ({}, {"iat": now() - 3600}),
        ({}, {"iat": now() + 3600}),
        ({}, {"iat": ...}),
        ({}, {"iat": "now"}),
        ({}, {"exp": now() - 3600}),
        ({}, {"exp": now() - 1}),
        ({}, {"exp": "later"}),
        ({}, {"nbf": now() + 3600}),
        ({}, {"nbf": None}),
        ({}, {"nonce": ...}),
        ({}, {"nonce": 7}),
    ],
)
def test_key_proof_that_is_wrong(wallet, header, claims) -> None:
    refused(wallet.request(SD_JWT, wallet.proof(header=header, **claims)), "invalid_proof")


def test_key_proof_that_is_still_good(wallet) -> None:
    assert wallet.request(SD_JWT, wallet.proof(exp=now() + 60, nbf=now() + 60)).status_code == 200


def test_key_proof_without_a_signature_or_by_a_symmetric_key(wallet) -> None:
    signed = wallet.proof()
    _, payload, signature = signed.split(".")
    for proof in (f"{NONE}.{payload}.", f"{NONE}.{payload}.{signature}", signed[:-8] + "AAAAAAAA", "no token", 7, None):
        refused(wallet.request(SD_JWT, proofs={"jwt": [proof]}), "invalid_proof")


def test_nonce_is_good_for_one_request(wallet) -> None:
    nonce = wallet.nonce()
    first, second = wallet.offer["credential_configuration_ids"][1:]
    assert wallet.request(first, wallet.proof(nonce=nonce)).status_code == 200
    refused(wallet.request(second, wallet.proof(nonce=nonce)), "invalid_nonce")


def test_replayed_key_proof(wallet) -> None:
    proof = wallet.proof()
    assert wallet.request(SD_JWT, proof).status_code == 200
    refused(wallet.request(SD_JWT, proof), "invalid_nonce")


@pytest.mark.parametrize("nonce", ["", "guessed", "A" * 72, "A" * 10_000])
def test_nonce_that_was_made_up(wallet, nonce) -> None:
    refused(wallet.request(SD_JWT, wallet.proof(nonce=nonce)), "invalid_nonce")


def test_nonce_that_was_made_longer_or_whose_end_was_moved(wallet) -> None:
    from ledger.formats.multibase import base64url_decode

    data = base64url_decode(wallet.nonce(), max_bytes=100)
    later = (int.from_bytes(data[:6], "big") + 600).to_bytes(6, "big") + data[6:]
    for changed in (data + b"\0", later, data[:-1]):
        refused(wallet.request(SD_JWT, wallet.proof(nonce=base64url_encode(changed))), "invalid_nonce")


def test_nonce_of_another_school(wallet, site) -> None:
    nonce = site.client.post(f"/schools/{SCHOOL}/openid4vci/nonce").json()["c_nonce"]
    refused(wallet.request(SD_JWT, wallet.proof(nonce=nonce)), "invalid_nonce")


def test_expired_nonce(wallet, clock) -> None:
    nonce = wallet.nonce()
    clock(301)
    refused(wallet.request(SD_JWT, wallet.proof(nonce=nonce, iat=now() + 301)), "invalid_nonce")


def test_nonces_that_nobody_uses_write_nothing(site) -> None:
    from sqlalchemy import func, select

    from issuers.wallets.nonces import _USED
    from ledger.log.transactions import reading

    def kept() -> int:
        with reading(site.deployment.engine) as connection:
            return int(connection.execute(select(func.count()).select_from(_USED)).scalar_one())

    before = kept()
    made = {site.client.post(f"/schools/{SCHOOL}/openid4vci/nonce").json()["c_nonce"] for _ in range(5)}
    assert len(made) == 5 and kept() == before
