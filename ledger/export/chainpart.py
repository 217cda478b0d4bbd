"""The chain's part of a proof: one block's header, and the trie nodes that prove some storage slots under it."""

from collections.abc import Iterable
from typing import Any

from ledger.chain.protocol import Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.formats import base64s

KeyIds = tuple[bytes, ...]
KindVersion = tuple[int, int]
Heirs = tuple[tuple[bytes, bytes], ...]
"""Member ids of parents that publish an ended issuer's status lists, each with the id of the key that signed."""


class BlockProofs:
    """Proofs of both contracts' slots at one block. Every method raises UnavailableError as the chain does."""

    def __init__(
        self, checkpoints: CheckpointRegistryClient, issuers: IssuerRegistryClient, log_id: bytes, block: int
    ) -> None:
        self._checkpoints = checkpoints
        self._issuers = issuers
        self._log_id = log_id
        self._chain: Chain = checkpoints.chain
        self._block = block
        self.header = base64s.encode(self._chain.header_rlp(block))

    def anchors(self, sizes: Iterable[int]) -> tuple[bytes, ...]:
        """The nodes that prove the log's head and the anchors of these sizes (docs/formats.md §8)."""
        slots = self._checkpoints.proof_slots(self._log_id, sizes)
        return self._chain.get_proof(self._checkpoints.address, slots, self._block)

    def standing(
        self, member: bytes, keys: KeyIds, kind: KindVersion, time: int | None, heirs: Heirs = ()
    ) -> tuple[bytes, ...]:
        """The nodes that prove who accredited an issuer for what, up to the root, its keys, and the kind (§9).

        At ``time``, the anchor's: later accreditation records tell nothing. Where none covers it, every record is
        proven, and that none follows the last; so is the absence of what is not there. With ``heirs`` (§7, taking
        over), all of the issuer's own records, and the heirs' keys.
        """
        layout = self._issuers.layout
        own = [
            layout.slot("parents", member),
            layout.slot("profiles", member),
            layout.slot("accreditations", member, 0),
        ]
        if heirs:
            records = self._issuers.accreditations(member, self._block)
            own += [layout.slot("accreditations", member, n) for n in range(len(records) + 1)]
            own += [layout.slot("keys", heir, key) for heir, key in heirs]
        slots = self._issuers.proof_slots(member, keys, [kind], self._block, time)
        return self._chain.get_proof(self._issuers.address, list(dict.fromkeys([*own, *slots])), self._block)

    def part(self, nodes: Iterable[bytes]) -> dict[str, Any]:
        """The bundle's member ``chain``: header and nodes, each once, in an order that the same nodes always have."""
        return {"header": self.header, "nodes": [base64s.encode(node) for node in dict.fromkeys(nodes)]}
