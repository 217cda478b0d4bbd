"""Exit codes: 0, 1 and 2 are verdicts and nothing else; the rest are those of BSD's sysexits.

| code | meaning |
|---|---|
| 0 | valid; for other commands: done |
| 1, 2 | `verify` alone: invalid, indeterminate |
| 3, 4 | `witness` and `monitor` alone: something to look at; a promise of the log that is broken for good |
| 64 | wrong usage, or no trust root |
| 65 | the input has errors, nothing was done |
| 66 | a file cannot be read |
| 69 | something that is needed is missing or cannot be reached now |
| 70 | an internal error, or output that could not be delivered |
| 77 | not allowed |
| 78 | the settings are wrong |
| 130 | interrupted |
"""

from collections.abc import Iterable

from ledger.formats.errors import (
    ConfigError,
    ConflictError,
    FormatError,
    NotAllowedError,
    NotFoundError,
    ProofError,
    RollbookError,
    UnavailableError,
)

OK, INVALID, INDETERMINATE = 0, 1, 2
ALARM, BROKEN = 3, 4
USAGE, DATA, NO_INPUT, UNAVAILABLE, INTERNAL, NOT_ALLOWED, CONFIG = 64, 65, 66, 69, 70, 77, 78
INTERRUPTED = 130

_WORST_FIRST = (INTERNAL, USAGE, NO_INPUT, INVALID, INDETERMINATE, OK)
_BY_ERROR: tuple[tuple[type[RollbookError], int], ...] = (
    (ConfigError, CONFIG),
    (UnavailableError, UNAVAILABLE),
    (NotAllowedError, NOT_ALLOWED),
    (NotFoundError, DATA),
    (ConflictError, DATA),
    (ProofError, DATA),
    (FormatError, DATA),
)


def worst(codes: Iterable[int]) -> int:
    """The exit code of several files together: 70, 64, 66, 1, 2, 0, whichever comes first; 0 for none."""
    return min(codes, key=_WORST_FIRST.index, default=OK)


def of(error: RollbookError) -> int:
    """The exit code of a command that ended with ``error``."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), INTERNAL)
