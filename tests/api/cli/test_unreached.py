"""`rollbook verify` says so where the log that it was to ask gave no answer: what it prints may be out of date."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from api import fetch
from api.cli.main import main
from ledger.formats.errors import NotFoundError, UnavailableError
from tests.support.ledgers import Ledger, bundle_of, opened


@pytest.fixture(scope="module")
def files(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A bundle and the trust root to hold it against."""
    folder = tmp_path_factory.mktemp("unreached")
    shutil.copytree(made_ledger.home, folder / "home")
    with opened(folder / "home") as deployment:
        bundle = bundle_of(deployment, made_ledger)
    (folder / "bundle.json").write_text(json.dumps(bundle), encoding="utf-8")
    return str(folder / "bundle.json"), str(folder / "home" / "trust-root.json")


def run(files: tuple[str, str], capsys: pytest.CaptureFixture[str], *more: str) -> str:
    assert main(["verify", files[0], "--trust-root", files[1], *more]) == 0
    return capsys.readouterr().out


def answering(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def get(url: str, *, loopback: bool) -> Any:
        raise error

    monkeypatch.setattr(fetch, "get", get)


@pytest.mark.parametrize(("language", "said"), [("en", "could not be asked"), ("zh", "未能联系日志")])
def test_a_silent_log_is_passed_over_in_silence(files, capsys, monkeypatch, language: str, said: str) -> None:
    answering(monkeypatch, UnavailableError("fetch.timeout"))
    text = run(files, capsys, "--language", language)
    assert said in text and "http://localhost:8000" in text
    assert json.loads(run(files, capsys, "--json"))["unreached"] == ["http://localhost:8000"]


def test_a_log_that_answers_or_is_not_to_be_asked_is_called_silent(files, capsys, monkeypatch, tmp_path: Path) -> None:
    answering(monkeypatch, UnavailableError("fetch.timeout"))
    assert "could not be asked" not in run(files, capsys, "--offline", "--language", "en")
    assert "unreached" not in json.loads(run(files, capsys, "--offline", "--json"))
    answering(monkeypatch, NotFoundError("fetch.missing"))
    assert "could not be asked" not in run(files, capsys, "--language", "en")
    assert "unreached" not in json.loads(run(files, capsys, "--json"))
