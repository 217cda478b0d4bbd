"""The log and the chain at one block, and the proof material of any entry under that block's header.

What entries share is worked out once: the header, the proofs of an anchor, of an issuer's standing, of a status list.
So a snapshot of a log that grows is soon thrown away, and one of a log that rests serves a whole export.
"""

import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from ledger.export.chainpart import BlockProofs, Heirs, KeyIds, KindVersion
from ledger.export.holding import ALTERED
from ledger.formats import base64s, canonical, did, keys, registry
from ledger.formats.bundle import MATERIAL_FORMAT, Anchor
from ledger.formats.errors import UnavailableError
from ledger.formats.statusmap import StatusMap, map_key
from ledger.log.checkpoints import StoredAnchor
from ledger.log.reader import LogReader
from ledger.log.status import StoredStatusList

_ENTRIES_AT_ONCE = 256
# How many of each are kept. An export asks for entries in order, so for few blocks of them at a time.
_BLOCKS, _CHECKPOINTS, _PARTS, _LISTS = 16, 1024, 128, 512
_COSIGNED_SECONDS = 2
"""How long a checkpoint's cosignatures are remembered: witnesses come by after it was anchored, in their own time."""


class Snapshot:
    """Proof material under one header. ``newest`` is the log's newest anchor there; None where it has none yet.

    ``spoiled`` once a recorded anchor was found that is not the contract's: what was read may be mended since.
    """

    def __init__(self, reader: LogReader, proofs: BlockProofs, newest: StoredAnchor | None) -> None:
        self.newest = newest
        self.spoiled = False
        self._reader = reader
        self._proofs = proofs
        self._anchors: list[StoredAnchor] = []
        self._entry_block = lru_cache(_BLOCKS)(self._read_entry_block)
        self._note = lru_cache(_CHECKPOINTS)(self._read_note)
        self._chain = lru_cache(_PARTS)(self._make_chain)
        self._standing = lru_cache(_PARTS)(proofs.standing)
        self._list = lru_cache(_LISTS)(self._read_list)
        self._map = lru_cache(1)(reader.status_map)

    def material(
        self,
        index: int,
        *,
        profiles: Sequence[dict[str, Any]],
        keys: Sequence[bytes],
        kind: dict[str, Any],
        urls: Sequence[str],
    ) -> dict[str, Any]:
        """The proof material (docs/formats.md §11) of the entry at ``index``; see `ProofAssembler.material`."""
        with self._noticing():
            anchor = self._anchor_over(index)
            made: dict[str, Any] = {"rollbook": MATERIAL_FORMAT, "entry": base64s.encode(self._entry(index))}
            made |= self._inclusion(index, anchor.size if anchor else self._published_size())
            if anchor is not None:
                made["anchor"] = _anchor_member(anchor)
            made |= {"issuers": list(profiles), "kind": kind}
            if self.newest is None:
                return made
            lists = [found for url in urls if (found := self._list(url, self.newest.size)) is not None]
            anchors = tuple(sorted({self.newest, anchor or self.newest}, key=lambda one: one.size))
            own = registry.member_id(profiles[0]["did"])
            signers = tuple(sorted({*keys, *(listed.signer for listed in lists if listed.member_id == own)}))
            heirs = tuple(sorted({(one.member_id, one.signer) for one in lists if one.member_id != own}))
            made["newest"] = _anchor_member(self.newest)
            made["chain"] = self._chain(
                anchors,
                own,
                signers,
                (kind["number"], kind["version"]),
                anchor.time if anchor else None,
                heirs,
            )
            made["status"] = [listed.member for listed in lists]
            return made

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Remembers where what is read inside is spoiled."""
        try:
            yield
        except UnavailableError as error:
            self.spoiled = self.spoiled or error.code == ALTERED
            raise

    def _make_chain(
        self,
        anchors: tuple[StoredAnchor, ...],
        member: bytes,
        signers: KeyIds,
        kind: KindVersion,
        time: int | None,
        heirs: Heirs,
    ) -> dict[str, Any]:
        return self._proofs.part([*self._proofs.anchors(anchors), *self._standing(member, signers, kind, time, heirs)])

    def _inclusion(self, index: int, size: int) -> dict[str, Any]:
        """In the checkpoint of ``size``; nothing where that does not reach the entry."""
        if index >= size:
            return {}
        path = [base64s.encode(node) for node in self._reader.inclusion_proof(index, size)]
        return {"inclusion": {"index": index, "path": path}, "checkpoint": self._note(size, _moment())}

    def _read_note(self, size: int, _moment: int) -> str:
        return self._reader.note(size)

    def _published_size(self) -> int:
        newest = self._reader.checkpoints(limit=1).items
        return newest[0].size if newest else 0

    def _anchor_over(self, index: int) -> StoredAnchor | None:
        """The entry's anchor; None where it is pending under this header, even if a later block has it."""
        if self.newest is None or not 0 <= index < self.newest.size:
            return None
        known = self._anchors
        at = bisect_right(known, index, key=lambda anchor: anchor.previous_size) - 1
        if at >= 0 and index < known[at].size:
            return known[at]
        found = self._reader.anchor_over(index)
        if found is None:  # anchors follow one on the other without a gap
            raise self._proofs.altered(index + 1, f"no recorded anchor is over entry {index}, though later ones are")
        # A new list, since another thread may be looking through the old one.
        self._anchors = sorted({*known, found}, key=lambda anchor: anchor.size)
        return found

    def _entry(self, index: int) -> bytes:
        start = index // _ENTRIES_AT_ONCE * _ENTRIES_AT_ONCE
        if self.newest is None or start + _ENTRIES_AT_ONCE > self.newest.size:
            return self._reader.entries(index, index + 1)[0]
        return self._entry_block(start)[index - start]

    def _read_entry_block(self, start: int) -> list[bytes]:
        return self._reader.entries(start, start + _ENTRIES_AT_ONCE)

    def _read_list(self, url: str, size: int) -> "_ListProof | None":
        """The list that the status root of the checkpoint of ``size`` holds under this URL."""
        stored = self._reader.status_list(url, size)
        return None if stored is None else _ListProof(stored, self._map(size))


class _ListProof:
    """A status list as a bundle has it, the member that published it, and the id of the key that it must be shown to
    have.
    """

    __slots__ = ("member", "member_id", "signer")

    def __init__(self, stored: StoredStatusList, lists: StatusMap) -> None:
        credential: Any = canonical.loads(stored.credential)
        steps = lists.prove(map_key(stored.issuer_id, stored.url))
        pairs = [[base64s.encode(split), base64s.encode(sibling)] for split, sibling in steps]
        self.member = {"credential": credential, "steps": pairs}
        self.member_id = registry.member_id(credential["issuer"])
        self.signer = _key_id(credential)


def _moment() -> int:
    return int(time.monotonic() / _COSIGNED_SECONDS)


def _key_id(signed: dict[str, Any]) -> bytes:
    """The registry's id of the key that a signed document names."""
    _, multikey = did.split_verification_method(signed["proof"]["verificationMethod"])
    return registry.key_id(keys.multikey_to_public_key(multikey))


def _anchor_member(stored: StoredAnchor) -> dict[str, Any]:
    return Anchor(stored.size, stored.root, stored.previous_size, stored.time, stored.status_root).to_dict()
