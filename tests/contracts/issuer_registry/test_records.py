"""What IssuerRegistry keeps from its deployment on, and where; and the event of every act."""

import pytest
from nacl.signing import VerifyKey

import contracts
from ledger.chain.abi import ContractAbi
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import Accreditation, KeyRecord, key_id, possession_message, prefixed
from tests.contracts.issuer_registry.deployed import (
    ALL,
    KEY,
    OTHER,
    POSSESSION,
    PROFILE,
    PROVINCE,
    PUBLIC,
    ROOT,
    SCHOOL,
    SIGNING,
    Registry,
)
from tests.support.chain import CHAIN_ID, TestChain

# Deployment


@pytest.mark.parametrize(
    "root, profile, reason", [(bytes(32), PROFILE, "zero member"), (ROOT, bytes(32), "zero profile")]
)
def test_a_registry_without_root_or_profile(test_chain: TestChain, root: bytes, profile: bytes, reason: str) -> None:
    with pytest.raises(NotAllowedError) as caught:
        IssuerRegistryClient.deploy(test_chain.chain, test_chain.admin, root, profile)
    assert caught.value.message == reason


def test_the_root_at_the_start(test_chain: TestChain) -> None:
    client = IssuerRegistryClient.deploy(test_chain.chain, test_chain.admin, ROOT, PROFILE)
    now = test_chain.chain.head().timestamp
    assert client.root() == ROOT and client.members() == [ROOT] and client.path(ROOT) == [ROOT]
    assert client.controller(ROOT) == test_chain.admin.address and client.profile(ROOT) == PROFILE
    assert client.accreditations(ROOT) == [Accreditation(now, 0, b"", ALL)]
    assert client.path(OTHER) == [] and client.accreditations(OTHER) == [] and client.controller(OTHER) is None


# What is kept


def test_records_are_appended_and_never_changed_otherwise(registry: Registry) -> None:
    client = registry.client
    first = client.accreditations(SCHOOL)[0].accredited
    registry.clock.sleep(100)
    registry.do(client.withdraw(SCHOOL), signer=registry.province)
    ended = registry.now()
    registry.clock.sleep(100)
    registry.do(registry.accredit(PROVINCE, SCHOOL, registry.stranger, b"35010", 0b1), signer=registry.province)
    again = registry.now()
    assert first < ended < again
    assert client.accreditations(SCHOOL) == [
        Accreditation(first, ended, b"350102", 0b11),
        Accreditation(again, 0, b"35010", 0b1),
    ]
    assert client.controller(SCHOOL) == registry.stranger.address
    assert client.members() == [ROOT, PROVINCE, SCHOOL]


def test_a_keys_whole_life_in_one_word(registry: Registry) -> None:
    client = registry.client
    registry.do(client.add_key(SCHOOL, KEY, 2, PUBLIC, POSSESSION), signer=registry.school)
    added = registry.now()
    assert client.key(SCHOOL, KEY) == KeyRecord(added, 0, 0, 2)
    registry.clock.sleep(50)
    registry.do(client.compromise_key(SCHOOL, KEY, added + 7), signer=registry.province)
    assert client.key(SCHOOL, KEY) == KeyRecord(added, 0, added + 7, 2)
    registry.do(client.retire_key(SCHOOL, KEY), signer=registry.school)
    retired = registry.now()
    registry.do(client.compromise_key(SCHOOL, KEY, added + 3), signer=registry.province)
    assert client.key(SCHOOL, KEY) == KeyRecord(added, retired, added + 3, 2)


def test_keys_are_numbered(registry: Registry) -> None:
    others = [bytes([number]) * 32 for number in range(1, 4)]
    registry.do(*[registry.add_key(SCHOOL, public) for public in others], signer=registry.school)
    assert registry.client.key_ids(SCHOOL) == [key_id(public) for public in others]
    assert registry.client.key_ids(ROOT) == []


def test_what_is_stored_and_where(registry: Registry) -> None:
    client, slot = registry.client, registry.client.layout.slot
    registry.do(client.add_key(SCHOOL, KEY, 2, PUBLIC, POSSESSION), signer=registry.school)
    registry.do(client.register_kind(5, 0, b"\x50" * 32))
    accreditation, key = client.accreditations(SCHOOL)[0], client.key(SCHOOL, KEY)
    assert key is not None
    stored = {
        slot("root"): ROOT,
        slot("controllers", SCHOOL): registry.school.address.rjust(32, b"\0"),
        slot("parents", SCHOOL): PROVINCE,
        slot("parents", ROOT): ROOT,
        slot("profiles", SCHOOL): PROFILE,
        slot("accreditations", SCHOOL, 0): accreditation.pack(),
        slot("accreditations", SCHOOL, 1): bytes(32),
        slot("keys", SCHOOL, KEY): key.pack(),
        slot("keys", SCHOOL, b"\1" * 32): bytes(32),
        slot("key_ids", SCHOOL, 0): KEY,
        slot("kinds", 5, 0): b"\x50" * 32,
        slot("kinds", 5, 1): bytes(32),
        slot("members", 2): SCHOOL,
        slot("member_count"): (3).to_bytes(32, "big"),
        slot("accreditation_counts", SCHOOL): (1).to_bytes(32, "big"),
        slot("key_counts", SCHOOL): (1).to_bytes(32, "big"),
    }
    for place, word in stored.items():
        assert registry.chain.storage(client.address, place) == word


