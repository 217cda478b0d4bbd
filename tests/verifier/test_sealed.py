"""Records in SM2 envelopes: the same checks as any other form, and nothing half believed."""

import copy
from typing import Any

import pytest

from ledger.formats import base64s, canonical, sm2, sm2_envelope
from ledger.formats.datetimes import render
from ledger.formats.registry import KeyRecord
from tests.worlds.sealed import KEY, KEY_ID, SealedScene
from verifier.explain import explain
from verifier.policy import VC
from verifier.report import Report

SCENE = SealedScene()


def code(report: Report, name: str) -> str:
    return report[name].code


def altered(**changes: Any) -> dict[str, Any]:
    made = copy.deepcopy(SCENE.bundle())
    made["sm2"] |= changes
    return made


def test_an_envelope_is_valid_under_either_policy():
    assert SCENE.verify().verdict == "valid"
    assert SCENE.verify(policy=VC).verdict == "valid"


def test_what_it_says_is_shown():
    report = SCENE.verify()
    assert report.record["transcript"]["courses"][0]["code"] == "MA100" and report.subject["name"] == "陈𠮷·阿依"


@pytest.mark.parametrize(
    ("changes", "check", "expected"),
    [
        ({"digest": base64s.encode(bytes(32))}, "proof", "proof.invalid"),
        ({"created": "2020-01-01T00:00:00Z"}, "proof", "proof.invalid"),
        ({"signature": base64s.encode(bytes(64))}, "proof", "proof.invalid"),
        ({"verificationMethod": "did:web:other.test#" + KEY.multikey}, "proof", "proof.invalid"),
        ({"verificationMethod": "none"}, "proof", "proof.wrong_key"),
        ({"label": {"en": "W3C", "zh": "标准"}}, "document", "document.malformed"),
        ({"more": 1}, "document", "document.undefined_term"),
        ({"rollbook": "sm2-envelope/2"}, "document", "document.unsupported"),
    ],
)
def test_an_altered_envelope(changes: dict[str, Any], check: str, expected: str):
    report = SCENE.verify(altered(**changes))
    assert code(report, check) == expected and report.verdict != "valid"


def test_an_altered_mark():
    made = altered()
    made["sm2"]["payload"]["credentialSubject"]["transcript"]["courses"][0]["mark"] = 100
    report = SCENE.verify(made)
    assert (report.verdict, code(report, "proof"), report.record) == ("invalid", "proof.invalid", {})


def test_a_key_that_the_school_never_had():
    report = SealedScene(key=False).verify()
    assert (report.verdict, code(report, "issuer")) == ("invalid", "issuer.key_not_valid")


def test_a_key_that_was_retired_before():
    scene = SealedScene()
    record = KeyRecord(1, 2, 0, 1)
    scene.world.issuers.set("keys", scene.world.school.id, KEY_ID, to=record.pack())
    assert code(scene.verify(), "issuer") == "issuer.key_not_valid"


def test_a_member_that_the_kind_does_not_name():
    scene = SealedScene()
    scene.reseal(evidence=[])
    assert code(scene.verify(), "document") == "document.undefined_term"


def test_another_issuers_credential_inside():
    scene = SealedScene()
    scene.reseal(issuer="did:web:other.test:schools:1")
    report = scene.verify()
    assert (report.verdict, code(report, "proof")) == ("invalid", "proof.wrong_key")


def test_an_envelope_under_the_entry_of_another_form():
    scene = SealedScene()
    credential = scene.world.sign(scene.world.unsigned(), scene.world.school)
    scene.log(credential)
    plain = scene.world.bundle(scene.record)
    del plain["credential"]
    assert code(scene.verify(plain | {"sm2": scene.envelope}), "inclusion") == "inclusion.mismatch"


def test_a_credential_beside_the_envelope():
    made = altered() | {"credential": SCENE.envelope["payload"]}
    assert code(SCENE.verify(made), "document") == "document.malformed"


def test_a_revoked_record():
    scene = SealedScene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    assert code(scene.verify(), "status") == "status.revoked"


def test_a_bare_envelope_lacks_its_proofs():
    report = SCENE.verify(SCENE.envelope)
    assert (report.verdict, code(report, "inclusion")) == ("indeterminate", "inclusion.missing")


def test_without_the_optional_part_nobody_says_yes_or_no(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sm2, "is_installed", lambda: False)
    for document in (SCENE.bundle(), SCENE.envelope):
        report = SCENE.verify(document)
        assert (report.verdict, code(report, "document")) == ("indeterminate", "document.unsupported")
        assert sm2.EXTRA in report["document"].evidence["reason"]


def test_an_envelope_of_an_unregistered_world_says_no_more_than_it_can():
    stranger = sm2_envelope.seal(SCENE.envelope["payload"], "did:web:other.test", KEY, render(SCENE.now))
    report = SCENE.verify(canonical.loads(stranger), policy=VC)
    assert code(report, "proof") == "proof.wrong_key"


def test_every_step_of_the_explanation_is_there_and_fits():
    text = "\n".join(explain(canonical.dumps(SCENE.bundle()), SCENE.world.trust_root()))
    assert "cannot be followed" not in text and ": NO" not in text
    assert text.count("\n      sm3 ") == 3
    for line, digest in zip(text.split("\n")[1:], text.split("\n"), strict=False):
        if line.startswith("      sm3 "):
            assert sm2.sm3(bytes.fromhex(line.removeprefix("      sm3 "))).hex() in digest
