"""The verifier: one function, one report. It asks nobody, reads no clock, and raises nothing on bad input.

The order of work, numbered in the code (docs/formats.md §11):

1. read the file: a bundle, a credential or a presentation;
2. evidence: fresher proof material for the digest of the credential, where some was gathered;
3. proof: the signature over the whole credential;
4. document: the credential against its kind;
5. anchor: what the chain accepted, by its one header and the state under it;
6. inclusion: whether the log has this document;
7. issuer: whether it was entitled when that was anchored;
8. status, 9. validity, 10. holder: on what is known by now;
11. the verdict, on the checks that the policy requires.

Every check runs, whatever the others found; in the report they stand in their fixed order. Each step is taken for all
documents of a batch before the next: what a step needs is then at hand, which saves a third of the time.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from ledger.formats import canonical, datetimes, forms
from ledger.formats.contexts import BUNDLED, Contexts
from ledger.formats.errors import ConfigError, FormatError
from ledger.formats.kind import Kind
from ledger.formats.proof import AUTHENTICATION
from ledger.formats.trustroot import TrustRoot
from verifier import material, presentations
from verifier.case import Case, Question
from verifier.checks import anchor, document, holder, inclusion, issuer, paper, proof, status, validity
from verifier.checks.outcomes import made, skipped
from verifier.evidence import NO_EVIDENCE, Absence, Evidence, Found
from verifier.facts.library import Library
from verifier.policy import NO_DEMANDS, RECORD, VC, Demands, Policy, Situation
from verifier.presentations import Presented
from verifier.readers.bundles import BundleReader
from verifier.readers.document import NotACredential, read
from verifier.report import CHECKS, Outcome, Report, decide

# Few enough that what one step leaves is still near when the next one needs it.
_BATCH = 16
_NOTHING: dict[str, Any] = {}
_in_order = itemgetter(*CHECKS)


class Verifier:
    """Verifies under one pinned trust root. May be shared among threads; keeps facts of the chain, none of records."""

    def __init__(
        self,
        trust_root: TrustRoot,
        *,
        contexts: Callable[[], Contexts] = lambda: BUNDLED,
        demands: Demands = NO_DEMANDS,
    ) -> None:
        """``contexts`` gives those that the verifier's own operator pinned; a kind's own comes with the bundle.

        ``demands`` holds for every policy.
        """
        self.trust_root = trust_root
        self._demands = demands
        self._contexts = contexts
        self._library = Library(trust_root)
        self._bundles = BundleReader()

    def verify(
        self,
        data: bytes,
        *,
        now: datetime,
        policy: Policy = RECORD,
        evidence: Evidence | None = None,
        domain: str | None = None,
        challenge: str | None = None,
        share: int = 1,
    ) -> Report:
        """The report on the file ``data``.

        ``now`` is an aware time. ``evidence`` is what was gathered online beforehand. ``domain`` and ``challenge`` are
        those that the verifier gave to the holder; where either is given, the check ``holder`` is required. ``share``
        makes the bounds of what is read narrower: only so much of what one document may take. Raises
        ConfigError ``verify.naive_time`` for a time without a zone, and nothing whatever ``data`` holds.
        """
        question = Question(
            self.trust_root,
            policy,
            now,
            evidence or NO_EVIDENCE,
            domain,
            challenge,
            self._contexts(),
            share,
            self._demands,
        )
        return self._answer(question, [data])[0]

    def verify_many(
        self,
        documents: Sequence[bytes],
        *,
        now: datetime,
        policy: Policy = RECORD,
        evidence: Evidence | None = None,
        share: int = 1,
    ) -> list[Report]:
        """As ``verify``, for many files at once: the same reports, in less time."""
        gathered, contexts = evidence or NO_EVIDENCE, self._contexts()
        question = Question(self.trust_root, policy, now, gathered, None, None, contexts, share, self._demands)
        starts = range(0, len(documents), _BATCH)
        return [report for at in starts for report in self._answer(question, documents[at : at + _BATCH])]

    def verify_presentation(
        self,
        presentation: dict[str, Any],
        *,
        now: datetime,
        evidence: Evidence | None = None,
        domain: str | None = None,
        challenge: str | None = None,
        purpose: str = AUTHENTICATION,
    ) -> Presented:
        """What a presentation of another system's form, read strictly, is worth under the policy ``vc``.

        It may be enveloped; then ``purpose`` is the one that its type says.
        """
        gathered, contexts = evidence or NO_EVIDENCE, self._contexts()
        question = Question(self.trust_root, VC, now, gathered, domain, challenge, contexts, demands=self._demands)

        def check_one(data: bytes, share: int) -> Report:
            alone = question._replace(domain=None, challenge=None, share=share)
            return self._answer(alone, [data])[0]

        return presentations.verify(question, presentation, check_one, purpose)

    def refuse(self, error: FormatError, *, now: datetime, policy: Policy = RECORD) -> Report:
        """The report on a file that could not even be opened: ``error`` has a code of the check ``document``."""
        return _unreadable(Question(self.trust_root, policy, now, NO_EVIDENCE, None, None), error)

    def _answer(self, question: Question, documents: Sequence[bytes], *, strictly: bool = False) -> list[Report]:
        if question.now.tzinfo is None:
            raise ConfigError("verify.naive_time", "now has a time zone")
        found = [self._read(question, data, strictly) for data in documents]  # 1
        for at, one in enumerate(found):
            if isinstance(one, Case):
                self._consult(one)  # 2
                if one.numbers_unseen and _needs_a_stricter_look(one):
                    found[at] = self._answer(question, [documents[at]], strictly=True)[0]
        cases = [one for one in found if isinstance(one, Case)]
        for case in cases:
            case.checks["proof"] = proof.check(case)  # 3
        for case in cases:
            case.checks["document"] = document.check(case)  # 4
        for case in cases:
            case.checks["anchor"] = anchor.check(case)  # 5
        for case in cases:
            case.checks["inclusion"] = inclusion.check(case)  # 6
        for case in cases:
            case.checks["issuer"] = issuer.check(case)  # 7
            if case.rests_on_kind:
                proof.confirm(case)
            case.checks["status"] = status.check(case, self._library)  # 8
            case.checks["validity"] = validity.check(case)  # 9
            case.checks["holder"] = holder.check(case)  # 10
            paper.note(case)
        return [_conclude(one) if isinstance(one, Case) else one for one in found]  # 11

    def _read(self, question: Question, data: bytes, strictly: bool) -> Case | Report:
        try:
            given = read(data, self._bundles, strictly=strictly)
        except FormatError as error:
            return _unreadable(question, error)
        issuer_did = _issuer(given.credential)
        ground = self._library.ground(given.material.common)
        signed, unseen = given.signed, True
        if signed is None:
            secured, whole = given.secured, given.sealed or given.credential
            signed, unseen = canonical.dumps(whole) if secured is None else secured.signed, False
        return Case(
            question,
            given.credential,
            given.presentation,
            given.salt,
            given.material,
            signed,
            unseen,
            issuer_did,
            ground,
            secured=given.secured,
            sealed=given.sealed,
            vp=given.vp,
            shown=given.shown,
            beside=given.beside,
        )

    def _consult(self, case: Case) -> None:
        """Evidence only ever completes or refreshes: an answer that is not there takes nothing away."""
        case.digest = hashlib.sha256(case.signed).digest()
        case.summary_of = document.record_of(case)
        answer = case.question.evidence.material(case.summary_of or case.digest)
        if not isinstance(answer, Found):
            case.absence = answer
            return
        chosen = material.choose(case.material, answer.material, self._library)
        case.salt = case.salt or (None if case.summary_of else answer.salt)
        if isinstance(chosen, Absence):
            case.absence = chosen
        else:
            case.material = chosen
            case.ground = self._library.ground(chosen.common)


def _needs_a_stricter_look(case: Case) -> bool:
    """Whether the credential's text may not be its canonical form after all, because of a double in it.

    Under a kind without numbers a number anywhere fails the check ``document`` or ``proof``, so that nobody need look.
    """
    kind = case.ground.common.kind
    if isinstance(kind, Kind) and not kind.has_numbers:
        return False
    return not canonical.is_plain(case.credential)


def _issuer(credential: dict[str, Any]) -> str | None:
    """Whom the credential names, before its form is checked."""
    value = credential.get("issuer")
    did = value.get("id") if isinstance(value, dict) else value
    return did if isinstance(did, str) else None


def _unreadable(question: Question, error: FormatError) -> Report:
    checks = {name: skipped(name, "the document could not be read") for name in CHECKS}
    checks["document"] = made(error.code, reason=error.message)
    if question.is_challenged:
        checks["holder"] = made("holder.missing")
    required = question.policy.demands(checks, lambda: Situation(is_challenged=question.is_challenged))
    return Report(
        verdict=decide(checks, required),
        policy=question.policy.name,
        assurance=question.root.assurance,
        trust_root=question.root.fingerprint,
        checked_at=question.now,
        as_of=None,
        anchored_at=None,
        checks=_in_order(checks),
        required=frozenset(required),
        is_credential=not isinstance(error, NotACredential),
    )


def _conclude(case: Case) -> Report:
    parsed, question, checks, standing = case.parsed, case.question, case.checks, case.standing
    required = question.policy.demands(checks, lambda: _situation(case))
    anchored = case.anchored.time if case.anchored is not None and case.is_included else None
    is_signed = checks["proof"].outcome is Outcome.PASS and parsed is not None and case.words_are_known
    subject, record = _contents(case) if is_signed else (_NOTHING, _NOTHING)
    return Report(
        verdict=decide(checks, required),
        policy=question.policy.name,
        assurance=_assurance(case, anchored),
        trust_root=question.root.fingerprint,
        checked_at=question.now,
        as_of=case.state.as_of if case.state else None,
        anchored_at=None if anchored is None else datetimes.from_unix(anchored),
        checks=_in_order(checks),
        required=frozenset(required),
        issuer=standing.issuer if standing else _NOTHING,
        subject=subject,
        record=record,
        kind=case.kind,
    )


def _assurance(case: Case, anchored: int | None) -> str:
    """What all rests on may be said to be: the block, and who vouches for the time ``anchored`` (Unix seconds).

    Without a block it is what the trust root says.
    """
    root, state = case.question.root, case.state
    return root.assurance if state is None else root.assurance_at(state.epoch, state.header.number, anchored)


def _situation(case: Case) -> Situation:
    parsed, standing = case.parsed, case.standing
    return Situation(
        parsed is not None and bool(parsed.status or parsed.other_status),
        case.key_is_bound,
        standing is not None and standing.registered,
        case.question.is_challenged,
        speaks_for_itself=case.issuer is not None and case.issuer.startswith("did:key:"),
    )


def _contents(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Signed values: of the learner, and of the record."""
    parsed, kind, credential = case.parsed, case.kind, case.credential
    assert parsed is not None
    record: dict[str, Any] = {"type": parsed.types[-1], "id": parsed.record_id}
    for name in ("validFrom", "validUntil"):
        if name in credential:
            record[name] = credential[name]
    learner = parsed.subject
    if kind is not None:
        learner = dict(learner)
        form = forms.of(credential) if len(parsed.types) > 2 else None
        # Of an SD-JWT it may have been withheld.
        for name in (kind.content,) if form is None else form.content:
            if name in learner:
                record[name] = learner.pop(name)
    return learner, record