def test_slots_that_prove_a_member(registry: Registry) -> None:
    client = registry.client
    registry.do(client.withdraw(SCHOOL), signer=registry.province)
    registry.do(registry.accredit(PROVINCE, SCHOOL, registry.school, b"350102", 0b1), signer=registry.province)
    found = client.proof_slots(SCHOOL, [KEY], [(5, 0)])
    assert sorted(found) == _expected(client, (3, 2, 2))


def _expected(client: IssuerRegistryClient, counts: tuple[int, int, int]) -> list[bytes]:
    """Slots with so many accreditations of the school, the province and the root."""
    slot = client.layout.slot
    expected = [slot("keys", SCHOOL, KEY), slot("kinds", 5, 0)]
    for member, count in zip((SCHOOL, PROVINCE, ROOT), counts, strict=True):
        expected += [slot("parents", member), slot("profiles", member)]
        expected += [slot("accreditations", member, n) for n in range(count)]
    return sorted(expected)


def test_slots_that_prove_a_member_at_a_time(registry: Registry) -> None:
    client = registry.client
    first = registry.now()
    registry.clock.sleep(10)
    registry.do(client.withdraw(SCHOOL), signer=registry.province)
    ended = registry.now()
    registry.clock.sleep(10)
    registry.do(registry.accredit(PROVINCE, SCHOOL, registry.school, b"350102", 0b1), signer=registry.province)
    again = registry.now()
    counts = {first: (2, 1, 1), ended: (3, 1, 1), again: (2, 1, 1), 0: (3, 2, 2)}
    for time, expected in counts.items():
        assert sorted(client.proof_slots(SCHOOL, [KEY], [(5, 0)], time=time)) == _expected(client, expected)


# Events


def test_every_act_leaves_its_event(registry: Registry) -> None:
    client, school, province = registry.client, registry.school, registry.province
    abi = ContractAbi(contracts.load("IssuerRegistry"))
    events = registry.do(registry.add_key(), signer=school)
    events += registry.do(client.retire_key(SCHOOL, KEY), signer=school)
    calls = [
        client.compromise_key(SCHOOL, KEY, 9),
        client.set_profile(SCHOOL, b"\x22" * 32),
        client.withdraw(SCHOOL),
        client.set_controller(SCHOOL, registry.stranger.address),
        registry.accredit(PROVINCE, SCHOOL, school, b"3501", 0b1),
    ]
    events += registry.do(*calls, signer=province)
    events += registry.do(client.register_kind(7, 0, b"\x50" * 32))
    names = ["KeyAdded", "KeyRetired", "KeyCompromised", "ProfileSet", "Withdrawn", "ControllerSet"]
    names += ["Accredited", "KindRegistered"]
    assert [event.topics[0] for event in events] == [abi.topic(name) for name in names]
    values = [abi.event(name, event) for name, event in zip(names, events, strict=True)]
    assert values[0] == {
        "member": SCHOOL, "key_id": KEY, "n": 0, "custody": 1, "public_key": prefixed(PUBLIC), "possession": POSSESSION
    }  # fmt: skip
    assert values[1] == {"member": SCHOOL, "key_id": KEY}
    assert values[2] == {"member": SCHOOL, "key_id": KEY, "since": 9}
    assert values[3] == {"member": SCHOOL, "profile": b"\x22" * 32}
    assert values[4] == {"member": SCHOOL, "n": 0}
    assert values[5] == {"member": SCHOOL, "controller": f"0x{registry.stranger.address.hex()}"}
    assert values[6] == {
        "member": SCHOOL, "parent": PROVINCE, "n": 1, "controller": f"0x{school.address.hex()}", "profile": PROFILE,
        "region": b"3501".ljust(12, b"\0"), "kinds": 1,
    }  # fmt: skip
    assert values[7] == {"number": 7, "version": 0, "definition": b"\x50" * 32}


def test_possession_can_be_checked_from_the_event(registry: Registry) -> None:
    abi = ContractAbi(contracts.load("IssuerRegistry"))
    message = possession_message(CHAIN_ID, registry.client.address, SCHOOL, PUBLIC)
    signature = SIGNING.sign(message).signature
    (event,) = registry.do(registry.client.add_key(SCHOOL, KEY, 2, PUBLIC, signature), signer=registry.school)
    found = abi.event("KeyAdded", event)
    assert VerifyKey(found["public_key"].removeprefix(b"\xed\x01")).verify(message, found["possession"]) == message
