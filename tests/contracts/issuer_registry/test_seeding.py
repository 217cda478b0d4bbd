"""A registry that follows another: what it takes over, what it refuses, and that nothing else works meanwhile."""

from collections.abc import Iterator

import pytest

from ledger.chain.account import LocalSigner
from ledger.chain.protocol import Call
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotAllowedError
from ledger.formats.registry import Accreditation, KeyRecord, key_id, prefixed
from tests.contracts.issuer_registry.deployed import (
    ALL,
    AUTHORITY,
    COUNTY,
    KEY,
    OTHER,
    POSSESSION,
    PROFILE,
    PROVINCE,
    PUBLIC,
    ROOT,
    SCHOOL,
)
from tests.support.chain import START, TestChain

LONG_AGO = START - 1000
ROOTS = Accreditation(LONG_AGO, 0, b"", ALL)
TWICE = [Accreditation(LONG_AGO + 10, LONG_AGO + 50, b"35", AUTHORITY | 0b1111)]
TWICE += [Accreditation(LONG_AGO + 90, 0, b"3501", AUTHORITY | 0b11)]


class Seeding:
    """A registry that is being seeded: its root is there, and a province that was withdrawn and came back narrower."""

    def __init__(self, test_chain: TestChain) -> None:
        self.chain, self.creator, self.other = test_chain.chain, test_chain.admin, test_chain.other
        self.stranger = test_chain.stranger
        self.client = IssuerRegistryClient.deploy(self.chain, self.creator, ROOT, PROFILE, seeded=True)

    def begin(self) -> "Seeding":
        self.do(self.member(ROOT, ROOT, ROOTS), self.member(ROOT, PROVINCE, *TWICE))
        return self

    def do(self, *calls: Call) -> None:
        self.chain.transact_all(calls, self.creator)

    def member(self, parent: bytes, member: bytes, *records: Accreditation, controller: bytes = b"") -> Call:
        address = controller or (self.creator.address if member == ROOT else self.other.address)
        return self.client.seed_member(parent, member, address, PROFILE, [one.pack() for one in records])

    def words(self, member: bytes, *words: int) -> Call:
        packed = [word.to_bytes(32, "big") for word in words]
        return self.client.seed_member(PROVINCE, member, self.other.address, PROFILE, packed)

    def key(self, record: KeyRecord, public: bytes = PUBLIC, member: bytes = PROVINCE) -> Call:
        return self.client.seed_key(member, key_id(public), record.pack(), prefixed(public))

    def refused(self, call: Call, signer: LocalSigner | None = None) -> str:
        with pytest.raises(NotAllowedError) as caught:
            self.chain.prepare(call, signer or self.creator)
        return caught.value.message


@pytest.fixture
def empty(test_chain: TestChain) -> Iterator[Seeding]:
    yield Seeding(test_chain)


@pytest.fixture
def seeding(empty: Seeding) -> Seeding:
    return empty.begin()


def test_nothing_else_works_while_seeding(seeding: Seeding) -> None:
    client, address = seeding.client, seeding.other.address
    seeding.do(seeding.key(KeyRecord(LONG_AGO + 10, 0, 0, 1)))
    calls = [
        client.accredit(ROOT, OTHER, address, PROFILE, b"35", 1),
        client.withdraw(PROVINCE),
        client.set_controller(PROVINCE, address),
        client.set_profile(PROVINCE, PROFILE),
        client.add_key(PROVINCE, key_id(b"\7" * 32), 1, b"\7" * 32, POSSESSION),
        client.retire_key(PROVINCE, KEY),
        client.compromise_key(PROVINCE, KEY, 9),
        client.register_kind(0, 0, PROFILE),
    ]
    for call in calls:
        assert seeding.refused(call) == "seeding"
    for call in calls[4:6]:
        assert seeding.refused(call, seeding.other) == "seeding"
    seeding.do(client.end_seeding())
    for call in calls[1:]:
        seeding.chain.prepare(call, seeding.creator)


def test_only_the_roots_controller_seeds(seeding: Seeding) -> None:
    calls = [
        seeding.member(ROOT, OTHER, Accreditation(LONG_AGO, 0, b"35", 1)),
        seeding.key(KeyRecord(LONG_AGO + 10, 0, 0, 1)),
        seeding.client.seed_kind(0, 0, PROFILE),
        seeding.client.end_seeding(),
    ]
    for call in calls:
        for signer in (seeding.other, seeding.stranger):
            assert seeding.refused(call, signer) == "not controller"


def test_seeding_ends_for_good(seeding: Seeding) -> None:
    client = seeding.client
    assert client.seeding()
    seeding.do(client.end_seeding())
    assert not client.seeding()
    calls = [
        seeding.member(ROOT, OTHER, Accreditation(LONG_AGO, 0, b"35", 1)),
        seeding.key(KeyRecord(LONG_AGO + 10, 0, 0, 1)),
        client.seed_kind(0, 0, PROFILE),
        client.end_seeding(),
    ]
    for call in calls:
        assert seeding.refused(call) == "not seeding"


