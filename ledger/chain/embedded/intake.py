"""What the embedded node checks of a raw transaction before it takes it; messages are those that other nodes use."""

import rlp
from eth.abc import SignedTransactionAPI
from eth.exceptions import UnrecognizedTransactionType
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from ledger.chain.embedded.jsonform import RpcError
from ledger.chain.embedded.node import EmbeddedNode


def read(node: EmbeddedNode, raw: bytes) -> SignedTransactionAPI:
    """The transaction in ``raw``, fit for the pool; RpcError -32000 with the reason where it is not."""
    transaction = _decoded(node, raw)
    head = node.head()
    state = node.state(head)
    if transaction.chain_id != node.genesis.chain_id:
        raise _refused("invalid chain id for signer")
    if transaction.gas > head.gas_limit:
        raise _refused("exceeds block gas limit")
    if transaction.nonce < state.get_nonce(transaction.sender):
        raise _refused("nonce too low")
    if state.get_balance(transaction.sender) < transaction.gas * transaction.max_fee_per_gas + transaction.value:
        raise _refused("insufficient funds for gas * price + value")
    if transaction.max_fee_per_gas < next_base_fee(node):
        raise _refused("max fee per gas less than block base fee")
    return transaction


def next_base_fee(node: EmbeddedNode) -> int:
    """Wei per gas that the next block burns (EIP-1559)."""
    head = node.head()
    after = node.chain.create_header_from_parent(head, gas_limit=head.gas_limit, difficulty=2)
    return after.base_fee_per_gas or 0


def _decoded(node: EmbeddedNode, raw: bytes) -> SignedTransactionAPI:
    builder = node.chain.get_vm_class(node.head()).get_transaction_builder()
    try:
        transaction = builder.decode(raw)
        transaction.validate()
    except (rlp.RLPException, UnrecognizedTransactionType, ValidationError, BadSignature) as error:
        raise _refused(f"malformed transaction: {error}") from error
    return transaction


def _refused(message: str) -> RpcError:
    return RpcError(-32000, message)
