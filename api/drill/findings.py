"""What an attack came to: one finding for each thing that was tried."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.formats.errors import RollbookError
from verifier.report import Outcome, Report

VERIFIER, SERVER, CONTRACT, WITNESS = "verifier", "server", "contract", "witness"
UNDISTURBED = "undisturbed"
"""What a guard says that had nothing to object to."""
PASSING = frozenset({"valid", "cosigned", "accepted"})


@dataclass(frozen=True, slots=True)
class Finding:
    """``guard`` looked at the trial ``name`` of an attack, and answered ``found``; it had to answer ``wanted``.

    Codes are those of the report (docs/formats.md §13), after its verdict, or of an error.
    """

    attack: str
    name: str
    guard: str
    wanted: str
    found: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the guard did what it is there for."""
        return self.wanted in self.found

    @property
    def is_control(self) -> bool:
        """Whether nothing was to be caught: what is honest, and what nobody can know yet, passes."""
        return self.wanted in PASSING

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "attack": self.attack,
            "trial": self.name,
            "guard": self.guard,
            "wanted": self.wanted,
            "found": list(self.found),
            "holds": self.holds,
        }


def codes(report: Report) -> tuple[str, ...]:
    """The verdict, and the codes of the checks that failed."""
    failed = [check.code for check in report.checks if check.outcome is Outcome.FAIL]
    return (report.verdict.value, *failed)


def refusal(act: Callable[[], object]) -> tuple[str, ...]:
    """The code by which an act is refused, or that it was not."""
    try:
        act()
    except RollbookError as error:
        return (error.code,)
    return (UNDISTURBED,)
