"""What stops the start, and that nothing secret is ever shown."""

import os
import stat
from pathlib import Path

import pytest

from api.home import data_folder, write_whole
from api.settings import load
from ledger.formats.errors import ConfigError

GOOD = "correct-horse-battery-staple-42"


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ROLLBOOK_")]:
        monkeypatch.delenv(name)


def refused(**given) -> str:
    with pytest.raises(ConfigError) as caught:
        load(**given).passphrase()
    return caught.value.code


@pytest.mark.parametrize("weak", ["changeme", "a" * 64, "abcabcabcabcabcabcabcabcabcabc", "Sh0rt-secret!"])
def test_a_weak_secret_stops_the_start(weak: str, tmp_path: Path) -> None:
    assert refused(home=tmp_path, secret=weak) == "keystore.weak_secret"


def test_an_empty_secret_counts_as_none(tmp_path: Path) -> None:
    assert refused(home=tmp_path, secret="") == "keystore.missing_secret"


def test_there_is_no_default_secret(tmp_path: Path) -> None:
    assert refused(home=tmp_path) == "config.secret_missing"


def test_a_secret_file_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert refused(home=tmp_path, secret_file=tmp_path / "none") == "config.secret_missing"


def test_a_secret_file_of_other_bytes_than_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00" * 20)
    (tmp_path / "secret").chmod(0o600)
    assert refused(home=tmp_path) == "config.secret_missing"


def test_a_secret_that_others_can_read_stops_the_start(tmp_path: Path) -> None:
    load(home=tmp_path).passphrase(create=True)
    (tmp_path / "secret").chmod(0o640)
    assert refused(home=tmp_path) == "config.secret_exposed"


def test_init_makes_a_random_secret_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = load(home=tmp_path / "new").passphrase(create=True)
    assert stat.S_IMODE((tmp_path / "new" / "secret").stat().st_mode) == 0o600
    assert load(home=tmp_path / "new").passphrase(create=True) == first
    assert load(home=tmp_path / "other").passphrase(create=True) != first


def test_a_given_secret_comes_before_the_file(tmp_path: Path) -> None:
    load(home=tmp_path).passphrase(create=True)
    assert load(home=tmp_path, secret=GOOD).passphrase() == GOOD


def test_settings_never_show_a_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_SECRET", GOOD)
    monkeypatch.setenv("ROLLBOOK_DATABASE_URL", "postgresql+psycopg://rollbook:hunter2@db/rollbook")
    monkeypatch.setenv("ROLLBOOK_CHAIN_URL", "https://user:hunter2@chain.example")
    shown = repr(load(home=tmp_path)) + str(load(home=tmp_path))
    assert GOOD not in shown and "hunter2" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "HTTPS://Example.EDU"),
        ("BASE_URL", "https://example.edu/"),
        ("BASE_URL", "https://example.edu/rollbook"),
        ("BASE_URL", "ftp://example.edu"),
        ("BASE_URL", "https://user:pw@example.edu"),
        ("BASE_URL", "http://127.0.0.1:8000"),
        ("CHAIN_SEALERS", "0x12"),
        ("PORT", "65536"),
        ("PORT", "web"),
        ("ANCHOR_SECONDS", "-1"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_malformed_setting_names_its_variable_and_not_its_value(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"ROLLBOOK_{name}", value)
    with pytest.raises(ConfigError) as caught:
        load()
    assert caught.value.code == "config.invalid"
    assert f"ROLLBOOK_{name}" in caught.value.message
    assert value not in caught.value.message and "Value error" not in caught.value.message


def test_the_data_folder_is_the_checkouts_unless_another_is_given(tmp_path: Path) -> None:
    assert data_folder({}).name == ".rollbook"
    assert data_folder({"ROLLBOOK_HOME": str(tmp_path)}) == tmp_path


def test_the_port_is_that_of_the_base_address() -> None:
    assert load().listen_port("http://localhost:8123") == 8123
    assert load().listen_port("https://rollbook.example") == 443
    assert load(port=9000).listen_port("https://rollbook.example") == 9000


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old" and [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("ROLLBOOK_DATABSE_URL", "ROLLBOOK_DATABASE_URL"),
        ("ROLLBOOK_DATABASE", "ROLLBOOK_DATABASE_URL"),
        ("rollbook_chain_uri", "ROLLBOOK_CHAIN_URL"),
        ("ROLLBOOK_", "ROLLBOOK_"),
        ("ROLLBOOK_WORKERS_OF_THE_WORLD", "ROLLBOOK_"),
    ],
)
def test_a_variable_that_nobody_reads_stops_the_start(
    name: str, nearest: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "postgresql://host/ledger")
    with pytest.raises(ConfigError) as caught:
        load(home=tmp_path)
    assert caught.value.code == "config.unknown_variable"
    assert name in caught.value.message and nearest in caught.value.message
    assert "host" not in caught.value.message.removeprefix(name)  # its value may hold a password


@pytest.mark.parametrize("name", ["ROLLBOOK_TRACE", "ROLLBOOK_SHARED", "rollbook_log_level", "ROLLBOOKS_HOME"])
def test_variables_that_somebody_reads_are_let_be(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "warning")
    assert load(home=tmp_path).home == tmp_path


def test_several_processes_need_a_database_and_a_chain_that_none_of_them_owns(tmp_path: Path) -> None:
    postgres, chain = {"database_url": "postgresql://h/d"}, {"chain_url": "http://localhost:8545"}
    assert load(home=tmp_path, **postgres, **chain).together
    assert not any(load(home=tmp_path, **given).together for given in ({}, postgres, chain))


@pytest.mark.parametrize("host", ["http://a", "a:80", "-a", "a/b", "a b"])
def test_a_peer_host_is_a_name_and_no_address(host: str, tmp_path: Path) -> None:
    assert refused(home=tmp_path, peer_host=host) == "config.invalid"
