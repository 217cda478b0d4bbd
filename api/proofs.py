"""From a stored record to its proof: what the log and the chain are asked, and the bundle that a learner keeps."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from issuers.kinds import Kinds
from issuers.schools import Schools
from issuers.store import StoredRecord
from ledger.export import ProofAssembler
from ledger.export.snapshot import Snapshot
from ledger.formats import bundle, canonical, keys, registry

_KEPT = 1024


class Proofs:
    """Bundles and proof material of one deployment's records. Safe to share between threads."""

    def __init__(self, assembler: ProofAssembler, schools: Schools, kinds: Kinds) -> None:
        self._assembler = assembler
        self._schools = schools
        self._kinds = kinds
        # Neither a profile, whose hash is registered, nor a version of a kind ever changes.
        self._profiles = lru_cache(_KEPT)(self._read_profiles)
        self._definition = lru_cache(_KEPT)(self._read_definition)

    def bundle(self, record: StoredRecord) -> bytes:
        """The record's bundle, as far as it can be proven now: the learner's file."""
        return next(self.bundles([record]))

    def bundles(self, records: Iterable[StoredRecord]) -> Iterator[bytes]:
        """The bundles of many records, all under one header."""
        snapshot = self._assembler.snapshot()
        for record in records:
            document: Any = canonical.loads(record.document)
            yield bundle.build(document, record.salt, self._material(snapshot, record, document))

    def material(self, record: StoredRecord) -> dict[str, Any]:
        """The proof material of a record: nothing of the record itself, and no salt."""
        document: Any = canonical.loads(record.document)
        return self._material(self._assembler.snapshot(), record, document)

    def _material(self, snapshot: Snapshot, record: StoredRecord, document: dict[str, Any]) -> dict[str, Any]:
        multikey = document["proof"]["verificationMethod"].partition("#")[2]
        return snapshot.material(
            record.idx,
            profiles=self._profiles(record.issuer),
            keys=[registry.key_id(keys.multikey_to_public_key(multikey))],
            kind=self._definition(record.kind, record.version),
            urls=[entry["statusListCredential"] for entry in document["credentialStatus"]],
        )

    def _read_profiles(self, did: str | None) -> list[dict[str, Any]]:
        """The registered profiles from an issuer up to the root."""
        found = []
        while did is not None:
            member = self._schools.get(did)
            found.append(member.profile)
            did = member.parent
        return found

    def _read_definition(self, kind: str, version: int) -> dict[str, Any]:
        return self._kinds.get(kind, version).kind.definition
