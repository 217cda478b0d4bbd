"""Badges and CLRs of a deployment's records: made once, signed, in the log under an entry of their own."""

import os
from typing import Any

from issuers.badges import building, mapping
from issuers.badges.building import Document, Source
from issuers.kinds import Kinds
from issuers.representations import Representations
from issuers.schools import Clock, Schools
from issuers.store import StoredRecord
from ledger.formats import canonical, forms, suites
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.datetimes import render
from ledger.formats.entry import Representation
from ledger.formats.errors import ConflictError
from ledger.log.submission import Caller

_SALT = 16


class Badges:
    """Makes them; ``contexts`` are the bundled ones with the operator's (without CLR's, a CLR is secured by JCS)."""

    def __init__(
        self,
        representations: Representations,
        schools: Schools,
        kinds: Kinds,
        clock: Clock,
        contexts: Contexts = BUNDLED,
    ) -> None:
        self._representations = representations
        self._schools = schools
        self._kinds = kinds
        self._clock = clock
        self._contexts = contexts

    def get(self, caller: Caller, record: StoredRecord, name: str) -> StoredRecord:
        """The badge or CLR of a record; signed and logged now where there is none yet.

        ``name`` is ``badge`` or ``clr``. Raises ConflictError ``form.none`` where the record's kind has no such form,
        ``record.revoked`` or ``record.not_newest`` where the record counts no more; as the log does otherwise.
        """
        made = self._representations.find(record, name)
        if made is not None:
            return made
        self._representations.require_current(record)
        signed = self._sign(record, name)
        return self._representations.add(caller, record, name, Representation.DATA_INTEGRITY, signed)

    def _sign(self, record: StoredRecord, name: str) -> bytes:
        kind = self._kinds.get(record.kind, record.version).kind
        credential: Any = canonical.loads(record.document)
        source = Source(credential, kind, self._schools.get(record.issuer).profile["name"], os.urandom(_SALT).hex())
        chosen = mapping.of(kind, source.content)
        if chosen.form != name:
            raise ConflictError("form.none", f"a record of the kind {kind.name} becomes a {chosen.form}, no {name}")
        form = forms.FORMS[name]
        if name == forms.BADGE:
            document = building.badge(source, chosen)
        else:
            document = building.clr(source, form, chosen, lambda inside: self._secured(record, inside, suites.RDFC))
        signed = self._secured(record, document, self._suite(form))
        forms.check(signed, form, kind)
        return canonical.dumps(signed)

    def _suite(self, form: forms.Form) -> str:
        """RDF needs every context at hand; the JSON itself needs none."""
        return suites.RDFC if all(self._contexts.knows(url) for url in form.contexts) else suites.JCS

    def _secured(self, record: StoredRecord, document: Document, suite: str) -> Document:
        key, pair = self._schools.signing_key(record.issuer)
        made = suites.signer(
            suite,
            pair,
            key.verification_method,
            created=render(self._clock().replace(microsecond=0)),
            context=document["@context"],
            contexts=self._contexts,
        )
        signed: Any = canonical.loads(made.sign(document))
        return {**signed, "proof": [signed["proof"]]}
