"""From a stored record to its proof: what the log and the chain are asked, and the bundle that a learner keeps."""

from typing import Any

from issuers.kinds import Kinds
from issuers.schools import Schools
from issuers.store import StoredRecord
from ledger.export import ProofAssembler
from ledger.formats import bundle, canonical, keys, registry


class Proofs:
    """Bundles and proof material of one deployment's records."""

    def __init__(self, assembler: ProofAssembler, schools: Schools, kinds: Kinds) -> None:
        self._assembler = assembler
        self._schools = schools
        self._kinds = kinds

    def bundle(self, record: StoredRecord) -> bytes:
        """The record's bundle, as far as it can be proven now: the learner's file."""
        credential: Any = canonical.loads(record.document)
        return bundle.build(credential, record.salt, self.material(record))

    def material(self, record: StoredRecord) -> dict[str, Any]:
        """The proof material of a record: nothing of the record itself, and no salt."""
        document: Any = canonical.loads(record.document)
        multikey = document["proof"]["verificationMethod"].partition("#")[2]
        made: dict[str, Any] = self._assembler.material(
            record.idx,
            profiles=self._profiles(record.issuer),
            keys=[registry.key_id(keys.multikey_to_public_key(multikey))],
            kind=self._kinds.get(record.kind, record.version).kind.definition,
            urls=[entry["statusListCredential"] for entry in document["credentialStatus"]],
        )
        return made

    def _profiles(self, did: str | None) -> list[dict[str, Any]]:
        """The registered profiles from an issuer up to the root."""
        found = []
        while did is not None:
            member = self._schools.get(did)
            found.append(member.profile)
            did = member.parent
        return found
