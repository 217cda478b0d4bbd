"""Words of a contract's storage, proven under a block's own header: what a node says besides is held against them.

A node may leave events out, alter them or invent some; a word it can only show or withhold, since the hash of the block
is over all of them. The block itself is what `ledger.chain.nodes` asks a second node about.
"""

from collections.abc import Iterator, Sequence

from ledger.chain.protocol import BlockRef, Chain
from ledger.formats import consensus, trie
from ledger.formats.errors import FormatError, ProofError, UnavailableError
from ledger.formats.header import parse_header

STEP = 64
"""So many words are asked for at once."""


class Words:
    """The storage of one contract in one block."""

    def __init__(self, chain: Chain, address: bytes, block: int | BlockRef) -> None:
        """``address`` has 20 bytes. UnavailableError ``anchor.disagreement`` where the node has no such header."""
        self._chain = chain
        self._address = address
        self._number = block if isinstance(block, int) else block.number
        try:
            header = parse_header(chain.header_rlp(self._number))
            hashed = consensus.told_hash(header)
        except (ProofError, FormatError) as error:
            raise disagreement(f"the header of block {self._number}: {error.message}") from error
        if header.number != self._number or (isinstance(block, BlockRef) and hashed != block.hash):
            raise disagreement(f"the node shows another block than {self._number}")
        self._state_root = header.state_root

    def root(self) -> bytes:
        """The root of the contract's storage: as long as it is the same, so is each word."""
        return self._account([])[0]

    def read(self, slots: Sequence[bytes]) -> list[bytes]:
        """The 32-byte words in these slots, in order; UnavailableError where the node proves them not."""
        return [word for at in range(0, len(slots), STEP) for word in self._part(slots[at : at + STEP])]

    def _part(self, slots: Sequence[bytes]) -> Iterator[bytes]:
        root, nodes = self._account(slots)
        try:
            yield from [trie.storage_value(root, slot, nodes) for slot in slots]
        except ProofError as error:
            raise disagreement(f"a word in block {self._number} is not proven: {error.message}") from error

    def _account(self, slots: Sequence[bytes]) -> tuple[bytes, trie.Nodes]:
        nodes = trie.Nodes(self._chain.get_proof(self._address, slots, self._number))
        try:
            found = trie.account(self._state_root, self._address, nodes)
        except ProofError as error:
            raise disagreement(f"the contract in block {self._number} is not proven: {error.message}") from error
        return (trie.EMPTY_ROOT if found is None else found.storage_root), nodes


def disagreement(message: str) -> UnavailableError:
    """A node contradicts the chain or itself: nothing is believed, and nothing is done."""
    return UnavailableError("anchor.disagreement", message)
