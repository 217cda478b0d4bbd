"""The holder's part: for one domain and one challenge."""

from datetime import timedelta

import pytest

from ledger.formats import datetimes
from tests.verifier.cases.holder import ASKED
from tests.worlds.scene import HOLDER_DID, Scene
from verifier.policy import ARCHIVE, RECORD, VC
from verifier.report import Outcome, Verdict


def test_the_subject_presents_the_record():
    scene = Scene(holder=True)
    report = scene.verify(scene.present(), **ASKED)
    assert report.verdict is Verdict.VALID
    assert report["holder"].evidence == {"holder": HOLDER_DID, "domain": ASKED["domain"]}
    assert "holder" in report.required


def test_without_a_question_the_signature_says_nothing_of_this_occasion():
    scene = Scene(holder=True)
    report = scene.verify(scene.present())
    assert report["holder"].outcome is Outcome.SKIPPED
    assert report.verdict is Verdict.VALID


def test_without_a_question_a_broken_signature_is_broken():
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["proof"]["challenge"] = "another"
    report = scene.verify(made)
    assert report["holder"].code == "holder.mismatch"
    assert report.verdict is Verdict.INVALID


@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC])
def test_without_a_question_nobody_needs_to_have_signed(policy):
    scene = Scene(holder=True)
    made = scene.present()
    del made["presentation"]["proof"]
    report = scene.verify(made, policy=policy)
    assert (report["holder"].code, report.verdict) == ("holder.skipped", Verdict.VALID)
    asked = scene.verify(made, policy=policy, **ASKED)
    assert (asked["holder"].code, asked.verdict) == ("holder.missing", Verdict.INDETERMINATE)


def test_a_bare_presentation():
    scene = Scene(holder=True)
    report = scene.verify(scene.present()["presentation"], **ASKED)
    assert report["holder"].outcome is Outcome.PASS
    assert report.verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("asked", [{"domain": "admissions.test"}, {"challenge": "7d1"}])
def test_half_a_question(asked):
    scene = Scene(holder=True)
    assert scene.verify(scene.present(), **asked).verdict is Verdict.VALID
    assert scene.verify(scene.bundle(), **asked)["holder"].code == "holder.missing"


def test_the_record_in_it_was_altered():
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["verifiableCredential"][0]["credentialSubject"]["name"] = "王"
    report = scene.verify(made, **ASKED)
    assert (report["proof"].code, report["holder"].code) == ("proof.invalid", "holder.mismatch")


def test_nobody_asked_and_nobody_could_read():
    report = Scene().verify(b"{}", **ASKED)
    assert report["holder"].code == "holder.missing"


def at(seconds: int) -> str:
    return datetimes.render(Scene().now + timedelta(seconds=seconds))


@pytest.mark.parametrize("asked", [{}, ASKED])
@pytest.mark.parametrize("policy", [RECORD, ARCHIVE, VC])
def test_a_proof_that_has_expired(asked, policy):
    scene = Scene(holder=True)
    report = scene.verify(scene.present_by(expires=at(-1)), policy=policy, **asked)
    assert (report["holder"].code, report.verdict) == ("holder.replayed", Verdict.INVALID)
    good = scene.verify(scene.present_by(expires=at(1)), policy=policy, **asked)
    assert (good["holder"].code, good.verdict) == ("holder.ok" if asked else "holder.skipped", Verdict.VALID)


@pytest.mark.parametrize("options", [{"expires": "tomorrow"}, {"expires": None}])
def test_a_proof_that_ends_at_no_time(options):
    scene = Scene(holder=True)
    made = scene.present()
    made["presentation"]["proof"] |= options
    assert scene.verify(made)["holder"].code == "holder.mismatch"


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"domain": ["admissions.test"]}, "holder.ok"),
        ({"domain": ["elsewhere.test", "admissions.test"]}, "holder.ok"),
        ({"challenge": ["7d0", "7d1"]}, "holder.ok"),
        ({"domain": ["elsewhere.test", "xadmissions.test"]}, "holder.replayed"),
        ({"domain": "admissions.test elsewhere.test"}, "holder.replayed"),
        ({"challenge": ["7d0"]}, "holder.replayed"),
        ({"domain": ...}, "holder.replayed"),
        ({"challenge": ...}, "holder.replayed"),
    ],
)
def test_a_proof_for_several_domains(options, code):
    scene = Scene(holder=True)
    assert scene.verify(scene.present_by(**options), **ASKED)["holder"].code == code
