"""Inputs of the kit on who was entitled when: levels, theft, gaps, ends (docs/formats.md §9)."""

from dataclasses import replace
from typing import Any

from ledger.formats import keys
from ledger.formats.registry import Accreditation
from tests.verifier.cases.inputs import Cases
from tests.worlds.parts import seed
from tests.worlds.scene import Scene
from verifier.report import Report

INPUTS = Cases()
given = INPUTS.case

GRANTS = 1 << 63 | 8


# Levels


def _below(*levels: tuple[str, bytes, int]) -> Scene:
    """Under the province each of these (name, region, kinds), and at the end a school whose record is anchored."""
    scene = Scene(later=False)
    world, parent = scene.world, scene.world.authority
    for name, region, kind_bits in levels:
        parent = world.accredit(parent, name, region.decode(), region=region, kind_bits=kind_bits)
    school = world.accredit(parent, "deep", "350206777", region=b"350206", kind_bits=8)
    scene.record = world.issue(issuer=school)
    world.anchor()
    return scene


def _county() -> Scene:
    return _below(("city", b"3502", GRANTS), ("county", b"350206", GRANTS))


@given("standing")
def a_school_of_a_county_of_a_city() -> Report:
    return _county().verify()


@given("standing")
def a_county_outside_of_its_city() -> Report:
    return _below(("city", b"3503", GRANTS), ("county", b"350206", GRANTS)).verify()


@given("standing")
def a_city_that_may_not_grant_the_kind() -> Report:
    return _below(("city", b"3502", 1 << 63 | 4), ("county", b"350206", GRANTS)).verify()


def _withdrawn(seconds: int) -> Report:
    """The county was withdrawn, so many seconds after its school's record was anchored."""
    scene = _county()
    county = scene.record.issuer.parent
    assert county is not None
    scene.world.change_accreditation(county, withdrawn=scene.world.anchors[-1].time + seconds)
    return scene.verify()


@given("standing")
def a_county_withdrawn_a_second_later() -> Report:
    return _withdrawn(1)


@given("standing")
def a_county_withdrawn_at_the_same_moment() -> Report:
    return _withdrawn(0)


@given("standing")
def a_level_whose_profile_is_another() -> Report:
    scene = _county()
    made = scene.bundle()
    del made["issuers"][1]
    return scene.verify(made)


@given("standing")
def a_path_without_its_end() -> Report:
    scene = _county()
    made = scene.bundle()
    del made["issuers"][-1]
    return scene.verify(made)


@given("standing")
def a_circle_of_parents() -> Report:
    scene = _county()
    county = scene.record.issuer.parent
    assert county is not None
    scene.world.issuers.set("parents", county.id, to=scene.record.issuer.id)
    return scene.verify()


@given("standing")
def sixteen_levels() -> Report:
    return _below(*[(f"l{n}", b"350206", GRANTS) for n in range(14)]).verify()


@given("standing")
def seventeen_levels() -> Report:
    scene = _below(*[(f"l{n}", b"350206", GRANTS) for n in range(15)])
    made = scene.bundle()
    del made["issuers"][16:]
    return scene.verify(made)


# A stolen key: of two records, one before the theft and one after it


def _theft(record: int, *, reported: bool = True, earlier: int = 0) -> tuple[Scene, dict[str, Any]]:
    """The key is reported as stolen since a moment between the two records, or ``earlier`` by so many seconds."""
    scene = Scene(later=False)
    world = scene.world
    honest = scene.record
    world.pass_time(days=10)
    since = world.clock
    world.pass_time(days=1)
    forged = world.issue()
    world.anchor()
    scene.record = (honest, forged)[record]
    if reported:
        start = world.anchors[0].time - 600
        world.add_key(world.school, world.school.key, added=start, compromised=since - earlier)
        world.school.key = keys.generate(seed("after the theft"))
        world.add_key(world.school, world.school.key)
        world.pass_time(seconds=5)
        world.anchor()  # with the lists signed anew
    return scene, scene.bundle()


@given("standing")
def a_record_from_before_the_theft() -> Report:
    scene, made = _theft(0)
    return scene.verify(made)


@given("standing")
def a_record_from_after_the_theft() -> Report:
    scene, made = _theft(1)
    return scene.verify(made)


@given("standing")
def a_record_from_after_the_theft_by_what_was_known_before_the_report() -> Report:
    scene, made = _theft(1, reported=False)
    return scene.verify(made)


@given("standing")
def a_theft_that_is_now_said_to_have_been_earlier() -> Report:
    scene, made = _theft(0, earlier=11 * 86_400)
    return scene.verify(made)


@given("standing")
def a_record_dated_back_to_before_the_theft() -> Report:
    """The date in it is the thief's; the anchor's time is not."""
    scene, _ = _theft(1)
    world = scene.world
    stolen = replace(world.school, key=keys.generate(seed(world.name, "350206001", "key")))
    dated = world.unsigned(valid_from=world.now.replace(year=2020))
    scene.record = world.append(world.sign(dated, stolen), world.school)
    world.anchor()
    return scene.verify()


# Accredited, withdrawn, accredited again


def _gap(seconds: int, *, until: int = 2000) -> Report:
    """The school was withdrawn for a time; a record was anchored so many seconds after the beginning of the gap."""
    scene = Scene(later=False)
    world = scene.world
    start = world.anchors[0].time + 1000
    world.change_accreditation(world.school, withdrawn=start)
    again = Accreditation(start + until, 0, b"350206", 8)
    world.issuers.set("accreditations", world.school.id, 1, to=again.pack())
    world.clock = start + seconds - 5  # the next block comes five seconds later
    scene.record = world.issue()
    made = world.anchor()
    assert made.time == start + seconds
    world.clock = start + until
    return scene.verify()


@given("standing")
def a_record_of_the_last_second_before_a_gap() -> Report:
    return _gap(-1)


@given("standing")
def a_record_of_a_gap() -> Report:
    return _gap(0)


@given("standing")
def a_record_of_the_last_second_of_a_gap() -> Report:
    return _gap(1999)


@given("standing")
def a_record_of_after_a_gap() -> Report:
    return _gap(2000)


@given("standing")
def a_second_accreditation_that_is_left_out() -> Report:
    scene = Scene(later=False)
    world = scene.world
    world.change_accreditation(world.school, withdrawn=world.anchors[0].time)
    world.issuers.set("accreditations", world.school.id, 1, to=Accreditation(1, 0, b"350206", 8).pack())
    return scene.verify(scene.without_slot("issuers", "accreditations", world.school.id, 1))


@given("standing")
def signed_before_the_accreditation_and_anchored_after() -> Report:
    scene = Scene(later=False)
    world = scene.world
    record = world.issue()
    world.change_accreditation(world.school, accredited=world.clock + 5)
    scene.record = record
    world.anchor()
    return scene.verify()
