"""Database and embedded chain lost one after the other: two restores are no way to forget what was signed."""

import os
import shutil
from pathlib import Path

import pytest

from api.backups.catching import FolderSource, catch_up
from api.backups.making import backup
from api.backups.restoring import restore
from api.cli.main import main
from api.settings import Settings, load
from api.wiring import open_deployment
from ledger.formats.errors import ConfigError, NotAllowedError, RollbookError
from ledger.log.submission import Caller
from tests.api.backups.test_drill import mirror
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger, opened

SUBJECT = {"identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


def lose_database(settings: Settings) -> None:
    for path in settings.home.glob("rollbook.sqlite*"):
        path.unlink()


def lose_chain(settings: Settings) -> None:
    shutil.rmtree(settings.home / "chain")


def code_of_opening(settings: Settings) -> str:
    """What a command is told that would issue."""
    with pytest.raises(RollbookError) as caught, opened(settings.home):
        pass
    return caught.value.code


class Gone:
    """A ledger that went on after its backup: its newest checkpoint, and a copy of the public log."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.settings, self.backup, self.mirror = load(home=home, secret=SECRET), folder / "backup.tar", folder / "copy"
        with opened(home) as deployment:
            deployment.settle()
            made = backup(self.settings, self.backup)
            deployment.records.issue(
                Caller("tests", deployment.schools.by_code(UNIVERSITY).did), "transcript", dict(SUBJECT)
            )
            deployment.settle()
            mirror(deployment, self.mirror)
            self.size = deployment.sequencer.size
        assert made.manifest.size < self.size
        self.note, self.old = (self.mirror / "log" / "checkpoint").read_text(), made.manifest.note or ""

    def restore(self, **more: str | bool) -> bool:
        """Whether the log has to hold a checkpoint."""
        return restore(self.settings, self.backup, missing=True, **more).floor is not None  # type: ignore[arg-type]


@pytest.fixture
def gone(ledger: Ledger, tmp_path: Path) -> Gone:
    return Gone(ledger.home, tmp_path)


def test_the_chain_after_the_database(gone: Gone) -> None:
    lose_database(gone.settings)
    assert not gone.restore()  # the chain remembers
    assert code_of_opening(gone.settings) == "log.behind_chain"
    lose_chain(gone.settings)
    with pytest.raises(NotAllowedError) as caught:
        gone.restore()
    assert caught.value.code == "restore.unchecked" and "database" in caught.value.message
    assert not (gone.settings.home / "chain").exists()
    with pytest.raises(RollbookError):
        gone.restore(note=gone.note.replace("localhost", "elsewhere"))
    assert gone.restore(note=gone.note)
    assert code_of_opening(gone.settings) == "log.behind_chain"  # the chain is of the past, and the checkpoint is not
    with open_deployment(gone.settings, behind=True) as deployment:
        assert catch_up(deployment, FolderSource(gone.mirror)).after == gone.size


def test_the_database_after_the_chain(gone: Gone) -> None:
    lose_chain(gone.settings)
    assert not gone.restore()  # the database remembers
    lose_database(gone.settings)
    assert gone.restore(), "what the database remembered was kept beside the chain"
    assert code_of_opening(gone.settings) == "log.behind_chain"
    lose_database(gone.settings)
    assert gone.restore(note=gone.old), "an older checkpoint does not make it forget"
    assert code_of_opening(gone.settings) == "log.behind_chain"
    with open_deployment(gone.settings, behind=True) as deployment:
        assert catch_up(deployment, FolderSource(gone.mirror)).after == gone.size
    lose_chain(gone.settings)
    assert not gone.restore()  # it was held against the chain since: it remembers again
    with opened(gone.settings.home) as deployment:
        deployment.settle()


def test_the_chain_again_and_the_database_that_waited_for_it(gone: Gone) -> None:
    """A checkpoint that was given once is not forgotten by a further loss."""
    lose_database(gone.settings)
    lose_chain(gone.settings)
    with pytest.raises(NotAllowedError):
        gone.restore()
    gone.restore(note=gone.note)
    lose_chain(gone.settings)
    with pytest.raises(NotAllowedError):
        gone.restore()
    gone.restore(note=gone.old)
    assert code_of_opening(gone.settings) == "log.behind_chain"
    lose_database(gone.settings)
    assert gone.restore()
    assert code_of_opening(gone.settings) == "log.behind_chain"
    (gone.settings.home / "chain" / "checkpoint.json").write_text("{}")
    lose_database(gone.settings)
    with pytest.raises(ConfigError, match=r"config.damaged"):
        gone.restore()


def test_whoever_has_no_checkpoint_may_still_say_so(gone: Gone) -> None:
    lose_database(gone.settings)
    gone.restore()
    lose_chain(gone.settings)
    assert not gone.restore(unchecked=True)
    lose_database(gone.settings)
    assert not gone.restore(unchecked=True)
    with opened(gone.settings.home) as deployment:
        assert deployment.sequencer.size < gone.size
        deployment.settle()


@pytest.mark.parametrize("name", [".restoring-abc", ".restoring-rollbook.sqlite-abc"])
def test_what_a_killed_restore_left_is_named_and_removed(
    made_ledger: Ledger, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    (home / name / "chain").mkdir(parents=True)
    (home / name / "secret").write_text("x")
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("x")
    os.symlink(elsewhere, home / ".restoring-link")
    monkeypatch.setenv("ROLLBOOK_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "500")
    main(["doctor"])
    said = capsys.readouterr().out
    assert name in said and "restore" in said and ".restoring-link" not in said
    settings = load(home=home, secret=SECRET)
    backup(load(home=made_ledger.home, secret=SECRET), tmp_path / "backup.tar")
    restore(settings, tmp_path / "backup.tar", unchecked=True)
    assert not (home / name).exists() and (elsewhere / "kept").exists()
    (home / name).mkdir()
    with pytest.raises(ConfigError):
        restore(settings, tmp_path / "backup.tar", unchecked=True)  # refused, and yet it cleans up
    assert not (home / name).exists()


def test_what_another_process_is_at_is_left_alone(made_ledger: Ledger, ledger: Ledger, tmp_path: Path) -> None:
    backup(load(home=made_ledger.home, secret=SECRET), tmp_path / "backup.tar")
    (ledger.home / ".restoring-abc").mkdir()
    with opened(ledger.home), pytest.raises(RollbookError) as caught:
        restore(load(home=ledger.home, secret=SECRET), tmp_path / "backup.tar", missing=True)
    assert caught.value.code == "deployment.locked" and (ledger.home / ".restoring-abc").exists()
    database = tmp_path / "apart" / "rollbook.sqlite"
    for name in (".restoring-abc", ".restoring-rollbook.sqlite-abc"):
        (database.parent / name).mkdir(parents=True)
    new = load(home=tmp_path / "new", secret=SECRET, database_url=f"sqlite:///{database}")
    restore(new, tmp_path / "backup.tar", unchecked=True)
    left = sorted(path.name for path in database.parent.iterdir() if path.name.startswith("."))
    assert left == [".restoring-abc"], "another ledger's, perhaps"
