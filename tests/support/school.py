"""A school of the tests: it signs small records and status lists, the same ones each time."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from ledger.formats import entry, keys, registry, statuscredential, statuslist
from ledger.formats.entry import Representation
from ledger.formats.proof import JcsSigner
from ledger.formats.proof_rdfc import RdfcSigner
from ledger.log.submission import Caller, SignedDocument, Submission

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://example.org/contexts/transcript/v0"]
BASE = "https://example.org"
CREATED = "2026-07-01T00:00:00Z"


class School:
    """One issuer with one key, made of its name."""

    def __init__(self, name: str = "one") -> None:
        self.did = f"did:web:example.org:schools:{name}"
        self.key = keys.generate(hashlib.sha256(name.encode()).digest())
        self.method = f"{self.did}#{self.key.multikey}"
        self.caller = Caller(name, self.did)
        self._signer = JcsSigner(self.key, self.method, created=CREATED, context=CONTEXT)

    def credential(self, n: int, **members: Any) -> dict[str, Any]:
        """Record number n, not signed."""
        subject = {"name": f"学习者 {n}", "transcript": {"mark": n}}
        types = ["VerifiableCredential", "TranscriptCredential"]
        return {"@context": CONTEXT, "type": types, "issuer": self.did, "credentialSubject": subject, **members}

    def document(self, n: int, **members: Any) -> SignedDocument:
        """Record number n as signed bytes, with its salt."""
        salt = hashlib.sha256(f"{self.did} salt {n}".encode()).digest()
        return SignedDocument(Representation.DATA_INTEGRITY, self._signer.sign(self.credential(n, **members)), salt)

    def entry(self, document: SignedDocument, kind: str = "transcript") -> bytes:
        """The entry that commits to one document."""
        digest = hashlib.sha256(document.signed).digest()
        return entry.single(kind, registry.member_id(self.did), document.representation, document.salt, digest)

    def submission(self, n: int, **changes: Any) -> Submission:
        """Record number n, ready for the log."""
        document = self.document(n)
        made = {"entry": self.entry(document), "documents": (document,), "issuer": self.did, "key": f"{self.did} {n}"}
        return Submission(**{**made, **changes})

    def submissions(self, numbers: Iterable[int]) -> list[Submission]:
        """Several records."""
        return [self.submission(n) for n in numbers]

    def status_list(self, sequence: int = 1, revoked: Iterable[int] = (), **changes: Any) -> dict[str, Any]:
        """A list credential, not signed."""
        bits = bytearray(statuslist.MIN_BYTES)
        for index in revoked:
            statuslist.set_bit(bits, index)
        made: dict[str, Any] = {
            "url": f"https://example.org/status-lists/{self.caller.name}",
            "issuer": self.did,
            "purpose": "revocation",
            "sequence": sequence,
            "bits": bytes(bits),
            "base": BASE,
            "valid_from": datetime(2026, 7, 1, tzinfo=UTC),
            "valid_until": datetime(2026, 8, 1, tzinfo=UTC),
        }
        return statuscredential.build(**{**made, **changes})

    def sign_status(self, credential: dict[str, Any]) -> bytes:
        """The signed bytes of a list credential."""
        return RdfcSigner(self.key, self.method, created=CREATED, context=credential["@context"]).sign(credential)

    def signed_status(self, sequence: int = 1, revoked: Iterable[int] = (), **changes: Any) -> bytes:
        """A signed status list."""
        return self.sign_status(self.status_list(sequence, revoked, **changes))
