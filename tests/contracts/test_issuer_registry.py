"""IssuerRegistry on the embedded node: every refusal, then what is stored and where."""

import hashlib
from collections.abc import Iterator

import pytest
from nacl.signing import SigningKey, VerifyKey

import contracts
from ledger.chain.abi import ContractAbi
from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call, Event
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import Accreditation, KeyRecord, key_id, member_id, possession_message
from tests.support.chain import CHAIN_ID, TestChain

ROOT, PROVINCE, COUNTY, SCHOOL = (member_id(f"did:web:example:{name}") for name in ("root", "fj", "mw", "school"))
OTHER = member_id("did:web:example:other")
PROFILE = b"\x21" * 32
AUTHORITY = 1 << 63
ALL = (1 << 64) - 1
SIGNING = SigningKey(b"\x31" * 32)
PUBLIC = bytes(SIGNING.verify_key)
KEY = key_id(PUBLIC)
POSSESSION = b"\x41" * 64
FUNDS = 10**24


class Registry:
    """Root (the deployer) accredited a province (``other``) for region 35 and kinds 0 to 3, and it a school."""

    def __init__(self, test_chain: TestChain) -> None:
        self.chain, self.clock = test_chain.chain, test_chain.clock
        self.root, self.province, self.stranger = test_chain.admin, test_chain.other, test_chain.stranger
        self.school = LocalSigner(b"\x0a" * 32)
        self.client = IssuerRegistryClient.deploy(self.chain, self.root, ROOT, PROFILE)
        self.do(Call(self.school.address, value=FUNDS), Call(self.stranger.address, value=FUNDS))
        self.do(self.accredit(ROOT, PROVINCE, self.province, b"35", AUTHORITY | 0b1111))
        self.do(self.accredit(PROVINCE, SCHOOL, self.school, b"350102", 0b11), signer=self.province)

    def accredit(self, parent: bytes, member: bytes, controller: LocalSigner, region: bytes, kinds: int) -> Call:
        return self.client.accredit(parent, member, controller.address, PROFILE, region, kinds)

    def add_key(self, member: bytes = SCHOOL, public: bytes = PUBLIC) -> Call:
        return self.client.add_key(member, key_id(public), 1, public, POSSESSION)

    def do(self, *calls: Call, signer: LocalSigner | None = None) -> list[Event]:
        """Send calls that must work, by the root unless said otherwise; their events."""
        receipts = self.chain.transact_all(calls, signer or self.root)
        return [event for receipt in receipts for event in receipt.events]

    def now(self) -> int:
        """The newest block's time."""
        return self.chain.head().timestamp

    def refused(self, call: Call, signer: LocalSigner) -> str:
        with pytest.raises(NotAllowedError) as caught:
            self.chain.prepare(call, signer)
        assert caught.value.code == "chain.reverted"
        return caught.value.message

    def refused_to_others(self, call: Call, *allowed: LocalSigner) -> None:
        everybody = [self.root, self.province, self.school, self.stranger]
        for signer in [signer for signer in everybody if signer not in allowed]:
            assert self.refused(call, signer) == "not controller"


@pytest.fixture
def registry(test_chain: TestChain) -> Iterator[Registry]:
    yield Registry(test_chain)


# Who may


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


# Accreditation


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


# Keys


def test_a_key_id_that_is_not_its_keys(registry: Registry) -> None:
    bare = hashlib.sha256(PUBLIC).digest()
    for wrong in (b"\1" * 32, bytes(32), bare, key_id(b"\1" * 32)):
        call = registry.client.add_key(SCHOOL, wrong, 1, PUBLIC, POSSESSION)
        assert registry.refused(call, registry.school) == "bad key id"


def test_custody_and_possession_have_their_form(registry: Registry) -> None:
    for custody in (0, 3, 255):
        call = registry.client.add_key(SCHOOL, KEY, custody, PUBLIC, POSSESSION)
        assert registry.refused(call, registry.school) == "bad custody"
    for size in (0, 63):
        call = registry.client.add_key(SCHOOL, KEY, 1, PUBLIC, b"\1" * size)
        assert registry.refused(call, registry.school) == "bad possession"
    registry.refused(registry.client.add_key(SCHOOL, KEY, 1, PUBLIC, b"\1" * 65), registry.school)


