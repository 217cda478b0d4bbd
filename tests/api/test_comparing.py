"""False proposals of a next trust root: in each one thing is otherwise, and whoever is asked to sign it sees that."""

import copy
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from api.comparing import Told, check_succession, compare
from ledger.chain import succession
from ledger.chain.protocol import Chain
from ledger.formats import trustroot
from ledger.formats.errors import ConfigError
from ledger.formats.keccak import keccak256
from ledger.formats.trustroot import TrustRoot
from tests.support.chain import hasten
from tests.support.ledgers import opened
from tests.support.redeploying import next_version

Document = dict[str, Any]
OTHER_KEY = "z6MkuZqukgefrFsk8fZydqNJXK2URoKfPkAy3cGoY13dwzeK"
STRANGER = "0x" + "01" * 20
HASH = "0x" + "ab" * 32


class Node:
    """A node of the chain that says otherwise what code lies at some addresses."""

    def __init__(self, chain: Chain, code: dict[bytes, bytes]) -> None:
        self._chain, self._code = chain, code

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)

    def code(self, address: bytes, block: int | None = None) -> bytes:
        return self._code.get(address) or self._chain.code(address, block)


class Made:
    """An honest proposal after `rollbook redeploy`, the version before it, and a node."""

    def __init__(self, chain: Chain, before: TrustRoot, honest: TrustRoot) -> None:
        self.chain, self.before, self.honest = chain, before, honest

    def asked(self, document: Document, chain: Any = None, **more: Any) -> Told:
        """What whoever is asked to sign ``document`` is told."""
        root = trustroot.draft(document)
        return check_succession(cast(Chain, chain or self.chain), root, more.pop("before", self.before), **more)

    def bent(self, alter: Callable[[Document], object]) -> Document:
        document = copy.deepcopy(self.honest.document) | {"signatures": []}
        alter(document)
        return document


