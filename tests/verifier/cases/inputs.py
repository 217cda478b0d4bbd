"""What the inputs have in common: the code that each leads to, a stranger, and nobody to ask."""

from collections.abc import Callable

from ledger.formats import keys
from tests.worlds.parts import seed
from verifier.evidence import Absence, Gathered
from verifier.report import Report

STRANGER = keys.generate(seed("stranger"))
UNREACHABLE = Gathered(otherwise=Absence.UNREACHABLE)


class Cases(list[tuple[str, str, Callable[[], Report]]]):
    """Inputs in their order: code, name, and what makes the report."""

    def case(self, code: str) -> Callable[[Callable[[], Report]], Callable[[], Report]]:
        """Register an input that leads to ``code``."""

        def register(make: Callable[[], Report]) -> Callable[[], Report]:
            self.append((code, make.__name__, make))
            return make

        return register
