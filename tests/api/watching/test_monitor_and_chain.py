"""A monitor that asks the chain itself: what the log tells of anchors counts as far as the contract says so."""

from collections.abc import Callable
from typing import Any

import pytest

from api.watching import monitor as watching
from api.watching.errors import Broken
from ledger.formats.bundle import Anchor
from ledger.formats.errors import UnavailableError
from tests.support.monitored import TWO, Watch, watch
from tests.support.watched import WatchedLog

__all__ = ["watch"]


class Chain:
    """Accepted checkpoints, as `api.watching.chainside` gets them."""

    def __init__(self, log: WatchedLog) -> None:
        self.accepted: list[tuple[int, bytes]] = [(log.tree.size, log.tree.root())]
        self.down, self.behind = False, ""
        self.own, self.young = b"one", False
        self.words = {told.preimage_hash() for told in map(watching._anchor, log.anchors)}

    def identity(self) -> bytes:
        if self.down:
            raise UnavailableError("chain.unavailable", "the node is down")
        return self.own

    def has(self, told: Anchor) -> bool | None:
        return told.preimage_hash() in self.words or (None if self.young else False)

    def keep(self, told: dict[str, Any]) -> None:
        self.words.add(watching._anchor(told).preimage_hash())

    def check(self, root_of: Callable[[int], bytes], now: int) -> str:
        if self.down:
            raise UnavailableError("chain.unavailable", "the node is down")
        for size, root in self.accepted:
            if root_of(size) != root:
                raise Broken("log.forked", "another")
        return self.behind


def test_the_contract_has_another_checkpoint_than_the_log_shows(watch: Watch) -> None:
    chain = Chain(watch.log)
    watch.open(chain=chain)
    assert watch.codes() == []
    chain.accepted.append((7, watch.log.tree.root(7)))
    assert watch.codes() == []
    chain.accepted.append((7, bytes(32)))
    watch.breaks()


def test_a_chain_that_is_down_or_ahead_is_passed_over(watch: Watch) -> None:
    chain = Chain(watch.log)
    watch.open(chain=chain)
    chain.behind = "the log shows less"
    assert watch.codes() == ["log.behind"]
    chain.down = True
    assert watch.codes() == ["chain.unreachable"]


@pytest.mark.parametrize("name", ["time", "statusRoot"])
def test_an_anchor_that_the_contract_has_otherwise_counts(watch: Watch, name: str) -> None:
    """Alike but for what the log's checkpoints do not show."""
    chain = Chain(watch.log)
    true = watch.log.anchors[-1][name]
    watch.log.anchors[-1][name] = int(str(true)) - 1 if name == "time" else bytes(32).hex()
    watch.open(chain=chain)
    sight = watch.look()
    assert ([one.code for one in sight.alarms], sight.anchored, sight.unanchored) == (["anchor.untrue"], 0, 1)
    watch.log.anchors[-1][name] = true
    assert (watch.codes(), watch.look().anchored) == ([], 21)


def test_an_invented_anchor_ends_the_lag(watch: Watch) -> None:
    chain = Chain(watch.log)
    watch.open(chain=chain)
    watch.look()
    watch.log.issue(1, TWO)
    watch.publish()
    sight = watch.look()
    assert ([one.code for one in sight.alarms], sight.anchored) == (["anchor.untrue"], 21)
    watch.ahead = 700
    assert watch.codes() == ["anchor.untrue", "anchor.lag"]
    chain.keep(watch.log.anchors[-1])
    assert (watch.codes(), watch.look().anchored) == ([], 22)


def test_a_node_a_little_behind_accuses_the_log(watch: Watch) -> None:
    """Nor does an anchor from the future stay unnoticed because no node has it yet."""
    chain = Chain(watch.log)
    watch.open(chain=chain)
    watch.look()
    watch.log.issue(1, TWO)
    watch.publish()
    chain.young = True
    assert (watch.codes(), watch.look().anchored) == ([], 21)
    watch.ahead = 302
    assert watch.codes() == ["anchor.untrue"]
    watch.ahead = 5
    watch.log.anchors[-1]["time"] = watch.log.clock + 400
    assert watch.codes() == ["anchor.untrue"]


def test_what_was_anchored_on_another_chain_or_on_none_counts(watch: Watch) -> None:
    assert watch.look().anchored == 21
    chain = Chain(watch.log)
    words, chain.words = chain.words, set()
    watch.open(chain=chain)
    assert (watch.codes(), watch.look().anchored) == (["anchor.untrue"], 0)
    chain.words = words
    assert (watch.codes(), watch.look().anchored) == ([], 21)
    chain.own, chain.words = b"two", set()
    assert (watch.codes(), watch.look().anchored) == (["anchor.untrue"], 0)
    watch.open()
    assert (watch.codes(), watch.look().anchored) == ([], 21)


def test_a_chain_that_is_down_lets_anchors_count_unseen(watch: Watch) -> None:
    chain = Chain(watch.log)
    watch.open(chain=chain)
    chain.down = True
    assert (watch.codes(), watch.look().anchored) == (["chain.unreachable"], 0)
