"""The tree and its history, read from events alone: it says what the contract's storage says."""

from collections.abc import Iterator, Sequence

import pytest

from ledger.chain.history import History, Tree
from ledger.chain.protocol import Event
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotFoundError
from ledger.formats.registry import Accreditation, KeyRecord, key_id, prefixed
from tests.contracts.issuer_registry.deployed import (
    AUTHORITY,
    COUNTY,
    KEY,
    OTHER,
    PROFILE,
    PROVINCE,
    PUBLIC,
    ROOT,
    SCHOOL,
    Registry,
)
from tests.support.chain import TestChain


def same(client: IssuerRegistryClient, tree: Tree) -> None:
    """Every word of every member, from events and from storage."""
    assert list(tree.members) == client.members()
    for node in tree.members.values():
        assert (node.parent, node.controller) == (client.parent(node.id), client.controller(node.id))
        assert node.profile == client.profile(node.id)
        assert list(node.accreditations) == client.accreditations(node.id)
        assert [key.id for key in node.keys] == client.key_ids(node.id)
        assert [key.record for key in node.keys] == [client.key(node.id, key.id) for key in node.keys]


@pytest.fixture
def lived(registry: Registry) -> Iterator[Registry]:
    """A school that had keys, ended, and came back; a county under its province that ended."""
    client, province, school = registry.client, registry.province, registry.school
    registry.do(registry.add_key(), registry.add_key(SCHOOL, b"\7" * 32), signer=school)
    registry.clock.sleep(10)
    registry.do(client.retire_key(SCHOOL, KEY), signer=school)
    registry.do(client.compromise_key(SCHOOL, KEY, registry.now() - 3), client.withdraw(SCHOOL), signer=province)
    registry.clock.sleep(10)
    back = registry.accredit(PROVINCE, SCHOOL, registry.stranger, b"35010", 0b1)
    county = registry.accredit(PROVINCE, COUNTY, registry.stranger, b"3501", AUTHORITY | 0b1)
    registry.do(back, county, client.set_profile(SCHOOL, b"\x22" * 32), signer=province)
    registry.do(client.set_controller(PROVINCE, school.address), client.register_kind(3, 0, b"\x50" * 32))
    yield registry


def test_events_say_what_the_storage_says(lived: Registry) -> None:
    tree = History(lived.client).tree()
    same(lived.client, tree)
    school = tree.node(SCHOOL)
    assert [key.public_key for key in school.keys] == [prefixed(PUBLIC), prefixed(b"\7" * 32)]
    assert [act.name for act in tree.acts_of(SCHOOL)] == [
        "Accredited", "KeyAdded", "KeyAdded", "KeyRetired", "KeyCompromised", "Withdrawn", "Accredited", "ProfileSet",
    ]  # fmt: skip
    assert tree.acts_of(SCHOOL)[-3].time == school.accreditations[0].withdrawn
    assert [act.name for act in tree.acts if act.member is None] == ["KindRegistered"]
    assert school.key(KEY) is school.keys[0] and school.key(b"\1" * 32) is None
    with pytest.raises(NotFoundError):
        tree.node(OTHER)


def test_further_blocks_are_added_and_nothing_is_asked_twice(lived: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    history, client = History(lived.client), lived.client
    before = history.tree()
    asked: list[int] = []
    events = lived.chain.events

    def watched(address: bytes, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
        asked.append(first)
        return events(address, topics, first, last)

    monkeypatch.setattr(lived.chain, "events", watched)
    assert history.tree() is before and asked == []
    lived.do(client.withdraw(COUNTY), signer=lived.school)
    after = history.tree()
    assert asked == [before.block.number + 1]
    assert before.node(COUNTY).newest.withdrawn == 0 and after.node(COUNTY).newest.withdrawn == lived.now()
    same(client, after)


def test_another_chain_is_read_anew(lived: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a chain was put back from a copy: a block of that number is another one, or is not there."""
    history = History(lived.client)
    first = history.tree()
    history._tree = Tree(first.block.__class__(first.block.number, b"\1" * 32, 0, True), {}, ())
    same(lived.client, history.tree())
    history._tree = Tree(first.block.__class__(first.block.number + 9, b"\1" * 32, 0, True), {}, ())
    same(lived.client, history.tree())


def test_a_node_that_is_behind_takes_nothing_away(lived: Registry) -> None:
    history = History(lived.client)
    behind = lived.chain.head()
    lived.do(lived.client.withdraw(COUNTY), signer=lived.school)
    newest = history.tree()
    assert history.tree(behind) is newest


def test_long_chains_are_asked_for_in_spans(lived: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.chain.history.SPAN", 3)
    same(lived.client, History(lived.client).tree())


def test_who_is_in_charge(lived: Registry) -> None:
    client = lived.client
    lived.do(lived.accredit(COUNTY, OTHER, lived.school, b"3501", 1), signer=lived.stranger)
    history = History(client)
    assert history.tree().in_charge(OTHER).id == COUNTY and history.tree().is_open(OTHER)
    lived.do(client.withdraw(COUNTY), signer=lived.school)
    assert history.tree().in_charge(OTHER).id == PROVINCE and not history.tree().is_open(OTHER)
    lived.do(client.withdraw(PROVINCE))
    tree = history.tree()
    assert tree.in_charge(OTHER).id == ROOT == tree.in_charge(SCHOOL).id == tree.in_charge(ROOT).id
    assert [node.id for node in tree.path(OTHER)] == [OTHER, COUNTY, PROVINCE, ROOT]
    assert tree.path(b"\1" * 32) == [] and not tree.is_open(b"\1" * 32)


def test_a_seeded_registry_tells_the_same(test_chain: TestChain) -> None:
    chain, creator = test_chain.chain, test_chain.admin
    client = IssuerRegistryClient.deploy(chain, creator, ROOT, PROFILE, seeded=True)
    assert History(client).tree().members == {}
    old = chain.head().timestamp - 500
    records = [Accreditation(old, old + 20, b"35", AUTHORITY | 1), Accreditation(old + 30, 0, b"3", 1)]
    root = Accreditation(old, 0, b"", (1 << 64) - 1)
    key = KeyRecord(old + 5, old + 9, old + 7, 2)
    calls = [
        client.seed_member(ROOT, ROOT, creator.address, PROFILE, [root.pack()]),
        client.seed_member(ROOT, PROVINCE, creator.address, PROFILE, [one.pack() for one in records]),
        client.seed_key(PROVINCE, key_id(PUBLIC), key.pack(), prefixed(PUBLIC)),
        client.seed_kind(0, 0, PROFILE),
        client.end_seeding(),
    ]
    chain.transact_all(calls, creator)
    tree = History(client).tree()
    same(client, tree)
    assert tree.node(PROVINCE).accreditations == tuple(records) and tree.node(PROVINCE).keys[0].record == key
