"""What a move to new contracts costs a tree of many members: blocks for batches of them, not for each."""

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from api import facts
from api.deployment import Deployment
from api.governing import Wanted
from api.redeploying import Redeployment
from ledger.chain import succession
from ledger.chain.client import RpcChain
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.protocol import Call, Signer
from ledger.chain.registries import IssuerRegistryClient
from ledger.chain.succession import Tree
from ledger.formats.errors import NotAllowedError
from tests.support.chain import SteppedClock
from tests.support.ledgers import Ledger, opened
from tests.support.redeploying import silent

AUTHORITIES, SCHOOLS = 3, 4


@pytest.fixture(scope="module", autouse=True)
def clock() -> Iterator[SteppedClock]:
    """Time passes for those who wait for a block, and for nobody else: so each block is one that was waited for."""
    clock = SteppedClock(float(int(time.time())))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.chains.EmbeddedNode", partial(EmbeddedNode, now=clock.now))
        patched.setattr("api.chains.RpcChain", partial(RpcChain, sleep=clock.sleep, monotonic=clock.now))
        patched.setattr("api.deployment._pause", clock.sleep)
        yield clock


@pytest.fixture(scope="module")
def grown(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory, clock: SteppedClock) -> Path:
    """The ledger with a larger tree: never to be opened by a test."""
    home = tmp_path_factory.mktemp("grown") / "home"
    shutil.copytree(made_ledger.home, home)
    with opened(home) as deployment:
        grow(deployment)
    return home


def grow(deployment: Deployment) -> None:
    """Authorities with schools, one authority after the other."""
    for n in range(AUTHORITIES):
        code = f"36{n:02d}"
        above = deployment.add_authority(code, f"County {n}", f"{n}县", wanted=Wanted(code))
        members = [
            deployment.schools.create_school(f"{code}{k:06d}", f"School {k}", f"{k}校", above.did)
            for k in range(SCHOOLS)
        ]
        deployment.governing.accredit(members)


class Crash(Exception):
    """The process dies here."""


def interrupted(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, clock: SteppedClock) -> list[str]:
    """A move that dies after every ninth call that it hands in, and is begun again each time; what it met."""
    met: list[str] = []
    submit = RpcChain._submit
    handed: list[bytes] = []

    def one(self: RpcChain, call: Call, signer: Signer) -> bytes:
        handed.append(submit(self, call, signer))
        if len(handed) % 9 == 0:
            raise Crash
        return handed[-1]

    with monkeypatch.context() as patch:
        patch.setattr(RpcChain, "_submit", one)
        while len(met) < 50:
            deployment.facts = kept(deployment)
            try:
                Redeployment(deployment, silent).run()
                return met
            except (Crash, NotAllowedError) as error:
                met.append(getattr(error, "code", "crash"))
                clock.sleep(0.5)  # of a block
    raise AssertionError(met)


def kept(deployment: Deployment) -> facts.Facts:
    found = facts.load(deployment.settings.home)
    assert found is not None
    return found


def same_tree(deployment: Deployment, new: IssuerRegistryClient) -> Tree:
    """The new registry's, which is the old one's word for word."""
    head = deployment.opened.chain.head().number
    tree = succession.read_tree(new, head)
    assert tree == succession.read_tree(deployment.registry, head)
    return tree


def move(made: Path, home: Path) -> tuple[int, int]:
    """So many members are moved, in so many blocks."""
    shutil.copytree(made, home)
    with opened(home) as deployment:
        before = deployment.opened.chain.head().number
        _, new = Redeployment(deployment, silent).run()
        return len(same_tree(deployment, new).members), deployment.opened.chain.head().number - before


def test_members_do_not_wait_for_a_block_each(made_ledger: Ledger, grown: Path, tmp_path: Path) -> None:
    few, blocks = move(made_ledger.home, tmp_path / "small")
    many, more = move(grown, tmp_path / "large")
    assert many - few == AUTHORITIES * (SCHOOLS + 1)
    assert more <= blocks + AUTHORITIES, f"{blocks} blocks for {few} members, {more} for {many}"


def test_a_crash_amid_what_was_handed_in(
    grown: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: SteppedClock
) -> None:
    """What was handed in may still come into a block, as other nodes keep it: then the same is handed in twice."""
    shutil.copytree(grown, tmp_path / "home")
    with opened(tmp_path / "home") as deployment:
        met = interrupted(deployment, monkeypatch, clock)
        assert met.count("crash") >= 6 and set(met) == {"crash", "chain.reverted"}, met
        same_tree(deployment, Redeployment(deployment, silent).run()[1])
