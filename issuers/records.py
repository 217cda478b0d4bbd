"""What a school does with its records: issue, import, supersede, revoke, find.

A record's identity is (issuer, kind, learner, slot), or without the learner where the kind says that no two of them
share a slot. The same content again is the record that is there; other content
is refused unless it says that it supersedes. Every function takes the caller and works for the caller's own school
alone; another school's record is not there.

An import may be killed at any moment: chunks that are in the log are whole, and the same import again goes on after
them, since what is there is the same content again.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Engine

from issuers.identifiers import has_other_width
from issuers.importers.drafts import Draft, ParsedFile
from issuers.importers.problems import Problem, problem
from issuers.importers.reader import read_file
from issuers.jose import NOTHING_MORE, JoseSigner, Wanted, jose_key
from issuers.keystore import Keystore
from issuers.kinds import InstalledKind, Kinds
from issuers.outcomes import REFUSED, ImportReport, Outcome
from issuers.planning import Plan, describe, refusals
from issuers.schools import Clock, Member, Schools
from issuers.scope import Scope
from issuers.signing import BatchSigner, Extra, Prepared
from issuers.status import StatusLists
from issuers.store import RecordStore, StoredRecord
from issuers.suspensions import Suspensions
from ledger.formats import canonical, suites
from ledger.formats.errors import ConflictError, FormatError, NotAllowedError
from ledger.log.sequencer import Sequencer
from ledger.log.submission import Caller

CHUNK = 2_000
"""Records that are signed and committed at once; how much of an import a kill can undo."""
MAX_LEARNER = 64
MAX_REASON = 500

_ATTEMPTS = 5
_IDENTITY_KEY = "record identities"

Progress = Callable[[int], None]
"""Called with the number of drafts done since the last call."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Who signs what, and how; ``reason`` is that for which records take the place of others."""

    caller: Caller
    member: Member
    installed: InstalledKind
    cryptosuite: str
    wanted: Wanted
    reason: str | None


