"""Lists that the parent of an ended school publishes: each rule of docs/formats.md §7 alone failing."""

import pytest

from ledger.formats.registry import Accreditation
from tests.worlds.ended import Ended
from verifier.policy import Demands
from verifier.report import Verdict

DAY = 86_400


def test_a_parent_publishes_for_a_school_that_has_ended() -> None:
    scene = Ended()
    assert scene.verify().verdict is Verdict.VALID
    assert scene.verify(demands=Demands(current=True))["issuer"].code == "issuer.withdrawn"


def test_a_revocation_by_the_parent_counts() -> None:
    assert Ended(revoke=True).code == "status.revoked"


def test_the_school_itself_may_go_on() -> None:
    assert Ended(keeper="school").code == "status.ok"


@pytest.mark.parametrize("keeper", ["authority", "other"])
def test_whoever_is_not_the_parent(keeper: str) -> None:
    """The grandparent is not, nor a neighbour."""
    assert Ended(keeper=keeper).code == "status.mismatch"


def test_a_school_that_has_not_ended() -> None:
    assert Ended(ended=False).code == "status.mismatch"


def test_a_school_that_came_back_in_time() -> None:
    scene = Ended()
    newest = scene.world.anchors[-1].time
    for since, code in ((newest + 1, "status.ok"), (newest, "status.mismatch"), (newest - 1, "status.mismatch")):
        back = Accreditation(since, 0, b"350206777", 8)
        scene.world.issuers.set("accreditations", scene.school.id, 1, to=back.pack())
        assert scene.code == code


def test_a_school_that_ended_only_later() -> None:
    scene = Ended()
    newest = scene.world.anchors[-1].time
    for since, code in ((newest, "status.ok"), (newest + 1, "status.mismatch")):
        scene.world.change_accreditation(scene.school, withdrawn=since)
        assert scene.code == code


def test_a_return_that_is_left_out_is_unknown() -> None:
    scene = Ended()
    back = Accreditation(scene.world.clock - 9, scene.world.clock - 8, b"350206777", 8)
    scene.world.issuers.set("accreditations", scene.school.id, 1, to=back.pack())
    assert scene.code == "status.ok"
    left_out = scene.without_slot("issuers", "accreditations", scene.school.id, 1)
    assert scene.verify(left_out)["status"].code == "status.missing"


def test_a_parent_that_is_left_out_is_unknown() -> None:
    scene = Ended()
    left_out = scene.without_slot("issuers", "parents", scene.school.id)
    assert scene.verify(left_out)["status"].code == "status.missing"


def test_a_key_that_is_not_the_parents() -> None:
    scene = Ended()
    before, scene.county.key = scene.county.key, scene.school.key
    scene.take(scene.county)
    scene.world.anchor(republish=False)
    found = scene.code
    scene.county.key = before
    assert found == "status.mismatch"


def test_a_key_of_the_parent_that_counts_no_more() -> None:
    scene = Ended()
    newest = scene.world.anchors[-1].time
    for times in ({"retired": newest}, {"compromised": newest}):
        scene.world.add_key(scene.county, scene.county.key, **{"added": newest - DAY} | times)
        assert scene.code == "status.stale"


def test_a_list_in_the_parents_name_under_the_schools_key() -> None:
    """As whoever stole the school's key would make it."""
    scene = Ended()
    scene.take(scene.school, named=scene.county)
    scene.world.anchor(republish=False)
    assert scene.code == "status.mismatch"


def test_a_list_under_another_key_of_the_map() -> None:
    """The map's key stays the school's: under its own the county could keep a second list beside it."""
    scene = Ended()
    for state in scene.world.lists.values():
        if state.issuer is scene.school:
            state.issuer = scene.county
    scene.world.issue()
    scene.world.anchor(republish=False)
    assert scene.code == "status.mismatch"
