"""`rollbook trust key|propose|sign|adopt` and `redeploy`: files in, files out, and nothing by chance."""

import json
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from ledger.formats import canonical, trustroot
from tests.support.chain import hasten
from tests.support.ledgers import Ledger, opened


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
    told = capsys.readouterr()
    shown = told.out
    assert "it expires before the present version does, which holds until 20" in told.err
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
    both = capsys.readouterr()
    told = both.out
    assert "expires before" not in both.err
    assert "epoch 1: chain 26001, clique, ends with block" in told and "epoch 2: chain 26001, clique, open" in told
    assert run("trust", "adopt", "next.json") == 0
    assert run("verify", "--offline", "next.json") in (1, 2)  # a trust root is no record


@pytest.fixture
def proposed(redeployed_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An authority's own folder: the pinned version 1, a proposal that opens an epoch, a key; and a node to ask."""
    from api import proposing
    from api.pins import Pins
    from api.proposing import Wish
    from tests.support.redeploying import UNTIL

    hasten(monkeypatch)
    operators = Path(shutil.copytree(redeployed_home, tmp_path / "operator"))
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "authority"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "authority.key").write_text("11" * 32)
    with opened(operators) as deployment:
        monkeypatch.setattr("ledger.chain.client.http_chain", lambda _url: deployment.opened.chain)
        document = proposing.propose(deployment, Wish(UNTIL))
        (tmp_path / "next.json").write_bytes(canonical.dumps(document))
        first = (operators / "trust-root.json").read_bytes()
        (tmp_path / "first.json").write_bytes(first)
        Pins(tmp_path / "authority").add(first)
        yield tmp_path


def asked(*more: str) -> int:
    return run("trust", "sign", "next.json", "--key", "authority.key", *more)


def test_an_authority_compares_by_its_own_node(proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked("--node", "http://node") == 0
    told = capsys.readouterr()
    assert "compared: every word of the new contracts is the old ones' own" in told.out
    assert "CHANGED: IssuerRegistry: 0x" in told.out and "NOT COMPARED" not in told.err
    assert "slots accreditation_counts 11, accreditations 5" in told.out
    assert len(json.loads((proposed / "next.json").read_bytes())["signatures"]) == 1


def test_a_signature_without_a_node_says_what_it_is_worth(proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asked() == 0
    told = capsys.readouterr()
    assert "NOT COMPARED with the chain" in told.err and "every word" not in told.out
    shutil.rmtree(proposed / "authority")
    assert asked() == 0
    assert "NOTHING IS COMPARED: version 1 is not pinned here" in capsys.readouterr().err


def test_the_first_trust_root_goes_on_with_nothing(proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(proposed / "authority")
    assert run("trust", "sign", "first.json", "--key", "authority.key", "--node", "http://node") == 0
    told = capsys.readouterr()
    assert "every word" not in told.out
    assert "NOT COMPARED: no version is pinned before this first one" in told.err
    assert "NOT COMPARED: there are no contracts before these" in told.err


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda it: it["epochs"][-1]["checkpointRegistry"].update(codeHash="0x" + "ab" * 32), "trust.other_code"),
        (lambda it: it["epochs"][-1]["issuerRegistry"]["slots"].update(keys=5, accreditations=6), "trust.other_code"),
        (lambda it: it.update(epochs=it["epochs"][-1:]), "trust.altered"),
        (lambda it: it["epochs"][-1].update(rootAuthority="did:web:evil.example"), "trust.altered"),
        (lambda it: it["epochs"][-1]["validators"][0].update(addresses=["0x" + "01" * 20]), "trust.validators"),
    ],
)
def test_a_false_proposal_is_not_signed(
    proposed: Path, capsys: pytest.CaptureFixture[str], alter: Callable[[dict[str, Any]], object], code: str
) -> None:
    document = json.loads((proposed / "next.json").read_bytes())
    alter(document)
    (proposed / "next.json").write_text(json.dumps(document))
    before = (proposed / "next.json").read_bytes()
    assert asked("--node", "http://node") == 78
    told = capsys.readouterr()
    assert code in told.err and told.out == ""
    if code != "trust.validators":  # which the chain alone shows
        assert asked() == 78
    assert (proposed / "next.json").read_bytes() == before


@pytest.mark.parametrize("more", [(), ("--node", "http://node")])
def test_other_code_by_its_hash(proposed: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]) -> None:
    other = "0x" + "ab" * 32
    document = json.loads((proposed / "next.json").read_bytes())
    document["epochs"][-1]["checkpointRegistry"]["codeHash"] = other
    (proposed / "next.json").write_text(json.dumps(document))
    assert asked("--code-hash", "0x12", *more) == 78
    assert "is no hash of code" in capsys.readouterr().err
    assert asked("--code-hash", "0x" + "cd" * 32, *more) == 78
    assert asked("--code-hash", other, *more) == (78 if more else 0)  # the node has not that code either
    told = capsys.readouterr().err
    assert (
        "the node has other code"
        if more
        else f"CheckpointRegistry HAS OTHER CODE than this installation brings, {other}"
    ) in told


def test_nothing_is_compared_with_a_node_but_what_is_pinned(proposed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(proposed / "authority")
    assert asked("--node", "http://node") == 78
    assert "trust.unpinned" in capsys.readouterr().err
