"""Proof material for entries of the log, under the newest final header.

The header is the newest final block's, or, while its newest anchor is not recorded here yet, the block of the newest
recorded one: log and chain then say the same. Where a chain makes blocks only when somebody has a transaction, one is
asked for once the newest is old, so that what is exported never looks stale.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from ledger.chain.protocol import BlockRef, Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.export.chainpart import BlockProofs
from ledger.export.holding import Altered, Sound, holds, silent
from ledger.export.snapshot import Snapshot
from ledger.formats.errors import NotFoundError, UnavailableError
from ledger.log.checkpoints import StoredAnchor
from ledger.log.reader import LogReader

FRESH_SECONDS = 3600


class ProofAssembler:
    """Brings log and chain together; safe to share between threads."""

    def __init__(
        self,
        reader: LogReader,
        checkpoints: CheckpointRegistryClient,
        issuers: IssuerRegistryClient,
        log_id: bytes,
        *,
        first_block: int = 0,
        last_block: Callable[[], int | None] = lambda: None,
        alarm: Sound = silent,
        now: Callable[[], float] = time.time,
    ) -> None:
        """``log_id`` has 32 bytes; ``first_block`` is the first of the trust root's epoch; ``last_block`` tells, each
        time, the last that may be shown, where there is one; ``alarm`` is told of recorded anchors that are not the
        contract's; ``now`` gives seconds since 1970."""
        self._reader = reader
        self._checkpoints = checkpoints
        self._issuers = issuers
        self._log_id = log_id
        self._first_block = first_block
        self._last_block = last_block
        self._altered = Altered(alarm)
        self._now = now
        self._chain: Chain = checkpoints.chain
        self._newest: tuple[bytes, Snapshot] | None = None

    def material(
        self,
        index: int,
        *,
        profiles: Sequence[dict[str, Any]],
        keys: Sequence[bytes],
        kind: dict[str, Any],
        urls: Sequence[str],
    ) -> dict[str, Any]:
        """The proof material (docs/formats.md §11) of the entry at ``index``, under the newest header.

        ``profiles``: the registered ones from the issuer up to the root; ``keys``: the 32-byte ids of the keys that
        signed the record; ``kind``: its definition; ``urls``: its status lists. A member that cannot be shown yet is
        left out: ``anchor`` while the entry is pending, ``inclusion`` and ``checkpoint`` while no checkpoint has it,
        and everything of the chain while nothing at all is anchored. What several materials share is one object in all
        of them, to be read only. For many at once, take one `snapshot` for all.

        Raises NotFoundError ``log.no_entry``; UnavailableError where log or chain cannot be read now, and
        ``anchor.altered`` where the log's database tells of an anchor what the contract does not.
        """
        return self.snapshot().material(index, profiles=profiles, keys=keys, kind=kind, urls=urls)

    def snapshot(self) -> Snapshot:
        """Log and chain at the newest final block; the one made last, where that is still the newest."""
        block = self._fresh_head()
        known = self._newest
        if known is not None and known[0] == block.hash and not known[1].spoiled:
            return known[1]
        newest, agreed = self._agreed(block)
        proofs = BlockProofs(self._checkpoints, self._issuers, self._log_id, agreed.number, self._altered)
        made = Snapshot(self._reader, proofs, newest)
        if agreed.hash == block.hash:
            self._newest = (block.hash, made)
        return made

    def check_newest(self) -> None:
        """Hold the newest recorded anchor against the contract; UnavailableError ``anchor.altered`` where it differs.

        One that is of a later block than the node has shows nothing: the node is behind, or its chain another one.
        """
        recorded, block = self._reader.anchor(), self._chain.final_head().number
        if recorded is None or recorded.block_number > block:
            return
        if not holds(self._checkpoints.anchor_of(self._log_id, recorded.size, block), recorded):
            raise self._altered(recorded.size, "the newest recorded anchor is not the one that the contract has")

    def _fresh_head(self) -> BlockRef:
        last, head = self._last_block(), self._chain.final_head()
        if last is not None:
            head = self._chain.block(min(last, head.number))
        elif self._now() - head.timestamp > FRESH_SECONDS or head.number < self._first_block:
            self._chain.tick()
            head = self._chain.final_head()
        self._check_epoch(head)
        return head

    def _check_epoch(self, block: BlockRef) -> None:
        """An earlier block is believed under the epoch before only, whose contracts are others."""
        if block.number < self._first_block:
            raise UnavailableError("chain.pending", "the chain has no block yet since its contracts were replaced")

    def _agreed(self, block: BlockRef) -> tuple[StoredAnchor | None, BlockRef]:
        """The newest anchor at a block, as it is recorded here, and that block; an earlier one where it is not yet."""
        head = self._checkpoints.head(self._log_id, block.number)
        if head.size == 0:
            return None, block
        anchor = self._reader.anchor(head.size)
        if anchor is not None:
            return anchor, block
        recorded = self._reader.anchor()
        if recorded is not None and recorded.size > head.size:  # whatever comes before it was recorded before it
            raise self._altered(
                recorded.size, "later anchors than the contract's newest are recorded, and not that one"
            )
        agreed = None if recorded is None else self._block_of(recorded)
        if recorded is None or agreed is None:
            raise UnavailableError("chain.pending", "the chain's newest anchor is not recorded in the log yet")
        self._check_epoch(agreed)
        return recorded, agreed

    def _block_of(self, recorded: StoredAnchor) -> BlockRef | None:
        """Its block, if the log had come so far and no further there: the number is in no word of the contract."""
        try:
            found = self._chain.block(recorded.block_number)
        except NotFoundError:
            return None
        return found if self._checkpoints.head(self._log_id, found.number).size == recorded.size else None
