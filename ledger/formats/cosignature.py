"""C2SP tlog-cosignature, ``cosignature/v1``: a witness's line under a checkpoint (docs/formats.md §6.1).

How one is made and read as bytes is `ledger.formats.note`; here is which of them count. A line that does not count is
as good as absent, because anybody who hands a note on can add or spoil lines.
"""

from collections.abc import Iterable

from ledger.formats import checkpoint, note
from ledger.formats.checkpoint import Checkpoint
from ledger.formats.errors import FormatError, ProofError
from ledger.formats.note import COSIGNATURE_V1, Note, NoteKey, Signature

LENGTH = 72
"""Bytes of a cosignature after the key id: time and Ed25519 signature."""
MAX_AHEAD = 300
"""Seconds by which a witness's clock may be ahead of the reader's."""
MAX_WITNESSES = 32
MAX_NAME = 200


def witness_key(vkey: str) -> NoteKey:
    """A witness's key from its vkey.

    Raises FormatError ``note.malformed`` or ``key.…``, also for a log's own key: it would be no second pair of eyes.
    """
    key = note.parse_vkey(vkey)
    if key.algorithm != COSIGNATURE_V1:
        raise FormatError("note.malformed", "not a witness's vkey: its algorithm is not cosignature/v1")
    if len(key.name) > MAX_NAME:
        raise FormatError("note.malformed", f"a witness's name of more than {MAX_NAME} characters")
    return key


def witness_keys(vkeys: Iterable[str]) -> tuple[NoteKey, ...]:
    """Several witnesses, at most 32; raises as `witness_key`, and where one key stands there twice."""
    found = tuple(witness_key(vkey) for vkey in vkeys)
    if len(found) > MAX_WITNESSES:
        raise FormatError("note.malformed", f"more than {MAX_WITNESSES} witnesses")
    # One key under two names would be two of k.
    if len({key.public for key in found}) != len(found):
        raise FormatError("note.malformed", "a witness's key twice")
    return found


def cosign(head: Checkpoint, name: str, secret: bytes, time: int) -> Signature:
    """The line of a witness under a checkpoint: ``secret`` has 64 bytes, ``time`` is in Unix seconds, from 1.

    Raises FormatError ``note.malformed``.
    """
    if not 0 < time < 2**63:
        raise FormatError("note.malformed", "a cosignature's time is from 1")
    return note.cosign(head.body(), name, secret, time)


def counting(text: str, witnesses: Iterable[NoteKey], now: int) -> dict[NoteKey, int]:
    """Which of the ``witnesses`` have a cosignature under the note that counts at ``now`` (Unix seconds), and its time.

    Raises FormatError ``note.malformed`` for a text that is no note; never for a line.
    """
    parsed = note.parse(text)
    found = ((key, _time(parsed, key)) for key in witnesses)
    return {key: time for key, time in found if time is not None and 0 < time <= now + MAX_AHEAD}


def with_lines(text: str, lines: Iterable[Signature]) -> str:
    """The note with further signature lines at its end, but those that it has already."""
    parsed = note.parse(text)
    return str(Note(parsed.text, tuple(dict.fromkeys((*parsed.signatures, *lines)))))


def merged(first: str, second: str) -> str:
    """Of two notes with the same text the first with the lines that only the second has; else the first as it is.

    The first line of a name and key id counts, so the second adds nothing where the first has a line of that key; and
    nothing at all where either is no note.
    """
    try:
        ours, theirs = note.parse(first), note.parse(second)
    except FormatError:
        return first
    if ours.text != theirs.text:
        return first
    known = {(line.name, line.key_id) for line in ours.signatures}
    lines = [line for line in theirs.signatures if (line.name, line.key_id) not in known]
    return with_lines(first, lines[: note.MAX_SIGNATURES - len(ours.signatures)])


def body_of(text: str) -> Checkpoint:
    """The checkpoint that a note speaks of, unverified; FormatError ``note.malformed``, ``checkpoint.malformed``."""
    return checkpoint.parse_body(note.parse(text).text)


def _time(parsed: Note, key: NoteKey) -> int | None:
    lines = [line for line in parsed.signatures if (line.name, line.key_id) == (key.name, key.full_id[:4])]
    # Shorter or longer ones never hold under `note.verify`, whose message would be another one then.
    if not lines or len(lines[0].value) != LENGTH or key.algorithm != COSIGNATURE_V1:
        return None
    try:
        return note.verify(Note(parsed.text, (lines[0],)), [key]).get(key)
    except ProofError:
        return None
