"""k of n witnesses: what does not count is tried one by one, and is unknown, never wrong."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.formats import canonical, checkpoint, cosignature, keys, note
from ledger.formats.bundle import parse_material
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import ConfigError
from ledger.formats.note import COSIGNATURE_V1, NoteKey, Signature
from tests.worlds.scene import Scene
from verifier.evidence import Found
from verifier.policy import ARCHIVE, RECORD, VC, Demands
from verifier.report import Outcome, Report, Verdict
from verifier.verifier import Verifier

PAIRS = [keys.generate(bytes([n]) * 32) for n in range(1, 5)]
KEYS = [NoteKey(f"witness-{n}.example", pair.public, COSIGNATURE_V1) for n, pair in enumerate(PAIRS)]
THREE = tuple(KEYS[:3])


@pytest.fixture(scope="module")
def scene() -> Scene:
    return Scene(later=True)


def head(scene: Scene) -> Checkpoint:
    return cosignature.body_of(scene.bundle()["checkpoint"])


def line(scene: Scene, n: int, ahead: int = 0, of: Checkpoint | None = None, name: str = "") -> Signature:
    at = int(scene.now.timestamp()) + ahead
    return cosignature.cosign(of or head(scene), name or KEYS[n].name, PAIRS[n].secret, at)


def report(scene: Scene, *lines: Signature, k: int = 2, given: Any = None, **options: Any) -> Report:
    made = scene.bundle() if given is None else given
    made["checkpoint"] += "".join(map(str, lines))
    return verify(scene, made, Demands(witnesses=THREE, quorum=k), **options)


def verify(scene: Scene, made: dict[str, Any], demands: Demands, **options: Any) -> Report:
    verifier = Verifier(scene.world.trust_root(), demands=demands)
    return verifier.verify(canonical.dumps(made), **{"now": scene.now, **options})


def unwitnessed(found: Report) -> list[str]:
    assert found.verdict is Verdict.INDETERMINATE
    assert found["inclusion"].code == "inclusion.unwitnessed"
    assert [one.id for one in found.checks if one.outcome not in (Outcome.PASS, Outcome.SKIPPED)] == ["inclusion"]
    return [one["name"] for one in found["inclusion"].evidence["witnesses"]]


def test_enough_witnesses_are_named_in_the_evidence(scene: Scene) -> None:
    found = report(scene, line(scene, 0), line(scene, 2, ahead=-86400 * 365))
    assert found.verdict is Verdict.VALID
    assert [one["name"] for one in found["inclusion"].evidence["witnesses"]] == [KEYS[0].name, KEYS[2].name]


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE])
def test_one_too_few(scene: Scene, policy: Any) -> None:
    assert unwitnessed(report(scene, line(scene, 0), policy=policy)) == [KEYS[0].name]
    assert unwitnessed(report(scene, k=1, policy=policy)) == []
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 1), k=3, policy=policy)) == [k.name for k in KEYS[:2]]


def test_a_cosignature_of_another_size(scene: Scene) -> None:
    assert scene.world.anchors[-1].size > head(scene).size
    later = checkpoint.parse_body(note.parse(scene.world.notes[scene.world.anchors[-1].size]).text)
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 1, of=later))) == [KEYS[0].name]


@pytest.mark.parametrize("change", [{"origin": "other.test/log"}, {"root": bytes(32)}])
def test_a_cosignature_of_another_log_or_root(scene: Scene, change: dict[str, Any]) -> None:
    other = replace(head(scene), **change)
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 1, of=other))) == [KEYS[0].name]


def test_a_witness_that_is_not_named(scene: Scene) -> None:
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 3))) == [KEYS[0].name]
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 3, name=KEYS[1].name))) == [KEYS[0].name]


def test_one_witness_counts_twice(scene: Scene) -> None:
    assert unwitnessed(report(scene, line(scene, 0), line(scene, 0, ahead=-1), line(scene, 0))) == [KEYS[0].name]


@pytest.mark.parametrize("ahead", [301, 86400 * 365 * 10, 2**62])
def test_a_cosignature_from_the_future(scene: Scene, ahead: int) -> None:
    assert unwitnessed(report(scene, line(scene, 0, ahead=300), line(scene, 1, ahead=ahead))) == [KEYS[0].name]


def test_a_spoilt_line_makes_a_good_record_invalid(scene: Scene) -> None:
    spoilt = replace(line(scene, 1), value=bytes(72))
    assert unwitnessed(report(scene, line(scene, 0), spoilt)) == [KEYS[0].name]
    assert unwitnessed(report(scene, line(scene, 0), spoilt, line(scene, 1))) == [KEYS[0].name]
    assert report(scene, spoilt, line(scene, 0), line(scene, 2)).verdict is Verdict.VALID


def test_the_log_signs_for_its_witnesses(scene: Scene) -> None:
    log = NoteKey(head(scene).origin, scene.world.log_key.public, COSIGNATURE_V1)
    found = verify(scene, scene.bundle(), Demands(witnesses=(log,), quorum=1))
    assert unwitnessed(found) == []


def test_the_default_asks_for_none(scene: Scene) -> None:
    assert scene.verify(scene.bundle()).verdict is Verdict.VALID
    assert "witnesses" not in scene.verify(scene.bundle())["inclusion"].evidence


def test_a_wrong_path_hides_behind_missing_witnesses(scene: Scene) -> None:
    made = scene.bundle()
    made["inclusion"]["path"][0] = canonical.loads(b'"' + b"A" * 43 + b'="')
    found = report(scene, given=made)
    assert (found.verdict, found["inclusion"].code) == (Verdict.INVALID, "inclusion.mismatch")


def test_other_systems_credentials_need_witnesses(scene: Scene) -> None:
    """Under `vc` the log is nothing that is required; and what is unknown there stays so."""
    found = report(scene, policy=VC)
    assert (found.verdict, found["inclusion"].code) == (Verdict.VALID, "inclusion.unwitnessed")


def test_cosignatures_of_fresher_material_are_not_seen(scene: Scene) -> None:
    fresh = scene.world.material(scene.record)
    fresh["checkpoint"] += str(line(scene, 1))

    class Evidence:
        def material(self, digest: bytes) -> Any:
            return Found(parse_material(canonical.dumps(fresh)))

        def key(self, method: str) -> None: ...
        def status_list(self, url: str) -> None: ...

    assert report(scene, line(scene, 0), evidence=Evidence()).verdict is Verdict.VALID
    assert unwitnessed(report(scene, evidence=Evidence())) == [KEYS[1].name]


@pytest.mark.parametrize(("witnesses", "quorum"), [((), 1), (THREE, 4), (THREE, -1), ((KEYS[0], KEYS[0]), 2)])
def test_a_quorum_that_there_cannot_be(witnesses: tuple[NoteKey, ...], quorum: int) -> None:
    with pytest.raises(ConfigError, match=r"policy.witnesses"):
        Demands(witnesses=witnesses, quorum=quorum)
