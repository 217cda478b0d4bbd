"""Sheets and archives of this deployment's records: proofs, summaries and fonts brought together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from api.proofs import Proofs
from issuers.kinds import Kinds
from issuers.paper import archive, document, summaries
from issuers.paper.archive import Item
from issuers.schools import Schools
from issuers.store import RecordStore, StoredRecord
from ledger.formats import canonical, datetimes
from ledger.formats.errors import ConflictError
from verifier.readers.archive import MAX_MEMBERS

FORMS = ("badge", "clr", "jwt", "jwt-vc", "sd-jwt", "sm2")
"""Further signed forms that an archive holds where they were made; a wallet's own are not among them."""
MAX_RECORDS = 200
"""Records of one archive."""


class Papers:
    """Safe to share between threads."""

    def __init__(
        self,
        proofs: Proofs,
        store: RecordStore,
        schools: Schools,
        kinds: Kinds,
        *,
        base: str,
        fonts: Path | None,
        now: Callable[[], datetime],
    ) -> None:
        """``fonts`` is a folder of further fonts."""
        self._proofs = proofs
        self._store = store
        self._schools = schools
        self._kinds = kinds
        self._base = base
        self._fonts = fonts
        self._now = now

    def pdf(self, record: StoredRecord) -> bytes:
        """The record's PDF/A-3, as far as it can be proven now.

        Raises ConflictError ``record.revoked``, ``record.not_newest`` for a record that counts no more; FormatError
        ``paper.…``; ConfigError ``paper.no_fonts``; UnavailableError.
        """
        if record.revoked is not None:
            raise ConflictError("record.revoked", "the record was revoked, and is not printed any more")
        if record.superseded is not None:
            raise ConflictError("record.not_newest", "the record was superseded: print the one that took its place")
        return self._print(record, self._proofs.bundle(record))

    def archive(self, records: Sequence[StoredRecord]) -> bytes:
        """A ZIP of these records in every form that was made, all under one header, with sheets of those that count.

        Raises as ``pdf``, and ConflictError ``archive.too_many``.
        """
        if len(records) > MAX_RECORDS:
            raise ConflictError("archive.too_many", f"an archive has at most {MAX_RECORDS} records")
        forms = [self._store.forms(record, FORMS) for record in records]
        every = [one for record, made in zip(records, forms, strict=True) for one in (record, *made)]
        if len(every) + len(records) >= MAX_MEMBERS:  # with a sheet each, and the index; no reader would open it
            raise ConflictError("archive.too_many", f"an archive has at most {MAX_MEMBERS} files")
        bundles = self._proofs.bundles(every)  # all under one header
        items = [
            self._item(record, next(bundles), {form.form: next(bundles) for form in made})
            for record, made in zip(records, forms, strict=True)
        ]
        return archive.build(items, base=self._base)

    def _print(self, record: StoredRecord, bundle: bytes) -> bytes:
        text = summaries.sign(self._schools, self._kinds, record, base=self._base, now=self._now())
        return document.render(bundle, base=self._base, summary=text, folder=self._fonts)

    def _item(self, record: StoredRecord, bundle: bytes, forms: Mapping[str, bytes]) -> Item:
        state = "revoked" if record.revoked else "superseded" if record.superseded else "current"
        files = {f"bundles/{record.record_id}.json": bundle}
        files |= {f"bundles/{record.record_id}.{name}.json": data for name, data in forms.items()}
        if state == "current":
            files[f"pdf/{record.record_id}.pdf"] = self._print(record, bundle)
        return Item(
            record_id=record.record_id,
            learner=record.learner,
            name=_signed_name(record),
            kind=self._kinds.get(record.kind, record.version).kind.labels,
            school=self._schools.get(record.issuer).profile["name"],
            issued=datetimes.render(datetimes.from_unix(record.issued_at))[:10],
            state=state,
            digest=record.digest.hex(),
            files=files,
        )


def _signed_name(record: StoredRecord) -> str:
    signed = canonical.loads(record.document)
    assert isinstance(signed, dict)
    name = signed["credentialSubject"].get("name")
    return name if isinstance(name, str) else ""
