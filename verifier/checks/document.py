"""document: every member is one that the kind names (docs/formats.md §3, §4), or, of other systems, the W3C model's."""

from ledger.formats import credential
from ledger.formats.errors import FormatError
from ledger.formats.kind import Kind
from verifier.case import Case
from verifier.checks.outcomes import made, passed
from verifier.report import Check


def check(case: Case) -> Check:
    """Sets ``kind`` and ``parsed``. Without a readable kind a record's terms are unknown; other policies need none."""
    kind = case.ground.common.kind
    case.kind = kind if isinstance(kind, Kind) else None
    try:
        case.parsed = credential.check(case.credential, case.kind, size=len(case.signed))
    except FormatError as error:
        return made(error.code, reason=error.message)
    if case.kind is None and not case.question.policy.open:
        reason = kind.message if isinstance(kind, FormatError) else "the kind's definition is missing"
        return made("document.unsupported", reason=reason)
    return passed("document", {"sha256": case.digest.hex()})
