"""Inputs of the kit that are badges and CLRs: forms of a record (docs/formats.md §18)."""

from typing import Any

from ledger.formats import suites
from ledger.formats.forms import CLR
from tests.verifier.cases.inputs import Cases
from tests.worlds.badges import BadgeScene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


def _altered(scene: BadgeScene, *path: Any, to: Any) -> Report:
    made = scene.bundle()
    here = made["credential"]
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = to
    return scene.verify(made)


@given("forms")
def a_badge() -> Report:
    return BadgeScene().verify()


@given("forms")
def a_badge_under_jcs() -> Report:
    scene = BadgeScene()
    scene.reissue(suites.JCS)
    return scene.verify()


@given("forms")
def a_clr_whose_context_nobody_has() -> Report:
    return BadgeScene(CLR).verify()


@given("forms")
def a_badge_of_a_suspended_record() -> Report:
    scene = BadgeScene()
    scene.world.revoke(scene.record, "suspension")
    scene.world.anchor()
    return scene.verify()


@given("forms")
def a_badge_with_another_name() -> Report:
    return _altered(BadgeScene(), "credentialSubject", "achievement", "name", to="博士学位")


@given("forms")
def a_course_altered_inside_of_a_clr() -> Report:
    place = ("credentialSubject", "verifiableCredential", 0, "credentialSubject", "result", 0, "value")
    return _altered(BadgeScene(CLR), *place, to="100")


@given("forms")
def a_badge_with_two_proofs() -> Report:
    scene = BadgeScene()
    made = scene.bundle()
    made["credential"]["proof"] *= 2
    return scene.verify(made)


@given("forms")
def a_badge_without_an_array() -> Report:
    scene = BadgeScene()
    return _altered(scene, "proof", to=scene.bundle()["credential"]["proof"][0])


@given("forms")
def a_badge_that_its_school_says_is_of_another_kind() -> Report:
    scene = BadgeScene()
    context = [*scene.unsigned()["@context"][:2], {"DiplomaCredential": "https://rollbook.test/vocabulary#D"}]
    scene.reissue(type=["VerifiableCredential", "OpenBadgeCredential", "DiplomaCredential"], **{"@context": context})
    return scene.verify()


@given("forms")
def a_badge_that_says_more_than_its_form() -> Report:
    scene = BadgeScene()
    scene.reissue(description="a remark")
    return scene.verify()


@given("forms")
def a_badge_with_a_status_entry_for_another_purpose() -> Report:
    scene = BadgeScene()
    status = scene.world.unsigned()["credentialStatus"][0]
    scene.reissue(credentialStatus=status)
    return scene.verify()


@given("forms")
def a_clr_with_anothers_course_inside() -> Report:
    scene = BadgeScene(CLR)
    subject = scene.unsigned()["credentialSubject"]
    held = subject["verifiableCredential"][1]
    del held["proof"]
    held["credentialSubject"]["identifier"][0]["identityHash"] = "another learner"
    subject["verifiableCredential"][1] = scene.secured(held, suites.RDFC)
    scene.reissue(credentialSubject=subject)
    return scene.verify()
