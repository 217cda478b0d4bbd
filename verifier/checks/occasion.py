"""The occasion of a presentation: for whom it was made, in answer to what, and when (docs/formats.md §4.2, §13).

What has run out shows nothing, whether anybody asked or not; the rest is looked at where a question was asked.
"""

from datetime import timedelta
from typing import Any

from ledger.formats import datetimes
from ledger.formats.enveloped import timestamp
from verifier.case import Question
from verifier.checks.outcomes import made
from verifier.report import Check

MAX_AGE = timedelta(days=1)
"""A binding is made for one occasion, now; the nonce alone says which one."""
AHEAD = timedelta(minutes=5)


def answers(given: object, wanted: str) -> bool:
    """Whether a proof's ``domain`` or ``challenge``, a string or several, is the one asked for (VC DI §2.1)."""
    return wanted in given if isinstance(given, list) else given == wanted


def of_proof(question: Question, options: dict[str, Any]) -> Check | None:
    """What of a Data Integrity proof, whose options were checked, is of another occasion; None where nothing is."""
    if "expires" in options and datetimes.parse(options["expires"]) < question.now:
        return _replayed("the proof itself has expired")
    for name, wanted in (("domain", question.domain), ("challenge", question.challenge)):
        if wanted is not None and not answers(options.get(name), wanted):
            return _replayed(f"made for another {name}")
    return None


def of_token(question: Question, claims: dict[str, Any]) -> Check | None:
    """The same of a key binding JWT's claims, or a presentation's (RFC 7519 §4.1.3 to §4.1.6).

    FormatError ``document.malformed`` for times that are none.
    """
    made_at, begins, ends = (timestamp(claims, name) for name in ("iat", "nbf", "exp"))
    now = question.now.timestamp()
    if ends is not None and ends < now:
        return _replayed("the presentation has expired")
    if begins is not None and begins - now > AHEAD.total_seconds():
        return _replayed("the presentation is not to be shown yet")
    if not question.is_challenged:
        return None
    if question.domain is not None and not answers(claims.get("aud"), question.domain):
        return _replayed("made for another domain")
    if question.challenge is not None and claims.get("nonce") != question.challenge:
        return _replayed("made for another challenge")
    if made_at is not None and not -AHEAD.total_seconds() <= now - made_at <= MAX_AGE.total_seconds():
        return _replayed("made at another time")
    return None


def _replayed(reason: str) -> Check:
    return made("holder.replayed", reason=reason)
