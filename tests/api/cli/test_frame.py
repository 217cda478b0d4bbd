"""The command's frame: what it says and how it ends, whatever goes wrong inside."""

import errno
import re
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import exits, main, output
from ledger.formats.errors import (
    ConfigError,
    ConflictError,
    FormatError,
    NotAllowedError,
    NotFoundError,
    ProofError,
    RollbookError,
    UnavailableError,
)

COMMANDS = [
    *("init", "import", "issue", "export", "offer", "revoke", "suspend", "lift", "supersede"),
    *("verify", "serve", "demo", "doctor"),
    *(
        "trust",
        "trust add",
        "trust list",
        "trust show",
        "trust web",
        "trust remove",
        "trust key",
        "trust propose",
        "trust sign",
        "trust adopt",
        "redeploy",
        "school",
        "school add",
        "school list",
    ),
    *("school key", "kind", "kind add", "kind list", "kind template"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*command.split(), "--help"]) == 0
    shown = capsys.readouterr().out
    assert "Usage: rollbook" in shown
    assert not [artefact for artefact in ("list[", "{", "}", "......", "…...") if artefact in shown]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_refuses_what_it_does_not_know_with_64(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([*command.split(), "--no-such-option"]) == 64
    assert "no-such-option" in capsys.readouterr().err


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--version"]) == 0
    assert re.fullmatch(r"rollbook (\d+\.\d+\S*|from source)\n", capsys.readouterr().out)


def test_pins_that_may_not_be_read_are_no_unreadable_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refused(folder: Path) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied", str(folder))

    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path))
    monkeypatch.setattr("api.pins.os.listdir", refused)
    assert main.main(["verify", "bundle.json"]) == 64
    assert "Permission denied" in capsys.readouterr().err


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    """The exit code of a command that ends with ``error``."""

    def command(**_: Any) -> Any:
        raise error

    monkeypatch.setattr(typer.main, "get_command", lambda _: lambda **given: command(**given))
    monkeypatch.delenv("ROLLBOOK_TRACE", raising=False)
    return main.main([])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("x.y"), 78),
        (UnavailableError("x.y"), 69),
        (NotAllowedError("x.y"), 77),
        (NotFoundError("x.y"), 65),
        (ConflictError("x.y"), 65),
        (ProofError("x.y"), 65),
        (FormatError("x.y"), 65),
        (RollbookError("x.y"), 70),
        (KeyError("a defect"), 70),
        (RecursionError(), 70),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (FileNotFoundError(errno.ENOENT, "No such file", "f"), 66),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "f"), 66),
        (OSError(errno.ENOSPC, "No space left on device"), 70),
        (ModuleNotFoundError("No module named 'web3'", name="web3"), 69),
        (ModuleNotFoundError("No module named 'api.none'", name="api.none"), 70),
    ],
)
def test_no_failure_looks_like_a_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: BaseException, code: int
) -> None:
    assert failing(monkeypatch, error) == code
    shown = capsys.readouterr()
    assert shown.out == "" and len(shown.err.splitlines()) == 1 and "Traceback" not in shown.err


@pytest.mark.parametrize(
    ("codes", "worst"),
    [((), 0), ((0, 0), 0), ((0, 2), 2), ((2, 1), 1), ((1, 66), 66), ((66, 64), 64), ((64, 70, 1), 70)],
)
def test_the_worst_of_several_decides(codes: tuple[int, ...], worst: int) -> None:
    assert exits.worst(codes) == worst


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_language_is_the_environments(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], language: str
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(output, "can_show", lambda text, stream=None: True)
    assert output.language() == language
    monkeypatch.setattr(output, "can_show", lambda text, stream=None: False)
    assert output.language() == "en"
    assert output.language("zh") == "zh"


def test_a_pipe_gets_no_progress_bar(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("working", 3) as bar:
        bar.advance()
        bar.advance(2)
    assert capsys.readouterr() == ("", "")
