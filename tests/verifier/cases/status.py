"""Inputs in which nothing but the record's status is bad or unknown."""

from datetime import timedelta

from tests.verifier.cases.inputs import STRANGER, UNREACHABLE, Cases
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.report import Report

CASES = Cases()
case = CASES.case


@case("status.revoked")
def revoked() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify()


@case("status.suspended")
def suspended() -> Report:
    scene = Scene(purposes=("revocation", "suspension"))
    scene.world.revoke(scene.record, "suspension")
    scene.world.anchor()
    return scene.verify()


@case("status.superseded")
def superseded() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record, "message")
    scene.world.anchor()
    return scene.verify()


@case("status.mismatch")
def an_older_list() -> Report:
    scene = Scene()
    older = scene.bundle()["status"]
    scene.world.revoke(scene.record)
    scene.world.anchor()
    return scene.verify(scene.bundle() | {"status": older})


@case("status.mismatch")
def a_list_with_the_bit_cleared() -> Report:
    scene = Scene()
    scene.world.revoke(scene.record)
    scene.world.anchor()
    made = scene.bundle()
    listed = made["status"][0]["credential"]
    listed["credentialSubject"]["encodedList"] = Scene().bundle()["status"][0]["credential"]["credentialSubject"][
        "encodedList"
    ]
    return scene.verify(made)


@case("status.mismatch")
def a_list_signed_by_another_school() -> Report:
    scene = Scene()
    for state in list(scene.world.lists.values()):
        scene.world.publish(state, signer=scene.world.authority)
    scene.world.anchor(republish=False)
    return scene.verify()


@case("status.mismatch")
def a_list_signed_by_a_key_of_nobody() -> Report:
    scene = Scene()
    own, scene.world.school.key = scene.world.school.key, STRANGER
    scene.world.anchor()
    made = scene.bundle()
    scene.world.school.key = own
    return scene.verify(made)


@case("status.mismatch")
def a_list_of_another_purpose() -> Report:
    scene = Scene()
    made = scene.bundle()
    first, second = (one["credential"]["id"] for one in made["status"])
    scene.world.lists[first].purpose, scene.world.lists[second].purpose = "message", "revocation"
    scene.world.anchor()
    return scene.verify()


@case("status.mismatch")
def an_index_beyond_the_list() -> Report:
    return Scene(index=131_072).verify()


@case("status.missing")
def no_lists() -> Report:
    return (scene := Scene()).verify(scene.without("status"))


@case("status.missing")
def one_list_left_out() -> Report:
    scene = Scene()
    made = scene.bundle()
    del made["status"][1]
    return scene.verify(made)


@case("status.missing")
def no_newest() -> Report:
    return (scene := Scene()).verify(scene.without("newest"))


@case("status.missing")
def a_left_out_head() -> Report:
    scene = Scene()
    log = scene.world.trust_root().epochs[0].logs[0].id
    return scene.verify(scene.without_slot("checkpoints", "heads", log))


@case("status.stale")
def old_facts_of_status() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=90, seconds=1))


@case("status.stale")
def a_list_that_had_ended() -> Report:
    scene = Scene()
    scene.world.publish_lists(days=1)
    scene.world.anchor(republish=False)
    scene.world.pass_time(days=2)
    return scene.verify()


@case("status.stale")
def a_list_signed_by_a_key_that_was_retired() -> Report:
    scene = Scene()
    scene.world.add_key(
        scene.world.school, scene.world.school.key, added=int(START.timestamp()), retired=scene.world.clock
    )
    return scene.verify()


@case("status.unreachable")
def nobody_to_ask_about_the_lists() -> Report:
    return (scene := Scene()).verify(scene.without("status"), evidence=UNREACHABLE)
