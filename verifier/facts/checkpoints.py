"""Signed checkpoints of the trust root's logs."""

from dataclasses import dataclass

from ledger.formats import checkpoint
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.trustroot import TrustRoot
from ledger.formats.trustroot_epochs import Epoch, Log


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint that a trusted log has signed."""

    checkpoint: Checkpoint
    log: Log
    epoch: Epoch


def open_note(text: str, root: TrustRoot) -> Signed | str:
    """The checkpoint in a signed note, or the code that says what is wrong with it."""
    origin = text.partition("\n")[0]
    for epoch in root.epochs:
        for log in epoch.logs:
            if log.origin == origin:
                return _open(text, log, epoch)
    return "inclusion.wrong_log"


def _open(text: str, log: Log, epoch: Epoch) -> Signed | str:
    try:
        return Signed(checkpoint.open_checkpoint(text, log.key), log, epoch)
    except ProofError:
        return "inclusion.wrong_log"
    except FormatError:
        return "inclusion.mismatch"
