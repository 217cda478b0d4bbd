"""The verifier: one function, one report. It asks nobody, reads no clock, and raises nothing on bad input.

The order of work, numbered in the code (docs/formats.md §11):

1. read the file: a bundle, a credential or a presentation;
2. proof: the signature over the whole credential, whose bytes give the digest;
3. evidence: fresher proof material for that digest, where some was gathered;
4. document: the credential against its kind;
5. anchor: what the chain accepted, by its one header and the state under it;
6. issuer: whether it was entitled at that time;
7. inclusion, 8. status, 9. validity, 10. holder: on what is known by now;
11. the verdict, on the checks that the policy requires.

Every check runs, whatever the others found; in the report they stand in their fixed order.
"""

import hashlib
from datetime import datetime
from typing import Any

from ledger.formats import canonical, datetimes
from ledger.formats.bundle import Bundle
from ledger.formats.errors import ConfigError, FormatError
from ledger.formats.trustroot import TrustRoot
from verifier import material
from verifier.case import Case, Question
from verifier.checks import anchor, document, holder, inclusion, issuer, proof, status, validity
from verifier.checks.outcomes import made, skipped
from verifier.evidence import NO_EVIDENCE, Absence, Evidence, Found
from verifier.facts.library import Library
from verifier.policy import RECORD, Policy, Situation
from verifier.readers.bundles import BundleReader
from verifier.readers.document import NotACredential, read
from verifier.report import CHECKS, Check, Outcome, Report, decide


class Verifier:
    """Verifies under one pinned trust root. May be shared among threads; keeps facts of the chain, none of records."""

    def __init__(self, trust_root: TrustRoot) -> None:
        self.trust_root = trust_root
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
    ) -> Report:
        """The report on the file ``data``.

        ``now`` is an aware time. ``evidence`` is what was gathered online beforehand. ``domain`` and ``challenge`` are
        those that the verifier gave to the holder; where either is given, the check ``holder`` is required. Raises
        ConfigError ``verify.naive_time`` for a time without a zone, and nothing whatever ``data`` holds.
        """
        if now.tzinfo is None:
            raise ConfigError("verify.naive_time", "now has a time zone")
        question = Question(self.trust_root, policy, now, evidence or NO_EVIDENCE, domain, challenge)
        try:
            given = read(data, self._bundles)  # 1
        except FormatError as error:
            return _unreadable(question, error)
        return self._examine(question, given)

    def _examine(self, question: Question, given: Bundle) -> Report:
        issuer_did = _issuer(given.credential)
        ground = self._library.ground(given.material.common)
        case = Case(
            question,
            given.credential,
            given.presentation,
            given.salt,
            given.material,
            given.signed,
            issuer_did,
            ground,
        )
        checks: dict[str, Check] = {}
        checks["proof"] = proof.check(case)  # 2
        case.signed = case.signed or canonical.dumps(case.credential)
        case.digest = hashlib.sha256(case.signed).digest()
        self._consult(case)  # 3
        checks["document"] = document.check(case)  # 4
        checks["anchor"] = anchor.check(case)  # 5
        checks["issuer"] = issuer.check(case)  # 6
        checks["inclusion"] = inclusion.check(case)  # 7
        checks["status"] = status.check(case, self._library)  # 8
        checks["validity"] = validity.check(case)  # 9
        checks["holder"] = holder.check(case)  # 10
        return _conclude(case, checks)  # 11

    def _consult(self, case: Case) -> None:
        """Evidence only ever completes or refreshes: an answer that is not there takes nothing away."""
        answer = case.question.evidence.material(case.digest)
        if isinstance(answer, Found):
            chosen = material.choose(case.material, answer.material, self._library)
            case.salt = case.salt or answer.salt
            if isinstance(chosen, Absence):
                case.absence = chosen
            else:
                case.material = chosen
                case.ground = self._library.ground(chosen.common)
        else:
            case.absence = answer


def _issuer(credential: dict[str, Any]) -> str | None:
    """Whom the credential names, before its form is checked."""
    value = credential.get("issuer")
    did = value.get("id") if isinstance(value, dict) else value
    return did if isinstance(did, str) else None


def _unreadable(question: Question, error: FormatError) -> Report:
    checks = {name: skipped(name, "the document could not be read") for name in CHECKS}
    checks["document"] = made(error.code, reason=error.message)
    if question.domain is not None or question.challenge is not None:
        checks["holder"] = made("holder.missing")
    return _report(question, checks, Situation(), is_credential=not isinstance(error, NotACredential))


def _conclude(case: Case, checks: dict[str, Check]) -> Report:
    parsed, question = case.parsed, case.question
    situation = Situation(
        names_status=parsed is not None and bool(parsed.status or parsed.other_status),
        key_is_bound=case.key_is_bound,
        is_registered=case.standing is not None and case.standing.registered,
        is_challenged=question.domain is not None or question.challenge is not None,
    )
    included = checks["inclusion"].outcome is Outcome.PASS
    profile = case.standing.profile if case.standing else None
    signed = checks["proof"].outcome is Outcome.PASS and parsed is not None
    subject, record = _contents(case) if signed else ({}, {})
    return _report(
        question,
        checks,
        situation,
        as_of=case.state.as_of if case.state else None,
        anchored_at=datetimes.from_unix(case.anchored.time) if included and case.anchored else None,
        issuer={"did": profile.did, "code": profile.code, "name": profile.name} if profile else {},
        subject=subject,
        record=record,
        kind=case.kind,
    )


def _contents(case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
    """Signed values: of the learner, and of the record."""
    parsed, kind = case.parsed, case.kind
    assert parsed is not None
    record = {"type": parsed.types[-1], "id": parsed.record_id}
    record |= {name: case.credential[name] for name in ("validFrom", "validUntil") if name in case.credential}
    if kind is None:
        return parsed.subject, record
    learner = {name: value for name, value in parsed.subject.items() if name != kind.content}
    return learner, record | {kind.content: parsed.subject[kind.content]}


def _report(question: Question, checks: dict[str, Check], situation: Situation, **more: Any) -> Report:
    required = question.policy.demands(checks, situation)
    return Report(
        verdict=decide(checks, required),
        policy=question.policy.name,
        assurance=question.root.assurance,
        trust_root=question.root.fingerprint,
        checked_at=question.now,
        as_of=more.pop("as_of", None),
        anchored_at=more.pop("anchored_at", None),
        checks=tuple([checks[name] for name in CHECKS]),
        required=frozenset(required),
        **more,
    )
