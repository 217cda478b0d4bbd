"""Two halves that do not hear each other: neither makes a block, and no size gets two checkpoints."""

import os
import time

import pytest

from ledger.chain.account import LocalSigner
from ledger.chain.client import RpcChain, http_chain
from ledger.chain.registries import CheckpointRegistryClient
from network.processes import Network
from tests.support.validators import Figure, OnNetwork

pytestmark = pytest.mark.network
QUIET_SECONDS = 5
SIZE = 9
ROOTS = (b"\1" * 32, b"\2" * 32)


def test_two_halves_and_back_end_in_one_checkpoint_of_a_size(
    ledger: OnNetwork, network: Network, figure: Figure
) -> None:
    one, two = network.plan.validators[:2], network.plan.validators[2:]
    chains = [http_chain(half[0].rpc_url, timeout=60) for half in (one, two)]
    registry, log_id, operator = new_log(ledger, chains[0])
    network.part(one, two)
    network.until(lambda: silent(network), 30, "blocks to end")
    sent = [
        chain.send(offer(registry.address, chain, log_id, operator, root))
        for chain, root in zip(chains, ROOTS, strict=True)
    ]
    time.sleep(QUIET_SECONDS)
    assert [chain.receipt(digest) for chain, digest in zip(chains, sent, strict=True)] == [None, None]
    assert all(CheckpointRegistryClient(chain, registry.address).head(log_id).size == 0 for chain in chains)
    assert silent(network), "half of the validators made a block"
    begun = time.monotonic()
    network.join()
    network.until(lambda: registry.head(log_id).size == SIZE, 90, "the halves to agree")
    figure("seconds_to_resume_after_a_partition", time.monotonic() - begun)
    newest = max(network.heights())
    network.until_height(newest)
    views = [http_chain(validator.rpc_url) for validator in network.plan.validators]
    accepted = {accepted_by(view, registry.address, log_id, newest) for view in views}
    assert len(accepted) == 1, "the validators hold different checkpoints"
    ((found,),) = accepted
    assert found in {(SIZE, root) for root in ROOTS}
    assert len({view.block(newest).hash for view in views}) == 1


def new_log(ledger: OnNetwork, chain: RpcChain) -> tuple[CheckpointRegistryClient, bytes, LocalSigner]:
    """A log of the test's own on the ledger's contract: from size 0 no consistency has to be proven."""
    with ledger.opened() as deployment:
        log_id, operator = os.urandom(32), LocalSigner(os.urandom(32))
        registry = CheckpointRegistryClient(chain, deployment.checkpoints.address)
        chain.transact(registry.open(log_id, operator.address), deployment.accounts.authority)
        return registry, log_id, operator


def offer(address: bytes, chain: RpcChain, log_id: bytes, operator: LocalSigner, root: bytes) -> bytes:
    """A checkpoint for the contract; both halves are offered one of the same size and with the same account number."""
    call = CheckpointRegistryClient(chain, address).accept(log_id, SIZE, root, bytes(32), [])
    return operator.sign(call, chain_id=chain.chain_id(), nonce=0, gas=300_000, gas_price=0).transaction


def accepted_by(chain: RpcChain, address: bytes, log_id: bytes, newest: int) -> tuple[tuple[int, bytes], ...]:
    found = CheckpointRegistryClient(chain, address).anchored(log_id, 0, newest)
    return tuple((one.size, one.root) for one in found)


def silent(network: Network) -> bool:
    """Whether no validator has a new block within two of its periods."""
    before = network.heights()
    time.sleep(2 * network.plan.period + 0.5)
    return network.heights() == before
