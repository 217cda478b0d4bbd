"""Times as text: RFC 3339 with a time zone (XML Schema's dateTimeStamp), and in UTC with ``Z`` where we write them.

Read without the clock: every function takes what it needs. Read is what both have: dateTimeStamp has no leap second
(``:60``), no small ``t`` and ``z`` and no offset beyond 14 hours, RFC 3339 no hour 24 and no years but those of four
digits (docs/formats.md §19).
"""

import re
from datetime import UTC, datetime
from functools import lru_cache

from ledger.formats.errors import FormatError

_STAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
)
_FRACTION = re.compile(r"\.([0-9]{7,9})")
MAX_UNIX = 253402300799
"""9999-12-31T23:59:59Z, the last second that the text form can hold."""


def parse(text: object) -> datetime:
    """The moment, in UTC, of an RFC 3339 text with any offset; FormatError ``document.malformed`` for anything else.

    Fractions finer than a microsecond are cut off.
    """
    if not isinstance(text, str) or len(text) > 35:
        raise _malformed()
    return _parse(text)


@lru_cache(maxsize=1024)  # a batch of records has few dates
def _parse(text: str) -> datetime:
    if not _STAMP.fullmatch(text):
        raise _malformed()
    try:
        moment = datetime.fromisoformat(text if len(text) < 27 else _FRACTION.sub(lambda m: "." + m[1][:6], text))
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _malformed() from None


def parse_utc(text: object) -> datetime:
    """As ``parse``, but only the spelling with ``Z``."""
    if not isinstance(text, str) or text[-1:] != "Z":
        raise _malformed()
    return parse(text)


@lru_cache(maxsize=64)
def render(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; the fraction only where there is one. FormatError for a time without a zone."""
    if moment.tzinfo is None:
        raise FormatError("document.malformed", "a time without a time zone")
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return text + "Z"


@lru_cache(maxsize=1024)
def from_unix(seconds: int) -> datetime:
    """The moment of whole seconds since 1970; FormatError where the year is beyond 9999 or before 1970."""
    if not 0 <= seconds <= MAX_UNIX:
        raise FormatError("document.malformed", "a time outside of the years 1970 to 9999")
    return datetime.fromtimestamp(seconds, UTC)


def _malformed() -> FormatError:
    return FormatError("document.malformed", "not an RFC 3339 time with a time zone")
