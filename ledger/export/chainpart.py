"""The chain's part of a proof: one block's header, and the trie nodes that prove some storage slots under it."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.chain.protocol import Chain
from ledger.chain.registries import CheckpointRegistryClient, IssuerRegistryClient
from ledger.export.holding import Altered, holds
from ledger.formats import base64s, trie
from ledger.formats.errors import FormatError, ProofError, UnavailableError
from ledger.formats.header import parse_header
from ledger.log.checkpoints import StoredAnchor

KeyIds = tuple[bytes, ...]
KindVersion = tuple[int, int]
Heirs = tuple[tuple[bytes, bytes], ...]
"""Member ids of parents that publish an ended issuer's status lists, each with the id of the key that signed."""


class BlockProofs:
    """Proofs of both contracts' slots at one block. Every method raises UnavailableError as the chain does."""

    def __init__(
        self,
        checkpoints: CheckpointRegistryClient,
        issuers: IssuerRegistryClient,
        log_id: bytes,
        block: int,
        altered: Altered | None = None,
    ) -> None:
        self._checkpoints = checkpoints
        self._issuers = issuers
        self._log_id = log_id
        self._chain: Chain = checkpoints.chain
        self._block = block
        self._header = self._chain.header_rlp(block)
        self.header = base64s.encode(self._header)
        self.altered = altered or Altered()

    def anchors(self, rows: Sequence[StoredAnchor]) -> tuple[bytes, ...]:
        """The nodes that prove the log's head and these anchors (docs/formats.md §8).

        Raises UnavailableError ``anchor.altered`` where they prove that a row is not what the contract accepted,
        ``chain.unreachable`` where they prove nothing.
        """
        slots = self._checkpoints.proof_slots(self._log_id, sorted({row.size for row in rows}))
        nodes = self._chain.get_proof(self._checkpoints.address, slots, self._block)
        for row, word in zip(rows, self._words(rows, nodes), strict=True):
            if not holds(word, row):
                raise self.altered(row.size, f"the recorded anchor of {row.size} is not the one that the contract has")
        return nodes

    def _words(self, rows: Iterable[StoredAnchor], nodes: Iterable[bytes]) -> list[bytes]:
        """The contract's word under each row's size, zero where there is none, as the nodes prove it."""
        given, slot = trie.Nodes(nodes), self._checkpoints.layout.slot
        try:
            account = trie.account(parse_header(self._header).state_root, self._checkpoints.address, given)
            if account is None:
                raise ProofError("chain.proof_invalid", "no contract is there")
            root = account.storage_root
            return [trie.storage_value(root, slot("anchors", self._log_id, row.size), given) for row in rows]
        except (FormatError, ProofError) as error:
            raise UnavailableError(
                "chain.unreachable", f"the node does not prove its anchors: {error.message}"
            ) from None

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
