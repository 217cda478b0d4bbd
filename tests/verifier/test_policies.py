"""Policies never contradict each other, demand what they say, and cannot be empty."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ledger.formats import statuslist
from ledger.formats.errors import ConfigError
from tests.verifier.cases import CASES
from tests.worlds import foreign
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Gathered
from verifier.policy import ARCHIVE, POLICIES, RECORD, VC, Policy
from verifier.report import CHECKS, Outcome, Verdict


def test_a_policy_that_requires_nothing_is_refused():
    with pytest.raises(ConfigError, match=r"policy.empty"):
        Policy("lax", frozenset(), None)


def test_a_policy_that_requires_what_does_not_exist_is_refused():
    with pytest.raises(ConfigError, match=r"policy.unknown_check"):
        Policy("odd", frozenset({"stamp"}), None)


def test_the_three_policies():
    assert set(POLICIES) == {"record", "archive", "vc"}
    assert RECORD.required == ARCHIVE.required == set(CHECKS) - {"holder"}
    assert RECORD.max_age == timedelta(days=90)
    assert ARCHIVE.max_age is None


def test_the_greatest_age_is_a_setting():
    scene = Scene()
    strict = replace(RECORD, max_age=timedelta(hours=1))
    assert scene.verify(now=scene.now + timedelta(hours=1), policy=strict)
    report = scene.verify(now=scene.now + timedelta(hours=1, seconds=1), policy=strict)
    assert (report["issuer"].code, report["status"].code) == ("issuer.stale", "status.stale")


@pytest.mark.parametrize(
    ("later", "verdict"),
    [
        (timedelta(days=90), Verdict.VALID),
        (timedelta(days=90, seconds=1), Verdict.INDETERMINATE),
        (-timedelta(minutes=5), Verdict.VALID),
        (-timedelta(minutes=5, seconds=1), Verdict.INDETERMINATE),
    ],
)
def test_the_edges_of_freshness(later, verdict):
    scene = Scene()
    assert scene.verify(now=scene.now + later).verdict is verdict


def test_an_archive_keeps_its_worth():
    scene = Scene()
    report = scene.verify(now=scene.now + timedelta(days=3000), policy=ARCHIVE)
    assert report.verdict is Verdict.VALID
    assert report.as_of == scene.now


def test_an_archive_from_the_future_is_not_believed():
    scene = Scene()
    assert scene.verify(now=scene.now - timedelta(hours=1), policy=ARCHIVE).verdict is Verdict.INDETERMINATE


def test_a_revocation_counts_however_old_it_is():
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    report = scene.verify(now=scene.now + timedelta(days=1000))
    assert report["status"].code == "status.revoked"
    assert report.verdict is Verdict.INVALID


@pytest.mark.parametrize(
    ("code", "make"), [(code, make) for code, _, make in CASES], ids=[name for _, name, _ in CASES]
)
def test_no_policy_contradicts_another(code, make, monkeypatch):
    """Where `record` says invalid, `vc` never says valid; and the other way round."""
    verdicts = {}
    original = Scene.verify
    for policy in (RECORD, ARCHIVE, VC):
        monkeypatch.setattr(Scene, "verify", lambda self, *a, _p=policy, **k: original(self, *a, **{**k, "policy": _p}))
        verdicts[policy.name] = make().verdict
    if Verdict.INVALID in verdicts.values():
        assert Verdict.VALID not in verdicts.values(), verdicts


def test_a_registered_issuer_under_vc_must_stand_up_to_record():
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, kinds=0b0111)
    report = scene.verify(policy=VC)
    assert report.verdict is Verdict.INVALID
    assert "issuer" in report.required


def test_under_vc_a_did_web_is_not_believed_on_its_own():
    """Its fragment is a key, but whose? Only the registry, or its website, could say."""
    document = foreign.issue(issuer="did:web:famous.test", method=f"did:web:famous.test#{foreign.ISSUER.multikey}")
    report = Scene().verify(document, policy=VC)
    assert report["proof"].outcome is Outcome.PASS
    assert report["issuer"].code == "issuer.missing"
    assert "no DID document" in report["issuer"].evidence["reason"]
    assert report.verdict is Verdict.INDETERMINATE
    away = Scene().verify(document, policy=VC, evidence=Gathered(otherwise=Absence.UNREACHABLE))
    assert away["issuer"].code == "issuer.unreachable"


@pytest.mark.parametrize(
    "proof", [{"proofValue": "z" + "1" * 64}, {"proofPurpose": "authentication"}, {"type": "Other"}]
)
def test_the_registry_is_asked_about_a_did_key(proof):
    """Its signature is wrong or cannot be read: then no registry would help."""
    document = foreign.issue()
    document["proof"] |= proof
    report = Scene().verify(document, policy=VC)
    assert not report and report["proof"].outcome is not Outcome.PASS
    assert "issuer" not in report.required


def test_what_is_on_its_way_to_the_chain_is_not_pending():
    made = Scene().bundle()
    for name in ("chain", "anchor", "newest", "status"):
        del made[name]
    report = Scene().verify(made, policy=VC)
    assert (report["anchor"].code, report["issuer"].code) == ("anchor.pending", "issuer.pending")


def test_another_systems_credential():
    report = Scene().verify(foreign.issue(), policy=VC)
    assert report.verdict is Verdict.VALID
    assert report.required == {"document", "proof", "validity"}
    assert report.subject["achievement"] == {"name": "Swimming"}
    assert report.issuer == {}


def test_another_systems_credential_is_no_record():
    report = Scene().verify(foreign.issue())
    assert report.verdict is Verdict.INDETERMINATE
    assert report["document"].code == "document.unsupported"


def test_another_systems_credential_with_a_bundle_of_ours_around_it():
    """Proofs of another record add nothing to it."""
    scene = Scene()
    assert not scene.verify(scene.bundle() | {"credential": foreign.issue()}, policy=VC)


def test_a_website_vouches_for_a_key():
    document = foreign.issue(issuer="did:web:other.test", method="did:web:other.test#key-1")
    keys = {"did:web:other.test#key-1": foreign.ISSUER.public}
    assert Scene().verify(document, policy=VC, evidence=Gathered(keys=keys)).verdict is Verdict.VALID
    keys = {"did:web:other.test#key-1": bytes(32)}
    report = Scene().verify(document, policy=VC, evidence=Gathered(keys=keys))
    assert report["proof"].code == "proof.wrong_key"


def test_a_proof_that_has_expired():
    scene = Scene()
    document = foreign.issue()
    options = {name: value for name, value in document.pop("proof").items() if name != "proofValue"}
    document["proof"] = foreign._sign_under(document, options | {"expires": "2026-01-01T12:00:00Z"})
    assert scene.verify(document, policy=VC)["proof"].code == "proof.invalid"
    assert scene.verify(document, policy=VC, now=scene.now - timedelta(days=1))["proof"].code == "proof.ok"


STATUS: dict[str, Any] = {"credentialStatus": foreign.status_entry()}
BOMB = statuslist.encode(bytes(64 * 1024 * 1024))


def listed(**changes: Any) -> dict[str, Any]:
    """The subject of a list, with ``changes``."""
    subject: dict[str, Any] = foreign.status_list()["credentialSubject"]
    return subject | changes


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (foreign.status_list(), "status.ok"),
        (foreign.status_list(revoked=8), "status.ok"),
        (foreign.status_list(revoked=7), "status.revoked"),
        (foreign.status_list(validUntil="2026-01-01T12:00:00Z"), "status.stale"),
        (foreign.status_list(id="https://elsewhere.test/lists/2"), "status.mismatch"),
        (foreign.status_list(type=["VerifiableCredential"]), "status.mismatch"),
        (foreign.status_list(credentialSubject={"encodedList": "u"}), "status.mismatch"),
        (
            foreign.status_list(credentialSubject={"encodedList": "uAAAA", "statusPurpose": "revocation"}),
            "status.mismatch",
        ),
        (foreign.status_list(credentialSubject={"encodedList": 1, "statusPurpose": "revocation"}), "status.mismatch"),
        (foreign.status_list() | {"validUntil": "2027-01-01T00:00:00Z"}, "status.mismatch"),
        (foreign.status_list(credentialSubject=listed(statusPurpose="suspension")), "status.mismatch"),
        (foreign.status_list(credentialSubject=listed(encodedList=BOMB)), "status.mismatch"),
        (foreign.status_list(credentialSubject=listed(statusPurpose=["suspension", "revocation"])), "status.ok"),
        ({}, "status.mismatch"),
        (Absence.MISSING, "status.missing"),
        (Absence.UNREACHABLE, "status.unreachable"),
    ],
)
def test_a_status_list_of_another_system(answer, code):
    evidence = Gathered(lists={foreign.LIST: answer})
    report = Scene().verify(foreign.issue(**STATUS), policy=VC, evidence=evidence)
    assert report["status"].code == code
    assert "status" in report.required
    assert (report.verdict is Verdict.VALID) == (code == "status.ok")


def test_a_status_list_that_nobody_asked_for():
    report = Scene().verify(foreign.issue(**STATUS), policy=VC)
    assert report["status"].code == "status.missing"
    assert report.verdict is Verdict.INDETERMINATE


def test_a_list_signed_by_somebody_else():
    other = foreign.status_list(issuer="did:web:other.test")
    report = Scene().verify(foreign.issue(**STATUS), policy=VC, evidence=Gathered(lists={foreign.LIST: other}))
    assert report["status"].code == "status.mismatch"


def test_a_status_of_another_type_is_unknown():
    document = foreign.issue(credentialStatus={"type": "RevocationList2020Status"})
    report = Scene().verify(document, policy=VC)
    assert report["status"].code == "status.missing"
    assert report.verdict is Verdict.INDETERMINATE
