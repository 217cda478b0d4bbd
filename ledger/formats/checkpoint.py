"""C2SP tlog-checkpoint: the size and root of the log as a signed note (docs/formats.md §6)."""

import base64
import re
from dataclasses import dataclass

from ledger.formats import note
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.keys import KeyPair
from ledger.formats.note import NoteKey

_SIZE = re.compile(r"0|[1-9]\d{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: ``origin`` names the log, ``size`` counts entries, ``root`` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The note's text: three lines."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def split_body(body: str) -> tuple[str, int, bytes, list[str]]:
    """Origin, size, root of any length, and extension lines of any tlog-checkpoint.

    Raises FormatError ``checkpoint.malformed``.
    """
    origin, *rest = body.split("\n")
    if not origin or len(rest) < 3 or rest.pop() != "" or "" in rest:
        raise FormatError("checkpoint.malformed", "a checkpoint has an origin, a size and a root, a line each")
    size, root, *extensions = rest
    if not _SIZE.fullmatch(size) or int(size) >= 2**63:
        raise FormatError("checkpoint.malformed", "a checkpoint's size is a decimal number")
    try:
        raw = base64.b64decode(root, validate=True)
    except ValueError:
        raw = b""
    if not raw or base64.b64encode(raw).decode() != root:
        raise FormatError("checkpoint.malformed", "a checkpoint's root is base64")
    return origin, int(size), raw, extensions


def parse_body(body: str) -> Checkpoint:
    """The checkpoint of a note's text, as this log writes it: a size below 2**53, 32 bytes of root, no extensions.

    Raises FormatError ``checkpoint.malformed``.
    """
    origin, size, root, extensions = split_body(body)
    if len(root) != 32 or extensions or size >= 2**53:
        raise FormatError("checkpoint.malformed", "a checkpoint has a size, a root of 32 bytes and no extension")
    return Checkpoint(origin, size, root)


def sign_checkpoint(checkpoint: Checkpoint, key: KeyPair) -> str:
    """The checkpoint as a signed note; the key's name is the origin."""
    body = checkpoint.body()
    return str(note.Note(body, (note.sign(body, checkpoint.origin, key.secret),)))


def open_checkpoint(text: str, key: NoteKey) -> Checkpoint:
    """The checkpoint of a signed note, signed by the log's own key.

    Raises FormatError ``note.malformed`` or ``checkpoint.malformed``; ProofError ``note.bad_signature``,
    ``note.unknown_key`` where the log has not signed it, ``checkpoint.wrong_origin`` where it is another log's.
    """
    parsed = note.parse(text)
    if key not in note.verify(parsed, [key]):
        raise ProofError("note.unknown_key", "the checkpoint is not signed by the log")
    checkpoint = parse_body(parsed.text)
    if checkpoint.origin != key.name:
        raise ProofError("checkpoint.wrong_origin", "the checkpoint is another log's")
    return checkpoint


def log_id(origin: str, public: bytes) -> bytes:
    """The log's 32-byte id on the chain: its note key's id, not truncated."""
    return NoteKey(origin, public).full_id
