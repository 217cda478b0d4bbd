"""What names a block, by the consensus of its chain (docs/formats.md §10)."""

from ledger.formats import qbft, rlp
from ledger.formats.header import Header
from ledger.formats.keccak import keccak256

CLIQUE = "clique"
QBFT = "qbft"


def block_hash(header: Header, consensus: str) -> bytes:
    """The 32-byte hash of a block of ``clique`` or ``qbft``; ProofError ``header.bad_seal`` for extra data of no form.

    Under QBFT a header has many encodings, one for each round and set of seals, but one block hash.
    """
    if consensus == QBFT:
        return qbft.block_hash(header)
    return keccak256(rlp.encode(list(header.fields)))


def told_hash(header: Header) -> bytes:
    """`block_hash` by the consensus that the header says of itself to be of; which it is, the trust root says."""
    return block_hash(header, QBFT if is_bft(header) else CLIQUE)


def is_bft(header: Header) -> bool:
    """Whether the header says of itself to be one of IBFT or QBFT."""
    return header.mix_hash == qbft.MIX_HASH
