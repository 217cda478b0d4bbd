"""A path from a school up to the root has at most as many members as verifiers read."""

import pytest

from ledger.formats.errors import NotAllowedError
from tests.api.governing.conftest import COUNTY, SCHOOL, Here


@pytest.mark.parametrize("role", ["school", "authority"])
def test_a_member_deeper_than_verifiers_read(here: Here, monkeypatch: pytest.MonkeyPatch, role: str) -> None:
    """Root, province and county are three; nothing of the fourth is written down or sent."""
    monkeypatch.setattr("api.accreditation.MAX_ISSUERS", 3)
    add = here.deployment.add_school if role == "school" else here.deployment.add_authority
    before = len(here.deployment.governing.tree.acts)
    with pytest.raises(NotAllowedError) as caught:
        add("3601000777", "Too deep", "太深", authority=here.member(COUNTY))
    assert caught.value.code == "accreditation.too_deep" and "3 levels" in caught.value.message
    assert "3601000777" not in [member.code for member in here.deployment.schools.every()]
    assert len(here.deployment.governing.tree.acts) == before


def test_the_deepest_that_verifiers_read_is_taken(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    tree = here.deployment.governing.tree
    monkeypatch.setattr("api.accreditation.MAX_ISSUERS", len(tree.path(here.member(SCHOOL).member_id)))
    member = here.add_school("3601000778")
    assert here.deployment.governing.tree.is_open(member.member_id)
