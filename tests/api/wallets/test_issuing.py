"""A wallet takes a record, by the letter of OpenID4VCI 1.0."""

import pytest


@pytest.mark.parametrize("link", ["uri", "uriByValue"])
@pytest.mark.parametrize(
    ("form", "algorithm"),
    [("ldp_vc", "EdDSA"), ("jwt_vc_json", "ES256"), ("dc+sd-jwt", "ES256"), ("dc+sd-jwt", "EdDSA")],
)
def test_wallet_takes_a_record(site, form, algorithm, link) -> None:
    offered = site.offer()
    wallet = site.wallet(algorithm)
    wallet.open(offered[link])
    wallet.redeem(offered["txCode"])
    credential = wallet.take(wallet.configuration(form))
    assert credential
