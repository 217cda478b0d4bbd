"""What passes, what is shown, and what holds for every report."""

import dataclasses
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from ledger.formats import canonical
from ledger.formats.errors import ConfigError
from tests.verifier.cases import CASES
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, VC
from verifier.report import CHECKS, Outcome, Verdict
from verifier.verifier import Verifier

REPOSITORY = Path(__file__).parents[2]


def test_a_record_in_good_order():
    scene = Scene()
    report = scene.verify()
    assert report.verdict is Verdict.VALID
    assert report and report.exit_code == 0
    assert [check.id for check in report.checks] == list(CHECKS)
    assert {check.code for check in report.checks} == {f"{name}.ok" for name in CHECKS[:-1]} | {"holder.skipped"}
    assert report.anchored_at == datetime.fromtimestamp(scene.world.anchors[0].time, UTC)
    assert report.as_of == scene.now
    assert report.issuer["code"] == "350206001"
    assert report.subject["identifier"] == "0012345678"
    assert "transcript" not in report.subject
    assert report.record["transcript"]["courses"][0]["mark"] == 60
    assert report.kind is not None and report.kind.name == "transcript"


def test_the_json_form():
    scene = Scene()
    made = scene.verify(now=scene.now + timedelta(microseconds=7)).to_dict()
    assert list(made) == [
        "verdict",
        "policy",
        "assurance",
        "checkedAt",
        "asOf",
        "anchoredAt",
        "trustRoot",
        "checks",
        "issuer",
        "subject",
        "record",
    ]
    assert (made["verdict"], made["policy"], made["assurance"]) == ("valid", "record", "single-sealer")
    assert (made["checkedAt"], made["asOf"]) == ("2026-01-02T00:00:10Z", "2026-01-02T00:00:10Z")
    assert made["trustRoot"] == scene.world.trust_root().fingerprint
    for check, name in zip(made["checks"], CHECKS, strict=True):
        assert list(check) == ["id", "outcome", "code", "message", "evidence"]
        assert check["id"] == name
        assert set(check["message"]) == {"en", "zh"}


@pytest.mark.parametrize(
    ("code", "make"), [(code, make) for code, _, make in CASES], ids=[name for _, name, _ in CASES]
)
def test_every_report_is_whole(code, make):
    report = make()
    made = report.to_dict()
    assert [check["id"] for check in made["checks"]] == list(CHECKS)
    outcomes = {check.id: check.outcome for check in report.checks}
    wanted = [outcomes[name] for name in report.required]
    expected = (
        Verdict.INVALID
        if Outcome.FAIL in wanted
        else Verdict.VALID
        if set(wanted) == {Outcome.PASS}
        else Verdict.INDETERMINATE
    )
    assert report.verdict is expected
    if outcomes["proof"] is not Outcome.PASS:
        assert made["subject"] == made["record"] == {}
    # What too few witnesses saw is in the log all the same, and anchored at that time.
    is_included = outcomes["inclusion"] is Outcome.PASS or report["inclusion"].code == "inclusion.unwitnessed"
    if outcomes["anchor"] is not Outcome.PASS or not is_included:
        assert made["anchoredAt"] is None
    for check in report.checks:
        assert check.message["zh"]
        assert outcomes[check.id] is check.outcome


def test_the_outcome_of_a_code_is_always_the_same():
    seen: dict[str, Outcome] = {}
    for _, _, make in CASES:
        for check in make().checks:
            assert seen.setdefault(check.code, check.outcome) is check.outcome


def test_many_at_once_are_as_each_alone():
    scenes = [Scene(), Scene(holder=True)]
    documents = [canonical.dumps(scenes[0].bundle()), b"{", b"%PDF", canonical.dumps(scenes[0].record.credential)]
    documents += [canonical.dumps(scenes[0].without("kind")), canonical.dumps(scenes[1].bundle())] * 9
    verifier = Verifier(scenes[0].world.trust_root())
    for policy in (ARCHIVE, VC):
        many = verifier.verify_many(documents, now=scenes[0].now, policy=policy)
        alone = [verifier.verify(data, now=scenes[0].now, policy=policy) for data in documents]
        assert [report.encode() for report in many] == [report.encode() for report in alone]
    assert verifier.verify_many([], now=scenes[0].now) == []


def test_threads_share_one_verifier():
    scene, other = Scene(), Scene("other")
    verifier = Verifier(scene.world.trust_root())
    documents = [canonical.dumps(made.bundle()) for made in (scene, other)] + [canonical.dumps(scene.without("chain"))]
    expected = [Verifier(verifier.trust_root).verify(data, now=scene.now).encode() for data in documents]
    wrong = []

    def work():
        for _ in range(20):
            for data, answer in zip(documents, expected, strict=True):
                if verifier.verify(data, now=scene.now).encode() != answer:
                    wrong.append(data)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_time_without_a_zone_is_our_own_mistake():
    with pytest.raises(ConfigError, match=r"verify.naive_time"):
        Scene().verify(now=datetime(2026, 1, 2))


def test_a_time_of_another_zone():
    scene = Scene()
    assert scene.verify(now=scene.now.astimezone(timezone(timedelta(hours=8)))).to_dict()["checkedAt"].endswith("10Z")


def test_the_verifier_is_light_and_starts_at_once():
    """No server library comes with it. It takes some 100 ms; a machine busy with other tests gets three times that."""
    code = (
        "import sys, time; start = time.process_time(); import verifier.verifier; took = time.process_time() - start;"
        "heavy = {'web3', 'eth', 'rlp', 'fastapi', 'sqlmodel', 'sqlalchemy', 'pydantic', 'trie', 'asyncio', 'ssl'};"
        "print(sorted(heavy & set(sys.modules)), took)"
    )
    best = 10.0
    for _ in range(5):
        made = subprocess.run(
            [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout
        modules, took = made.rsplit(" ", 1)
        assert modules == "[]"
        best = min(best, float(took))
    assert best < 0.3


def test_reports_are_compared_by_value():
    scene = Scene()
    assert scene.verify() == scene.verify()
    assert dataclasses.replace(scene.verify(), policy="other") != scene.verify()
