"""Inputs of the kit whose lists are published by the parent of a school that has ended (docs/formats.md §7)."""

from ledger.formats.registry import Accreditation
from tests.verifier.cases.inputs import Cases
from tests.worlds.ended import Ended
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case


@given("parent")
def a_list_of_the_parent() -> Report:
    return Ended().verify()


@given("parent")
def a_revocation_by_the_parent() -> Report:
    return Ended(revoke=True).verify()


@given("parent")
def a_list_of_the_school_that_has_ended() -> Report:
    return Ended(keeper="school").verify()


@given("parent")
def a_list_of_the_grandparent() -> Report:
    return Ended(keeper="authority").verify()


@given("parent")
def a_list_of_a_neighbour() -> Report:
    return Ended(keeper="other").verify()


@given("parent")
def a_school_that_has_not_ended() -> Report:
    return Ended(ended=False).verify()


def _back(since: int, until: int = 0) -> Ended:
    """The school was accredited again, so many seconds after the newest checkpoint."""
    scene = Ended()
    newest = scene.world.anchors[-1].time
    record = Accreditation(newest + since, until and newest + until, b"350206777", 8)
    scene.world.issuers.set("accreditations", scene.school.id, 1, to=record.pack())
    return scene


@given("parent")
def a_school_that_came_back_in_time() -> Report:
    return _back(0).verify()


@given("parent")
def a_school_that_came_back_a_second_later() -> Report:
    return _back(1).verify()


@given("parent")
def a_return_that_is_left_out() -> Report:
    scene = _back(-9, -8)
    return scene.verify(scene.without_slot("issuers", "accreditations", scene.school.id, 1))


@given("parent")
def a_school_that_ended_with_the_checkpoint() -> Report:
    scene = Ended()
    scene.world.change_accreditation(scene.school, withdrawn=scene.world.anchors[-1].time)
    return scene.verify()


@given("parent")
def a_school_that_ended_a_second_later() -> Report:
    scene = Ended()
    scene.world.change_accreditation(scene.school, withdrawn=scene.world.anchors[-1].time + 1)
    return scene.verify()


@given("parent")
def a_parent_that_is_left_out() -> Report:
    scene = Ended()
    return scene.verify(scene.without_slot("issuers", "parents", scene.school.id))


@given("parent")
def a_key_of_the_parent_that_was_retired() -> Report:
    scene = Ended()
    newest = scene.world.anchors[-1].time
    scene.world.add_key(scene.county, scene.county.key, added=newest - 86_400, retired=newest)
    return scene.verify()


@given("parent")
def the_parents_name_under_the_schools_key() -> Report:
    """As whoever stole the school's key would make it."""
    scene = Ended()
    scene.take(scene.school, named=scene.county)
    scene.world.anchor(republish=False)
    return scene.verify()


@given("parent")
def a_list_under_the_parents_own_place_in_the_map() -> Report:
    """Beside it the school's own list could stand."""
    scene = Ended()
    for state in scene.world.lists.values():
        if state.issuer is scene.school:
            state.issuer = scene.county
    scene.world.issue()
    scene.world.anchor(republish=False)
    return scene.verify()
