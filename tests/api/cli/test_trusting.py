"""`rollbook trust key|propose|sign|adopt` and `redeploy`: files in, files out, and nothing by chance."""

import json
import stat
from pathlib import Path

import pytest

from api.cli import main
from ledger.formats import trustroot
from tests.support.chain import hasten
from tests.support.ledgers import Ledger


@pytest.fixture
def shell(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in ledger.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    hasten(monkeypatch)
    return tmp_path


def run(*words: object) -> int:
    return main.main([str(word) for word in words])


def test_another_authority_takes_over_step_by_step(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("trust", "key", "authority.key") == 0
    multikey = capsys.readouterr().out.strip()
    assert stat.S_IMODE((shell / "authority.key").stat().st_mode) == 0o600
    assert run("trust", "key", "authority.key") == 64  # never over one that is there

    assert run("trust", "propose", "next.json", "--authorities", multikey, "--days", 400) == 0
    shown = capsys.readouterr().out
    proposed = trustroot.draft((shell / "next.json").read_bytes())
    assert proposed.fingerprint in shown and "signed by 0 of its 1 authorities, 1 are needed" in shown
    assert f"0x{proposed.epochs[0].checkpoint_registry.address.hex()}" in shown
    assert run("trust", "adopt", "next.json") == 65  # nobody has signed
    assert "trustroot.unsigned" in capsys.readouterr().err

    assert run("trust", "sign", "next.json", "--key", "authority.key") == 0
    assert f"{multikey} signed" in capsys.readouterr().out
    assert run("trust", "adopt", "next.json") == 65  # the present authority has not
    assert run("trust", "sign", "next.json") == 0
    assert run("trust", "adopt", "next.json") == 0
    assert run("trust", "list") == 0
    assert proposed.fingerprint in capsys.readouterr().out
    assert json.loads((Path("home") / "trust-roots" / "1.json").read_bytes())["version"] == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("trust", "propose", "next.json", "--validators", "0x12"), 78, "is no address"),
        (("trust", "propose", "next.json", "--validators", "0x" + "11" * 20), 78, "from which block on"),
        (("trust", "propose", "next.json", "--authorities", "z6Mk"), 65, "too short for a key"),
        (("trust", "propose", "next.json", "--threshold", "2"), 65, "threshold"),
        (("trust", "sign", "none.json"), 66, "none.json"),
        (("trust", "sign", "root.json", "--key", "none.key"), 78, "no key of an authority"),
        (("trust", "adopt", "none.json"), 66, "none.json"),
        (("trust", "adopt", "empty.json"), 65, "trustroot.malformed"),
    ],
)
def test_mistakes(
    shell: Path, ledger: Ledger, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    (shell / "empty.json").write_text("{}")
    (shell / "root.json").write_bytes((ledger.home / "trust-root.json").read_bytes())
    assert run(*words) == code
    told = capsys.readouterr()
    assert said in told.err + told.out
    assert not (shell / "next.json").exists()


def test_redeploying_says_what_comes_next(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("redeploy") == 0
    told = capsys.readouterr().out
    assert "every word there is the old contracts' own" in told
    assert run("trust", "propose", "next.json") == 0
    assert run("trust", "sign", "next.json") == 0
    told = capsys.readouterr().out
    assert "epoch 1: chain 26001, clique, ends with block" in told and "epoch 2: chain 26001, clique, open" in told
    assert run("trust", "adopt", "next.json") == 0
    assert run("verify", "--offline", "next.json") in (1, 2)  # a trust root is no record
