"""A node that invents, alters or leaves out events: nothing of it is believed, and one alarm is sounded."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from ledger.chain.abi import ContractAbi
from ledger.chain.history import History
from ledger.chain.protocol import Event
from ledger.formats import p256, sm2
from ledger.formats.errors import UnavailableError
from ledger.formats.keccak import keccak256
from ledger.formats.registry import key_id, possession_message, prefixed
from tests.contracts.issuer_registry.deployed import KEY, OTHER, PROVINCE, PUBLIC, SCHOOL, SIGNING, Registry

Change = Callable[[list[Event]], list[Event]]
OWN = p256.generate(b"\x35" * 32)


def told(registry: Registry, name: str, *topics: bytes) -> Event:
    """An event that never was, in the newest block, as if it came last."""
    abi: ContractAbi = registry.client._abi
    return Event(
        address=registry.client.address, topics=(abi.topic(name), *topics), data=b"",
        block_number=registry.chain.head().number, transaction_hash=b"\x77" * 32,
    )  # fmt: skip


class Lied:
    """A history that reads through something that may change the events, and its alarms."""

    def __init__(self, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alarms: list[str] = []
        self.change: Change = lambda events: events
        self.history = History(registry.client, self._alarm)
        ask = registry.chain.events

        def events(address: bytes, topics: Sequence[bytes | None], first: int, last: int) -> list[Event]:
            return self.change(ask(address, topics, first, last))

        monkeypatch.setattr(registry.chain, "events", events)

    def _alarm(self, code: str, **facts: object) -> None:
        assert facts["seen"]
        self.alarms.append(code)

    def refused(self, times: int = 2) -> None:
        for _ in range(times):
            with pytest.raises(UnavailableError) as caught:
                self.history.tree()
            assert caught.value.code == "anchor.disagreement"
        assert self.alarms == ["anchor.disagreement"], "one for each lie, however often it is told"
        self.alarms.clear()
        self.history._alarmed.clear()


@pytest.fixture
def lied(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Lied:
    registry.do(registry.add_key(), registry.add_key(SCHOOL, b"\7" * 32), signer=registry.school)
    registry.clock.sleep(10)
    registry.do(registry.client.retire_key(SCHOOL, KEY), signer=registry.school)
    registry.do(registry.client.set_profile(SCHOOL, b"\x22" * 32), signer=registry.province)
    return Lied(registry, monkeypatch)


def of(name: str, registry: Registry) -> bytes:
    return registry.client._abi.topic(name)


def test_an_event_that_never_was(lied: Lied, registry: Registry) -> None:
    """Of each sort that a node may invent: on the first look, and on a later one."""
    other = key_id(b"\7" * 32)
    invented = [
        told(registry, "KeyRetired", SCHOOL, other),
        told(registry, "KeyRetired", PROVINCE, other),
        told(registry, "KeyRetired", OTHER, other),
        replace(told(registry, "Withdrawn", SCHOOL), data=bytes(32)),
        replace(told(registry, "ProfileSet", SCHOOL), data=b"\1" * 32),
        replace(told(registry, "ControllerSet", SCHOOL), data=bytes(12) + b"\1" * 20),
        replace(told(registry, "KeyCompromised", SCHOOL, other), data=(5).to_bytes(32, "big")),
        replace(told(registry, "KeyCompromised", SCHOOL, other), data=b"\xff" * 32),
        replace(told(registry, "KeyRetired", SCHOOL, other), block_number=10**6),
    ]
    for lies in (invented, [replace(one, block_number=one.block_number + 1) for one in invented[:-1]]):
        for lie in lies:
            lied.change = lambda events, lie=lie: [*events, lie]  # type: ignore[misc]
            lied.refused()
        lied.change = lambda events: events
        assert lied.history.tree().node(SCHOOL).key(other).record.retired == 0  # type: ignore[union-attr]
        registry.clock.sleep(2)
        registry.chain.tick()


@pytest.mark.parametrize("name", ["KeyRetired", "KeyAdded", "ProfileSet", "Accredited"])
def test_an_event_that_is_left_out(name: str, lied: Lied, registry: Registry) -> None:
    topic = of(name, registry)
    lied.change = lambda events: [one for one in events if one.topics[0] != topic]
    lied.refused()
    lied.change = lambda events: [one for n, one in enumerate(events) if one.topics[0] != topic or n < 2]
    lied.refused()
    lied.change = lambda events: events
    assert lied.history.tree().node(SCHOOL).key(KEY).record.retired  # type: ignore[union-attr]


def test_an_act_that_is_left_out_later(lied: Lied, registry: Registry) -> None:
    before = lied.history.tree()
    lied.change = lambda events: []
    registry.chain.tick()
    registry.clock.sleep(1)
    lied.history.tree()  # a block in which nothing was done
    registry.do(registry.client.retire_key(SCHOOL, key_id(b"\7" * 32)), signer=registry.school)
    lied.refused()
    assert lied.history.latest().members == before.members, "what was known stays"
    lied.change = lambda events: events
    assert lied.history.tree().node(SCHOOL).keys[1].record.retired


def test_other_bytes_of_a_key(lied: Lied, registry: Registry) -> None:
    topic = of("KeyAdded", registry)
    at = 32 * 5 + 10
    lied.change = lambda events: [
        replace(one, data=one.data[:at] + b"\x99" + one.data[at + 1 :]) if one.topics[0] == topic else one
        for one in events
    ]
    lied.refused()


def test_a_node_whose_proofs_do_not_hold(lied: Lied, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    for lie in (lambda *asked: (), lambda *asked: (b"\xc0",)):
        with monkeypatch.context() as patch:
            patch.setattr(registry.chain, "get_proof", lie)
            with pytest.raises(UnavailableError, match=r"anchor\.disagreement"):
                lied.history.tree()
    older = registry.chain.header_rlp(1)
    monkeypatch.setattr(registry.chain, "header_rlp", lambda number: older)
    with pytest.raises(UnavailableError, match="another block"):
        lied.history.tree()


def test_a_key_without_a_proof_that_holds(registry: Registry) -> None:
    client = registry.client

    def message(public: bytes, member: bytes = SCHOOL) -> bytes:
        return possession_message(registry.chain.chain_id(), client.address, member, public)

    own = b"\x80\x24" + OWN.public
    elsewhere = p256.generate(b"\x36" * 32)
    theirs = b"\x80\x24" + elsewhere.public
    given = [
        (prefixed(PUBLIC), SIGNING.sign(message(PUBLIC)).signature, True),
        (own, p256.sign(OWN.secret, message(own)), True),
        (b"\xed\x01" + b"\x44" * 32, bytes(64), False),
        (theirs, p256.sign(elsewhere.secret, message(theirs, PROVINCE)), False),
        (b"\x80\x24" + b"\xff" * 33, bytes(64), False),
        (sm2.MULTICODEC + b"\2" + b"\x11" * 32, bytes(64), False),
        (b"\1\2\3", bytes(64), False),
        (b"\5" * 32, bytes(64), False),
        (b"", bytes(64), False),
    ]
    for public, shown, _ in given:
        call = client._call("add_key", SCHOOL, hashlib.sha256(public).digest(), 2, public, shown)
        registry.do(call, signer=registry.school)
    found = History(client).tree().node(SCHOOL).keys
    assert [(key.public_key, key.possessed) for key in found] == [(public, holds) for public, _, holds in given]


def test_the_topics_are_those_of_the_contract(registry: Registry) -> None:
    assert of("KeyRetired", registry) == keccak256(b"KeyRetired(bytes32,bytes32)")
