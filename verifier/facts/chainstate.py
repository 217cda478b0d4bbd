"""Facts of the chain under one sealed header (docs/formats.md §10): words in contracts, accepted checkpoints.

Every slot is derived here from the trust root's layout, none is taken from a bundle. One state has one header, so facts
of two moments cannot be mixed. What the nodes do not prove raises ``chain.proof_missing``: it stays unknown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ledger.formats import consensus, qbft, trie
from ledger.formats.bundle import Anchor, Chain
from ledger.formats.consensus import CLIQUE, QBFT
from ledger.formats.datetimes import MAX_UNIX, from_unix
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.header import Header, parse_header
from ledger.formats.seals import clique_signer
from ledger.formats.trie import Nodes
from ledger.formats.trustroot_epochs import Contract, Epoch, Log
from verifier.facts.cache import Cache

_KEPT_WORDS = 4096

MISSING = "chain.proof_missing"


class ChainState:
    """The proven state of one epoch's chain at one block. Only ``open_chain`` makes one: the seal is checked there."""

    def __init__(self, epoch: Epoch, header: Header, block_hash: bytes, nodes: Nodes) -> None:
        self.epoch = epoch
        self.header = header
        self.block_hash = block_hash
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

    def has_checkpoint_registry(self) -> bool:
        """Whether the trusted code is proven to be at the trusted address."""
        try:
            return bool(self._storage_root(self.epoch.checkpoint_registry))
        except ProofError:
            return False

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


def open_chain(chain: Chain, epochs: Sequence[Epoch]) -> ChainState | Refused:
    """The state under the bundle's one header, where one of ``epochs``, the newest first, believes it.

    Where several do, it is of the first that has its CheckpointRegistry there (docs/formats.md §12).
    """
    try:
        raw, nodes = chain.decode()
    except FormatError as error:
        return Refused("anchor.mismatch", error.message)
    try:
        header = parse_header(raw)
    except FormatError as error:
        return Refused("anchor.bad_seal", error.message)
    if header.timestamp > MAX_UNIX:
        return Refused("anchor.bad_seal", "a time beyond the calendar")
    judged = [_judge(header, epoch) for epoch in epochs]
    believed = [
        ChainState(epoch, header, found, Nodes(nodes))
        for epoch, found in zip(epochs, judged, strict=True)
        if isinstance(found, bytes)
    ]
    if believed:
        there = (state for state in believed if state.has_checkpoint_registry())
        return believed[0] if len(believed) == 1 else next(there, believed[0])
    refused = [found for found in judged if isinstance(found, Refused)]
    return next((one for one in refused if one.unknown), refused[0])


def _judge(header: Header, epoch: Epoch) -> bytes | Refused:
    """The block hash of a header that the epoch believes (docs/formats.md §10)."""
    if consensus.is_bft(header) is not (epoch.consensus == QBFT):
        return Refused("anchor.wrong_chain", "the header is of another consensus")
    if header.number == 0 or not epoch.validators_at(header.number):
        return Refused("anchor.wrong_chain", f"the trust root names no validators for block {header.number}")
    try:
        found = consensus.block_hash(header, epoch.consensus)
        beyond = _beyond_the_end(header, found, epoch)
        if beyond is not None or (epoch.closed is not None and found == epoch.closed.hash):
            return beyond or found  # the pinned block is believed by its hash
        _check_seals(header, epoch)
    except ProofError as error:
        return Refused("anchor.bad_seal", error.message)
    if epoch.closed is not None and epoch.consensus == CLIQUE:
        # Once such an epoch has ended, one key is enough to forge what came before, and it may be anywhere.
        reason = "the epoch has ended; the bundle must be refreshed to its last block"
        return Refused("anchor.missing", reason, unknown=True)
    return found


def _beyond_the_end(header: Header, block_hash: bytes, epoch: Epoch) -> Refused | None:
    closed = epoch.closed
    if closed is None or block_hash == closed.hash:
        return None
    if header.number >= closed.number:
        return Refused("anchor.wrong_chain", "the epoch ended in another block")
    if header.timestamp > closed.time:
        return Refused("anchor.wrong_chain", "the epoch ended before that time")
    return None


def _check_seals(header: Header, epoch: Epoch) -> None:
    validators = epoch.validators_at(header.number)
    if epoch.consensus == QBFT:
        qbft.check_quorum(header, validators)
        return
    signer = clique_signer(header)
    if signer not in validators:
        raise ProofError("header.bad_seal", f"sealed by 0x{signer.hex()}, no validator of block {header.number}")
