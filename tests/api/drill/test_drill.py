"""The drill: everything is caught, and where one defence is taken away, it says so."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.cli import exits
from api.cli.main import main
from api.drill import running, stage, texts
from api.drill.findings import Finding
from api.drill.stage import Stage
from tests.support.ledgers import light_keystores

WANTED = {
    "key": ["inclusion.mismatch", "valid", "issuer.key_compromised", "valid"],
    "database": ["proof.invalid", "inclusion.mismatch", "log.damaged", "anchor.altered"],
    "status": ["status.revoked", "status.mismatch", "status.revoked"],
    "fork": [
        *("cosigned", "anchor.mismatch", "log.behind_chain", "log.forked"),
        *("chain.reverted", "chain.reverted", "accepted"),
    ],
    "block": ["anchor.bad_seal", "anchor.bad_seal", "anchor.mismatch"],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """The one that all are copied from."""
    with light_keystores():
        return stage.make(tmp_path_factory.mktemp("drill") / "stage")


@pytest.fixture
def scene(made: Stage, tmp_path: Path) -> Stage:
    home = tmp_path / "stage" / "home"
    shutil.copytree(made.home, home)
    return Stage(home, made.root, made.records)


def test_everything_is_caught_and_said_in_one_object(
    scene: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stage, "make", lambda _: scene)
    monkeypatch.setenv("ROLLBOOK_CHAIN_URL", "http://127.0.0.1:1")  # of the operator, and none of the drill's business
    monkeypatch.setenv("ROLLBOOK_HOME", str(scene.home.parent / "untouched"))
    assert main(["drill", "--json"]) == exits.OK
    told = json.loads(capfd.readouterr().out)
    assert told["caught"] is True
    found: dict[str, list[str]] = {}
    for finding in told["findings"]:
        assert finding["holds"] and finding["wanted"] in finding["found"]
        assert (finding["attack"], finding["trial"]) in texts.TRIALS
        found.setdefault(finding["attack"], []).append(finding["wanted"])
    assert found == WANTED
    assert not (scene.home.parent / "untouched").exists()


def _nothing(*_: Any, **__: Any) -> None:
    """A defence that was taken away."""


def _without_compromise(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ledger.formats.registry.KeyRecord.usable", lambda *_: True)


def _without_start(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ledger.log.publication.Publisher._begin", _nothing)


def _without_words(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ledger.export.chainpart.holds", lambda *_: True)


def _without_signatures(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ledger.formats.keys.verify", lambda *_: True)


def _without_map(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("verifier.checks.status.verify", _nothing)


def _without_memory(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("api.watching.reading.Reader.check_known", _nothing)


def _without_seals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("ledger.formats.trustroot_epochs.Epoch.validators_at", lambda *_: _Anybody())


class _Anybody:
    """Validators among whom everybody is."""

    def __bool__(self) -> bool:
        return True

    def __contains__(self, _: object) -> bool:
        return True


@pytest.mark.faults
@pytest.mark.parametrize(
    ("attack", "trials", "without"),
    [
        ("key", {"reported"}, _without_compromise),
        ("database", {"mark"}, _without_signatures),
        ("database", {"entry"}, _without_start),
        ("database", {"anchor"}, _without_words),
        ("status", {"list"}, _without_map),
        ("fork", {"shown"}, _without_memory),
        ("block", {"time", "sealer"}, _without_seals),
    ],
)
def test_without_a_defence_an_attack_is_missed(
    scene: Stage,
    monkeypatch: pytest.MonkeyPatch,
    attack: str,
    trials: set[str],
    without: Callable[[pytest.MonkeyPatch], None],
) -> None:
    without(monkeypatch)
    assert {one.name for one in running.findings(scene, attack) if not one.holds} == trials


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_that_is_missed_is_said_in_either_language(
    language: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    findings = [
        Finding("key", "honest", "verifier", "valid", ("valid",)),
        Finding("block", "time", "verifier", "anchor.bad_seal", ("invalid", "anchor.bad_seal")),
        Finding("fork", "shown", "witness", "log.forked", ("cosigned",)),
    ]
    monkeypatch.setattr(running, "run", lambda: iter(findings))
    assert main(["drill", "--lang", language]) == exits.INTERNAL
    out = capfd.readouterr().out
    assert out.count(texts.said(texts.MISSED, language)) == 2
    assert all(texts.said(texts.ATTACKS[one.attack], language) in out for one in findings)
    assert texts.said(texts.SOME, language).format(count=1) in out and "anchor.bad_seal" in out


def test_an_attack_that_breaks_off_is_not_caught(monkeypatch: pytest.MonkeyPatch, scene: Stage) -> None:
    monkeypatch.setattr("api.acts.compromise", _broken)
    *_, last = running.findings(scene, "key")
    assert (last.name, last.holds, last.found) == ("course", False, ("chain.unreachable",))


def _broken(*_: Any) -> None:
    from ledger.formats.errors import UnavailableError

    raise UnavailableError("chain.unreachable", "gone")