def test_a_registry_that_follows_none_is_never_seeded(test_chain: TestChain) -> None:
    client = IssuerRegistryClient.deploy(test_chain.chain, test_chain.admin, ROOT, PROFILE)
    for call in (client.seed_kind(0, 0, PROFILE), client.end_seeding()):
        with pytest.raises(NotAllowedError, match="not seeding"):
            test_chain.chain.prepare(call, test_chain.admin)


def test_the_root_comes_first_and_once(empty: Seeding) -> None:
    assert empty.refused(empty.member(ROOT, PROVINCE, TWICE[0])) == "root first"
    assert empty.refused(empty.client.end_seeding()) == "root missing"
    assert empty.refused(empty.key(KeyRecord(LONG_AGO, 0, 0, 1), member=ROOT)) == "no such member"
    assert empty.refused(empty.member(PROVINCE, ROOT, ROOTS)) == "other parent"
    assert empty.refused(empty.member(ROOT, ROOT, ROOTS, controller=empty.other.address)) == "other controller"
    for wrong in (
        [Accreditation(LONG_AGO, LONG_AGO + 1, b"", ALL)],
        [Accreditation(LONG_AGO, 0, b"3", ALL)],
        [Accreditation(LONG_AGO, 0, b"", ALL >> 1)],
        [ROOTS, ROOTS],
    ):
        assert empty.refused(empty.member(ROOT, ROOT, *wrong)) == "bad record"
    assert empty.refused(empty.member(ROOT, ROOT, Accreditation(START + 10**6, 0, b"", ALL))) == "bad time"
    empty.do(empty.member(ROOT, ROOT, ROOTS))
    assert empty.refused(empty.member(ROOT, ROOT, ROOTS)) == "already seeded"
    assert empty.client.accreditations(ROOT) == [ROOTS]


def test_members_come_after_their_parents_and_stay_with_them(seeding: Seeding) -> None:
    record, client, address = Accreditation(LONG_AGO + 20, 0, b"3501", 1), seeding.client, seeding.other.address
    assert seeding.refused(seeding.member(COUNTY, SCHOOL, record)) == "parent missing"
    assert seeding.refused(seeding.member(SCHOOL, SCHOOL, record)) == "own parent"
    assert seeding.refused(seeding.member(PROVINCE, bytes(32), record)) == "zero member"
    assert seeding.refused(seeding.member(PROVINCE, SCHOOL)) == "no records"
    seeding.refused(seeding.member(PROVINCE, SCHOOL, *[record] * 65))  # beyond the type: refused without words
    assert seeding.refused(client.seed_member(PROVINCE, SCHOOL, bytes(20), PROFILE, [record.pack()])) == "zero address"
    assert seeding.refused(client.seed_member(PROVINCE, SCHOOL, address, bytes(32), [record.pack()])) == "zero profile"
    seeding.do(seeding.member(PROVINCE, SCHOOL, record))
    later = Accreditation(LONG_AGO + 95, 0, b"3501", 1)
    assert seeding.refused(seeding.member(ROOT, SCHOOL, later)) == "other parent"


def test_accreditations_that_the_contract_never_writes(seeding: Seeding) -> None:
    refused = [
        (Accreditation(START + 10**6, 0, b"3501", 1), "bad time"),
        (Accreditation(LONG_AGO + 20, START + 10**6, b"3501", 1), "bad time"),
        (Accreditation(LONG_AGO + 20, LONG_AGO + 19, b"3501", 1), "bad time"),
        (Accreditation(0, 0, b"3501", 1), "bad time"),
        (Accreditation(LONG_AGO + 9, 0, b"3501", 1), "too wide"),  # before the province
        (Accreditation(LONG_AGO + 60, 0, b"3501", 1), "too wide"),  # in the province's gap
        (Accreditation(LONG_AGO + 20, 0, b"36", 1), "too wide"),
        (Accreditation(LONG_AGO + 20, 0, b"3", 1), "too wide"),
        (Accreditation(LONG_AGO + 20, 0, b"35", 0b10000), "too wide"),
        (Accreditation(LONG_AGO + 95, 0, b"3502", 1), "too wide"),  # the first scope, when the second was in force
        (Accreditation(LONG_AGO + 95, 0, b"3501", 0b100), "too wide"),
        (Accreditation(LONG_AGO + 20, 0, b"35 1", 1), "bad region"),
    ]
    for record, reason in refused:
        assert seeding.refused(seeding.member(PROVINCE, SCHOOL, record)) == reason


