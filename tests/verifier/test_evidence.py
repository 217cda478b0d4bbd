"""Evidence completes or refreshes; what it cannot say takes nothing away, what it says is verified like a bundle."""

from dataclasses import replace

import pytest

from ledger.formats import canonical
from ledger.formats.bundle import Material
from tests.worlds.scene import Scene
from verifier.evidence import Absence, Found, Gathered
from verifier.policy import RECORD, VC
from verifier.report import Verdict
from verifier.verifier import Verifier


def evidence(scene, material=None, salt=None):
    return Gathered({scene.digest: Found(material or scene.material(), salt)})


def test_a_bare_credential_is_completed():
    scene = Scene()
    report = scene.verify(scene.record.credential, evidence=evidence(scene, salt=scene.record.salt))
    assert report.verdict is Verdict.VALID
    assert report.anchored_at is not None


def test_a_bare_credential_without_its_salt_stays_open():
    """Proof material from a stranger has no salt: only the holder's bundle shows which entry is whose."""
    scene = Scene()
    report = scene.verify(scene.record.credential, evidence=evidence(scene))
    assert report["inclusion"].code == "inclusion.missing"
    assert report["inclusion"].evidence["missing"] == ["salt"]
    assert report.verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("absence", list(Absence))
def test_no_answer_takes_nothing_from_a_whole_bundle(absence):
    scene = Scene()
    report = scene.verify(evidence=Gathered(otherwise=absence))
    expected = Verdict.INDETERMINATE if absence is Absence.DISAGREEMENT else Verdict.VALID
    assert report.verdict is expected


def test_nobody_is_told_to_try_again_with_a_file_that_is_wrong_in_itself():
    scene = Scene()
    tampered = scene.bundle()
    tampered["credential"]["credentialSubject"]["name"] = "另一人"
    report = scene.verify(tampered, evidence=Gathered(otherwise=Absence.UNREACHABLE))
    assert report.verdict is Verdict.INVALID
    assert report["inclusion"].code == "inclusion.mismatch"
    assert report["issuer"].code == "issuer.pending"


def test_fresh_evidence_shows_a_revocation_that_the_bundle_hides():
    scene = Scene()
    old = scene.bundle()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    assert scene.verify(old).verdict is Verdict.VALID
    report = scene.verify(old, evidence=evidence(scene))
    assert report["status"].code == "status.revoked"


def test_old_evidence_does_not_hide_a_revocation_that_the_bundle_shows():
    scene = Scene()
    old = scene.material()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    report = scene.verify(evidence=evidence(scene, old))
    assert report["status"].code == "status.revoked"


def test_forged_evidence_takes_nothing_from_an_honest_bundle():
    scene, forged = Scene(), Scene("forged")
    forged.world.pass_time(days=1)
    forged.world.anchor()
    report = scene.verify(evidence=evidence(scene, forged.material()))
    assert report.verdict is Verdict.VALID


def test_forged_evidence_does_not_complete_a_bare_credential():
    scene, forged = Scene(), Scene("forged")
    report = scene.verify(scene.record.credential, evidence=evidence(scene, forged.material(), scene.record.salt))
    assert report.verdict is not Verdict.VALID


def test_evidence_of_another_record():
    scene = Scene()
    other = scene.world.issue()
    scene.world.anchor()
    made = Found(Scene.material(scene), other.salt)
    report = scene.verify(scene.record.credential, evidence=Gathered({scene.digest: made}))
    assert report["inclusion"].code == "inclusion.mismatch"


def test_what_a_bundle_lacks_is_filled_in():
    scene = Scene()
    for missing in ("kind", "chain", "anchor", "entry", "inclusion", "status", "issuers", "newest", "checkpoint"):
        assert not scene.verify(scene.without(missing)), missing
        assert scene.verify(scene.without(missing), evidence=evidence(scene)), missing


def test_evidence_without_a_chain_fills_in_the_kind():
    scene = Scene()
    only_kind = Material(common=replace(scene.material().common, chain=None, anchor=None, newest=None))
    assert scene.verify(scene.without("kind"), evidence=evidence(scene, only_kind))


def test_the_same_block_twice_is_no_disagreement():
    scene = Scene()
    assert scene.verify(evidence=evidence(scene))


def test_remembered_facts_are_those_that_would_be_found_anew():
    """One verifier meets honest and forged bundles in every order; each gets the report that a fresh one gives."""
    scene, forged = Scene(), Scene("forged")
    made = scene.bundle()
    cut = dict(made, chain={"header": "\n".join([made["chain"]["header"], *made["chain"]["nodes"]]), "nodes": []})
    bundles = [made, forged.bundle(), scene.without("kind"), scene.without_slot("issuers", "root"), cut]
    bundles += [made | {name: forged.bundle()[name]} for name in ("checkpoint", "anchor", "chain", "status", "kind")]
    documents = [canonical.dumps(bundle) for bundle in bundles]
    root = scene.world.trust_root()
    for policy in (RECORD, VC):
        fresh = [Verifier(root).verify(data, now=scene.now, policy=policy).encode() for data in documents]
        kept = Verifier(root)
        for order in (documents, documents[::-1], documents):
            answers = {data: kept.verify(data, now=scene.now, policy=policy).encode() for data in order}
            assert [answers[data] for data in documents] == fresh
