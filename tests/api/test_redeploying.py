"""A ledger moves to new contracts: interrupted anywhere, and then every older record is proven by the new ones."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api import facts, proposing, redeploying
from api.deployment import Deployment
from api.initialise import initialise
from api.pins import Pins
from api.proposing import Wish
from api.redeploying import Redeployment
from api.settings import load
from ledger.chain.client import RpcChain
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats import canonical, keys, trustroot
from ledger.formats.errors import ConfigError, NotFoundError, ProofError, RollbookError
from ledger.formats.registry import member_id
from ledger.log.submission import Caller
from tests.support.chain import hasten
from tests.support.ledgers import SECRET, UNIVERSITY, Ledger, opened
from tests.support.redeploying import UNTIL, bundle, own_key, refusal, silent, verify
from verifier.report import Verdict

SUBJECT: dict[str, Any] = {"name": "甲", "identifier": "1", "transcript": {"courses": [{"code": "X", "term": "2026"}]}}


class Crash(Exception):
    """The process dies here."""


def read_facts(home: Path) -> facts.Facts:
    found = facts.load(home)
    assert found is not None
    return found


def next_version(deployment: Deployment, **wish: Any) -> bytes:
    document = proposing.propose(deployment, Wish(**{"expires": UNTIL} | wish))
    return canonical.dumps(trustroot.sign(document, own_key(deployment)))


def act_elsewhere(deployment: Deployment) -> None:
    """An act in the old registry, of a school that the books here do not have."""
    old, authority = deployment.registry, deployment.accounts.authority
    call = old.accredit(old.root(), member_id("did:web:late.example"), b"\x33" * 20, b"\x22" * 32, b"3503", 1)
    old.chain.transact(call, authority)


def die(*_: Any, **__: Any) -> None:
    raise Crash


@contextmanager
def dying_after_each_transaction(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The chain has it, and whoever sent it never hears of it."""
    transact_all, create = RpcChain.transact_all, RpcChain.transact

    def many(self: RpcChain, calls: Any, signer: Any) -> Any:
        done = transact_all(self, calls, signer)
        if calls:
            raise Crash
        return done

    def one(self: RpcChain, call: Any, signer: Any) -> Any:
        create(self, call, signer)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(RpcChain, "transact_all", many)
        patch.setattr(RpcChain, "transact", one)
        patch.setattr(redeploying, "BATCH", 6)
        yield


@pytest.fixture(scope="module", autouse=True)
def in_haste() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        hasten(monkeypatch)
        yield