def test_records_stand_in_their_order(seeding: Seeding) -> None:
    first = Accreditation(LONG_AGO + 20, LONG_AGO + 30, b"35", 0b100)
    for second in (
        Accreditation(LONG_AGO + 29, LONG_AGO + 35, b"35", 1),
        Accreditation(LONG_AGO + 15, LONG_AGO + 19, b"35", 1),
    ):
        assert seeding.refused(seeding.member(PROVINCE, SCHOOL, first, second)) == "out of order"
    still_open = Accreditation(LONG_AGO + 20, 0, b"35", 0b100)
    assert seeding.refused(seeding.member(PROVINCE, SCHOOL, still_open, first)) == "out of order"
    hole = Accreditation(LONG_AGO + 20, 0, b"35", 1).pack()
    no_region = int.from_bytes(hole[:12] + b"35\x001".ljust(12, b"\0") + hole[24:], "big")
    assert seeding.refused(seeding.words(SCHOOL, no_region)) == "bad region"
    assert seeding.refused(seeding.words(SCHOOL, 0)) == "bad time"


def test_a_member_of_many_records_is_given_twice(seeding: Seeding) -> None:
    records = [Accreditation(LONG_AGO + 20 + n, LONG_AGO + 21 + n, b"35", 0b100) for n in range(3)]
    seeding.do(seeding.member(PROVINCE, SCHOOL, *records[:2]), seeding.member(PROVINCE, SCHOOL, records[2]))
    # In one second: the province ended and came back, the school came with the first scope.
    seeding.do(seeding.member(PROVINCE, OTHER, Accreditation(LONG_AGO + 50, 0, b"3502", 0b100)))
    assert seeding.client.accreditations(SCHOOL) == records
    assert seeding.client.members() == [ROOT, PROVINCE, SCHOOL, OTHER]
    assert seeding.client.path(SCHOOL) == [SCHOOL, PROVINCE, ROOT]


def test_keys_that_the_contract_never_writes(seeding: Seeding) -> None:
    refused = [
        (KeyRecord(LONG_AGO + 9, 0, 0, 1), "bad time"),  # before its member
        (KeyRecord(START + 10**6, 0, 0, 1), "bad time"),
        (KeyRecord(LONG_AGO + 20, LONG_AGO + 19, 0, 1), "bad time"),
        (KeyRecord(LONG_AGO + 20, START + 10**6, 0, 1), "bad time"),
        (KeyRecord(LONG_AGO + 20, 0, START + 10**6, 1), "bad time"),
        (KeyRecord(LONG_AGO + 20, 0, 0, 0), "bad custody"),
        (KeyRecord(LONG_AGO + 20, 0, 0, 3), "bad custody"),
    ]
    for record, reason in refused:
        assert seeding.refused(seeding.key(record)) == reason


def test_keys_out_of_order_twice_or_of_nobody(seeding: Seeding) -> None:
    record, client = KeyRecord(LONG_AGO + 20, LONG_AGO + 30, LONG_AGO + 5, 2), seeding.client
    assert seeding.refused(seeding.key(record, member=SCHOOL)) == "no such member"
    assert seeding.refused(client.seed_key(PROVINCE, b"\1" * 32, record.pack(), prefixed(PUBLIC))) == "bad key id"
    low_bit = (int.from_bytes(record.pack(), "big") | 1).to_bytes(32, "big")
    assert seeding.refused(client.seed_key(PROVINCE, KEY, low_bit, prefixed(PUBLIC))) == "bad record"
    seeding.do(seeding.key(record))
    assert client.key(PROVINCE, KEY) == record and client.key_ids(PROVINCE) == [KEY]
    assert seeding.refused(seeding.key(record)) == "key exists"
    assert seeding.refused(seeding.key(KeyRecord(LONG_AGO + 19, 0, 0, 1), b"\7" * 32)) == "bad time"


def test_kinds_keep_their_rules(seeding: Seeding) -> None:
    client = seeding.client
    assert seeding.refused(client.seed_kind(63, 0, PROFILE)) == "bad number"
    assert seeding.refused(client.seed_kind(5, 1, PROFILE)) == "version skipped"
    assert seeding.refused(client.seed_kind(5, 0, bytes(32))) == "zero definition"
    seeding.do(client.seed_kind(5, 0, b"\x50" * 32), client.seed_kind(5, 1, b"\x51" * 32))
    assert seeding.refused(client.seed_kind(5, 1, b"\x50" * 32)) == "already registered"
    assert [client.kind(5, version) for version in (0, 1, 2)] == [b"\x50" * 32, b"\x51" * 32, None]


def test_a_seeded_tree_lives_on(seeding: Seeding) -> None:
    client = seeding.client
    seeding.do(seeding.member(PROVINCE, SCHOOL, Accreditation(LONG_AGO + 92, 0, b"3501", 1)), client.end_seeding())
    seeding.do(client.withdraw(PROVINCE), client.withdraw(SCHOOL))
    assert client.accreditations(PROVINCE)[1].withdrawn > START and client.accreditations(SCHOOL)[0].withdrawn > START
    assert client.controller(ROOT) == seeding.creator.address
