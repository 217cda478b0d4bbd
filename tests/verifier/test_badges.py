"""Badges and CLRs: what the conformance kit leaves to others, and their explanation."""

import pytest

from ledger.formats import canonical
from ledger.formats.forms import BADGE, CLR
from tests.worlds.badges import BadgeScene
from verifier.explain import explain
from verifier.policy import VC

SCENES = {form: BadgeScene(form) for form in (BADGE, CLR)}


@pytest.mark.parametrize("form", [BADGE, CLR])
def test_every_step_of_the_explanation_is_there_and_fits(form: str):
    scene = SCENES[form]
    text = "\n".join(explain(canonical.dumps(scene.bundle()), scene.world.trust_root()))
    assert "cannot be followed" not in text and ": NO" not in text


def test_what_is_shown_is_parted_between_learner_and_record():
    report = SCENES[BADGE].verify()
    assert report.record["achievement"]["name"] and set(report.subject) == {"type", "identifier"}
    held = SCENES[CLR].verify().record["verifiableCredential"]
    assert len(held) == 2


def test_a_course_taken_out_of_a_clr_has_no_entry():
    scene = SCENES[CLR]
    held = scene.bundle()["credential"]["credentialSubject"]["verifiableCredential"][0]
    report = scene.verify(held, policy=VC)
    assert report["proof"].code == "proof.ok" and report.verdict == "indeterminate"


def test_its_kind_is_in_the_bundle_or_nothing_is_known_of_it():
    scene = SCENES[BADGE]
    report = scene.verify(scene.without("kind"))
    assert (report.verdict, report["document"].code) == ("indeterminate", "document.unsupported")
