"""National cryptography, where it is installed: a school's SM2 key, on the chain before it signs."""

from api.governing import Governing
from issuers.schools import Schools
from issuers.sealing import Envelopes
from issuers.store import StoredRecord
from ledger.formats.errors import NotFoundError
from ledger.log.submission import Caller


class National:
    """Makes SM2 envelopes of records, and the key of a school that has none."""

    def __init__(self, envelopes: Envelopes, schools: Schools, governing: Governing) -> None:
        self._envelopes = envelopes
        self._schools = schools
        self._governing = governing

    def get(self, caller: Caller, record: StoredRecord) -> StoredRecord:
        """As ``Envelopes.get``; UnavailableError where a key is to be registered and the chain cannot be reached."""
        self._have_key(record.issuer)
        return self._envelopes.get(caller, record)

    def _have_key(self, did: str) -> None:
        """Make a key where there is none, register it, and only then let it sign; after a crash go on from there."""
        try:
            self._schools.sm2_key(did)
            return
        except NotFoundError:
            pass
        self._governing.new_key(self._schools.get(did), "sm2")
