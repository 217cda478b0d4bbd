"""From a stored record to its proof: what the log and the chain are asked, and the bundle that a learner keeps."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from api import forms
from issuers import jose
from issuers.kinds import Kinds
from issuers.schools import Schools
from issuers.sealing import SM2
from issuers.store import StoredRecord
from ledger.export import ProofAssembler
from ledger.export.snapshot import Snapshot
from ledger.formats import bundle, canonical, enveloped
from ledger.formats.multibase import multibase_decode

_KEPT = 1024
_PROFILE_SECONDS = 2
"""How long a profile is remembered: with the registered one in a bundle its issuer has a name, with another none."""


class Proofs:
    """Bundles and proof material of one deployment's records. Safe to share between threads."""

    def __init__(self, assembler: ProofAssembler, schools: Schools, kinds: Kinds) -> None:
        self._assembler = assembler
        self._schools = schools
        self._kinds = kinds
        # A version of a kind never changes, and a profile seldom.
        self._profiles = lru_cache(_KEPT)(self._read_profiles)
        self._definition = lru_cache(_KEPT)(self._read_definition)

    def check_newest(self) -> None:
        """See `ProofAssembler.check_newest`."""
        self._assembler.check_newest()

    def bundle(self, record: StoredRecord) -> bytes:
        """The record's bundle, as far as it can be proven now: the learner's file."""
        return next(self.bundles([record]))

    def bundles(self, records: Iterable[StoredRecord]) -> Iterator[bytes]:
        """The bundles of many records, all under one header."""
        snapshot = self._assembler.snapshot()
        for record in records:
            document, method = _opened(record)
            held: Any = forms.shown(record) if record.form == SM2 or record.representation in jose.TOKENS else document
            yield bundle.build(held, record.salt, self._material(snapshot, record, document, method))

    def material(self, record: StoredRecord) -> dict[str, Any]:
        """The proof material of a record: nothing of the record itself, and no salt."""
        return self._material(self._assembler.snapshot(), record, *_opened(record))

    def _material(
        self, snapshot: Snapshot, record: StoredRecord, document: dict[str, Any], method: str
    ) -> dict[str, Any]:
        return snapshot.material(
            record.idx,
            profiles=self._profiles(record.issuer, int(time.monotonic() / _PROFILE_SECONDS)),
            keys=[_key_id(method)],
            kind=self._definition(record.kind, record.version),
            urls=_lists(document["credentialStatus"]),
        )

    def _read_profiles(self, did: str | None, _moment: int) -> list[dict[str, Any]]:
        """The registered profiles from an issuer up to the root."""
        found = []
        while did is not None:
            member = self._schools.get(did)
            found.append(member.profile)
            did = member.parent
        return found

    def _read_definition(self, kind: str, version: int) -> dict[str, Any]:
        return self._kinds.get(kind, version).kind.definition


def _opened(record: StoredRecord) -> tuple[dict[str, Any], str]:
    """The credential in a signed document, and the verification method of its signature.

    A badge or CLR has an array of one proof (docs/formats.md §18), a JWT names its key in its header.
    """
    if record.representation in jose.TOKENS:
        given = enveloped.open_text(jose.text(record))
        assert given.secured is not None and given.secured.method is not None  # the log has seen that it holds
        return given.credential, given.secured.method
    document: Any = canonical.loads(record.document)
    if record.form == SM2:
        return document["payload"], document["verificationMethod"]
    proof = document["proof"]
    (one,) = proof if isinstance(proof, list) else [proof]
    return document, one["verificationMethod"]


def _key_id(method: str) -> bytes:
    """The id of the key that signed (docs/formats.md §2)."""
    return hashlib.sha256(multibase_decode(method.partition("#")[2])).digest()


def _lists(status: Any) -> list[str]:
    """The lists that a document names, in an array or by one object."""
    return [entry["statusListCredential"] for entry in (status if isinstance(status, list) else [status])]