@pytest.fixture(scope="module")
def made(redeployed_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    home = tmp_path_factory.mktemp("compared") / "home"
    shutil.copytree(redeployed_home, home)
    with pytest.MonkeyPatch.context() as monkeypatch:
        hasten(monkeypatch)
        with opened(home) as deployment:
            yield Made(deployment.opened.chain, deployment.trust_root, trustroot.parse(next_version(deployment)))


def new(document: Document) -> Document:
    found: Document = document["epochs"][-1]
    return found


def old(document: Document) -> Document:
    found: Document = document["epochs"][0]
    return found


def later(document: Document) -> None:
    """The closing block is one that is to come."""
    old(document)["closed"]["number"] += 100
    new(document)["validators"][0]["from"] += 100


def swapped(document: Document) -> None:
    slots = new(document)["issuerRegistry"]["slots"]
    slots["keys"], slots["accreditations"] = slots["accreditations"], slots["keys"]


def twice(document: Document) -> None:
    """Another epoch, of another log, before those that are pinned."""
    more = copy.deepcopy(old(document))
    more["logs"][0] |= {"origin": "elsewhere.example/log"}
    document["epochs"].insert(0, more)


def ranges(document: Document) -> None:
    one = new(document)["validators"][0]
    new(document)["validators"] = [one | {"to": one["from"] + 9}, one | {"from": one["from"] + 10}]


FALSE: dict[str, tuple[Callable[[Document], object], str, str]] = {
    "version": (lambda it: it.update(version=3), "trust.not_next", "does not follow"),
    "previous": (lambda it: it.update(previous="sha256:" + "0" * 64), "trust.not_next", "does not follow"),
    "expired": (lambda it: it.update(expires="2020-01-01T00:00:00Z"), "trust.expired", "expired already"),
    "one epoch": (lambda it: it["epochs"].pop(0), "trust.altered", "chain|registry|Registry|closed|validators"),
    "another epoch": (twice, "trust.altered", "it has 3 epochs"),
    "a log's key": (lambda it: new(it)["logs"][0].update(key=OTHER_KEY, origin="evil.example/log"), "trust.altered",
                    "logs of the new epoch"),
    "a log more": (lambda it: new(it)["logs"].append({"origin": "evil.example/log", "key": OTHER_KEY}), "trust.altered",
                   "logs of the new epoch"),
    "root authority": (lambda it: new(it).update(rootAuthority="did:web:evil.example"), "trust.altered",
                       "rootAuthority of the new epoch"),
    "consensus": (lambda it: new(it).update(consensus="qbft"), "trust.altered", "one consensus"),
    "closed already": (lambda it: new(it).update(closed=old(it)["closed"]), "trust.altered", "closed already"),
    "start": (lambda it: new(it)["validators"][0].update({"from": 1}), "trust.altered", "does not begin with"),
    "an end": (lambda it: new(it)["validators"][0].update({"to": 10**6}), "trust.altered", "one range"),
    "two ranges": (ranges, "trust.altered", "one range"),
    "code": (lambda it: new(it)["checkpointRegistry"].update(codeHash=HASH), "trust.other_code", "other code may do"),
    "code of the tree": (lambda it: new(it)["issuerRegistry"].update(codeHash=HASH), "trust.other_code", "other code"),
    "slots": (swapped, "trust.other_code", "the slots of IssuerRegistry"),
    "slots of the log": (lambda it: new(it)["checkpointRegistry"]["slots"].update(heads=9), "trust.other_code",
                         "the slots of CheckpointRegistry"),
    "chain": (lambda it: new(it).update(chainId=5), "redeploy.differs", "of another chain"),
    "genesis": (lambda it: new(it).update(genesis=HASH), "redeploy.differs", "of another chain"),
    "last block": (lambda it: old(it)["closed"].update(hash=HASH), "redeploy.differs", "another last block"),
    "its time": (lambda it: old(it)["closed"].update(time=1), "redeploy.differs", "has another time"),
    "a block to come": (later, "redeploy.differs", "is not final yet"),
    "no contract": (lambda it: new(it)["issuerRegistry"].update(address=STRANGER), "redeploy.differs",
                    "not all contracts are there"),
    "the old contract": (lambda it: new(it).update(checkpointRegistry=old(it)["checkpointRegistry"]),
                         "redeploy.differs", "not frozen for the new registry"),
    "another contract": (lambda it: new(it)["checkpointRegistry"].update(address=new(it)["issuerRegistry"]["address"]),
                         "trust.other_code", "the node has other code"),
    "who seals": (lambda it: new(it)["validators"][0].update(addresses=[STRANGER]), "trust.validators", "its signers"),
    "who seals as well": (lambda it: new(it)["validators"][0]["addresses"].append(STRANGER), "trust.validators",
                          "its signers"),
}  # fmt: skip
PINNED: dict[str, Any] = {
    "chainId": 5,
    "genesis": HASH,
    "consensus": "qbft",
    "rootAuthority": "did:web:evil.example",
    "logs": [{"origin": "evil.example/log", "key": OTHER_KEY}],
    "validators": [{"from": 0, "to": None, "addresses": [STRANGER]}],
}


@pytest.mark.parametrize("name", FALSE)
def test_a_proposal_that_is_false_in_one_thing(made: Made, name: str) -> None:
    alter, code, said = FALSE[name]
    with pytest.raises(ConfigError, match=said) as caught:
        made.asked(made.bent(alter))
    assert caught.value.code == code


@pytest.mark.parametrize("name", [*PINNED, "checkpointRegistry", "issuerRegistry"])
def test_what_is_pinned_and_would_be_otherwise(made: Made, name: str) -> None:
    document = made.bent(lambda it: None)
    old(document)[name] = PINNED.get(name) or old(document)[name] | {"codeHash": HASH}
    with pytest.raises(ConfigError, match=f"{name} of epoch 1") as caught:
        made.asked(document)
    assert caught.value.code == "trust.altered"


def test_the_honest_one_is_told_line_by_line(made: Made) -> None:
    told = made.asked(made.honest.document)
    assert any(line.startswith("every word of the new contracts is the old ones' own") for line in told.compared)
    assert any("IssuerRegistry is the one that this installation brings" in line for line in told.compared)
    assert any("who seals from block" in line for line in told.compared)
    assert [line.partition(":")[0] for line in told.changed] == ["expires", "CheckpointRegistry", "IssuerRegistry"]
    assert told.unknown == []


def test_nothing_is_pinned(made: Made) -> None:
    with pytest.raises(ConfigError) as caught:
        made.asked(made.honest.document, before=None)
    assert caught.value.code == "trust.unpinned"


@pytest.mark.parametrize("what", ["member", "kind", "anchor", "head"])
def test_a_word_that_the_new_contracts_hold_otherwise(made: Made, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read_tree, read_log, last = succession.read_tree, succession.read_log, made.honest.epochs[-1]

    def tree(registry: Any, block: int) -> Any:
        found = read_tree(registry, block)
        if registry.address == last.issuer_registry.address and what == "member":
            return replace(found, members=(*found.members[:-1], replace(found.members[-1], profile=b"\7" * 32)))
        if registry.address == last.issuer_registry.address and what == "kind":
            return replace(found, kinds=found.kinds | {(30, 1): b"\7" * 32})
        return found

    def log(registry: Any, log_id: bytes, block: int) -> Any:
        found = read_log(registry, log_id, block)
        if registry.address == last.checkpoint_registry.address and what == "anchor":
            return replace(found, anchors=found.anchors | {max(found.anchors): b"\7" * 32})
        if registry.address == last.checkpoint_registry.address and what == "head":
            return replace(found, root=b"\7" * 32)
        return found

    monkeypatch.setattr(succession, "read_tree", tree)
    monkeypatch.setattr(succession, "read_log", log)
    with pytest.raises(ConfigError) as caught:
        made.asked(made.honest.document)
    assert caught.value.code == "redeploy.differs"


@pytest.mark.parametrize("epoch", [0, 1])
def test_a_node_with_other_code_than_is_named(made: Made, epoch: int) -> None:
    address = made.honest.epochs[epoch].checkpoint_registry.address
    with pytest.raises(ConfigError, match="the node has other code") as caught:
        made.asked(made.honest.document, Node(made.chain, code={address: b"\1"}))
    assert caught.value.code == "trust.other_code"


def test_other_code_is_signed_for_by_its_name_alone_and_told_loudly(made: Made) -> None:
    contract = made.honest.epochs[-1].checkpoint_registry
    other = made.chain.code(contract.address) + b"\0"
    document = made.bent(lambda it: new(it)["checkpointRegistry"].update(codeHash="0x" + keccak256(other).hex()))
    node = Node(made.chain, code={contract.address: other})
    for named in (frozenset(), frozenset({bytes(32)})):
        with pytest.raises(ConfigError) as caught:
            made.asked(document, node, named=named)
        assert caught.value.code == "trust.other_code"
    told = made.asked(document, node, named=frozenset({keccak256(other)}))
    assert [line.partition(" than")[0] for line in told.unknown] == ["CheckpointRegistry HAS OTHER CODE"]


class TestOneEpoch:
    """The first trust root, and later ones that open no epoch."""

    def test_the_first_is_not_said_to_go_on_with_anything(self, made: Made) -> None:
        told = made.asked(made.before.document, before=None)
        assert not any("word" in line for line in told.compared)
        assert len(told.unknown) == 2 and told.changed == []

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"rootAuthority": "did:web:evil.example"}, "trust.altered"),  # the contract says otherwise
            ({"chainId": 5}, "redeploy.differs"),
            ({"validators": [{"from": 0, "to": None, "addresses": [STRANGER]}]}, "trust.validators"),
        ],
    )
    def test_the_first_is_not_what_the_chain_says(self, made: Made, changes: Document, code: str) -> None:
        document = copy.deepcopy(made.before.document) | {"signatures": []}
        document["epochs"][0] |= changes
        with pytest.raises(ConfigError) as caught:
            made.asked(document, before=None)
        assert caught.value.code == code

    def renewed(self, made: Made, **changes: Any) -> Document:
        document = copy.deepcopy(made.before.document) | {"signatures": [], "version": 2}
        return document | {"previous": made.before.fingerprint} | changes

    def test_who_signs_and_for_how_long_is_told(self, made: Made) -> None:
        wanted = [OTHER_KEY, *made.before.authorities]
        told = made.asked(self.renewed(made, authorities=wanted, threshold=2, expires="2040-01-01T00:00:00Z"))
        assert [line.partition(":")[0] for line in told.changed] == ["expires", "threshold", "authority added"]
        assert not any("word" in line for line in told.compared)

    def test_a_threshold_that_goes_lower(self, made: Made) -> None:
        many = {"authorities": [OTHER_KEY, *made.before.authorities]}
        before = trustroot.draft(self.renewed(made, threshold=2, **many))
        document = self.renewed(made, version=3, previous=before.fingerprint, **many)
        with pytest.raises(ConfigError, match="threshold") as caught:
            compare(trustroot.draft(document), before)
        assert caught.value.code == "trust.not_next"
        assert compare(trustroot.draft(document | {"threshold": 2}), before).changed == []

    def test_a_version_that_is_behind_the_pinned_one(self, made: Made) -> None:
        with pytest.raises(ConfigError) as caught:
            compare(made.before, trustroot.draft(self.renewed(made)))
        assert caught.value.code == "trust.older"

    @pytest.mark.parametrize(
        ("more", "code"),
        [
            ([{"from": 10**6, "to": None, "addresses": [STRANGER]}], "trust.validators"),  # nobody has seen that block
            ([{"from": 3, "to": None, "addresses": [STRANGER]}], "trust.validators"),
            ([{"from": 3, "to": 4, "addresses": [STRANGER]}, {"from": 6, "to": None, "addresses": [STRANGER]}],
             "trust.altered"),  # nobody seals block 5
        ],
    )  # fmt: skip
    def test_validators_whom_the_chain_does_not_show(self, made: Made, more: list[Document], code: str) -> None:
        document = self.renewed(made)
        held = document["epochs"][0]["validators"]
        held[-1]["to"] = more[0]["from"] - 1
        held += more
        with pytest.raises(ConfigError) as caught:
            made.asked(document)
        assert caught.value.code == code
