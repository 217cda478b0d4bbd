"""What one verifier has already worked out and will meet again: chains, checkpoints, status lists.

Each is kept under the exact text that it follows from, so that a remembered answer is the one that would be found anew.
Nothing is kept of a record.
"""

from typing import Any

from ledger.formats.bundle import Chain, Common, ListProof
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Epoch
from verifier.facts import chainstate, checkpoints, lists
from verifier.facts.cache import Cache
from verifier.facts.chainstate import ChainState, Refused
from verifier.facts.checkpoints import Signed
from verifier.facts.lists import SignedList

_GROUNDS, _CHAINS, _CHECKPOINTS, _LISTS, _KNOWN = 256, 64, 1024, 64, 1024


class Ground:
    """What a record's proofs stand on, opened: the checkpoint, or the code that says what is wrong with it; the chain.

    ``facts`` keeps what the checks work out from the ground alone; it goes when the ground goes.
    """

    __slots__ = ("chain", "checkpoint", "common", "facts")

    def __init__(self, common: Common, checkpoint: Signed | str | None, chain: ChainState | Refused | None) -> None:
        self.common, self.checkpoint, self.chain = common, checkpoint, chain
        self.facts: Cache[Any, Any] = Cache(_KNOWN)


class Library:
    """Shared facts under one trust root."""

    def __init__(self, root: TrustRoot) -> None:
        self._root = root
        self._grounds: Cache[Common, Ground] = Cache(_GROUNDS)
        self._chains: Cache[tuple[tuple[int, ...], bytes], ChainState | Refused] = Cache(_CHAINS)
        self._checkpoints: Cache[str, Signed | str] = Cache(_CHECKPOINTS)
        self._lists: Cache[bytes, SignedList | str] = Cache(_LISTS)

    def ground(self, common: Common) -> Ground:
        """The ground of some material; the chain is None where there is none, or none of a known epoch."""
        return self._grounds.known(common) or self._grounds.get(common, lambda: self._open(common))

    def status_list(self, given: ListProof) -> SignedList | str:
        """A list whose signature holds, or why not."""
        return self._lists.get(given.hash, lambda: lists.open_list(given))

    def _open(self, common: Common) -> Ground:
        text, checkpoint = common.checkpoint, None
        if text is not None:
            checkpoint = self._checkpoints.get(text, lambda: checkpoints.open_note(text, self._root))
        epochs = checkpoints.candidates(checkpoint, self._root)
        if common.chain is None or not epochs:
            return Ground(common, checkpoint, None)
        return Ground(common, checkpoint, self._open_chain(common.chain, epochs))

    def _open_chain(self, chain: Chain, epochs: tuple[Epoch, ...]) -> ChainState | Refused:
        key = (tuple(self._root.epochs.index(epoch) for epoch in epochs), chain.key)
        return self._chains.get(key, lambda: chainstate.open_chain(chain, epochs))
