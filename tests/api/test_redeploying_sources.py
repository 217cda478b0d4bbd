"""What is read from the old contracts before anything is for good: a node that hides or alters, keys that are none."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from api.deployment import Deployment, log_id, note_key
from api.redeploying import Redeployment
from ledger.chain import succession
from ledger.chain.client import RpcChain
from ledger.chain.protocol import Event
from ledger.formats.errors import ConfigError, UnavailableError
from ledger.formats.keccak import keccak256
from ledger.log.submission import Caller
from ledger.log.tables import AnchorRow, table_of
from ledger.log.transactions import writing
from tests.support.chain import hasten
from tests.support.ledgers import UNIVERSITY, Ledger, opened
from tests.support.redeploying import silent

ANCHORED = keccak256(b"Anchored(bytes32,uint256,bytes32,uint256,uint256,bytes32)")
KEY_ADDED = keccak256(b"KeyAdded(bytes32,bytes32,uint256,uint8,bytes,bytes)")
JUNK = (b"\1\2\3", b"\0\0" + b"\7" * 32, b"", b"\5" * 32, b"\x80\x24" + b"\xff" * 33, b"\6" * 64)
Lie = Callable[[list[Event]], list[Event]]


@pytest.fixture(scope="module", autouse=True)
def in_haste() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        hasten(monkeypatch)
        yield


@pytest.fixture
def deployment(ledger: Ledger) -> Iterator[Deployment]:
    with opened(ledger.home) as found:
        yield found


def lie(monkeypatch: pytest.MonkeyPatch, topic: bytes, change: Lie) -> None:
    """From now on the node tells other events of this name."""
    ask = RpcChain.events

    def events(self: RpcChain, *asked: object) -> list[Event]:
        told = ask(self, *asked)  # type: ignore[arg-type]
        theirs = [one for one in told if one.topics[0] == topic]
        return [one for one in told if one.topics[0] != topic] + change(theirs)

    monkeypatch.setattr(RpcChain, "events", events)


def altered(event: Event, at: int) -> Event:
    """The event with another byte there."""
    data = bytearray(event.data)
    data[at] ^= 1
    return replace(event, data=bytes(data))


LIES: dict[str, tuple[bytes, Lie]] = {
    "the oldest anchor is left out": (ANCHORED, lambda told: told[1:]),
    "the newest anchor is left out": (ANCHORED, lambda told: told[:-1]),
    "one between is left out": (ANCHORED, lambda told: told[:1] + told[2:]),
    "every anchor is left out": (ANCHORED, lambda told: []),
    "an anchor's root is another": (ANCHORED, lambda told: [altered(one, 32) for one in told]),
    "an anchor's time is another": (ANCHORED, lambda told: [altered(one, 127) for one in told]),
    "an anchor is told twice": (ANCHORED, lambda told: told[:1] + told),
    "a key is left out": (KEY_ADDED, lambda told: told[1:]),
    "a key's bytes are others": (KEY_ADDED, lambda told: [altered(one, 170) for one in told]),
}


def anchor_twice_more(deployment: Deployment) -> None:
    subject = {"name": "甲", "identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}
    for number in ("7", "8"):
        subject["identifier"] = number
        deployment.records.issue(Caller("tests", deployment.schools.by_code(UNIVERSITY).did), "transcript", subject)
        deployment.settle()


def refused(deployment: Deployment, code: str) -> str:
    """A redeployment stops, and nothing is frozen or kept of it."""
    before = deployment.facts
    with pytest.raises(UnavailableError if code == "anchor.disagreement" else ConfigError) as caught:
        Redeployment(deployment, silent).run()
    assert caught.value.code == code
    named = log_id(deployment.facts, note_key(deployment.keystore))
    assert deployment.checkpoints.successor(named) is None, "the log was frozen first"
    assert deployment.facts == before
    return caught.value.message


def test_a_node_that_leaves_out_or_alters_events(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    anchor_twice_more(deployment)
    for count, (what, (topic, change)) in enumerate(LIES.items(), 1):
        with monkeypatch.context() as patch:
            lie(patch, topic, change)
            said = refused(deployment, "anchor.disagreement")
        assert "the node" in said, what
        assert deployment.alarms.counts["anchor.disagreement"] == count, what
    Redeployment(deployment, silent).run()


def test_the_database_has_another_anchor(deployment: Deployment) -> None:
    table = table_of(AnchorRow)
    with writing(deployment.engine) as connection:
        connection.execute(update(table).values(block_time=table.c.block_time - 1))
    assert "in the database" in refused(deployment, "redeploy.differs")


def test_the_database_has_a_school_that_the_registry_has_not(deployment: Deployment) -> None:
    root = deployment.schools.get(next(one.did for one in deployment.members() if one.parent is None))
    school = deployment.schools.create_school("3503990099", "Nobody's", "无籍学校", root.did)
    tree = deployment.history.tree()
    deployment.schools.note_accreditation(school.did, tree.node(root.member_id).newest)
    assert "in the database alone" in refused(deployment, "redeploy.differs")


def test_keys_whose_bytes_are_no_key(deployment: Deployment) -> None:
    old, chain = deployment.registry, deployment.opened.chain
    school = deployment.schools.by_code(UNIVERSITY).member_id
    calls = [old._call("add_key", school, hashlib.sha256(junk).digest(), 2, junk, bytes(64)) for junk in JUNK]
    chain.transact_all(calls, deployment.accounts.authority)
    before = succession.read_tree(old, chain.final_head().number)
    _, new = Redeployment(deployment, silent).run()
    after = succession.read_tree(new, chain.final_head().number)
    assert after == before
    (held,) = [one for one in after.members if one.id == school]
    assert {hashlib.sha256(junk).digest() for junk in JUNK} < {key for key, _ in held.keys}
    known = succession.public_keys(new, chain.final_head().number)
    assert set(JUNK) < set(known.values())
