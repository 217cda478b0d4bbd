"""What IssuerRegistry refuses to the parents themselves: scopes too wide, records out of order."""

import pytest

from tests.contracts.issuer_registry.deployed import (
    ALL,
    AUTHORITY,
    COUNTY,
    OTHER,
    PROFILE,
    PROVINCE,
    ROOT,
    SCHOOL,
    Registry,
)


def test_accreditations_of_nobody_and_nothing(registry: Registry) -> None:
    root, address = registry.root, registry.school.address
    client = registry.client
    assert registry.refused(client.accredit(ROOT, bytes(32), address, PROFILE, b"", 1), root) == "zero member"
    assert registry.refused(client.accredit(ROOT, ROOT, address, PROFILE, b"", 1), root) == "own parent"
    assert registry.refused(client.accredit(ROOT, OTHER, bytes(20), PROFILE, b"", 1), root) == "zero address"
    assert registry.refused(client.accredit(ROOT, OTHER, address, bytes(32), b"", 1), root) == "zero profile"


@pytest.mark.parametrize("region", [b"", b"3", b"36", b"34", b"25", b"3\0", b"\x0035", b"53"])
def test_a_region_outside_the_parents(registry: Registry, region: bytes) -> None:
    reason = registry.refused(registry.accredit(PROVINCE, OTHER, registry.school, region, 1), registry.province)
    assert reason in ("region too wide", "bad region")


@pytest.mark.parametrize("region", [b"35", b"350", b"35010200000A", b"35-x", b"35~"])
def test_a_region_inside_the_parents(registry: Registry, region: bytes) -> None:
    registry.do(registry.accredit(PROVINCE, OTHER, registry.school, region, 1), signer=registry.province)
    assert registry.client.accreditations(OTHER)[0].region == region


@pytest.mark.parametrize("region", [b"35\x001", b"35 1", b"35\x7f", b"35\xff", b"35\x1f", "35中".encode(), b"\x001"])
def test_a_malformed_region(registry: Registry, region: bytes) -> None:
    assert registry.refused(registry.accredit(ROOT, OTHER, registry.school, region, 1), registry.root) == "bad region"


@pytest.mark.parametrize("kinds", [0b10000, 0b10001, 1 << 62, ALL, (1 << 63) - 1, AUTHORITY | 0b10000])
def test_kinds_beyond_the_parents(registry: Registry, kinds: int) -> None:
    call = registry.accredit(PROVINCE, OTHER, registry.school, b"35", kinds)
    assert registry.refused(call, registry.province) == "kinds too wide"


@pytest.mark.parametrize("kinds", [0, 1, 0b1111, AUTHORITY, AUTHORITY | 0b1010])
def test_kinds_within_the_parents(registry: Registry, kinds: int) -> None:
    registry.do(registry.accredit(PROVINCE, OTHER, registry.school, b"35", kinds), signer=registry.province)
    assert registry.client.accreditations(OTHER)[0].kinds == kinds


def test_an_issuer_accredits_nobody(registry: Registry) -> None:
    call = registry.accredit(SCHOOL, OTHER, registry.stranger, b"350102", 1)
    assert registry.refused(call, registry.school) == "parent no authority"


def test_scopes_narrow_at_every_level(registry: Registry) -> None:
    county = registry.accredit(PROVINCE, COUNTY, registry.stranger, b"3501", AUTHORITY | 0b110)
    registry.do(county, signer=registry.province)
    wide_region = registry.accredit(COUNTY, OTHER, registry.school, b"3502", 0b10)
    wide_kinds = registry.accredit(COUNTY, OTHER, registry.school, b"350105", 0b1)
    assert registry.refused(wide_region, registry.stranger) == "region too wide"
    assert registry.refused(wide_kinds, registry.stranger) == "kinds too wide"
    registry.do(registry.accredit(COUNTY, OTHER, registry.school, b"350105", 0b100), signer=registry.stranger)
    assert registry.client.path(OTHER) == [OTHER, COUNTY, PROVINCE, ROOT]


def test_a_withdrawn_authority_accredits_nobody(registry: Registry) -> None:
    registry.do(registry.client.withdraw(PROVINCE))
    call = registry.accredit(PROVINCE, OTHER, registry.school, b"35", 1)
    assert registry.refused(call, registry.province) == "parent withdrawn"


def test_an_authority_that_comes_back_narrower_gives_no_more_than_it_has(registry: Registry) -> None:
    registry.do(registry.client.withdraw(PROVINCE))
    registry.do(registry.accredit(ROOT, PROVINCE, registry.province, b"3502", AUTHORITY | 0b1))
    for region, kinds, reason in ((b"3501", 1, "region too wide"), (b"3502", 2, "kinds too wide")):
        call = registry.accredit(PROVINCE, OTHER, registry.school, region, kinds)
        assert registry.refused(call, registry.province) == reason


def test_a_member_stays_with_its_first_parent(registry: Registry) -> None:
    claim = registry.accredit(ROOT, SCHOOL, registry.stranger, b"350102", 1)
    assert registry.refused(claim, registry.root) == "other parent"
    registry.do(registry.client.withdraw(SCHOOL), signer=registry.province)
    assert registry.refused(claim, registry.root) == "other parent"
    upward = registry.accredit(PROVINCE, ROOT, registry.stranger, b"35", 1)
    assert registry.refused(upward, registry.province) == "other parent"


def test_no_second_accreditation_while_the_first_is_open(registry: Registry) -> None:
    again = registry.accredit(PROVINCE, SCHOOL, registry.school, b"350102", 1)
    assert registry.refused(again, registry.province) == "still accredited"
    registry.do(registry.client.withdraw(SCHOOL), signer=registry.province)
    registry.do(again, signer=registry.province)
    assert registry.refused(again, registry.province) == "still accredited"


def test_a_withdrawal_happens_once(registry: Registry) -> None:
    registry.do(registry.client.withdraw(SCHOOL), signer=registry.province)
    assert registry.refused(registry.client.withdraw(SCHOOL), registry.province) == "already withdrawn"


def test_the_root_is_never_withdrawn(registry: Registry) -> None:
    assert registry.refused(registry.client.withdraw(ROOT), registry.root) == "root stays"


def test_zero_controllers_and_profiles(registry: Registry) -> None:
    for member, signer in ((SCHOOL, registry.province), (ROOT, registry.root)):
        assert registry.refused(registry.client.set_controller(member, bytes(20)), signer) == "zero address"
        assert registry.refused(registry.client.set_profile(member, bytes(32)), signer) == "zero profile"
