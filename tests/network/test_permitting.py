"""`python -m network permit`: authorities below the root have accounts of their own, which the validators must take."""

import tomllib
from pathlib import Path

import pytest

from ledger.chain.account import LocalSigner
from ledger.formats.errors import FormatError, UnavailableError
from network import plan, preparing
from network.__main__ import main

NOW = 1_700_000_000
COUNTY = "0x" + "ab" * 20
SPELT = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    preparing.prepare(tmp_path, now=NOW)
    return tmp_path


def lists(folder: Path) -> list[list[str]]:
    """The accounts that each validator takes transactions of."""
    found = [tomllib.loads(path.read_text())["accounts-allowlist"] for path in folder.glob("*/permissions.toml")]
    assert len(found) == plan.VALIDATORS
    return found


def others(folder: Path) -> dict[Path, bytes]:
    """Every file that permitting must not touch."""
    every = (path for path in folder.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in every if path.name not in ("permissions.toml", "network.json")}


def test_every_validator_takes_it_and_preparing_again_keeps_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, kept = lists(folder)[0], others(folder)
    first = preparing.prepare(folder, now=NOW)
    assert main(["permit", str(folder), COUNTY, SPELT]) == 0
    assert lists(folder) == [[*before, COUNTY, SPELT.lower()]] * plan.VALIDATORS and len(before) == 2
    assert COUNTY in capsys.readouterr().out
    assert others(folder) == kept, "the genesis, a key or the settings have changed"
    again = preparing.prepare(folder, now=NOW + 1000)
    assert lists(folder) == [[*before, COUNTY, SPELT.lower()]] * plan.VALIDATORS and others(folder) == kept
    assert preparing.fingerprint(again) == preparing.fingerprint(first) and again.validators == first.validators


def test_an_address_twice_is_one(folder: Path) -> None:
    (own, *_), *_ = lists(folder)
    for _ in range(2):
        assert main(["permit", str(folder), SPELT, SPELT.lower(), own, "0x" + SPELT[2:].upper()]) == 0
    assert all(
        accounts.count(SPELT.lower()) == accounts.count(own) == 1 and len(accounts) == 3 for accounts in lists(folder)
    )


def test_the_accounts_of_the_ledger_stay(folder: Path) -> None:
    main(["permit", str(folder), COUNTY])
    keys = (folder / "ledger-secrets/chain-keys").read_text().split()
    own = ["0x" + LocalSigner(bytes.fromhex(key)).address.hex() for key in keys]
    assert all(accounts[:2] == own for accounts in lists(folder))


def test_what_is_permitted_stays_its_users_alone(folder: Path) -> None:
    main(["permit", str(folder), COUNTY])
    for path in [folder / "plan/network.json", *folder.glob("*/permissions.toml")]:
        assert path.stat().st_mode & 0o777 == 0o600, path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "36",
        COUNTY[2:],
        COUNTY[:-1],
        COUNTY + "0",
        COUNTY + "\n",
        "0X" + COUNTY[2:],
        "0x" + "gg" * 20,
        "0x" + "00" * 20,
        SPELT.replace("5aAe", "5aae"),
        SPELT.replace("3F3E", "3F3F"),
        "did:web:records.example.edu:36",
    ],
)
def test_what_is_no_address(folder: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FormatError) as caught:
        plan.account(text)
    assert caught.value.code == "network.account"
    before = lists(folder)
    assert main(["permit", str(folder), COUNTY, text]) == 65
    assert capsys.readouterr().err.startswith("network: ")
    assert lists(folder) == before, "some of them were permitted"


def test_where_nothing_was_prepared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["permit", str(tmp_path), COUNTY]) == 69
    assert "prepare it first" in capsys.readouterr().err and not list(tmp_path.iterdir())
    with pytest.raises(UnavailableError) as caught:
        preparing.permit(tmp_path, [b"\1" * 20])
    assert caught.value.code == "network.folder"
