"""Backups as files: what is in them, what is not, and what is refused of a damaged one."""

import hashlib
import json
import shutil
import stat
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.backups import manifest
from api.backups.making import Made, backup
from api.backups.restoring import restore
from api.cli.main import main
from api.settings import load
from ledger.formats.errors import ConfigError, FormatError, NotAllowedError, RollbookError
from tests.support.ledgers import SECRET, Ledger


@pytest.fixture(scope="module")
def made(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A backup as a folder, of a ledger that nobody has open."""
    return backup(load(home=made_ledger.home, secret=SECRET), tmp_path_factory.mktemp("made") / "backup")


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Path:
    """That backup, to be damaged."""
    return Path(shutil.copytree(made.path, tmp_path / "copy"))


def _refused(source: Path, home: Path, **more: Any) -> str:
    with pytest.raises(RollbookError) as caught:
        restore(load(home=home, secret=SECRET), source, unchecked=True, **more)
    assert not (home / "deployment.json").exists()
    return caught.value.code


def test_a_backup_holds_the_ledger_and_not_its_secret(made: Made) -> None:
    names = {path.relative_to(made.path).as_posix() for path in made.path.rglob("*") if path.is_file()}
    assert names == {
        "manifest.json",
        "deployment.json",
        "trust-root.json",
        "database.sqlite",
        "chain/chain.sqlite",
        "chain/genesis.json",
    }
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in made.path.rglob("*.sqlite"))
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700
    text = (made.path / "manifest.json").read_bytes()
    assert SECRET.encode() not in text and hashlib.sha256(text).hexdigest() == made.digest
    assert made.manifest.size > 60 and made.manifest.note and made.manifest.root in manifest.read(made.path).root


def test_the_secret_goes_along_where_that_is_asked_for(made_ledger: Ledger, tmp_path: Path) -> None:
    backup(load(home=made_ledger.home, secret=SECRET), tmp_path / "with.tar", with_secret=True)
    assert stat.S_IMODE((tmp_path / "with.tar").stat().st_mode) == 0o600
    restore(load(home=tmp_path / "home"), tmp_path / "with.tar", unchecked=True)
    assert (tmp_path / "home" / "secret").read_text().strip() == SECRET
    assert stat.S_IMODE((tmp_path / "home" / "secret").stat().st_mode) == 0o600


def test_nothing_is_written_over(made: Made, ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        backup(load(home=ledger.home, secret=SECRET), made.path)
    assert caught.value.code == "backup.exists"
    before = {path: path.read_bytes() for path in ledger.home.rglob("*") if path.is_file()}
    for source in (made.path,):
        with pytest.raises(ConfigError) as caught:
            restore(load(home=ledger.home, secret=SECRET), source, unchecked=True)
        assert caught.value.code == "restore.not_empty"
    assert {path: path.read_bytes() for path in before} == before


def test_what_stands_beside_the_rest_comes_along(ledger: Ledger, tmp_path: Path) -> None:
    for name in ("trust-roots/1.json", "contexts/manifest.json"):
        (ledger.home / name).parent.mkdir()
        (ledger.home / name).write_text("{}")
    backup(load(home=ledger.home, secret=SECRET), tmp_path / "all.tar")
    restore(load(home=tmp_path / "new", secret=SECRET), tmp_path / "all.tar", unchecked=True)
    for name in ("trust-roots/1.json", "contexts/manifest.json"):
        assert (tmp_path / "new" / name).read_text() == "{}"


def test_another_ledgers_parts_are_not_mixed_in(made: Made, ledger: Ledger) -> None:
    (ledger.home / "rollbook.sqlite").unlink()
    known = json.loads((ledger.home / "deployment.json").read_bytes())
    (ledger.home / "deployment.json").write_text(json.dumps(known | {"genesis": "0x" + "00" * 32}))
    with pytest.raises(ConfigError) as caught:
        restore(load(home=ledger.home, secret=SECRET), made.path, missing=True, unchecked=True)
    assert caught.value.code == "restore.other_ledger"
    assert not (ledger.home / "rollbook.sqlite").exists()


@pytest.mark.parametrize("away", [True, False])
def test_a_log_that_was_moving_to_another_chain_is_put_back_without_a_checkpoint(
    ledger: Ledger, tmp_path: Path, away: bool
) -> None:
    """The chain that is asked remembers no more than where the log was frozen."""
    known = json.loads((ledger.home / "deployment.json").read_bytes())
    moving = known | {"next_chain_id": known["chain_id"] + away, "next_checkpoint_registry": "0x" + "11" * 20}
    (ledger.home / "deployment.json").write_text(json.dumps(moving))
    settings = load(home=ledger.home, secret=SECRET)
    backup(settings, tmp_path / "moving")
    (ledger.home / "rollbook.sqlite").unlink()
    if away:
        with pytest.raises(NotAllowedError) as caught:
            restore(settings, tmp_path / "moving", missing=True)
        assert caught.value.code == "restore.unchecked"
        assert not (ledger.home / "rollbook.sqlite").exists()
    assert restore(settings, tmp_path / "moving", missing=True, unchecked=away).database


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a bit of the database": ("backup.damaged", lambda folder: _flip(folder / "database.sqlite")),
    "a bit of the chain": ("backup.damaged", lambda folder: _flip(folder / "chain" / "chain.sqlite")),
    "a bit of the trust root": ("backup.damaged", lambda folder: _flip(folder / "trust-root.json")),
    "a file too few": ("backup.damaged", lambda folder: (folder / "chain" / "genesis.json").unlink()),
    "a file too many": ("backup.damaged", lambda folder: (folder / "more").write_bytes(b"")),
    "no manifest": ("backup.malformed", lambda folder: (folder / "manifest.json").unlink()),
    "no JSON": ("backup.malformed", lambda folder: (folder / "manifest.json").write_bytes(b"{")),
    "another version": ("backup.malformed", lambda folder: _change(folder, format="rollbook-backup/2")),
    "a member too many": ("backup.malformed", lambda folder: _change(folder, more=1)),
    "a file outside": ("backup.damaged", lambda folder: _change(folder, files={"../x": "00"})),
}


def _change(folder: Path, **members: Any) -> None:
    value = json.loads((folder / "manifest.json").read_bytes())
    (folder / "manifest.json").write_text(json.dumps(value | members))


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_backup_is_not_put_back(name: str, copy: Path, tmp_path: Path) -> None:
    code, damage = DAMAGE[name]
    damage(copy)
    assert _refused(copy, tmp_path / "home") == code


def test_a_tar_file_that_leads_outside_is_not_unpacked(tmp_path: Path) -> None:
    source = tmp_path / "bad.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(source, "w") as archive:
        archive.add(tmp_path / "x", "../outside")
    assert _refused(source, tmp_path / "home") == "backup.malformed"
    assert not (tmp_path / "outside").exists()
    source.write_bytes(b"no tar")
    assert _refused(source, tmp_path / "home") == "backup.malformed"
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["lock"]


def test_a_backup_of_one_database_is_not_put_into_the_other(made: Made, tmp_path: Path) -> None:
    settings = load(home=tmp_path / "home", secret=SECRET, database_url="postgresql://nobody@localhost/none")
    with pytest.raises(ConfigError) as caught:
        restore(settings, made.path, unchecked=True)
    assert caught.value.code == "restore.database"


def test_the_commands_say_what_they_did(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    file = str(tmp_path / "all.tar")
    assert main(["backup", file]) == 0
    assert "entries, root" in capsys.readouterr().out
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "new"))
    assert main(["restore", file]) == 77 and "--checkpoint" in capsys.readouterr().err
    assert main(["restore", file, "--unchecked"]) == 0
    assert "put back: database, embedded chain" in capsys.readouterr().out
    assert main(["catch-up", "--from", str(tmp_path)]) == 78 and "catch_up.source" in capsys.readouterr().err


def test_a_format_error_is_one_of_ours() -> None:
    with pytest.raises(FormatError):
        manifest.read(Path("/nonexistent"))
