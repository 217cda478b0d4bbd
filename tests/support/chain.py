"""An embedded chain for tests: a clock that moves when told to, so that a block a second costs no second."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.provider import EmbeddedProvider

CHAIN_ID = 26001
START = 1_700_000_000
SEALER_SECRET = b"\x07" * 32


@dataclass
class SteppedClock:
    """Seconds since 1970 that pass only in ``sleep``."""

    seconds: float = float(START)

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class TestChain:
    """A fresh chain in its folder. The sealer's account, ``admin``, and ``other`` have funds; ``stranger`` has none."""

    folder: Path
    clock: SteppedClock = field(default_factory=SteppedClock)
    admin: LocalSigner = field(default_factory=lambda: LocalSigner(SEALER_SECRET))
    other: LocalSigner = field(default_factory=lambda: LocalSigner(b"\x08" * 32))
    stranger: LocalSigner = field(default_factory=lambda: LocalSigner(b"\x09" * 32))
    __test__ = False

    def __post_init__(self) -> None:
        genesis = Genesis.new(CHAIN_ID, START - 10, self.admin.address, [self.other.address])
        self.open(None if (self.folder / "genesis.json").exists() else genesis)

    def open(self, genesis: Genesis | None = None) -> None:
        """Open the folder, again after ``close``."""
        self.node = EmbeddedNode(self.folder, SEALER_SECRET, genesis, now=self.clock.now)
        self.provider = EmbeddedProvider(self.node)
        self.chain = RpcChain(self.provider, sleep=self.clock.sleep, monotonic=self.clock.now)

    def close(self) -> None:
        self.node.close()


class HastyClock:
    """The world's clock, but whoever sleeps by it moves it instead: a block a second costs no second."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def sleep(self, seconds: float) -> None:
        self._ahead += seconds


def hasten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let embedded chains of deployments run by one such clock; they are seconds ahead of the world after a while."""
    from api import chains

    clock = HastyClock()
    monkeypatch.setattr(chains, "EmbeddedNode", partial(EmbeddedNode, now=clock.now))
    monkeypatch.setattr(chains, "RpcChain", partial(RpcChain, sleep=clock.sleep, monotonic=clock.now))


@pytest.fixture
def test_chain(tmp_path: Path) -> Iterator[TestChain]:
    """A fresh embedded chain."""
    made = TestChain(tmp_path / "chain")
    yield made
    made.close()
