"""What a node tells alone: no key is ended for it; and what a stranger registers: a key is no key for it."""

import hashlib
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from issuers.schools import Member
from ledger.chain.client import RpcChain
from ledger.chain.history import History
from ledger.chain.protocol import Event
from ledger.formats.errors import UnavailableError
from ledger.formats.multibase import multibase_encode
from ledger.formats.registry import key_id
from tests.api.governing.conftest import SCHOOL, Here

STRANGE = "3601000051"
CHEAT = b"\xed\x01" + b"\x51" * 32
JUNK = b"\1\2\3"


@pytest.fixture
def member(here: Here) -> Member:
    return here.member(SCHOOL)


def unread(here: Here) -> None:
    """As in a process that was just started."""
    history, alarm = here.deployment.history, here.deployment.alarms.sound
    history.__dict__.update(History(here.deployment.registry, alarm).__dict__)


def tell(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[Event]], list[Event]]) -> None:
    ask = RpcChain.events

    def events(self: RpcChain, address: bytes, topics: list[bytes | None], first: int, last: int) -> list[Event]:
        found = ask(self, address, topics, first, last)
        return found if any(topics) else change(found)

    monkeypatch.setattr(RpcChain, "events", events)


def test_an_invented_end_of_a_key_ends_none(here: Here, member: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = here.deployment
    signing = deployment.schools.signing_key(member.did)[0]
    registry, block = deployment.registry, deployment.opened.chain.final_head().number
    topics = (registry._abi.topic("KeyRetired"), member.member_id, key_id(signing.public_key))
    invented = Event(registry.address, topics, b"", block, b"\x77" * 32)
    before = deployment.alarms.counts.get("anchor.disagreement", 0)
    with monkeypatch.context() as patch:
        tell(patch, lambda found: [*found, invented])
        unread(here)
        assert deployment.confirm() is False
        with pytest.raises(UnavailableError, match=r"anchor\.disagreement"):
            deployment.governing.rename(member, "Another", "另一所")
    assert deployment.alarms.counts["anchor.disagreement"] == before + 1
    assert deployment.confirm() is True
    assert deployment.schools.signing_key(member.did)[0] == signing
    here.issue()


def test_a_hidden_end_of_a_key_is_not_believed(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    deployment = here.deployment
    member = here.add_school("3601000052")
    key = deployment.schools.signing_key(member.did)[0]
    deployment.governing.retire(member, key_id(key.public_key))
    topic = deployment.registry._abi.topic("KeyRetired")
    site = TestClient(create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False)
    with monkeypatch.context() as patch:
        tell(patch, lambda found: [one for one in found if one.topics[0] != topic])
        unread(here)
        assert deployment.confirm() is False
        assert site.get("/v1/registry").status_code == 503
        assert site.get("/schools/3601000052/did.json").status_code == 503
    unread(here)
    (method, *_) = site.get("/schools/3601000052/did.json").json()["verificationMethod"]
    assert method["expires"]


def test_a_key_whose_possession_was_not_shown(here: Here) -> None:
    deployment = here.deployment
    member = here.add_school(STRANGE)
    registry = deployment.registry
    calls = [
        registry._call("add_key", member.member_id, hashlib.sha256(key).digest(), 2, key, bytes(64))
        for key in (CHEAT, JUNK)
    ]
    deployment.governing._send(deployment.governing.tree.node(deployment.governing.parent_of(member).member_id), calls)
    unread(here)
    site = TestClient(create_app(deployment), base_url="http://localhost:8000", raise_server_exceptions=False)
    document = site.get(f"/schools/{STRANGE}/did.json").json()
    shown = {one["publicKeyMultibase"] for one in document["verificationMethod"]}
    theirs = {multibase_encode(CHEAT), multibase_encode(JUNK)}
    assert len(shown) == 2 == len(document["assertionMethod"]) and not shown & theirs
    found = site.get(f"/v1/registry/{member.member_id.hex()}").json()["keys"]
    assert {one["publicKeyMultibase"] for one in found if not one["possessed"]} == theirs and len(found) == 4
    for language, said in (("en", "possession not shown, unusable"), ("zh", "未证明持有，不可用")):
        assert site.get(f"/registry/{member.member_id.hex()}?lang={language}").text.count(said) == 2