class Records:
    """The use-cases of one deployment's schools."""

    def __init__(
        self,
        engine: Engine,
        sequencer: Sequencer,
        schools: Schools,
        kinds: Kinds,
        keystore: Keystore,
        status: StatusLists,
        clock: Clock,
    ) -> None:
        self._store = RecordStore(engine)
        self._suspensions = Suspensions(engine, self._store)
        self._sequencer = sequencer
        self._schools = schools
        self._kinds = kinds
        self._keystore = keystore
        self._status = status
        self._clock = clock
        self._scope = Scope(schools, kinds)
        self._identity_key: bytes | None = None

    def issue(
        self,
        caller: Caller,
        kind: str,
        subject: Mapping[str, Any],
        *,
        superseding: str | None = None,
        cryptosuite: str = suites.DEFAULT,
        wanted: Wanted = NOTHING_MORE,
    ) -> Outcome:
        """Sign and log one record, or give the one that is there with the same content, however that one is signed.

        ``superseding`` is the reason for which it takes the place of one with other content, ``wanted`` the forms in
        which a new one is signed besides. Raises FormatError
        ``document.…``, ``row.order``, ``record.cryptosuite``; ConflictError ``row.conflict``, ``row.revoked`` or
        ``row.taken``; UnavailableError as the log does.
        """
        drafts = [Draft(dict(subject))]
        (outcome,) = self.issue_many(
            caller, kind, drafts, superseding=superseding, cryptosuite=cryptosuite, wanted=wanted
        )
        if outcome.state in REFUSED:
            found = describe(outcome)
            raise ConflictError(found.code, found.en)
        return outcome

    def issue_many(
        self,
        caller: Caller,
        kind: str,
        drafts: Iterable[Draft],
        *,
        superseding: str | None = None,
        cryptosuite: str = suites.DEFAULT,
        wanted: Wanted = NOTHING_MORE,
        progress: Progress | None = None,
    ) -> list[Outcome]:
        """Sign and log records in chunks, each durable before the next; an outcome for each draft, in order.

        Raises NotAllowedError ``issuer.…`` where the school is not accredited for the kind, and FormatError
        ``record.cryptosuite`` for a suite that is not signed with here, before anything is signed.

        Conflicts are outcomes, and stop nothing. A draft that its kind refuses raises FormatError, and its chunk is not
        issued; chunks before it are.
        """
        batch = self._batch(caller, kind, cryptosuite, wanted, superseding)
        rest = iter(drafts)
        outcomes: list[Outcome] = []
        while chunk := list(islice(rest, CHUNK)):
            outcomes += self._issue_chunk(batch, chunk)
            if progress is not None:
                progress(len(chunk))
        return outcomes

    def import_file(
        self,
        caller: Caller,
        kind: str,
        data: bytes,
        *,
        partial: bool = False,
        ignore_unknown: bool = False,
        superseding: str | None = None,
        cryptosuite: str = suites.DEFAULT,
        wanted: Wanted = NOTHING_MORE,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Import a CSV or XLSX file: all of it, or with ``partial`` its good rows, or nothing and the reasons."""
        batch = self._batch(caller, kind, cryptosuite, wanted, superseding)
        installed = batch.installed
        parsed = read_file(data, installed.template, installed.broken, ignore_unknown=ignore_unknown)
        parsed = _in_order(installed, parsed)
        problems = [*parsed.problems, *self._conflicts(batch, parsed.drafts)]
        report = ImportReport.of(parsed, installed.kind.name, problems)
        if problems and not partial:
            return report
        outcomes = self.issue_many(
            caller,
            kind,
            parsed.drafts,
            superseding=superseding,
            cryptosuite=cryptosuite,
            wanted=wanted,
            progress=progress,
        )
        # Somebody else may have issued a record between the two looks at it.
        known = {found.line for found in problems}
        problems += [found for found in refusals(outcomes) if found.line not in known]
        return replace(report, problems=tuple(problems), outcomes=tuple(outcomes))

    def supersede(
        self,
        caller: Caller,
        record_id: str,
        subject: Mapping[str, Any],
        reason: str,
        *,
        cryptosuite: str = suites.DEFAULT,
        wanted: Wanted = NOTHING_MORE,
    ) -> Outcome:
        """Put another content in the place of a record, of the same learner and slot.

        Raises NotFoundError ``record.unknown``; ConflictError ``record.identity`` where the subject is of another
        learner or slot, ``record.not_newest`` where the record was superseded already, by other content.
        """
        member = self._member(caller)
        old = self._store.get(member, record_id)
        batch = self._batch(caller, old.kind, cryptosuite, wanted, reason)
        draft = Draft(dict(subject))
        prepared = self._prepare(member, batch.installed, draft)
        if (prepared.identity, prepared.learner) != (old.identity, old.learner):
            raise ConflictError("record.identity", "the subject is another learner's, or of another slot")
        (outcome,) = self._issue_chunk(batch, [draft], replaces=old.idx)
        return outcome

    def revoke(self, caller: Caller, record_id: str, reason: str) -> StoredRecord:
        """Revoke a record for good; again is no change. It counts once its status list is published."""
        member = self._member(caller)
        return self._store.revoke(member, record_id, _reason(reason), int(self._clock().timestamp()))

    def suspend(self, caller: Caller, record_id: str, reason: str) -> StoredRecord:
        """Suspend a record until that is lifted; it counts once its status list is published.

        Raises ConflictError ``record.revoked``.
        """
        now = int(self._clock().timestamp())
        return self._suspensions.suspend(self._member(caller), record_id, _reason(reason), now)

    def lift(self, caller: Caller, record_id: str, reason: str) -> StoredRecord:
        """End a record's suspension; again is no change."""
        now = int(self._clock().timestamp())
        return self._suspensions.lift(self._member(caller), record_id, _reason(reason), now)

    def get(self, caller: Caller, record_id: str) -> StoredRecord:
        """A record of the caller's school by its id (a UUID, or urn:uuid:…); NotFoundError ``record.unknown``."""
        return self._store.get(self._member(caller), record_id)

    def find(
        self, caller: Caller, *, learner: str | None = None, kind: str | None = None, after: int = -1, limit: int = 100
    ) -> list[StoredRecord]:
        """Records of the caller's school whose entry is after the index ``after``, in the order of the log."""
        return self._store.find(self._member(caller), learner=learner, kind=kind, after=after, limit=limit)

    def by_digest(self, digest: bytes) -> StoredRecord:
        """The record whose signed document has this SHA-256, of whatever school: who knows it has the document.

        Of what is found, only proof material may be handed out. NotFoundError ``record.unknown``.
        """
        return self._store.by_digest(digest)

    def _member(self, caller: Caller) -> Member:
        if caller.issuer is None:
            raise NotAllowedError("issuer.no_school", "the caller acts for no school")
        member = self._schools.get(caller.issuer)
        if member.role != "issuer":
            raise NotAllowedError("issuer.no_school", "an authority issues no records")
        return member

    def _accredited(self, caller: Caller, kind: str) -> tuple[Member, InstalledKind]:
        """The caller's school and the kind, which the school may sign."""
        member = self._member(caller)
        installed = self._kinds.get(kind)
        self._scope.require(member.did, kind)
        return member, installed

    def _batch(self, caller: Caller, kind: str, cryptosuite: str, wanted: Wanted, superseding: str | None) -> "_Batch":
        suites.check_name(cryptosuite)
        member, installed = self._accredited(caller, kind)
        reason = None if superseding is None else _reason(superseding)
        return _Batch(caller, member, installed, cryptosuite, wanted, reason)

    def _issue_chunk(self, batch: "_Batch", drafts: Sequence[Draft], replaces: int | None = None) -> list[Outcome]:
        prepared = [self._prepare(batch.member, batch.installed, draft) for draft in drafts]
        for _ in range(_ATTEMPTS):
            plan = self._plan(batch.member, Plan(drafts, replaces), prepared, batch.reason)
            if plan.fresh:
                try:
                    indices = self._submit(batch, [record for _, record in plan.fresh])
                except ConflictError as error:
                    if error.code not in ("log.conflict", "log.row_conflict"):
                        raise
                    continue  # another call issued one of them meanwhile: look again
                plan.settle(indices)
            return plan.outcomes()
        raise ConflictError("record.contended", "others keep issuing the same records; try again")

    def _prepare(self, member: Member, installed: InstalledKind, draft: Draft) -> Prepared:
        installed.kind.validate(draft.subject)
        late = installed.template.disorder(draft.subject)
        if late is not None:
            raise FormatError("row.order", f"{late.name}: {problem('row.order').en}")
        learner, slot = installed.template.identity(draft.subject)
        if not 0 < len(learner) <= MAX_LEARNER:
            raise FormatError("document.malformed", f"an identifier has 1 to {MAX_LEARNER} characters")
        if has_other_width(learner):  # one learner must not become two
            raise FormatError("document.malformed", "an identifier holds full-width or other compatibility characters")
        text = canonical.dumps(list(slot)).decode()
        owner = "" if installed.template.is_unique else learner  # a slot that no two learners have is the school's
        identity = self._identity(member.did, installed.kind.name, owner, text)
        content = hashlib.sha256(canonical.dumps(draft.subject)).digest()
        return Prepared(draft.subject, learner, text, identity, content)

    def _identity(self, *parts: str) -> bytes:
        """Keyed, so that what remains of an erased record (the log's idempotency key) cannot be guessed."""
        if self._identity_key is None:
            self._identity_key = self._keystore.get_or_make(_IDENTITY_KEY)
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.digest(self._identity_key, message, "sha256")

    def _plan(self, member: Member, plan: Plan, prepared: Sequence[Prepared], reason: str | None) -> Plan:
        there = self._store.newest(member, [record.identity for record in prepared])
        for number, record in enumerate(prepared):
            plan.add(number, record, there.get(record.identity), reason)
        return plan

    def _submit(self, batch: "_Batch", records: Sequence[Prepared]) -> list[tuple[int, str]]:
        """Entry index and record id of each."""
        key, pair = self._schools.signing_key(batch.member.did)
        indexes = self._status.allocate(batch.member, len(records))
        now = self._clock()
        signer = BatchSigner(batch.member, batch.installed, key, pair, now, batch.cryptosuite, self._extra(batch, now))
        submissions = signer.sign(records, indexes)
        placed = self._sequencer.append(submissions, caller=batch.caller)
        return [(idx, item.rows[0][1]["record_id"]) for idx, item in zip(placed, submissions, strict=True)]

    def _extra(self, batch: "_Batch", now: datetime) -> Extra | None:
        """Who signs further forms, where any are wanted."""
        if not batch.wanted.forms:
            return None
        key = jose_key(self._schools, batch.member.did)
        return Extra(JoseSigner(key, batch.installed.kind, now.replace(microsecond=0)), batch.wanted)

    def _conflicts(self, batch: "_Batch", drafts: Sequence[Draft]) -> list[Problem]:
        """What would be refused, found before anything is signed."""
        found: list[Problem] = []
        for start in range(0, len(drafts), CHUNK):
            chunk = drafts[start : start + CHUNK]
            prepared = [self._prepare(batch.member, batch.installed, draft) for draft in chunk]
            found += refusals(self._plan(batch.member, Plan(chunk), prepared, batch.reason).outcomes())
        return found


def _in_order(installed: InstalledKind, parsed: ParsedFile) -> ParsedFile:
    """The file without the drafts whose dates are out of order, each of which is a problem."""
    late = {draft.line: installed.template.disorder(draft.subject) for draft in parsed.drafts}
    found = [problem("row.order", line, header=column.headers["zh"][0]) for line, column in late.items() if column]
    drafts = tuple(draft for draft in parsed.drafts if late[draft.line] is None)
    return replace(parsed, drafts=drafts, problems=(*parsed.problems, *found)) if found else parsed


def _reason(text: str) -> str:
    """A reason as it is kept: people have to find it there."""
    if not 0 < len(text.strip()) <= MAX_REASON:
        raise FormatError("record.reason", f"a reason has 1 to {MAX_REASON} characters")
    return text.strip()