@pytest.fixture(scope="module")
def moved(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A ledger that was redeployed with a crash after each transaction, and then its trust root adopted."""
    home = tmp_path_factory.mktemp("moved") / "home"
    shutil.copytree(made_ledger.home, home)
    found: dict[str, Any] = {"home": home, "record": made_ledger.records[UNIVERSITY][0]}
    with opened(home) as deployment:
        found["first"] = deployment.trust_root
        found["old bundle"] = bundle(deployment, found["record"])
    crashes = 0
    with opened(home) as deployment, pytest.MonkeyPatch.context() as monkeypatch:
        while True:
            deployment.facts = read_facts(home)  # all that a process which died has left
            try:
                with dying_after_each_transaction(monkeypatch):
                    Redeployment(deployment, silent).run()
            except Crash:
                crashes += 1
                continue
            break
        found["crashes"] = crashes
        found["late proposal"] = next_version(deployment)
        act_elsewhere(deployment)
        found["refusals"] = [refusal(proposing.adopt, deployment, found["late proposal"])]
        found["refusals"] += [refusal(next_version, deployment)]
        found["kept"] = deployment.facts
        early = deployment.opened.chain.block(2)  # a block of the chain's own, from before the new contracts
        other, earlier = {"hash": "0x" + "11" * 32}, {"number": early.number, "time": early.timestamp}
        for changes in (other, earlier, earlier | {"hash": f"0x{early.hash.hex()}"}):
            bent = trustroot.draft(found["late proposal"]).document | {"signatures": []}
            bent["epochs"][0]["closed"] |= changes
            signed = canonical.dumps(trustroot.sign(bent, own_key(deployment)))
            found["refusals"] += [refusal(proposing.adopt, deployment, signed)]
        Redeployment(deployment, silent).run()
        caller = Caller("tests", deployment.schools.by_code(UNIVERSITY).did)
        found["waiting"] = deployment.records.issue(caller, "transcript", dict(SUBJECT)).record_id
        deployment.sequencer.publish()
        found["between"] = bundle(deployment, found["record"])
        found["pending"] = bundle(deployment, found["waiting"])
        found["proposal"] = next_version(deployment)
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr(proposing, "settle", die)
            with pytest.raises(Crash):
                proposing.adopt(deployment, found["proposal"])
    with opened(home) as deployment:
        found["mended"] = deployment.facts
        found["second"] = proposing.adopt(deployment, found["proposal"])
    with opened(home) as deployment:
        deployment.settle()
        found["refreshed"] = bundle(deployment, found["record"])
        found["new"] = bundle(deployment, found["waiting"])
        found["facts"] = deployment.facts
    yield found


def test_it_was_interrupted_often(moved: dict[str, Any]) -> None:
    assert moved["crashes"] >= 8


def test_old_bundles_are_valid_until_the_next_trust_root_is_pinned(moved: dict[str, Any]) -> None:
    for name in ("old bundle", "between"):
        assert verify(moved[name], moved["first"]).verdict is Verdict.VALID, name
    assert verify(moved["pending"], moved["first"])["anchor"].code == "anchor.pending"


def test_an_old_bundle_under_the_next_trust_root_must_be_refreshed(moved: dict[str, Any]) -> None:
    report = verify(moved["old bundle"], moved["second"])
    assert report["anchor"].code == "anchor.missing"
    assert report.verdict is Verdict.INDETERMINATE


def test_a_refreshed_bundle_has_its_old_time_under_the_new_contracts(moved: dict[str, Any]) -> None:
    before = verify(moved["old bundle"], moved["first"])
    after = verify(moved["refreshed"], moved["second"])
    assert after.verdict is Verdict.VALID
    assert after.anchored_at == before.anchored_at
    assert after.as_of is not None and before.as_of is not None and after.as_of > before.as_of
    assert verify(moved["refreshed"], moved["first"]).verdict is Verdict.INDETERMINATE  # whoever has not walked on


def test_what_waited_meanwhile_is_anchored_then(moved: dict[str, Any]) -> None:
    report = verify(moved["new"], moved["second"])
    assert report.verdict is Verdict.VALID


def test_the_ledger_names_the_new_contracts(moved: dict[str, Any]) -> None:
    last, kept = moved["second"].epochs[-1], moved["facts"]
    assert kept.checkpoint_registry == f"0x{last.checkpoint_registry.address.hex()}"
    assert kept.next_checkpoint_registry == kept.next_issuer_registry == ""
    first, second = moved["second"].epochs
    assert first.closed is not None and second.validators[0].first == first.closed.number + 1
    assert first.logs == second.logs


def test_init_on_a_moved_ledger_changes_nothing(moved: dict[str, Any]) -> None:
    before = facts.load(moved["home"])
    root = initialise(load(home=moved["home"], secret=SECRET))
    assert root.id == moved["second"].id
    assert facts.load(moved["home"]) == before


def test_each_version_is_served_and_can_be_walked(moved: dict[str, Any], tmp_path: Path) -> None:
    served = [proposing.version(moved["home"], moved["second"], number) for number in (1, 2)]
    pins = Pins(tmp_path)
    pins.add(canonical.dumps(served[0]))
    assert pins.add(canonical.dumps(served[1])).id == moved["second"].id
    with pytest.raises(NotFoundError, match=r"trust\.no_version"):
        proposing.version(moved["home"], moved["second"], 3)
    assert [root.id for root in Pins(moved["home"]).all()] == [moved["second"].id]


def test_acts_in_the_old_registry_since_the_proposal(moved: dict[str, Any]) -> None:
    adopting, proposing_, *_ = moved["refusals"]
    assert adopting.startswith("redeploy.differs: the old contracts were acted in since")
    assert proposing_.startswith("redeploy.differs: run `rollbook redeploy` first")
    again, before = moved["mended"], moved["kept"]
    assert again.checkpoint_registry == before.next_checkpoint_registry  # the log was not frozen twice
    assert again.issuer_registry != before.next_issuer_registry


def test_another_last_block_than_the_chains(moved: dict[str, Any]) -> None:
    *another, early = moved["refusals"][2:]
    for told in another:
        assert told.startswith("redeploy.differs: the chain has another last block")
    assert early == "redeploy.differs: not all contracts are there in that block"


def test_a_crash_between_the_trust_root_and_the_facts(moved: dict[str, Any]) -> None:
    assert moved["mended"].next_issuer_registry == "" and moved["mended"] == moved["facts"]


def test_adopting_again_changes_nothing(moved: dict[str, Any]) -> None:
    with opened(moved["home"]) as deployment:
        assert proposing.adopt(deployment, moved["proposal"]).id == moved["second"].id


class TestRefused:
    """On a ledger of the test's own."""

    def test_words_that_were_seeded_otherwise_or_left_out(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seed, members = CheckpointRegistryClient.seed_anchors, redeploying._seed_member
        kinds, keys_of = redeploying._seed_kinds, redeploying._seed_keys

        def falsely(self: Any, log_id: bytes, anchors: Any) -> Any:
            return seed(
                self, log_id, [(size, b"\7" * 32 if n == 0 else word) for n, (size, word) in enumerate(anchors)]
            )

        def but_one(member: Any, new: Any) -> Any:
            """The root, and one school."""
            if member.parent != member.id:
                left.append(member.id)
            return members(member, new) if len(left) < 2 else []

        def but_schools(member: Any, new: Any, known: Any) -> Any:
            """The root's keys alone."""
            return keys_of(member, new, known) if member.parent == member.id else []

        left: list[bytes] = []
        monkeypatch.setattr(CheckpointRegistryClient, "seed_anchors", falsely)
        monkeypatch.setattr(redeploying, "_seed_kinds", lambda old, new: list(kinds(old, new))[:-1])
        monkeypatch.setattr(redeploying, "_seed_member", but_one)
        monkeypatch.setattr(redeploying, "_seed_keys", but_schools)
        with opened(ledger.home) as deployment:
            told = refusal(Redeployment(deployment, silent).run)
            assert told.startswith("redeploy.differs: the anchor of size")
            assert f"member {left[0].hex()} differs" in told
            assert f"member {left[1].hex()} is missing" in told
            assert "version 0 differs" in told
            assert refusal(next_version, deployment).startswith("redeploy.differs")

    def test_a_log_that_was_frozen_for_good(self, ledger: Ledger) -> None:
        with opened(ledger.home) as deployment:
            move = Redeployment(deployment, silent)
            deployment.opened.chain.transact(deployment.checkpoints.freeze(move._log_id), deployment.accounts.authority)
            with pytest.raises(ConfigError, match=r"redeploy\.frozen"):
                move.run()

    def test_another_chain_once_the_log_is_frozen(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        with opened(ledger.home) as deployment:
            Redeployment(deployment, silent).run()
            kept = read_facts(ledger.home)
            with monkeypatch.context() as elsewhere:
                elsewhere.setattr(redeploying, "where", lambda _chain: (777, "0x" + "11" * 32))
                assert refusal(Redeployment(deployment, silent).run).startswith("redeploy.frozen")
            assert read_facts(ledger.home) == kept
            Redeployment(deployment, silent).run()

    def test_who_may_not_sign(self, ledger: Ledger) -> None:
        stranger = keys.generate(b"s" * 32)
        with opened(ledger.home) as deployment:
            own = own_key(deployment)
            unsigned = proposing.propose(deployment, Wish(UNTIL))
            other = proposing.propose(deployment, Wish(UNTIL, authorities=(stranger.multikey,)))
            refused = [
                unsigned,
                trustroot.sign(unsigned, stranger),
                trustroot.sign(other, stranger),  # not by version 1's
                trustroot.sign(other, own),  # not by its own
                trustroot.sign(unsigned | {"version": 3}, own),
                trustroot.sign(unsigned | {"previous": "sha256:" + "0" * 64}, own),
                trustroot.sign(unsigned | {"epochs": [unsigned["epochs"][0] | {"chainId": 5}]}, own),
            ]
            for document in refused:
                with pytest.raises(RollbookError) as caught:
                    proposing.adopt(deployment, canonical.dumps(document))
                assert isinstance(caught.value, ProofError | ConfigError)
            assert deployment.trust_root.version == 1
            both = trustroot.sign(trustroot.sign(other, own), stranger)
            assert proposing.adopt(deployment, canonical.dumps(both)).authorities == (stranger.multikey,)

    def test_contracts_that_are_not_this_ledgers(self, ledger: Ledger) -> None:
        with opened(ledger.home) as deployment:
            document = proposing.propose(deployment, Wish(UNTIL))
            document["epochs"][0]["issuerRegistry"]["address"] = "0x" + "11" * 20
            with pytest.raises(ConfigError, match=r"trust\.elsewhere"):
                proposing.adopt(deployment, canonical.dumps(trustroot.sign(document, own_key(deployment))))

    def test_validators_of_an_embedded_chain_from_a_block_on(self, ledger: Ledger) -> None:
        other = b"\5" * 20
        with opened(ledger.home) as deployment:
            head = deployment.opened.chain.head().number
            document = proposing.propose(deployment, Wish(UNTIL, validators=(other,), first=head + 10))
            ranges = document["epochs"][0]["validators"]
            assert [one["to"] for one in ranges] == [head + 9, None]
            for first in (None, 0):
                with pytest.raises(ConfigError, match=r"trust\.validators"):
                    proposing.propose(deployment, Wish(UNTIL, validators=(other,), first=first))
