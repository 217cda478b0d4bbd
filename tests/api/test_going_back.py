"""A data folder whose trust root is older than one that is pinned or kept there: nothing works with it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from api import proposing
from api.cli import main
from api.folder import made_by_init
from api.pins import Pins
from api.settings import load
from api.wiring import open_deployment
from ledger.formats import canonical, trustroot
from ledger.formats.errors import ConfigError
from tests.support.ledgers import SECRET, Ledger, opened
from tests.support.redeploying import next_version, own_key, refusal

DAYS_LATER = "2037-01-01T00:00:00Z"


@pytest.fixture
def second(ledger: Ledger) -> bytes:
    """The folder has adopted version 2, and then its trust-root.json went back to version 1."""
    shutil.copy(ledger.home / "trust-root.json", ledger.home / "first.json")
    with opened(ledger.home) as deployment:
        data = next_version(deployment)
        proposing.adopt(deployment, data)
        (ledger.home / "other.json").write_bytes(
            canonical.dumps(
                trustroot.sign(trustroot.parse(data).document | {"expires": DAYS_LATER}, own_key(deployment))
            )
        )
    shutil.copy(ledger.home / "first.json", ledger.home / "trust-root.json")
    return data


def settled(home: Path, **more: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        made_by_init(load(home=home, secret=SECRET), **more)
    return caught.value.code


def test_nothing_starts(ledger: Ledger, second: bytes) -> None:
    with pytest.raises(ConfigError) as caught, opened(ledger.home):
        pass
    assert caught.value.code == "trust.older"


def test_what_is_kept_without_a_pin_says_so_too(ledger: Ledger, second: bytes) -> None:
    shutil.rmtree(ledger.home / "trust")
    made_by_init(load(home=ledger.home, secret=SECRET))  # version 1 is kept, and is the one that is worked by
    (ledger.home / "trust-roots" / "2.json").write_bytes(second)
    assert settled(ledger.home) == "trust.older"


def test_the_newer_one_put_back(ledger: Ledger, second: bytes) -> None:
    (ledger.home / "trust-root.json").write_bytes(second)
    with opened(ledger.home) as deployment:
        assert deployment.trust_root.version == 2


def test_the_pinned_one_may_be_adopted_and_no_other(ledger: Ledger, second: bytes) -> None:
    with open_deployment(load(home=ledger.home, secret=SECRET), adopting=True) as deployment:
        other = (ledger.home / "other.json").read_bytes()
        assert refusal(proposing.adopt, deployment, other).startswith("trust.older")
        assert deployment.trust_root.version == 1
        assert proposing.adopt(deployment, second).version == 2
    with opened(ledger.home) as deployment:
        assert deployment.trust_root.version == 2


def test_a_version_that_was_pinned_before_it_is_adopted(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        data = next_version(deployment)
    Pins(ledger.home).add(data)
    assert settled(ledger.home) == "trust.older"
    with open_deployment(load(home=ledger.home, secret=SECRET), adopting=True) as deployment:
        assert proposing.adopt(deployment, data).version == 2


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("trust", "propose", "next.json"), 78),
        (("trust", "sign", "other.json"), 78),
        (("trust", "sign", "other.json", "--key", "authority.key"), 78),
        (("school", "list"), 78),
    ],
)
def test_commands_refuse(
    ledger: Ledger,
    second: bytes,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
) -> None:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(ledger.home)
    (ledger.home / "authority.key").write_text("11" * 32)
    before = (ledger.home / "other.json").read_bytes()
    assert main.main(list(words)) == code
    assert "trust.older" in capsys.readouterr().err
    assert (ledger.home / "other.json").read_bytes() == before


def test_doctor_counts_it_as_missing(
    ledger: Ledger, second: bytes, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.cli import doctor

    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    states = [(state, name) for state, name, hint in doctor._deployment(ledger.home) if "trust.older" in hint]
    assert states == [("missing", "ledger")]
