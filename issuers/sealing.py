"""SM2 envelopes of records: made later, each under an entry of its own (docs/formats.md §17)."""

from typing import Any

from issuers.representations import Representations
from issuers.schools import Clock, Schools
from issuers.store import StoredRecord
from ledger.formats import canonical, sm2_envelope
from ledger.formats.datetimes import render
from ledger.formats.entry import Representation
from ledger.log.submission import Caller

SM2 = "sm2"


class Envelopes:
    """Makes the envelopes of one deployment's records."""

    def __init__(self, representations: Representations, schools: Schools, clock: Clock) -> None:
        self._representations = representations
        self._schools = schools
        self._clock = clock

    def get(self, caller: Caller, record: StoredRecord) -> StoredRecord:
        """The record's envelope; signed and logged now where there is none yet.

        Raises NotFoundError ``school.no_key`` where the school has no SM2 key; ConflictError ``record.revoked``,
        ``record.not_newest`` where the record counts no more; FormatError ``document.unsupported`` without the library.
        """
        made = self._representations.find(record, SM2)
        if made is not None:
            return made
        self._representations.require_current(record)
        document: Any = canonical.loads(record.document)
        payload = {name: value for name, value in document.items() if name != "proof"}
        _, pair = self._schools.sm2_key(record.issuer)
        created = render(self._clock().replace(microsecond=0))
        signed = sm2_envelope.seal(payload, record.issuer, pair, created)
        return self._representations.add(caller, record, SM2, Representation.SM2, signed)