def test_a_key_is_added_once_and_never_again(registry: Registry) -> None:
    registry.do(registry.add_key(), signer=registry.school)
    assert registry.refused(registry.add_key(), registry.school) == "key exists"
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    assert registry.refused(registry.add_key(), registry.province) == "key exists"


def test_a_member_cannot_keep_another_from_its_key(registry: Registry) -> None:
    registry.do(registry.add_key(PROVINCE), signer=registry.province)
    registry.do(registry.add_key(SCHOOL), signer=registry.school)
    assert registry.client.key(PROVINCE, KEY) is not None and registry.client.key(SCHOOL, KEY) is not None


def test_keys_that_are_not_there(registry: Registry) -> None:
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.school) == "no such key"
    assert registry.refused(registry.client.compromise_key(SCHOOL, KEY, 1), registry.province) == "no such key"
    registry.do(registry.add_key(PROVINCE), signer=registry.province)
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.school) == "no such key"
    assert registry.client.key(SCHOOL, KEY) is None


def test_a_key_retires_once(registry: Registry) -> None:
    registry.do(registry.add_key(), signer=registry.school)
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    assert registry.refused(registry.client.retire_key(SCHOOL, KEY), registry.province) == "already retired"


def test_a_compromise_moves_earlier_only(registry: Registry) -> None:
    client, province = registry.client, registry.province
    registry.do(registry.add_key(), signer=registry.school)
    since = registry.now()
    for wrong in (0, since + 3_600, 1 << 48, (1 << 256) - 1):
        assert registry.refused(client.compromise_key(SCHOOL, KEY, wrong), province) == "bad time"
    registry.do(client.compromise_key(SCHOOL, KEY, since), signer=province)
    for later in (since, since + 1):
        registry.clock.sleep(5)
        assert registry.refused(client.compromise_key(SCHOOL, KEY, later), province) == "not earlier"
    registry.do(client.compromise_key(SCHOOL, KEY, since - 100), signer=province)
    found = client.key(SCHOOL, KEY)
    assert found is not None and found.compromised_since == since - 100
    assert registry.refused(client.compromise_key(SCHOOL, KEY, since - 99), province) == "not earlier"


# Kinds


def test_kind_versions_follow_each_other(registry: Registry) -> None:
    client, root = registry.client, registry.root
    assert registry.refused(client.register_kind(63, 0, PROFILE), root) == "bad number"
    assert registry.refused(client.register_kind(1 << 255, 0, PROFILE), root) == "bad number"
    assert registry.refused(client.register_kind(5, 1, PROFILE), root) == "version skipped"
    assert registry.refused(client.register_kind(5, (1 << 256) - 1, PROFILE), root) == "version skipped"
    assert registry.refused(client.register_kind(5, 0, bytes(32)), root) == "zero definition"
    registry.do(client.register_kind(5, 0, b"\x50" * 32))
    for definition in (b"\x50" * 32, b"\x51" * 32):
        assert registry.refused(client.register_kind(5, 0, definition), root) == "already registered"
    registry.do(client.register_kind(5, 1, b"\x51" * 32), client.register_kind(62, 0, b"\x52" * 32))
    assert [client.kind(5, version) for version in range(3)] == [b"\x50" * 32, b"\x51" * 32, None]
    assert client.kind(62, 0) == b"\x52" * 32 and client.kind(4, 0) is None


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
    client, slot = registry.client, registry.client.layout.slot
    registry.do(client.withdraw(SCHOOL), signer=registry.province)
    registry.do(registry.accredit(PROVINCE, SCHOOL, registry.school, b"350102", 0b1), signer=registry.province)
    found = client.proof_slots(SCHOOL, [KEY], [(5, 0)])
    expected = {slot("root"), slot("keys", SCHOOL, KEY), slot("kinds", 5, 0)}
    for member, records in ((SCHOOL, 2), (PROVINCE, 1), (ROOT, 1)):
        expected |= {slot("parents", member), slot("profiles", member)}
        expected |= {slot("accreditations", member, n) for n in range(records + 1)}
    assert set(found) == expected and len(found) == len(expected)


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
        "member": SCHOOL, "key_id": KEY, "n": 0, "custody": 1, "public_key": PUBLIC, "possession": POSSESSION
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
    assert VerifyKey(found["public_key"]).verify(message, found["possession"]) == message
