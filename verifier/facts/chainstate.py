"""Facts of the chain under one sealed header (docs/formats.md §10): words in contracts, accepted checkpoints.

Every slot is derived here from the trust root's layout, none is taken from a bundle. One state has one header, so facts
of two moments cannot be mixed. What the nodes do not prove raises ``chain.proof_missing``: it stays unknown.
"""

from dataclasses import dataclass
from datetime import datetime

from ledger.formats import trie
from ledger.formats.bundle import Anchor, Chain
from ledger.formats.datetimes import MAX_UNIX, from_unix
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.header import Header, parse_header
from ledger.formats.seals import clique_signer
from ledger.formats.trie import Nodes
from ledger.formats.trustroot_epochs import Contract, Epoch, Log
from verifier.facts.cache import Cache

# The mix hash of every block under IBFT and QBFT: another consensus than Clique, so another chain.
_BFT_MIX_HASH = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")
_KEPT_WORDS = 4096

MISSING = "chain.proof_missing"


class ChainState:
    """The proven state of one epoch's chain at one block. Only ``open_chain`` makes one: the seal is checked there."""

    def __init__(self, epoch: Epoch, header: Header, nodes: Nodes) -> None:
        self.epoch = epoch
        self.header = header
        self.as_of: datetime = from_unix(header.timestamp)
        self._nodes = nodes
        self._words: Cache[tuple[bytes, str, tuple[bytes | int, ...]], bytes] = Cache(_KEPT_WORDS)
        self._roots: Cache[bytes, bytes] = Cache(2)
        # What other modules work out from this state alone is kept with it, and goes when it goes.
        self.accepted: Cache[tuple[bytes, Anchor], bool] = Cache(_KEPT_WORDS)
        self.derived: Cache[tuple[object, ...], object] = Cache(_KEPT_WORDS)

    def word(self, contract: Contract, name: str, *keys: bytes | int) -> bytes:
        """The 32-byte word of a contract's variable; zero where it is proven absent.

        Raises ProofError: ``chain.proof_missing`` (unknown), ``chain.proof_invalid``, or ``chain.wrong_contract`` where
        the address is proven to hold no contract, or one of other code.
        """
        return self._words.get(
            (contract.address, name, keys),
            lambda: trie.storage_value(self._storage_root(contract), contract.layout.slot(name, *keys), self._nodes),
        )

    def accepts(self, log: Log, anchor: Anchor) -> bool:
        """Whether the contract accepted exactly this checkpoint of the log; errors as ``word``."""
        return self.accepted.get(
            (log.id, anchor),
            lambda: self.checkpoint_word("anchors", log.id, anchor.size) == anchor.preimage_hash(),
        )

    def checkpoint_word(self, name: str, *keys: bytes | int) -> bytes:
        """A word of CheckpointRegistry; errors as ``word``."""
        return self.word(self.epoch.checkpoint_registry, name, *keys)

    def issuer_word(self, name: str, *keys: bytes | int) -> bytes:
        """A word of IssuerRegistry; errors as ``word``."""
        return self.word(self.epoch.issuer_registry, name, *keys)

    def _storage_root(self, contract: Contract) -> bytes:
        return self._roots.get(contract.address, lambda: self._read_account(contract))

    def _read_account(self, contract: Contract) -> bytes:
        account = trie.account(self.header.state_root, contract.address, self._nodes)
        if account is None or account.code_hash != contract.code_hash:
            raise ProofError("chain.wrong_contract", f"no contract of the trusted code at 0x{contract.address.hex()}")
        return account.storage_root


@dataclass(frozen=True, slots=True)
class Refused:
    """A chain part that proves nothing: ``code`` is the check's (``anchor.…``), ``reason`` English prose.

    ``unknown`` where the header may be true, but this trust root cannot tell.
    """

    code: str
    reason: str
    unknown: bool = False


def open_chain(chain: Chain, epoch: Epoch) -> ChainState | Refused:
    """The state under the bundle's one header, where a validator of the epoch has sealed it for its number."""
    try:
        raw, nodes = chain.decode()
    except FormatError as error:
        return Refused("anchor.mismatch", error.message)
    try:
        header = parse_header(raw)
    except FormatError as error:
        return Refused("anchor.bad_seal", error.message)
    stranger = _wrong_chain(header, epoch)
    if stranger is not None:
        return stranger
    try:
        signer = clique_signer(header)
    except ProofError as error:
        return Refused("anchor.bad_seal", error.message)
    if signer not in epoch.validators_at(header.number):
        return Refused("anchor.bad_seal", f"sealed by 0x{signer.hex()}, no validator of block {header.number}")
    if header.timestamp > MAX_UNIX:
        return Refused("anchor.bad_seal", "a time beyond the calendar")
    return ChainState(epoch, header, Nodes(nodes))


def _wrong_chain(header: Header, epoch: Epoch) -> Refused | None:
    if header.mix_hash == _BFT_MIX_HASH:
        return Refused("anchor.wrong_chain", "the header is of another consensus")
    if header.number == 0 or not epoch.validators_at(header.number):
        return Refused("anchor.wrong_chain", f"the trust root names no validators for block {header.number}")
    closed = epoch.closed
    if closed is None or header.hash == closed.hash:
        return None
    # Once an epoch has ended, its sealers' keys prove nothing any more: only the pinned block does.
    if header.number >= closed.number:
        return Refused("anchor.wrong_chain", "the epoch ended in another block")
    return Refused(
        "anchor.missing", "the epoch has ended; the bundle must be refreshed to its last block", unknown=True
    )
