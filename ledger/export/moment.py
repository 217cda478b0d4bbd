"""One moment of log and chain: a final header, the newest anchor that the contract held then, and what can be proven
under it. Everything in a bundle comes from one moment, so nothing in it can contradict anything else."""

from dataclasses import dataclass
from typing import Any

from ledger.chain.protocol import BlockRef
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import base64s, canonical
from ledger.formats.bundle import Anchor
from ledger.formats.errors import ProofError
from ledger.formats.registry import member_id
from ledger.formats.statusmap import StatusMap, map_key
from ledger.log.checkpoints import StoredAnchor
from ledger.log.reader import LogReader


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed a record, and as what: the issuer's DID, the ids of its keys, the kind's number and version."""

    did: str
    keys: tuple[bytes, ...]
    kind: tuple[int, int]


class Moment:
    """What is true under one header. Made once for many records; safe to share between threads that only read.

    Parts that many records share are kept: the chain part of each (signer, anchor), the proof of each status list.
    """

    def __init__(
        self, log: LogReader, checkpoints: CheckpointRegistryClient, issuers: IssuerRegistryClient, log_id: bytes
    ) -> None:
        """Take the newest final block.

        Raises UnavailableError ``chain.unreachable``; ProofError ``chain.wrong_head`` where the contract's newest
        checkpoint is none of this log's.
        """
        self._log = log
        self._checkpoints, self._issuers, self._log_id = checkpoints, issuers, log_id
        self._chain = checkpoints.chain
        self.newest, self.block = self._newest()
        self._header = base64s.encode(self._chain.header_rlp(self.block.number))
        self._chain_parts: dict[tuple[Signer, int | None], dict[str, Any]] = {}
        self._map = log.status_map(self.newest.size) if self.newest else StatusMap([])
        self._lists: dict[str, dict[str, Any] | None] = {}

    def _newest(self) -> tuple[StoredAnchor | None, BlockRef]:
        """The newest anchor and a block whose state has it as the log's head.

        A checkpoint may be in the contract before the log has recorded its block time and status root; until then the
        block of the newest recorded one is as far as anything can be proven.
        """
        final = self._chain.final_head()
        newest = self._log.anchor()
        head = self._checkpoints.head(self._log_id, final.number)
        if newest is None or head.size > newest.size:
            block = self._chain.block(newest.block_number) if newest else final
            return newest, block
        if (head.size, head.root) != (newest.size, newest.root):
            raise ProofError("chain.wrong_head", "the contract's newest checkpoint is not this log's")
        return newest, final

    def anchor(self, stored: StoredAnchor) -> dict[str, Any]:
        """An anchor as it stands in a bundle."""
        return Anchor(stored.size, stored.root, stored.previous_size, stored.time, stored.status_root).to_dict()

    def chain_part(self, signer: Signer, anchored: StoredAnchor | None) -> dict[str, Any]:
        """Header and trie nodes that prove the signer's standing and, where there is one, the anchor."""
        key = signer, anchored.size if anchored else None
        if key not in self._chain_parts:
            self._chain_parts[key] = {"header": self._header, "nodes": self._nodes(signer, anchored)}
        return self._chain_parts[key]

    def status_part(self, issuer_id: bytes, url: str) -> dict[str, Any] | None:
        """The newest anchored publication of a list with its place in the map; None where none is anchored."""
        if url not in self._lists:
            self._lists[url] = self._status(issuer_id, url)
        return self._lists[url]

    def _nodes(self, signer: Signer, anchored: StoredAnchor | None) -> list[str]:
        number = self.block.number
        sizes = {one.size for one in (anchored, self.newest) if one is not None}
        anchors = self._checkpoints.proof_slots(self._log_id, sorted(sizes))
        standing = self._issuers.proof_slots(member_id(signer.did), signer.keys, [signer.kind], number)
        nodes = dict.fromkeys(self._chain.get_proof(self._checkpoints.address, anchors, number))
        nodes |= dict.fromkeys(self._chain.get_proof(self._issuers.address, standing, number))
        return [base64s.encode(node) for node in nodes]

    def _status(self, issuer_id: bytes, url: str) -> dict[str, Any] | None:
        stored = self._log.status_list(url, self.newest.size) if self.newest else None
        if stored is None:
            return None
        steps = self._map.prove(map_key(issuer_id, url))
        return {
            "credential": canonical.loads(stored.credential),
            "steps": [[base64s.encode(split), base64s.encode(sibling)] for split, sibling in steps],
        }
