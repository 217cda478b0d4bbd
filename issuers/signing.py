"""Drafts into signed credentials, their entries and rows: everything of an issuance that needs no database."""

import hashlib
import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from issuers.jose import Form, JoseSigner, Wanted
from issuers.kinds import InstalledKind
from issuers.schools import Member
from issuers.signing_keys import SigningKey
from issuers.status import StatusIndex
from issuers.tables import RecordRow, RepresentationRow, StatusMarkRow
from ledger.formats import credential, entry, suites
from ledger.formats.credential import CONTEXT_V2
from ledger.formats.datetimes import render
from ledger.formats.entry import Representation
from ledger.formats.keys import KeyPair
from ledger.log.bulk import LOG_INDEX, Row
from ledger.log.submission import SignedDocument, Submission
from ledger.log.tables import table_of

_RECORDS, _MARKS, _FORMS = table_of(RecordRow), table_of(StatusMarkRow), table_of(RepresentationRow)


@dataclass(frozen=True, slots=True)
class Superseded:
    """The record that a new one takes the place of: its entry's index, its place in the list for messages, why."""

    idx: int
    list_id: str
    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A record that is to be signed. ``content`` is SHA-256 of the subject's JCS bytes; ``identity`` a keyed hash."""

    subject: dict[str, Any] = field(repr=False)
    learner: str
    slot: str
    identity: bytes
    content: bytes
    revision: int = 0
    supersedes: Superseded | None = None


@dataclass(frozen=True, slots=True)
class Extra:
    """Further forms that records are signed in at once, and who signs them."""

    signer: JoseSigner
    wanted: Wanted


class BatchSigner:
    """Signs records of one school and kind at one time under one key, in one cryptosuite; ``extra`` in more forms."""

    def __init__(
        self,
        member: Member,
        installed: InstalledKind,
        key: SigningKey,
        pair: KeyPair,
        now: datetime,
        cryptosuite: str = suites.DEFAULT,
        extra: Extra | None = None,
    ) -> None:
        self._member = member
        self._extra = extra
        self._kind = installed.kind
        self._now = now = now.replace(microsecond=0)  # rounded down, so never in the future
        context = [CONTEXT_V2, installed.kind.context_url]
        self._signer = suites.signer(
            cryptosuite,
            pair,
            key.verification_method,
            created=render(self._now),
            context=context,
            contexts=installed.contexts,
        )
        self._prefix = entry.prefix(self._kind.name, member.member_id, Representation.DATA_INTEGRITY)

    def sign(self, records: Sequence[Prepared], indexes: Sequence[StatusIndex]) -> list[Submission]:
        """A submission for each record, with its own id, salt and status index.

        Raises FormatError (``document.…``) where a credential would not pass the verifier's reading of it.
        """
        salts = os.urandom(32 * len(records))
        return [
            self._sign(record, index, salts[32 * number : 32 * number + 32])
            for number, (record, index) in enumerate(zip(records, indexes, strict=True))
        ]

    def _sign(self, record: Prepared, index: StatusIndex, salt: bytes) -> Submission:
        record_id = str(uuid.uuid4())
        unsigned = credential.build(
            self._kind, self._member.did, f"urn:uuid:{record_id}", record.subject, self._now, index.entries
        )
        credential.check(unsigned, self._kind)
        signed = self._signer.sign(unsigned)
        digest = hashlib.sha256(signed).digest()
        first = SignedDocument(Representation.DATA_INTEGRITY, signed, salt)
        made = Submission(
            entry=self._prefix + entry.commitment(salt, digest),
            documents=(first,),
            issuer=self._member.did,
            key=f"record {record.identity.hex()} {record.revision}",
            rows=self._rows(record, index, record_id, signed, digest, salt),
        )
        return made if self._extra is None else self._with_forms(made, self._extra, unsigned)

    def _with_forms(self, made: Submission, extra: Extra, unsigned: dict[str, Any]) -> Submission:
        """The submission with the record's further forms: one entry for all, and for each a salt of its own."""
        documents, rows = list(made.documents), list(made.rows)
        for name in extra.wanted.forms:
            form = extra.signer.sign(unsigned, name, extra.wanted.disclosable)
            documents.append(SignedDocument(form.representation, form.signed, os.urandom(32)))
            rows.append(self._form_row(form, documents[-1]))
        pairs = tuple(
            (document.representation, entry.commitment(document.salt, hashlib.sha256(document.signed).digest()))
            for document in documents
        )
        committed = entry.encode(entry.Entry(self._kind.name, self._member.member_id, pairs))
        return replace(made, entry=committed, documents=tuple(documents), rows=tuple(rows))

    def _form_row(self, form: Form, document: SignedDocument) -> Row:
        values = {
            "idx": LOG_INDEX,
            "representation": form.representation,
            "record_idx": LOG_INDEX,
            "form": form.name,
            "document": form.signed,
            "digest": hashlib.sha256(form.signed).digest(),
            "salt": document.salt,
            "private": form.private,
            "made_at": int(self._now.timestamp()),
        }
        return (_FORMS, values)

    def _rows(
        self, record: Prepared, index: StatusIndex, record_id: str, signed: bytes, digest: bytes, salt: bytes
    ) -> tuple[Row, ...]:
        old = record.supersedes
        row = {
            "idx": LOG_INDEX,
            "record_id": record_id,
            "member_id": self._member.id,
            "kind": self._kind.name,
            "version": self._kind.version,
            "learner": record.learner,
            "slot": record.slot,
            "identity": record.identity,
            "revision": record.revision,
            "supersedes": None if old is None else old.idx,
            "content": record.content,
            "document": signed,
            "digest": digest,
            "salt": salt,
            "group_id": index.group_id,
            "position": index.position,
            "issued_at": int(self._now.timestamp()),
        }
        if old is None:
            return ((_RECORDS, row),)
        mark = {"list_id": old.list_id, "position": old.position, "reason": old.reason}
        return ((_RECORDS, row), (_MARKS, mark | {"marked_at": row["issued_at"]}))
