"""What is offered to the log, by whom, and what must hold of it before it is appended.

The log proves that somebody committed to a record at a time; that it was the issuer, and that the commitments open to
what the issuer signed, is checked here, once, while the signed documents are at hand. Rules, numbered in the code:

1. the entry is well-formed, of a kind that is not reserved, and of the issuer that the submission names;
2. the caller may submit this, which the deployment decides; where nothing is decided, nobody may;
3. there is exactly one signed document for each commitment, and the commitment opens to it;
4. no salt is the public one of status lists;
5. each document bears a valid signature of that issuer, under contexts that the deployment knows; where it names no
   others, the bundled ones are all that is known, and what they do not define is refused.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ledger.formats import canonical, entry, proofs, registry, sm2_envelope, suites
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.entry import Representation
from ledger.formats.errors import FormatError, NotAllowedError, ProofError
from ledger.log import tokens
from ledger.log.bulk import Row
from ledger.log.tables import MAX_KEY


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a name for the records, and the DID of the issuer on whose behalf (None: for nobody)."""

    name: str
    issuer: str | None


@dataclass(frozen=True, slots=True)
class SignedDocument:
    """One signed form of a record: its representation, the signed bytes S (docs/formats.md §4), its 32-byte salt."""

    representation: int
    signed: bytes = field(repr=False)
    salt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Submission:
    """One record for the log.

    ``key`` names it for good: the same key with the same entry is the same record, however often it is submitted.
    ``rows`` of other areas' tables are written in the entry's own transaction; `LOG_INDEX` in them becomes its index.
    ``in_place_of`` is the DID of an issuer that has ended, whose status list ``issuer`` publishes.
    """

    entry: bytes
    documents: tuple[SignedDocument, ...]
    issuer: str
    key: str
    rows: tuple[Row, ...] = ()
    in_place_of: str | None = None


Authorize = Callable[[Caller, Submission], bool]
"""Whether this caller may submit this, which has passed every other check but the signatures."""


ContextsOf = Callable[[object], Contexts]
"""The contexts under which a document with this ``@context`` is read; FormatError ``document.unknown_context``."""


def bundled_only(_context: object) -> Contexts:
    """The rule where none is given: no kind's context is known."""
    return BUNDLED


def nobody(_caller: Caller, _submission: Submission) -> bool:
    """The rule where none is given."""
    return False


def own_issuer_only(caller: Caller, submission: Submission) -> bool:
    """A caller submits for the issuer that it acts for, and for nobody else."""
    return caller.issuer is not None and caller.issuer == submission.issuer and submission.in_place_of is None


def check(submission: Submission, caller: Caller, authorize: Authorize, contexts_of: ContextsOf = bundled_only) -> None:
    """Check a record's submission by the module's rules, in order.

    Raises FormatError ``entry.malformed``, ``log.malformed``; NotAllowedError ``log.not_allowed``; ProofError
    ``log.wrong_commitment``, and what the document's own verification raises.
    """
    committed = _check_entry(submission)  # 1
    if committed.kind == entry.STATUS_KIND:
        raise NotAllowedError("log.not_allowed", f"the kind {entry.STATUS_KIND!r} is for publications of status lists")
    if not authorize(caller, submission):  # 2
        raise NotAllowedError("log.not_allowed", f"{caller.name!r} may not submit this")
    if any(document.salt == entry.PUBLIC_SALT for document in submission.documents):  # 4
        raise FormatError("log.malformed", "the salt of zeros is for publications of status lists")
    check_documents(submission, committed, contexts_of)  # 3, 5


def _check_entry(submission: Submission) -> entry.Entry:
    committed = entry.decode(submission.entry)
    if committed.issuer_id != registry.member_id(submission.issuer):
        raise FormatError("log.malformed", "the entry is another issuer's")
    if not (0 < len(submission.key) <= MAX_KEY and submission.key.isprintable()):
        raise FormatError("log.malformed", f"a key is 1 to {MAX_KEY} printable characters")
    return committed


def check_documents(submission: Submission, committed: entry.Entry, contexts_of: ContextsOf = bundled_only) -> None:
    """Rules 3 and 5: each commitment opens to a document that the issuer signed."""
    types = tuple(document.representation for document in submission.documents)
    if types != tuple(representation for representation, _ in committed.commitments):
        raise FormatError("log.malformed", "the entry's commitments and the signed documents differ in type or order")
    for document, (_, commitment) in zip(submission.documents, committed.commitments, strict=True):
        digest = hashlib.sha256(document.signed).digest()
        if entry.commitment(document.salt, digest) != commitment:
            raise ProofError("log.wrong_commitment", "a commitment does not open to its signed document")
    for document in submission.documents:
        verify = _VERIFIERS.get(document.representation)
        if verify is None:
            raise FormatError("log.unsupported", f"representation {document.representation} cannot be verified here")
        verify(document.signed, submission.issuer, contexts_of)


def verify_data_integrity(signed: bytes, issuer: str, contexts_of: ContextsOf = bundled_only) -> dict[str, Any]:
    """The document in the bytes S, which ``issuer`` issued and signed in either suite; S is its JCS form to the byte.

    Raises FormatError ``document.malformed`` and its kin; ProofError ``proof.…``, ``proof.wrong_key`` where the
    document is another's or the key is under another DID.
    """
    document = canonical.loads(signed)
    if not isinstance(document, dict):
        raise FormatError("document.malformed", "a credential is an object")
    named = document.get("issuer")
    if isinstance(named, dict):
        named = named.get("id")
    options = document.get("proof")
    several = options if isinstance(options, list) else [options]
    contexts = contexts_of(document.get("@context")) if any(map(suites.is_rdfc, several)) else BUNDLED
    if isinstance(options, list):  # a badge's one proof in an array (docs/formats.md §18), or an open credential's set
        found = proofs.verify_all(document, contexts=contexts)
    else:
        found = [suites.verify(document, contexts=contexts)]
    if any(verified.signed != signed for verified in found):
        raise FormatError("document.malformed", "the signed document is not in its canonical form")
    if named != issuer or any(verified.did != issuer for verified in found):
        raise ProofError("proof.wrong_key", "the document is not issued and signed by the issuer that is named")
    return document


_VERIFIERS: Mapping[int, Callable[[bytes, str, ContextsOf], object]] = {
    Representation.DATA_INTEGRITY: verify_data_integrity,
    Representation.JWT: lambda signed, issuer, _: tokens.verify_jwt(signed, issuer),
    Representation.SD_JWT: lambda signed, issuer, _: tokens.verify_sd_jwt(signed, issuer),
    Representation.SM2: lambda signed, issuer, _: sm2_envelope.verify_signed(signed, issuer),
}
