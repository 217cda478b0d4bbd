"""The real embedded chain under a server that is killed, with the chain's own clock running faster than ours."""

import time
from pathlib import Path

from ledger.chain.account import LocalSigner
from ledger.chain.anchors import LogAnchors
from ledger.chain.client import RpcChain
from ledger.chain.embedded.genesis import Genesis
from ledger.chain.embedded.node import EmbeddedNode
from ledger.chain.embedded.provider import EmbeddedProvider
from ledger.chain.registries import CheckpointRegistryClient
from tests.support.chain import CHAIN_ID, SEALER_SECRET
from tests.support.logs import LOG_ID

OPERATOR = LocalSigner(b"\x08" * 32)
HASTE = 200
"""Blocks are a second apart; so many of the chain's seconds pass in one of ours."""


def _now() -> float:
    return time.time() * HASTE


def _open(folder: Path, genesis: Genesis | None = None) -> tuple[EmbeddedNode, RpcChain]:
    node = EmbeddedNode(folder, SEALER_SECRET, genesis, now=_now)
    return node, RpcChain(EmbeddedProvider(node), sleep=lambda _: time.sleep(1 / HASTE))


def begin(folder: Path) -> None:
    """Make the chain with the contract on it, and open the log."""
    sealer = LocalSigner(SEALER_SECRET)
    node, chain = _open(folder, Genesis.new(CHAIN_ID, int(_now()) - 10, sealer.address, [OPERATOR.address]))
    registry = CheckpointRegistryClient.deploy(chain, sealer)
    chain.transact(registry.open(LOG_ID, OPERATOR.address), sealer)
    node.close()
    (folder / "address").write_bytes(registry.address)


def embedded(folder: Path) -> LogAnchors:
    """The log's anchors on that chain, in a server."""
    _, chain = _open(folder)
    return LogAnchors(CheckpointRegistryClient(chain, (folder / "address").read_bytes()), LOG_ID, OPERATOR)


def accepted(folder: Path) -> list[int]:
    """Every accepted size in order; each by one transaction, and the operator never sent another."""
    node, chain = _open(folder)
    try:
        registry = CheckpointRegistryClient(chain, (folder / "address").read_bytes())
        found = registry.anchored(LOG_ID, 0, chain.head().number)
        assert len({one.transaction_hash for one in found}) == len(found)
        head = node.head()
        assert node.state(head).get_nonce(OPERATOR.address) == len(found)  # type: ignore[arg-type]
        return [one.size for one in found]
    finally:
        node.close()
