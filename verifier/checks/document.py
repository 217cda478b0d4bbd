"""document: every member is one that the kind names (docs/formats.md §3, §4), or, of other systems, the W3C model's."""

from ledger.formats import credential, forms, summary
from ledger.formats.contexts import with_examples
from ledger.formats.credential import Parsed
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind
from verifier.case import Case
from verifier.checks import tokens
from verifier.checks.outcomes import made, passed
from verifier.checks.proof import undefined
from verifier.report import Check


def check(case: Case) -> Check:
    """Sets ``kind`` and ``parsed``. Without a readable kind a record's terms are unknown; other policies need none."""
    if summary.is_summary(case.credential):
        return _summary(case)
    if case.secured is not None:
        return tokens.document(case, case.secured)
    kind = case.ground.common.kind
    case.kind = kind if isinstance(kind, Kind) else None
    try:
        case.parsed = _parsed(case)
    except FormatError as error:
        return made(error.code, reason=error.message)
    if case.kind is None and not case.question.policy.open:
        reason = kind.message if isinstance(kind, FormatError) else "the kind's definition is missing"
        return made("document.unsupported", reason=reason)
    unread = case.unread or _unsaid(case)
    if unread is not None:
        return _unread(unread)
    return passed("document", {"sha256": case.digest.hex()})


def _parsed(case: Case) -> Parsed:
    """As its kind wants it: a record, or a badge or CLR of one (docs/formats.md §18)."""
    form = forms.of(case.credential)
    if form is not None and case.kind is not None:
        return forms.check(case.credential, form, case.kind)
    return credential.check(case.credential, case.kind, size=len(case.signed))


def record_of(case: Case) -> bytes | None:
    """The digest of the record that a well-formed summary is of; None for anything else."""
    try:
        return summary.check(case.credential)[1] if summary.is_summary(case.credential) else None
    except FormatError:
        return None


def _summary(case: Case) -> Check:
    """A summary is not the record: nobody logged it, and it has no time of its own (docs/formats.md §15)."""
    try:
        case.parsed, digest = summary.check(case.credential)
    except FormatError as error:
        return made(error.code, reason=error.message)
    return made("document.summary", sha256=case.digest.hex(), record=digest.hex())


def _unsaid(case: Case) -> FormatError | None:
    """What no context defines, of another system's credential whose signature is over the JSON and covers it anyway."""
    return None if case.kind is not None else undefined(case.credential, with_examples(case.question.contexts))


def _unread(error: FormatError) -> Check:
    """What JSON-LD would lose is wrong, even where everything else is in order; a context that is not here is not."""
    code = "document.unsupported" if error.code == "document.unknown_context" else error.code
    return made(code, reason=error.message)
