"""The switch by which a reader demands that a school is still accredited (docs/formats.md §13)."""

import pytest

from ledger.formats import base64s
from ledger.formats.registry import Accreditation
from tests.worlds.parts import START
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, POLICIES, VC, Demands
from verifier.report import Outcome, Report, Verdict

STILL = Demands(current=True)


@pytest.fixture(scope="module")
def county() -> Scene:
    """A province, a county under it, a school under that; its record was anchored, a day went by."""
    scene = Scene(later=False)
    world = scene.world
    above = world.accredit(world.authority, "county", "350206", region=b"350206", kind_bits=1 << 63 | 8)
    school = world.accredit(above, "rural", "350206777", region=b"350206777", kind_bits=8)
    scene.record = world.issue(issuer=school)
    world.anchor()
    world.pass_time(days=1)
    world.anchor()
    return scene


def ended(scene: Scene, *levels: str) -> None:
    """Withdraw only these, a minute after the record's anchor."""
    world, member = scene.world, scene.record.issuer
    named = dict(zip(("school", "county", "province"), (member, member.parent, world.authority), strict=True))
    for name, one in named.items():
        assert one is not None
        anchored = world.anchor_of(scene.record).time
        world.change_accreditation(one, withdrawn=anchored + 60 if name in levels else 0)
        world.issuers.set("accreditations", one.id, 1, to=bytes(32))


def code(report: Report) -> str:
    return report["issuer"].code


def test_nobody_has_ended(county: Scene) -> None:
    ended(county)
    assert county.verify(demands=STILL).verdict is Verdict.VALID


@pytest.mark.parametrize("level", ["school", "county", "province"])
def test_one_level_has_ended_since(county: Scene, level: str) -> None:
    ended(county, level)
    assert county.verify().verdict is Verdict.VALID
    report = county.verify(demands=STILL)
    assert (report.verdict, code(report)) == (Verdict.INVALID, "issuer.withdrawn")


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_every_policy_can_demand_it(county: Scene, policy: object) -> None:
    ended(county, "county")
    assert county.verify(policy=policy).verdict is Verdict.VALID
    assert county.verify(policy=policy, demands=STILL).verdict is Verdict.INVALID
    assert policy in (*POLICIES.values(), ARCHIVE, VC)


def test_whoever_came_back_counts(county: Scene) -> None:
    ended(county, "county")
    above = county.record.issuer.parent
    assert above is not None
    back = Accreditation(county.world.clock - 60, 0, b"350206", 1 << 63 | 8)
    county.world.issuers.set("accreditations", above.id, 1, to=back.pack())
    assert county.verify(demands=STILL).verdict is Verdict.VALID
    again = Accreditation(county.world.clock - 60, county.world.clock - 30, b"350206", 1 << 63 | 8)
    county.world.issuers.set("accreditations", above.id, 1, to=again.pack())
    assert code(county.verify(demands=STILL)) == "issuer.withdrawn"


def test_a_file_without_the_later_records_shows_nothing(county: Scene) -> None:
    """Its maker may have left out that the school came back, or that it did not: unknown, and never wrong."""
    ended(county, "school")
    world, school = county.world, county.record.issuer
    world.issuers.set("accreditations", school.id, 1, to=Accreditation(world.clock - 60, 0, b"350206777", 8).pack())
    made = county.bundle()
    assert county.verify(made, demands=STILL).verdict is Verdict.VALID
    needed = [one for one in world.slots(county.record, world.anchor_of(county.record)) if not _later(county, one[1])]
    made["chain"] = county.bundle()["chain"] | {"nodes": _encoded(world.nodes(needed))}
    assert county.verify(made).verdict is Verdict.VALID
    report = county.verify(made, demands=STILL)
    assert report["issuer"].outcome is Outcome.UNKNOWN and code(report) == "issuer.missing"


def test_before_the_anchor_nothing_is_asked(county: Scene) -> None:
    ended(county, "school")
    made = county.bundle()
    for name in ("anchor", "inclusion", "checkpoint"):
        del made[name]
    assert code(county.verify(made, demands=STILL)) in ("issuer.pending", "issuer.missing")


def test_what_was_wrong_before_stays_wrong(county: Scene) -> None:
    ended(county)
    world, school = county.world, county.record.issuer
    anchored = world.anchor_of(county.record).time
    world.change_accreditation(school, accredited=anchored + 5)
    assert code(county.verify(demands=STILL)) == "issuer.not_accredited"
    world.change_accreditation(school, accredited=int(START.timestamp()))


def _later(scene: Scene, slot: bytes) -> bool:
    school = scene.record.issuer
    return slot in [scene.world.issuers.slot("accreditations", school.id, n) for n in (1, 2, 3)]


def _encoded(nodes: list[bytes]) -> list[str]:
    return [base64s.encode(node) for node in nodes]
