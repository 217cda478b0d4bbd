"""The chain, asked by a monitor at a node of its own: what the contract accepted of this log. Needs the server part."""

from collections.abc import Callable

from web3 import HTTPProvider

from api.watching.errors import Broken
from api.watching.state import State
from ledger.chain.client import RpcChain
from ledger.chain.registries import Anchored, CheckpointRegistryClient
from ledger.formats.bundle import Anchor
from ledger.formats.errors import ConfigError, ProofError, UnavailableError
from ledger.formats.note import NoteKey
from ledger.formats.trustroot import TrustRoot

SECONDS = 10
STEP = 2_000
"""Blocks whose events are asked for at once."""
PATIENCE = 300
"""Seconds after which it is no accident that the log does not show what the contract has."""
_LOOKED, _AHEAD_SINCE = "chain blocks", "chain ahead since"


class AskedChain:
    """Reads accepted checkpoints in final blocks, each block once; ``state`` remembers how far it came on each chain.

    What a node says in events is held against the words that the contract keeps before anything is concluded from it:
    two answers of one node that contradict each other accuse nobody but the node.
    """

    def __init__(self, registry: CheckpointRegistryClient, log_id: bytes, state: State) -> None:
        self._registry = registry
        self._log_id = log_id
        self._state = state

    def identity(self) -> bytes:
        """See `api.watching.monitor.ChainSide`."""
        return self._registry.chain.chain_id().to_bytes(32, "big") + self._registry.address

    def has(self, told: Anchor) -> bool | None:
        """See `api.watching.monitor.ChainSide`."""
        head = self._registry.chain.final_head()
        word = self._registry.anchor_of(self._log_id, told.size, head.number)
        if word is None and head.timestamp < told.time:
            return None
        return word == told.preimage_hash()

    def check(self, root_of: Callable[[int], bytes], now: int) -> str:
        """See `api.watching.monitor.ChainSide`."""
        last, own = self._registry.chain.final_head().number, self.identity()
        first = self._kept(_LOOKED, own)
        while first <= last:
            end = min(last, first + STEP - 1)
            for found in self._registry.anchored(self._log_id, first, end):
                if found.size > self._state.edge.size:
                    self._confirm(found, last)
                    return self._behind(found.size, own, now)
                self._compare(found, root_of, last)
            first = end + 1
            self._keep(_LOOKED, own, first)
        self._keep(_AHEAD_SINCE, own, 0)
        return ""

    def _behind(self, size: int, own: bytes, now: int) -> str:
        """It was anchored since we looked at the log; or the log does not show it, which time tells."""
        since = self._kept(_AHEAD_SINCE, own) or now
        self._keep(_AHEAD_SINCE, own, since)
        if now - since <= PATIENCE:
            return ""
        return (
            f"the contract has a checkpoint of {size}, and the log shows {self._state.edge.size} since {now - since} s"
        )

    def _kept(self, name: str, own: bytes) -> int:
        """Block numbers and delays are of one chain and contract: another begins anew."""
        return int.from_bytes(self._state.fact(f"{name} {own.hex()}") or b"", "big")

    def _keep(self, name: str, own: bytes, value: int) -> None:
        with self._state.transaction():
            self._state.keep(f"{name} {own.hex()}", value.to_bytes(8, "big"))

    def _compare(self, found: Anchored, root_of: Callable[[int], bytes], block: int) -> None:
        if root_of(found.size) != found.root:
            self._confirm(found, block)
            shown = self._state.head(found.size)
            raise Broken(
                "log.forked",
                f"the contract accepted another checkpoint of {found.size} than the log shows",
                ours=shown.note if shown else "",
                chain={"size": found.size, "root": found.root.hex()},
            )

    def _confirm(self, found: Anchored, block: int) -> None:
        """UnavailableError ``chain.unreachable`` for an event that is not of what the contract keeps."""
        told = Anchor(found.size, found.root, found.previous_size, found.time, found.status_root)
        if self._registry.anchor_of(self._log_id, found.size, block) != told.preimage_hash():
            said = f"the node's event and the contract's word about the anchor of {found.size} contradict each other"
            raise UnavailableError("chain.unreachable", said)


def ask(url: str, root: TrustRoot, log_key: NoteKey, state: State) -> AskedChain:
    """The chain at a node's address, by the contract that a trust root names for this log.

    Raises ConfigError ``watch.chain`` where the trust root has not this log, or the node is of another chain.
    """
    for epoch in reversed(root.epochs):
        if any(log.key == log_key for log in epoch.logs):
            chain = RpcChain(HTTPProvider(url, request_kwargs={"timeout": SECONDS}))
            registry = CheckpointRegistryClient(chain, epoch.checkpoint_registry.address)
            try:
                registry.check_code()
            except ProofError as error:
                raise ConfigError("watch.chain", error.message) from None
            return AskedChain(registry, log_key.full_id, state)
    raise ConfigError("watch.chain", "the trust root has not this log")
