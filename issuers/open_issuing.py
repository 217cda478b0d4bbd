"""Signing whatever credential is given, under an issuer that nobody accredits: for conformance tests, and nothing else.

Each credential is checked by the W3C's model and by JSON-LD, signed, and put into the log as an entry of the kind
`KIND` before it is handed out. The kind is registered nowhere, so that under the policy ``record`` no such credential
counts. Only `api.conformance` composes a deployment with these parts (docs/vc-api.md).
"""

import hashlib
import os
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from issuers.schools import Clock, Member, Schools
from issuers.status import StatusIndex, StatusLists
from ledger.formats import canonical, datamodel, entry, proof, proofs, registry, suites
from ledger.formats.contexts import (
    CREDENTIALS_V1,
    DATA_INTEGRITY_V1,
    DATA_INTEGRITY_V2,
    STATUS_V1,
    Contexts,
    with_examples,
)
from ledger.formats.credential import status_member
from ledger.formats.datetimes import render
from ledger.formats.entry import Representation
from ledger.formats.errors import FormatError, NotFoundError
from ledger.formats.jsonld import to_rdf
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Authorize, Caller, SignedDocument, Submission, own_issuer_only

KIND = "open"
PURPOSE = "revocation"
MAX_SUITES = 8
_REMEMBERED = 100_000


def authorizing(inner: Authorize) -> Authorize:
    """The rule ``inner``, and beside it that a did:key may put open credentials of its own into the log."""

    def authorize(caller: Caller, submission: Submission) -> bool:
        if entry.decode(submission.entry).kind == KIND:
            return own_issuer_only(caller, submission) and submission.issuer.startswith("did:key:")
        return inner(caller, submission)

    return authorize


class OpenIssuing:
    """Issues for one member whose DID is its key; safe to share between threads."""

    def __init__(
        self,
        member: Member,
        schools: Schools,
        status: StatusLists,
        sequencer: Sequencer,
        contexts: Contexts,
        clock: Clock,
    ) -> None:
        """``contexts`` are those that a credential may name; the W3C's examples are added."""
        self.member, self._contexts = member, with_examples(contexts)
        self._key, self._pair = schools.signing_key(member.did)
        self._status, self._sequencer, self._clock = status, sequencer, clock
        self._caller = Caller("conformance", member.did)
        self._lock = threading.Lock()
        self._published: set[int] = set()
        self._indexes: dict[str, StatusIndex] = {}

    def issue(
        self, credential: dict[str, Any], cryptosuites: Sequence[str] = (suites.DEFAULT,), *, with_status: bool = False
    ) -> dict[str, Any]:
        """The credential signed in each of the suites, durable in the log.

        Raises FormatError ``document.…`` for what the model or JSON-LD refuse, ``record.cryptosuite``; UnavailableError
        as the log does.
        """
        if not 0 < len(cryptosuites) <= MAX_SUITES or len(set(cryptosuites)) != len(cryptosuites):
            raise FormatError("record.cryptosuite", "one to eight different cryptosuites")
        for name in cryptosuites:
            suites.check_name(name)
        document = self._complete(credential)
        datamodel.check_credential(document)
        if with_status:
            self._add_status(document)
        to_rdf(document, self._contexts)
        for name in cryptosuites:
            document = proofs.add(document, self._options(name), self._pair, contexts=self._contexts)
        self._append(document)
        return document

    def revoke(self, credential_id: str, reason: str) -> None:
        """Set the bit of a credential that was issued with a status entry, and publish its list.

        Raises NotFoundError ``record.unknown``.
        """
        index = self._indexes.get(credential_id)
        if index is None:
            raise NotFoundError("record.unknown", "no credential of this id was issued here with a status entry")
        self._status.mark(index, PURPOSE, reason)
        with self._lock:
            self._status.publish()

    def _complete(self, credential: dict[str, Any]) -> dict[str, Any]:
        """A copy with our own issuer, and what version 1.1 needs besides; all other members as they are."""
        if "proof" in credential:
            raise FormatError("document.malformed", "the credential has a proof already")
        document, given = dict(credential), credential.get("issuer")
        is_old = datamodel.version(document) == "1.1"
        if is_old:
            document.setdefault("issuanceDate", render(self._clock().replace(microsecond=0)))
        datamodel.check_credential(document)  # as it was given, issuer included
        document["issuer"] = given | {"id": self.member.did} if isinstance(given, dict) else self.member.did
        if is_old and not {DATA_INTEGRITY_V1, DATA_INTEGRITY_V2} & {
            each for each in document["@context"] if isinstance(each, str)
        }:
            document["@context"] = [*document["@context"], DATA_INTEGRITY_V2]
        return document

    def _add_status(self, document: dict[str, Any]) -> None:
        """One more entry, whose list can be fetched from now on."""
        (index,) = self._status.allocate(self.member, 1)
        with self._lock:
            if index.group_id not in self._published:
                self._status.publish()
                self._published.add(index.group_id)
        ours = next(status_member(each) for each in index.entries if each.purpose == PURPOSE)
        given = document.get("credentialStatus", [])
        every = [*(given if isinstance(given, list) else [given]), ours]
        document["credentialStatus"] = every if len(every) > 1 else ours
        if document["@context"][0] == CREDENTIALS_V1 and STATUS_V1 not in document["@context"]:
            document["@context"] = [*document["@context"], STATUS_V1]
        name = document.get("id")
        if isinstance(name, str) and len(self._indexes) < _REMEMBERED:
            self._indexes[name] = index

    def _options(self, cryptosuite: str) -> dict[str, Any]:
        return {
            "type": proof.TYPE,
            "cryptosuite": cryptosuite,
            "created": render(self._clock().replace(microsecond=0)),
            "verificationMethod": self._key.verification_method,
            "proofPurpose": proof.ASSERTION,
        }

    def _append(self, document: dict[str, Any]) -> None:
        signed, salt = canonical.dumps(document), os.urandom(32)
        issuer_id = registry.member_id(self.member.did)
        digest = hashlib.sha256(signed).digest()
        submission = Submission(
            entry=entry.single(KIND, issuer_id, Representation.DATA_INTEGRITY, salt, digest),
            documents=(SignedDocument(Representation.DATA_INTEGRITY, signed, salt),),
            issuer=self.member.did,
            key=f"{KIND} {uuid.uuid4()}",  # an id may come twice, and is another credential then
        )
        self._sequencer.append([submission], caller=self._caller)
