"""National cryptography, where it is installed: a school's SM2 key, on the chain before it signs."""

from api.accreditation import accredit
from api.chains import Accounts
from issuers.schools import Schools
from issuers.sealing import Envelopes
from issuers.store import StoredRecord
from ledger.chain.registries import IssuerRegistryClient
from ledger.formats.errors import NotFoundError
from ledger.log.submission import Caller


class National:
    """Makes SM2 envelopes of records, and the key of a school that has none."""

    def __init__(
        self, envelopes: Envelopes, schools: Schools, registry: IssuerRegistryClient, accounts: Accounts
    ) -> None:
        self._envelopes = envelopes
        self._schools = schools
        self._registry = registry
        self._accounts = accounts

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
        waiting = [key for key in self._schools.signing_keys(did) if key.curve == "sm2" and key.activated_at is None]
        key = waiting[0] if waiting else self._schools.add_key(did, "sm2")
        accredit(self._registry, self._schools, [self._schools.get(did)], self._accounts)
        self._schools.activate_key(did, key.multikey)
