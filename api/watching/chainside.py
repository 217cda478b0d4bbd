"""The chain, asked by a monitor at a node of its own: what the contract accepted of this log. Needs the server part."""

from collections.abc import Callable

from web3 import HTTPProvider

from api.watching.errors import Broken
from api.watching.state import State
from ledger.chain.client import RpcChain
from ledger.chain.registries import CheckpointRegistryClient
from ledger.formats.errors import ConfigError, ProofError
from ledger.formats.note import NoteKey
from ledger.formats.trustroot import TrustRoot

SECONDS = 10
STEP = 2_000
"""Blocks whose events are asked for at once."""
PATIENCE = 300
"""Seconds after which it is no accident that the log does not show what the contract has."""
_LOOKED, _AHEAD_SINCE = "chain blocks", "chain ahead since"


class AskedChain:
    """Reads accepted checkpoints in final blocks, each block once; ``state`` remembers how far it came."""

    def __init__(self, registry: CheckpointRegistryClient, log_id: bytes, state: State) -> None:
        self._registry = registry
        self._log_id = log_id
        self._state = state

    def check(self, root_of: Callable[[int], bytes], now: int) -> str:
        """See `api.watching.monitor.ChainSide`."""
        last = self._registry.chain.final_head().number
        first = int.from_bytes(self._state.fact(_LOOKED) or b"", "big")
        while first <= last:
            end = min(last, first + STEP - 1)
            for found in self._registry.anchored(self._log_id, first, end):
                if found.size > self._state.edge.size:
                    return self._behind(found.size, now)
                self._compare(found.size, found.root, root_of)
            first = end + 1
            self._keep(_LOOKED, first)
        self._keep(_AHEAD_SINCE, 0)
        return ""

    def _behind(self, size: int, now: int) -> str:
        """It was anchored since we looked at the log; or the log does not show it, which time tells."""
        since = int.from_bytes(self._state.fact(_AHEAD_SINCE) or b"", "big") or now
        self._keep(_AHEAD_SINCE, since)
        if now - since <= PATIENCE:
            return ""
        return (
            f"the contract has a checkpoint of {size}, and the log shows {self._state.edge.size} since {now - since} s"
        )

    def _keep(self, name: str, value: int) -> None:
        with self._state.transaction():
            self._state.keep(name, value.to_bytes(8, "big"))

    def _compare(self, size: int, root: bytes, root_of: Callable[[int], bytes]) -> None:
        if root_of(size) != root:
            shown = self._state.head(size)
            raise Broken(
                "log.forked",
                f"the contract accepted another checkpoint of {size} than the log shows",
                ours=shown.note if shown else "",
                chain={"size": size, "root": root.hex()},
            )


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
