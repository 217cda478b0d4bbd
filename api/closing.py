"""While a next trust root is being signed that closes the old epoch: the last block that it believes of the old chain.

What is exported under a later one would be invalid for whoever pins that trust root. So from proposing on, nothing is,
unless the old registry was acted in meanwhile: then nobody can adopt that proposal any more, and the next one closes
the epoch later.
"""

from pathlib import Path

from api import facts
from ledger.chain.registries import IssuerRegistryClient

SEARCH_STEP = 2_000
"""So many blocks are searched for acts at once."""


class Closing:
    """The last block of a proposal that may be adopted yet. Safe to share between threads: each finds the same."""

    def __init__(self, home: Path, registry: IssuerRegistryClient) -> None:
        self._home = home
        self._registry = registry
        self._seen = (0, 0)

    def __call__(self) -> int | None:
        """Its number; None where none is proposed. Read anew each time: another process may propose.

        Raises UnavailableError where the chain cannot be reached.
        """
        fixed = facts.load(self._home)
        number = fixed.next_closing if fixed is not None else 0
        if not number:
            return None
        closing, seen = self._seen
        seen = seen if closing == number else number
        newest = self._registry.chain.final_head().number
        if newest < number or acted(self._registry, seen + 1, newest):
            return None
        self._seen = (number, newest)
        return number


def acted(registry: IssuerRegistryClient, first: int, last: int) -> bool:
    """Whether a registry took an act in blocks ``first`` to ``last``."""
    return any(
        registry.chain.events(registry.address, [], at, min(last, at + SEARCH_STEP - 1))
        for at in range(first, last + 1, SEARCH_STEP)
    )
