"""A backup from before a redeployment: the old contract's head is all in it, and yet it is not all that was signed."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api import proposing
from api.backups import making, restoring
from api.deployment import Deployment
from api.proposing import Wish
from api.redeploying import Redeployment
from api.settings import load
from api.wiring import open_deployment
from ledger.formats import canonical, keys, trustroot
from ledger.formats.errors import ConfigError, ConflictError, RollbookError
from ledger.log.submission import Caller
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger, opened

SUBJECT: dict[str, Any] = {"name": "甲", "identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


def silent(_text: str) -> None:
    """Says nothing."""


def _issue(deployment: Deployment) -> None:
    caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
    deployment.records.issue(caller, "transcript", dict(SUBJECT))


def _back(home: Path, backup: Path) -> None:
    """All but the chain, which others keep, is lost and put back."""
    for path in home.iterdir():
        if path.is_file() and path.name not in ("secret", "lock"):
            path.unlink()
    restoring.restore(load(home=home, secret=SECRET), backup, missing=True)


@pytest.fixture
def moved(ledger: Ledger, tmp_path: Path) -> Iterator[tuple[Path, Path, Path]]:
    """The data folder of a ledger that went on to new contracts, and backups from before that and from amid it."""
    before, amid = tmp_path / "before.tar", tmp_path / "amid.tar"
    with opened(ledger.home) as deployment:
        deployment.settle()
    making.backup(load(home=ledger.home, secret=SECRET), before)
    with opened(ledger.home) as deployment:
        Redeployment(deployment, silent).run()
    making.backup(load(home=ledger.home, secret=SECRET), amid)
    with opened(ledger.home) as deployment:
        own = keys.generate(deployment.keystore.get_or_make("trust root authority"))
        document = proposing.propose(deployment, Wish(datetime(2036, 1, 1, tzinfo=UTC)))
        proposing.adopt(deployment, canonical.dumps(trustroot.sign(document, own)))
    with opened(ledger.home) as deployment:
        _issue(deployment)
        deployment.settle()
    yield ledger.home, before, amid


@pytest.mark.faults
def test_a_backup_from_before_new_contracts_or_amid_them_makes_no_second_history(
    moved: tuple[Path, Path, Path],
) -> None:
    home, *backups = moved
    for backup in backups:
        _back(home, backup)
        if (home / "trust").exists():
            with pytest.raises(ConfigError, match=r"trust\.older"), opened(home):  # what was pinned is not lost
                pass
            shutil.rmtree(home / "trust")
        with pytest.raises(ConflictError, match=r"log\.behind_chain"), opened(home):
            pass
        with open_deployment(load(home=home, secret=SECRET), behind=True) as deployment:
            with pytest.raises(ConflictError, match=r"log\.behind_chain"):
                deployment.settle()
            with pytest.raises(RollbookError, match=r"log\.behind_chain"):
                _issue(deployment)
