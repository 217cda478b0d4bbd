"""The verifier's commands load nothing of the server, and `--help` answers at once."""

import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.commands import environment
from tests.support.ledgers import Ledger

SERVER = (
    "alembic eth eth_account fastapi jinja2 pydantic_settings rlp sqlalchemy sqlmodel starlette structlog uvicorn web3"
)

LOG = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

PROBE = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}.split():
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nothing())
from api.cli.main import main
sys.exit(main({arguments!r}))
"""


def without_server(
    folder: Path, *arguments: str, names: str = SERVER, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """The command where none of these libraries can be imported."""
    code = PROBE.format(names=names, arguments=list(arguments))
    env = environment(env or {"ROLLBOOK_HOME": str(folder)})
    return subprocess.run([sys.executable, "-c", code], env=env, cwd=folder, capture_output=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--help",), 0),
        (("verify", "--help"), 0),
        (("verify", "none.json"), 64),
        (("trust", "list"), 64),
        (("trust", "add", "none.json"), 66),
        (("doctor",), 0),
        (("witness", "--once"), 78),
        (("witness", "init", "--name", "w"), 78),
        (("monitor", "--once"), 78),
        (("monitor", "--once", "--log", LOG, "--url", "http://127.0.0.1:1", "--school", "did:web:x"), 69),
    ],
)
def test_a_verifier_needs_no_server(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    found = without_server(tmp_path, *arguments)
    assert found.returncode == code, found.stderr
    assert b"No module" not in found.stderr


@pytest.mark.parametrize("command", [("school", "list"), ("authority", "list"), ("kind", "list")])
def test_a_list_loads_the_chain_s_libraries(ledger: Ledger, tmp_path: Path, command: tuple[str, ...]) -> None:
    """They take a second, and nothing that only reads the books asks a chain."""
    found = without_server(tmp_path, *command, names="eth eth_account web3", env=ledger.environment())
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("command", [("init",), ("serve",), ("demo",), ("school", "list"), ("export", "x")])
def test_a_missing_server_is_named_with_what_to_install(tmp_path: Path, command: tuple[str, ...]) -> None:
    found = without_server(tmp_path, *command)
    assert found.returncode == 69
    assert b"[server]" in found.stderr and len(found.stderr.splitlines()) == 1


def test_help_answers_within_half_a_second(tmp_path: Path) -> None:
    took = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "api.cli", "--help"]
        subprocess.run(command, env=environment({}), cwd=tmp_path, stdout=subprocess.DEVNULL, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        # Its own time, whatever else this machine is doing.
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(took) < 0.5, took
