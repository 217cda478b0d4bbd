"""Who seals is said by people, and held against the chain before a trust root is made of it."""

import os

import pytest

from api import chains
from api.chains import OpenChain
from ledger.chain.client import http_chain
from ledger.formats.errors import ConfigError
from network.processes import Network

pytestmark = pytest.mark.network


@pytest.fixture
def opened(network: Network) -> OpenChain:
    return OpenChain(http_chain(network.plan.validators[0].rpc_url), None, None)


def test_the_validators_are_those_that_were_named(network: Network, opened: OpenChain) -> None:
    assert chains.consensus_of(opened, network.plan.addresses) == "qbft"


@pytest.mark.parametrize("mistake", ["one is another", "one is missing", "one more", "nobody"])
def test_others_were_named(network: Network, opened: OpenChain, mistake: str) -> None:
    right, stranger = network.plan.addresses, os.urandom(20)
    named = {
        "one is another": (*right[:3], stranger),
        "one is missing": right[:3],
        "one more": (*right, stranger),
        "nobody": (),
    }[mistake]
    with pytest.raises(ConfigError) as caught:
        chains.consensus_of(opened, named)
    assert caught.value.code == "config.sealers"
