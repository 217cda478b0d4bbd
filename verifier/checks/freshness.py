"""How old the facts of a chain's header are (docs/formats.md §13)."""

from datetime import datetime, timedelta

from verifier.case import Question

MAX_SKEW = timedelta(minutes=5)
"""How far a block may be ahead of the verifier's clock."""


def is_stale(question: Question, as_of: datetime) -> bool:
    """Older than the policy allows; or from the future, where neither the clock nor the block can be relied on."""
    if as_of - question.now > MAX_SKEW:
        return True
    age = question.policy.max_age
    return age is not None and question.now - as_of > age
