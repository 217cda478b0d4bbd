"""Signed checkpoints of the trust root's logs."""

from dataclasses import dataclass

from ledger.formats import checkpoint
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Epoch, Log


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that a trusted log has signed; ``epochs`` are those that have the log, the newest first."""

    checkpoint: Checkpoint
    log: Log
    epochs: tuple[Epoch, ...]


def open_note(text: str, root: TrustRoot) -> Signed | str:
    """The checkpoint in a signed note, or the code that says what is wrong with it."""
    origin = text.partition("\n")[0]
    found = [(log, epoch) for epoch in reversed(root.epochs) for log in epoch.logs if log.origin == origin]
    if not found:
        return "inclusion.wrong_log"
    return _open(text, found[0][0], tuple(epoch for _, epoch in found))


def _open(text: str, log: Log, epochs: tuple[Epoch, ...]) -> Signed | str:
    try:
        return Signed(checkpoint.open_checkpoint(text, log.key), log, epochs)
    except ProofError:
        return "inclusion.wrong_log"
    except FormatError:
        return "inclusion.mismatch"


def candidates(signed: Signed | str | None, root: TrustRoot) -> tuple[Epoch, ...]:
    """The epochs whose chain a bundle may mean, the newest first (docs/formats.md §12); none where that is open."""
    if isinstance(signed, Signed):
        return signed.epochs
    logs = {log.id for epoch in root.epochs for log in epoch.logs}
    return root.epochs[::-1] if len(root.epochs) == 1 or len(logs) == 1 else ()
