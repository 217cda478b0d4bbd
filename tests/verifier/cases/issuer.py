"""Inputs in which nothing but the issuer is wrong or unknown: its accreditation, its scope, its key."""

from datetime import timedelta

from ledger.formats import registry
from tests.verifier.cases.inputs import STRANGER, UNREACHABLE, Cases
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.report import Report

CASES = Cases()
case = CASES.case


@case("issuer.unknown")
def an_issuer_that_nobody_accredited() -> Report:
    scene = Scene()
    stranger = scene.world.accredit(scene.world.authority, "stranger", "350206002", region=b"35", kind_bits=8)
    scene.record = scene.world.issue(issuer=stranger)
    for name in ("parents", "profiles"):
        scene.world.issuers.set(name, stranger.id, to=0)
    scene.world.anchor()
    return scene.verify()


@case("issuer.unknown")
def a_profile_that_is_not_registered() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["issuers"][0]["name"]["zh"] = "清华大学"
    return scene.verify(made)


@case("issuer.unknown")
def an_authority_that_is_not_the_trusted_one() -> Report:
    # The tree has two roots, and the school is under the wrong one.
    scene = Scene()
    other = scene.world.accredit(None, "other-province", "36", region=b"", kind_bits=2**64 - 1)
    scene.world.issuers.set("root", to=scene.world.authority.id)
    scene.world.issuers.set("parents", scene.world.school.id, to=other.id)
    scene.world.school.parent = other
    scene.world.change_accreditation(other, accredited=int(START.timestamp()))
    return scene.verify()


@case("issuer.not_accredited")
def accredited_too_late() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, accredited=scene.world.clock)
    return scene.verify()


@case("issuer.not_accredited")
def without_any_accreditation() -> Report:
    scene = Scene()
    scene.world.issuers.set("accreditations", scene.world.school.id, 0, to=0)
    return scene.verify()


@case("issuer.withdrawn")
def withdrawn_before() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, withdrawn=int(START.timestamp()) + 1)
    return scene.verify()


@case("issuer.withdrawn")
def the_authority_was_withdrawn_before() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, withdrawn=int(START.timestamp()) + 1)
    return scene.verify()


@case("issuer.withdrawn")
def withdrawn_and_accredited_again_only_later() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, withdrawn=int(START.timestamp()) + 1)
    again = registry.Accreditation(scene.world.clock, 0, b"350206", 0b1111)
    scene.world.issuers.set("accreditations", scene.world.school.id, 1, to=again.pack())
    return scene.verify()


@case("issuer.out_of_scope")
def another_kind_of_record() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, kinds=0b0111)
    return scene.verify()


@case("issuer.out_of_scope")
def the_authority_may_not_grant_that_kind() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, kinds=1 << 63 | 0b0111)
    return scene.verify()


@case("issuer.out_of_scope")
def another_school_code() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.school, region=b"350207")
    return scene.verify()


@case("issuer.out_of_scope")
def wider_than_the_authority() -> Report:
    scene = Scene()
    scene.world.change_accreditation(scene.world.authority, region=b"36")
    return scene.verify()


@case("issuer.out_of_scope")
def a_kind_with_other_labels() -> Report:
    scene = Scene()
    made = scene.bundle()
    made["kind"]["terms"]["mark"]["zh"] = "名次"
    return scene.verify(made)


@case("issuer.out_of_scope")
def a_kind_that_is_not_registered() -> Report:
    scene = Scene()
    scene.world.issuers.set("kinds", scene.world.kind.number, 0, to=0)
    return scene.verify()


@case("issuer.key_not_valid")
def a_key_of_nobody() -> Report:
    scene = Scene()
    scene.world.publish_lists()
    school, own = scene.world.school, scene.world.school.key
    school.key = STRANGER
    signed = scene.world.sign(scene.world.unsigned(), school)
    school.key = own
    scene.record = scene.world.append(signed, school)
    scene.world.anchor(republish=False)
    return scene.verify()


def _second_key(**times: int) -> Report:
    """The school signs with a second key, whose record has these times; the lists are signed by its first."""
    scene = Scene()
    school, own = scene.world.school, scene.world.school.key
    scene.world.add_key(school, STRANGER, **times)
    school.key = STRANGER
    signed = scene.world.sign(scene.world.unsigned(), school)
    school.key = own
    scene.log(signed)
    return scene.verify()


@case("issuer.key_not_valid")
def a_key_that_was_added_later() -> Report:
    return _second_key(added=int(START.timestamp()) + 10 * 86400)


@case("issuer.key_not_valid")
def a_key_that_was_retired_before() -> Report:
    return _second_key(added=int(START.timestamp()), retired=int(START.timestamp()) + 60)


@case("issuer.key_compromised")
def a_stolen_key() -> Report:
    return _second_key(added=int(START.timestamp()), compromised=int(START.timestamp()) + 60)


@case("issuer.missing")
def a_left_out_accreditation() -> Report:
    scene = Scene()
    return scene.verify(scene.without_slot("issuers", "accreditations", scene.world.school.id, 0))


@case("issuer.missing")
def no_profiles() -> Report:
    return (scene := Scene()).verify(scene.without("issuers"))


@case("issuer.missing")
def a_left_out_key() -> Report:
    scene = Scene()
    # A second key for the lists, or they would be unknown too.
    key_id = registry.key_id(scene.world.school.key.public)
    scene.world.school.key = STRANGER
    scene.world.add_key(scene.world.school, STRANGER)
    scene.world.anchor()
    return scene.verify(scene.without_slot("issuers", "keys", scene.world.school.id, key_id))


@case("issuer.pending")
def no_anchor_no_issuer() -> Report:
    return (scene := Scene()).verify(scene.without("anchor", "chain", "newest"))


@case("issuer.stale")
def ninety_one_days_old() -> Report:
    return (scene := Scene()).verify(now=scene.now + timedelta(days=90, seconds=1))


@case("issuer.stale")
def from_the_future() -> Report:
    return (scene := Scene()).verify(now=scene.now - timedelta(minutes=5, seconds=1))


@case("issuer.unreachable")
def nobody_to_ask_about_the_issuer() -> Report:
    return (scene := Scene()).verify(scene.without("anchor", "chain", "newest"), evidence=UNREACHABLE)


@case("issuer.unreachable")
def a_left_out_parent_and_nobody_to_ask() -> Report:
    scene = Scene()
    made = scene.without_slot("issuers", "accreditations", scene.world.school.id, 0)
    return scene.verify(made, evidence=UNREACHABLE)
