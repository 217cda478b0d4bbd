"""Signing the summary of a record for its second QR code (docs/formats.md §15)."""

from datetime import datetime
from typing import Any

from issuers.kinds import Kinds
from issuers.schools import Schools
from issuers.store import StoredRecord
from ledger.formats import canonical, datetimes, summary
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.proof import JcsSigner


def sign(schools: Schools, kinds: Kinds, record: StoredRecord, *, base: str, now: datetime) -> str | None:
    """The signed summary of a record as JCS text; None where its school has no key here, or it does not fit."""
    member = schools.get(record.issuer)
    document: Any = canonical.loads(record.document)
    content = kinds.get(record.kind, record.version).kind.content
    try:
        key, pair = schools.signing_key(record.issuer)
        unsigned = summary.build(document, record.digest, content=content, school=member.code, base=base)
    except (NotFoundError, FormatError):
        return None
    created = datetimes.render(now.replace(microsecond=0))
    signer = JcsSigner(pair, key.verification_method, created=created, context=unsigned["@context"])
    return signer.sign(unsigned).decode("utf-8")
