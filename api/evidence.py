"""What this deployment's own log adds to a file that is verified here."""

from typing import Any

from api.proofs import Proofs
from issuers.store import RecordStore
from ledger.formats import bundle, canonical
from ledger.formats.errors import NotFoundError, RollbookError
from ledger.log.reader import LogReader
from verifier.evidence import Absence, Found


class LogEvidence:
    """Completes a bare credential from the records of this deployment, salt included; nothing of it is handed out."""

    def __init__(self, store: RecordStore, proofs: Proofs, reader: LogReader) -> None:
        self._store = store
        self._proofs = proofs
        self._reader = reader

    def material(self, digest: bytes) -> Found | Absence | None:
        """Proof material and salt of the record whose signed document has this SHA-256."""
        try:
            record = self._store.by_digest(digest)
            return Found(bundle.parse_material(self._proofs.material(record)), record.salt)
        except NotFoundError:
            return Absence.MISSING
        except RollbookError as error:
            if error.code == "anchor.disagreement":
                return Absence.DISAGREEMENT
            return Absence.UNREACHABLE  # log or chain is away, or they do not agree just now: nothing is known

    def key(self, method: str) -> bytes | Absence | None:
        """Nothing is fetched on behalf of whoever posts a file."""
        return None

    def status_list(self, url: str) -> dict[str, Any] | Absence | None:
        """The newest list of this address where it is one of this deployment's own; no other host is asked."""
        try:
            found = self._reader.status_list(url)
            value = None if found is None else canonical.loads(found.credential)
        except RollbookError:
            return Absence.UNREACHABLE
        return value if isinstance(value, dict) else Absence.UNREACHABLE
