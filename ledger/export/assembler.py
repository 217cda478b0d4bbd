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
from ledger.export.snapshot import Snapshot
from ledger.formats.errors import UnavailableError
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
        now: Callable[[], float] = time.time,
    ) -> None:
        """``log_id`` has 32 bytes; ``first_block`` is the first of the trust root's epoch; ``now`` gives seconds since
        1970."""
        self._reader = reader
        self._checkpoints = checkpoints
        self._issuers = issuers
        self._log_id = log_id
        self._first_block = first_block
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

        Raises NotFoundError ``log.no_entry``; UnavailableError where log or chain cannot be read now.
        """
        return self.snapshot().material(index, profiles=profiles, keys=keys, kind=kind, urls=urls)

    def snapshot(self) -> Snapshot:
        """Log and chain at the newest final block; the one made last, where that is still the newest."""
        block = self._fresh_head()
        known = self._newest
        if known is not None and known[0] == block.hash:
            return known[1]
        newest, agreed = self._agreed(block)
        made = Snapshot(
            self._reader, BlockProofs(self._checkpoints, self._issuers, self._log_id, agreed.number), newest
        )
        if agreed.hash == block.hash:
            self._newest = (block.hash, made)
        return made

    def _fresh_head(self) -> BlockRef:
        head = self._chain.final_head()
        if self._now() - head.timestamp > FRESH_SECONDS or head.number < self._first_block:
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
        if recorded is None or recorded.size > head.size:
            raise UnavailableError("chain.pending", "the chain's newest anchor is not recorded in the log yet")
        agreed = self._chain.block(recorded.block_number)
        self._check_epoch(agreed)
        return recorded, agreed
