"""Authorities above authorities, and records that follow each other."""

import pytest

from ledger.formats import canonical
from ledger.formats.registry import Accreditation
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.report import Outcome, Verdict


def _scene(*levels):
    """Province, then each of these (name, region, kinds), and a school at the end."""
    scene = Scene(later=False)
    world, parent = scene.world, scene.world.authority
    for name, region, kind_bits in levels:
        parent = world.accredit(parent, name, region.decode(), region=region, kind_bits=kind_bits)
    school = world.accredit(parent, "deep", "350206777", region=b"350206", kind_bits=1 << 3)
    scene.record = world.issue(issuer=school)
    world.anchor()
    return scene


def test_four_levels():
    report = _scene(("city", b"3502", 1 << 63 | 8), ("county", b"350206", 1 << 63 | 8)).verify()
    assert report.verdict is Verdict.VALID
    names = [did.rsplit(":", 1)[1] for did in report["issuer"].evidence["path"]]
    assert names == ["deep", "county", "city", "province"]


@pytest.mark.parametrize("level", [("city", b"3503", 1 << 63 | 8), ("city", b"3502", 1 << 63 | 4)])
def test_a_level_above_is_out_of_scope(level):
    report = _scene(level, ("county", b"350206", 1 << 63 | 8)).verify()
    assert report["issuer"].code == "issuer.out_of_scope"


def test_a_level_above_was_withdrawn():
    scene = _scene(("city", b"3502", 1 << 63 | 8))
    city = scene.record.issuer.parent
    assert city is not None
    scene.world.change_accreditation(city, withdrawn=int(START.timestamp()) + 7)
    assert scene.verify()["issuer"].code == "issuer.withdrawn"


def test_a_level_above_is_not_shown():
    scene = _scene(("city", b"3502", 1 << 63 | 8))
    made = scene.bundle()
    del made["issuers"][1]
    assert scene.verify(made)["issuer"].code == "issuer.unknown"  # the city's place holds the province's profile
    made = scene.bundle()
    del made["issuers"][2]
    assert scene.verify(made)["issuer"].code == "issuer.missing"


def test_seventeen_levels_are_too_many():
    report = _scene(*[(f"l{n}", b"350206", 1 << 63 | 8) for n in range(16)]).verify()
    assert report.verdict is not Verdict.VALID


def test_a_circle_of_parents_ends():
    scene = _scene(("city", b"3502", 1 << 63 | 8))
    city = scene.record.issuer.parent
    assert city is not None
    scene.world.issuers.set("parents", city.id, to=scene.record.issuer.id)
    assert scene.verify().verdict is not Verdict.VALID


def test_a_later_record_counts_for_a_later_anchor():
    scene = Scene(later=False)
    world = scene.world
    first, gap = world.anchors[0].time + 1, world.anchors[0].time + 1000
    world.change_accreditation(world.school, withdrawn=first)
    world.issuers.set("accreditations", world.school.id, 1, to=Accreditation(gap, 0, b"350206", 8).pack())
    assert scene.verify().verdict is Verdict.VALID
    world.clock = gap - 100
    between = world.issue()
    world.anchor()
    world.clock = gap + 100
    after = world.issue()
    world.anchor()
    scene.record = between
    assert scene.verify()["issuer"].code == "issuer.withdrawn"
    scene.record = after
    assert scene.verify().verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"added": 0}, "issuer.ok"),
        ({"added": 1}, "issuer.key_not_valid"),
        ({"added": -9, "retired": 1}, "issuer.ok"),
        ({"added": -9, "retired": 0}, "issuer.key_not_valid"),
        ({"added": -9, "compromised": 1}, "issuer.ok"),
        ({"added": -9, "compromised": 0}, "issuer.key_compromised"),
        ({"added": -9, "retired": -5, "compromised": -5}, "issuer.key_compromised"),
    ],
)
def test_the_edges_of_a_keys_time(times, code):
    """An honest old diploma outlives a stolen key; a backdated forgery does not. Seconds from the anchor's."""
    scene = Scene()
    anchored = scene.world.anchors[0].time
    moved = {name: anchored + offset for name, offset in times.items()}
    scene.world.add_key(scene.world.school, scene.world.school.key, **moved)
    assert scene.verify()["issuer"].code == code


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"accredited": 0}, "issuer.ok"),
        ({"accredited": 1}, "issuer.not_accredited"),
        ({"withdrawn": 1}, "issuer.ok"),
        ({"withdrawn": 0}, "issuer.withdrawn"),
    ],
)
def test_the_edges_of_an_accreditation(change, code):
    scene = Scene()
    moved = {name: scene.world.anchors[0].time + offset for name, offset in change.items()}
    scene.world.change_accreditation(scene.world.school, **moved)
    assert scene.verify()["issuer"].code == code


def test_words_that_the_contract_never_writes_are_unknown():
    scene = Scene()
    scene.world.issuers.set("accreditations", scene.world.school.id, 0, to=bytes(6) + b"\1" * 26)
    assert scene.verify()["issuer"].outcome is Outcome.UNKNOWN
    scene = Scene()
    key = scene.world.issuers.words
    name = next(one for one in key if one[0] == "keys" and one[1] == scene.world.school.id)
    key[name] = bytes(6) + b"\1" * 26
    assert scene.verify()["issuer"].outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("name", ["清华大学", {"zh": "清华大学", "en": "Tsinghua University"}, "\u202e学大华清"])
def test_a_school_that_claims_another_name_does_not_show_as_it(name):
    """The record is the county school's own, and holds; its name is the registered one, wherever a report has one."""
    scene = Scene()
    scene.resign(issuer={"id": scene.world.school.did, "name": name})
    report = scene.verify()
    assert report.verdict is Verdict.VALID
    assert report.issuer["name"] == scene.world.school.profile["name"]
    assert "清华" not in canonical.dumps(report.to_dict()).decode() and "Tsinghua" not in str(report.to_dict())
    without = scene.verify(scene.without("issuers"))
    assert without.verdict is Verdict.INDETERMINATE and without.issuer == {} and "清华" not in str(without.to_dict())
