"""When an issuer logs unusually much: a rule that one day of forgeries cannot move (docs/operations.md, Watching).

A day (UTC, by the times of publication) is a burst where it has more than ``least`` records of one issuer, and more
than ``factor`` times the median of the issuer's last 28 days that had any. With fewer than three such days there is no
median to hold it against: then it is a burst beyond ``least × factor``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

DAYS = 28
FEWEST = 3
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Rule:
    """``least`` records, and ``factor`` times the usual."""

    least: int = 200
    factor: float = 10.0

    def limit(self, before: Sequence[int]) -> float:
        """How many records a day may have, after days with so many, the newest last; days without any are not given."""
        known = before[-DAYS:]
        if len(known) < FEWEST:
            return self.least * self.factor
        return max(self.least, self.factor * median(known))


USUAL = Rule()
