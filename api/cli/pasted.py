"""What a clerk copies: the line that `issue` and the like print of a record, given back where a record's id belongs."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from issuers.outcomes import Outcome

_UUID = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_OUTCOME = r"(?:created|superseded|unchanged|conflict|revoked|taken) \(entry (?:0|[1-9][0-9]*)\)"
_LINE = re.compile(rf"\s*({_UUID}) (?:{_OUTCOME}|(?:revoked|suspended|no longer suspended)(?:: [^\n]+)?)\s*")


def line(outcome: "Outcome") -> str:
    """What was done with a record, and where it stands in the log."""
    return f"{outcome.record_id} {outcome.state} (entry {outcome.index})"


def record_id(text: str) -> str:
    """The id in a whole line that our own commands print; any other text as it is."""
    found = _LINE.fullmatch(text)
    return found[1] if found else text
