"""What tests of several modules here are copied from."""

import shutil
from pathlib import Path

import pytest

from tests.support.ledgers import Ledger, opened


@pytest.fixture(scope="session")
def redeployed_home(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder right after `rollbook redeploy`: to be copied, never to be opened by a test."""
    from api.redeploying import Redeployment
    from tests.support.chain import hasten
    from tests.support.redeploying import silent

    home = tmp_path_factory.mktemp("redeployed") / "home"
    shutil.copytree(made_ledger.home, home)
    with pytest.MonkeyPatch.context() as monkeypatch:
        hasten(monkeypatch)
        with opened(home) as deployment:
            Redeployment(deployment, silent).run()
    return home
