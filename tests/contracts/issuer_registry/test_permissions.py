"""Who may do what in IssuerRegistry, and that nobody else may."""

from ledger.formats.registry import member_id
from tests.contracts.issuer_registry.deployed import (
    AUTHORITY,
    COUNTY,
    KEY,
    OTHER,
    PROFILE,
    PROVINCE,
    ROOT,
    SCHOOL,
    Registry,
)


def test_only_the_parent_accredits(registry: Registry) -> None:
    call = registry.accredit(PROVINCE, OTHER, registry.stranger, b"35", 1)
    registry.refused_to_others(call, registry.province)
    registry.do(call, signer=registry.province)


def test_only_the_parent_withdraws_and_replaces(registry: Registry) -> None:
    client = registry.client
    for call in (
        client.withdraw(SCHOOL),
        client.set_controller(SCHOOL, registry.stranger.address),
        client.set_profile(SCHOOL, PROFILE),
    ):
        registry.refused_to_others(call, registry.province)
        registry.do(call, signer=registry.province)


def test_only_a_member_or_its_parent_handles_keys(registry: Registry) -> None:
    add, retire = registry.add_key(), registry.client.retire_key(SCHOOL, KEY)
    registry.refused_to_others(add, registry.province, registry.school)
    registry.do(add, signer=registry.school)
    registry.refused_to_others(retire, registry.province, registry.school)
    registry.do(retire, signer=registry.province)


def test_only_the_parent_reports_a_compromise(registry: Registry) -> None:
    registry.do(registry.add_key(), signer=registry.school)
    call = registry.client.compromise_key(SCHOOL, KEY, registry.now())
    registry.refused_to_others(call, registry.province)
    registry.do(call, signer=registry.province)


def test_the_root_is_its_own_parent(registry: Registry) -> None:
    client = registry.client
    calls = [client.set_profile(ROOT, b"\x22" * 32), registry.add_key(ROOT)]
    for call in calls:
        registry.refused_to_others(call, registry.root)
        registry.do(call)
    compromise = client.compromise_key(ROOT, KEY, registry.now())
    registry.refused_to_others(compromise, registry.root)
    registry.do(compromise, client.retire_key(ROOT, KEY))
    registry.do(client.set_controller(ROOT, registry.stranger.address))
    registry.refused_to_others(client.set_profile(ROOT, PROFILE), registry.stranger)


def test_only_the_root_registers_kinds(registry: Registry) -> None:
    call = registry.client.register_kind(0, 0, PROFILE)
    registry.refused_to_others(call, registry.root)
    registry.do(call)


def test_a_replaced_controller_is_out(registry: Registry) -> None:
    registry.do(registry.client.set_controller(PROVINCE, registry.stranger.address))
    call = registry.client.withdraw(SCHOOL)
    registry.refused_to_others(call, registry.stranger)
    registry.do(call, signer=registry.stranger)


def test_nobody_acts_for_who_is_no_member(registry: Registry) -> None:
    client = registry.client
    for call in (
        client.withdraw(OTHER),
        client.set_controller(OTHER, registry.root.address),
        client.set_profile(OTHER, PROFILE),
        registry.add_key(OTHER),
        client.retire_key(OTHER, KEY),
        client.compromise_key(OTHER, KEY, 1),
    ):
        for signer in (registry.root, registry.stranger):
            assert registry.refused(call, signer) == "no such member"
    assert (
        registry.refused(registry.accredit(OTHER, SCHOOL, registry.school, b"", 1), registry.root) == "not controller"
    )
    assert registry.refused(registry.accredit(bytes(32), OTHER, registry.school, b"", 1), registry.root) == (
        "not controller"
    )


def test_a_withdrawn_authority_is_in_charge_of_nothing(registry: Registry) -> None:
    """Else it could report all its schools' keys compromised, and spoil every record they ever made."""
    client = registry.client
    registry.do(registry.add_key(), signer=registry.school)
    calls = [
        client.withdraw(SCHOOL),
        client.set_controller(SCHOOL, registry.stranger.address),
        client.set_profile(SCHOOL, PROFILE),
        client.compromise_key(SCHOOL, KEY, 1),
        client.retire_key(SCHOOL, KEY),
        registry.add_key(SCHOOL, b"\7" * 32),
    ]
    for call in calls:
        registry.chain.prepare(call, registry.province)
    registry.do(client.withdraw(PROVINCE))
    for call in calls:
        assert registry.refused(call, registry.province) == "not controller"
        registry.chain.prepare(call, registry.root)
    registry.do(registry.accredit(ROOT, PROVINCE, registry.province, b"35", 0b1))
    for call in calls:
        registry.chain.prepare(call, registry.province)
        if call not in calls[4:]:
            assert registry.refused(call, registry.root) == "not controller"


def test_below_a_withdrawn_authority_nobody_acts_either(registry: Registry) -> None:
    client, county = registry.client, registry.stranger
    registry.do(registry.accredit(PROVINCE, COUNTY, county, b"3501", AUTHORITY | 0b11), signer=registry.province)
    registry.do(registry.accredit(COUNTY, OTHER, registry.school, b"350105", 0b1), signer=county)
    registry.do(client.withdraw(PROVINCE))
    call = client.withdraw(OTHER)
    registry.refused_to_others(call, registry.root)
    below = registry.accredit(COUNTY, member_id("did:web:example:new"), registry.school, b"350106", 1)
    assert registry.refused(below, county) == "parent withdrawn"
    registry.do(registry.accredit(ROOT, PROVINCE, registry.province, b"35", AUTHORITY | 0b1111))
    registry.do(below, signer=county)
    registry.refused_to_others(call, county)


def test_a_withdrawn_member_adds_no_keys(registry: Registry) -> None:
    """They would count as soon as it is accredited again."""
    registry.do(registry.add_key(), signer=registry.school)
    registry.do(registry.client.withdraw(SCHOOL), signer=registry.province)
    late = registry.add_key(SCHOOL, b"\7" * 32)
    assert registry.refused(late, registry.school) == "withdrawn"
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    registry.do(late, signer=registry.province)
