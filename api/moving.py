"""The time between `rollbook redeploy` and `rollbook trust adopt`: the log is frozen, and its successor counts nowhere.

The old registry would still take acts, and the new one, which was seeded from it, would not have them; what has to be
anchored in the course of an act could not be. So acts are refused as a whole, before anything is written.
"""

from dataclasses import dataclass

from ledger.chain.registries import CLOSED, CheckpointRegistryClient
from ledger.formats.errors import UnavailableError

UNDER_WAY = "redeploy.under_way"


@dataclass(frozen=True, slots=True)
class Moving:
    """Whether the log of this 32-byte id is on its way to another contract than ``checkpoints``, as the chain says."""

    checkpoints: CheckpointRegistryClient
    log_id: bytes

    def is_under_way(self) -> bool:
        """Whether the log is frozen for a successor here; UnavailableError where the chain cannot be asked."""
        return self.checkpoints.successor(self.log_id) not in (None, CLOSED)

    def refuse_acts(self, again: str = "give this again") -> None:
        """UnavailableError ``redeploy.under_way`` where it is; ``again`` is what to do once it is over."""
        if self.is_under_way():
            raise UnavailableError(
                UNDER_WAY,
                "the ledger is moving to new contracts, and nothing was done: finish `rollbook redeploy`, adopt the "
                f"new trust root with `rollbook trust adopt`, then {again}",
            )
