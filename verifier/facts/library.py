"""What one verifier has already worked out and will meet again: chains, checkpoints, status lists.

Each is kept under the exact text that it follows from, so that a remembered answer is the one that would be found anew.
Nothing is kept of a record.
"""

from ledger.formats.bundle import Chain, ListProof, Material
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Epoch
from verifier.facts import chainstate, checkpoints, lists
from verifier.facts.cache import Cache
from verifier.facts.chainstate import ChainState, Refused
from verifier.facts.checkpoints import Signed
from verifier.facts.lists import SignedList

_CHAINS, _CHECKPOINTS, _LISTS = 64, 1024, 64


class Library:
    """Shared facts under one trust root."""

    def __init__(self, root: TrustRoot) -> None:
        self._root = root
        self._chains: Cache[tuple[int, bytes], ChainState | Refused] = Cache(_CHAINS)
        self._checkpoints: Cache[str, Signed | str] = Cache(_CHECKPOINTS)
        self._lists: Cache[bytes, SignedList | str] = Cache(_LISTS)

    def checkpoint(self, material: Material) -> Signed | str | None:
        """The material's checkpoint, the failing code, or None where it has none."""
        text = material.checkpoint
        if text is None:
            return None
        return self._checkpoints.get(text, lambda: checkpoints.open_note(text, self._root))

    def chain(self, material: Material, checkpoint: Signed | str | None) -> ChainState | Refused | None:
        """The material's chain, in the epoch of its checkpoint's log; None where it has none or the epoch is open."""
        epoch = self._epoch(checkpoint)
        if material.chain is None or epoch is None:
            return None
        return self._open_chain(material.chain, epoch)

    def status_list(self, given: ListProof) -> SignedList | str:
        """A list whose signature holds, or why not."""
        return self._lists.get(given.hash, lambda: lists.open_list(given))

    def _open_chain(self, chain: Chain, epoch: Epoch) -> ChainState | Refused:
        return self._chains.get(
            (self._root.epochs.index(epoch), chain.key), lambda: chainstate.open_chain(chain, epoch)
        )

    def _epoch(self, checkpoint: Signed | str | None) -> Epoch | None:
        if isinstance(checkpoint, Signed):
            return checkpoint.epoch
        # Without a trusted checkpoint only a trust root of one epoch leaves no choice.
        return self._root.epochs[0] if len(self._root.epochs) == 1 else None
