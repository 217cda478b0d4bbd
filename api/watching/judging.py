"""What a witness's evidence proves to somebody who trusts neither the witness nor the log, and asks nobody.

Two histories are proven by the log's own signatures: two checkpoints of one size with different roots; or one of n and
one of m with an RFC 9162 proof that leads from another root of n to that of m, since under m there is one tree of n.
Who has the notes has all that it takes; the rest of the file is for people.
"""

from typing import Any

from ledger.formats import canonical, checkpoint, merkle
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.note import NoteKey


def judge(data: bytes, key: NoteKey) -> str:
    """One sentence on what an evidence file proves of the log with this key.

    Raises ProofError ``evidence.proves_nothing`` where it shows no two histories, FormatError where it is no evidence.
    """
    evidence = _object(_object(canonical.loads(data)), "evidence")
    theirs = _open(evidence.get("theirs"), key)
    for name in ("ours", "cosigned"):
        if not isinstance(evidence.get(name), str) or not evidence[name]:
            continue
        ours = _open(evidence[name], key)
        if ours.size == theirs.size and ours.root != theirs.root:
            return f"{key.name} has signed two checkpoints of {ours.size} entries with different roots"
        if ours.size < theirs.size and _branches(ours, theirs, evidence.get("older")):
            return (
                f"{key.name} has signed a checkpoint of {theirs.size} that does not go on from its own of {ours.size}"
            )
    raise ProofError("evidence.proves_nothing", "the notes in it do not contradict each other")


def _branches(ours: Checkpoint, theirs: Checkpoint, older: Any) -> bool:
    """Whether the proof leads from another root of our size to theirs."""
    found = _object(older)
    try:
        root, proof = bytes.fromhex(found["theirs"]), [bytes.fromhex(one) for one in found["proof"]]
        merkle.verify_consistency(ours.size, root, theirs.size, theirs.root, proof)
    except ProofError:
        return False
    except (KeyError, TypeError, ValueError):
        raise FormatError("evidence.malformed", "the evidence has no proof between its two checkpoints") from None
    return root != ours.root


def _open(text: Any, key: NoteKey) -> Checkpoint:
    if not isinstance(text, str):
        raise FormatError("evidence.malformed", "the evidence lacks a note")
    return checkpoint.open_checkpoint(text, key)


def _object(value: Any, name: str | None = None) -> dict[str, Any]:
    found = value.get(name) if name and isinstance(value, dict) else value
    if not isinstance(found, dict):
        raise FormatError("evidence.malformed", "not a file of evidence")
    return found
