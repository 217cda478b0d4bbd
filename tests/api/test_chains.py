"""The accounts that act on the chain: random ones, or those that were made and permitted beforehand."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from api import chains
from issuers.keystore import Keystore
from ledger.chain.account import LocalSigner
from ledger.formats.errors import ConfigError
from tests.support.issuers import SECRET

KEYS = [b"\1" * 32, b"\2" * 32]


@pytest.fixture
def keystore(engine: Engine) -> Keystore:
    return Keystore(engine, SECRET, work_factor=2)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text(f"{KEYS[0].hex()}\n0x{KEYS[1].hex()}\n")
    return path


def test_accounts_that_are_given_act_from_then_on(keystore: Keystore, given: Path) -> None:
    made = chains.accounts(keystore, given)
    assert [made.authority.address, made.operator.address] == [LocalSigner(key).address for key in KEYS]
    for again in (chains.accounts(keystore), chains.accounts(keystore, given)):
        assert again.authority.address == made.authority.address and again.operator.address == made.operator.address


def test_accounts_that_act_already_stay(keystore: Keystore, given: Path) -> None:
    before = chains.accounts(keystore)
    with pytest.raises(ConfigError) as caught:
        chains.accounts(keystore, given)
    assert caught.value.code == "config.chain_keys" and KEYS[0].hex() not in caught.value.message
    assert chains.accounts(keystore).authority.address == before.authority.address


def test_a_file_that_is_not_there(keystore: Keystore, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        chains.accounts(keystore, tmp_path / "none")
    assert caught.value.code == "config.chain_keys"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("http://user:password@node-1:8545/secret?token=1", "node-1:8545"),
        ("https://node.example/key", "node.example:443"),
        ("http://node.example", "node.example:80"),
    ],
)
def test_an_alarm_names_a_node_without_what_its_address_may_hide(url: str, name: str) -> None:
    assert chains._named(url) == name
