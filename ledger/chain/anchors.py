"""One log's anchors on one chain: what the anchoring worker asks for, bound to the log and its operator's account."""

from collections.abc import Iterator, Sequence

from ledger.chain.protocol import Chain, Signed, Signer
from ledger.chain.registries import Anchored, CheckpointRegistryClient, LogHead
from ledger.chain.words import disagreement
from ledger.formats import rlp
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError, UnavailableError
from ledger.formats.registry import anchor_digest, successor

SEARCH_STEP = 2_000


class LogAnchors:
    """Reads in the newest final block only. Every method raises UnavailableError where the chain cannot be asked."""

    def __init__(
        self, registry: CheckpointRegistryClient, log_id: bytes, operator: Signer, heir: tuple[int, bytes] | None = None
    ) -> None:
        """``heir`` is where the log is known to go on once it is frozen: chain id, and the 20-byte address there."""
        self._registry = registry
        self._heir = heir
        self._chain: Chain = registry.chain
        self._log_id = log_id
        self._operator = operator

    def head(self) -> LogHead:
        """The log's newest accepted checkpoint; size 0 where there is none yet.

        Raises ConflictError ``log.behind_chain`` where it was frozen and goes on in a contract that is not known here:
        what a backup from before holds may be all that was anchored here, and yet not all that was signed.
        """
        block = self._chain.final_head().number
        head, named = self._registry.head(self._log_id, block), self._registry.successor(self._log_id, block)
        if named is None:
            return head
        if self._heir is None or named != successor(*self._heir, self._log_id):
            raise ConflictError("log.behind_chain", "the log ended in this contract, and goes on in none known here")
        chain_id, address = self._heir
        if chain_id != self._chain.chain_id():
            return head
        beyond = CheckpointRegistryClient(self._chain, address).head(self._log_id, block)
        return beyond if beyond.size > head.size else head

    def prepare(self, size: int, root: bytes, status_root: bytes, proof: Sequence[bytes]) -> Signed:
        """Sign, but do not send, the transaction that offers this checkpoint; ``proof`` is from the head's size.

        Raises ConflictError ``chain.refused`` where the contract would not accept it now.
        """
        call = self._registry.accept(self._log_id, size, root, status_root, proof)
        try:
            return self._chain.prepare(call, self._operator)
        except NotAllowedError as error:
            raise ConflictError("chain.refused", error.message) from error

    def send(self, transaction: bytes) -> None:
        """Hand in a prepared transaction; nothing happens where the node knows it or a block holds it already.

        Raises ConflictError ``chain.spent`` where its number was used by another, ``chain.failed`` where it failed in
        a final block, ``chain.underpriced``, ``chain.gap`` where one with a smaller number was lost before any block
        had it, so that this one would wait for ever; NotAllowedError ``chain.refused``.
        """
        if self._chain.transaction_count(self._operator.address) < _number(transaction):
            raise ConflictError("chain.gap", "an earlier transaction of the account was lost")
        self._chain.send(transaction)

    def accepted(self, size: int) -> Anchored | None:
        """The accepted checkpoint of this very size, or None. The newest are found soonest.

        UnavailableError ``anchor.disagreement`` where the contract has it, and the node tells of no such event.
        """
        last = self._chain.final_head().number
        word = self._registry.anchor_of(self._log_id, size, last)
        if word is None:
            return None
        while last >= 0:
            first = max(0, last + 1 - SEARCH_STEP)
            for found in reversed(self._registry.anchored(self._log_id, first, last)):
                if found.size == size:
                    return _held_against(word, found)
            last = first - 1
        raise disagreement(f"the node leaves out the event of the anchor of size {size}")

    def since(self, block: int) -> Iterator[Anchored]:
        """Every accepted checkpoint from this block on, the oldest first."""
        last = self._chain.final_head().number
        for first in range(block, last + 1, SEARCH_STEP):
            yield from self._registry.anchored(self._log_id, first, min(last, first + SEARCH_STEP - 1))


def _held_against(word: bytes, found: Anchored) -> Anchored:
    """The event, if it is what the contract keeps: it is recorded for good, and goes into bundles."""
    if anchor_digest(found.size, found.root, found.previous_size, found.time, found.status_root) != word:
        raise UnavailableError("chain.unreachable", "the node's answers about an anchor contradict each other")
    return found


def _number(transaction: bytes) -> int:
    """The account's number in a legacy transaction (EIP-155)."""
    try:
        return rlp.decode_int(rlp.decode_list(transaction)[0])
    except (FormatError, IndexError):
        raise NotAllowedError("chain.refused", "these bytes are no transaction") from None
