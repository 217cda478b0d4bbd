"""Who may do what in IssuerRegistry, and that nobody else may."""

from tests.contracts.issuer_registry.deployed import KEY, OTHER, PROFILE, PROVINCE, ROOT, SCHOOL, Registry


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
