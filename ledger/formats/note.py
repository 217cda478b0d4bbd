"""C2SP signed-note and tlog-cosignature: a text, an empty line, and one line for each signature.

A signature by a key that the reader does not know is ignored; one by a key that it knows must hold, else the whole note
is refused. Names are checked with keys: a line counts for a key only if both its name and its key id are the key's.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.formats import keys
from ledger.formats.errors import FormatError, ProofError

ED25519 = 0x01
COSIGNATURE_V1 = 0x04
MAX_BYTES = 1_000_000
MAX_SIGNATURES = 100

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public note key: ``name``, ``algorithm`` 0x01 (plain Ed25519) or 0x04 (cosignature/v1), 32 bytes ``public``."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or _CONTROL.search(self.name):
            raise FormatError("note.malformed", "a key name has neither white space nor +")
        if self.algorithm not in (ED25519, COSIGNATURE_V1):
            raise FormatError("note.malformed", "a note key of an unknown algorithm")
        keys.check_public_key(self.public)

    @property
    def full_id(self) -> bytes:
        """SHA-256 of name, newline, algorithm and key; its first four bytes are the key id in signature lines."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public).digest()

    def __str__(self) -> str:
        """The vkey, ``name+hash+base64``."""
        material = base64.b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.full_id[:4].hex()}+{material}"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the signer's ``name``, 4-byte ``key_id``, and what follows it in the line."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A parsed note: ``text`` ends with a newline; nothing of it is verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))


def parse_vkey(vkey: str) -> NoteKey:
    """The key of ``name+hash+base64``.

    Raises FormatError: ``note.malformed``, also where the hash is not the key's, or a ``key.*`` code.
    """
    name, _, rest = vkey.partition("+")
    identity, _, material = rest.partition("+")
    raw = _base64(material)
    if len(raw) != 33:
        raise FormatError("note.malformed", "a vkey of another length")
    key = NoteKey(name, raw[1:], raw[0])
    if key.full_id[:4].hex() != identity:
        raise FormatError("note.malformed", "a vkey whose hash is another key's")
    return key


def parse(note: str) -> Note:
    """Split a note into text and signatures. Raises FormatError ``note.malformed``."""
    if len(note) > MAX_BYTES or _CONTROL.search(note):
        raise FormatError("note.malformed", "a note too long, or with control characters")
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise FormatError("note.malformed", "a note without signatures")
    signatures = tuple(map(_signature, lines[:-1].split("\n")))
    if len(signatures) > MAX_SIGNATURES:
        raise FormatError("note.malformed", f"a note of more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", signatures)


def sign(text: str, name: str, secret: bytes) -> Signature:
    """Sign ``text`` (ending with a newline) with a 64-byte Ed25519 secret under ``name``."""
    _check_text(text)
    key = NoteKey(name, secret[32:])
    return Signature(name, key.full_id[:4], keys.sign(secret, text.encode()))


def cosign(text: str, name: str, secret: bytes, timestamp: int) -> Signature:
    """Cosign a checkpoint at ``timestamp`` (Unix seconds): C2SP tlog-cosignature, ``cosignature/v1``."""
    _check_text(text)
    key = NoteKey(name, secret[32:], COSIGNATURE_V1)
    value = timestamp.to_bytes(8, "big") + keys.sign(secret, _cosigned(text, timestamp))
    return Signature(name, key.full_id[:4], value)


def verify(note: Note, known: Iterable[NoteKey]) -> dict[NoteKey, int | None]:
    """Which of the ``known`` keys signed the note: a cosigner's timestamp (Unix seconds), None for a plain signature.

    Raises ProofError ``note.bad_signature`` where a line of a known key does not hold.
    """
    wanted = {(key.name, key.full_id[:4]): key for key in known}
    found: dict[NoteKey, int | None] = {}
    for line in note.signatures:
        key = wanted.get((line.name, line.key_id))
        if key is not None and key not in found:
            found[key] = _check(key, note.text, line.value)
    return found


def _check(key: NoteKey, text: str, value: bytes) -> int | None:
    timestamp, message = None, text.encode()
    if key.algorithm == COSIGNATURE_V1 and len(value) == 72:
        timestamp, value = int.from_bytes(value[:8], "big"), value[8:]
        message = _cosigned(text, timestamp)
    if not keys.verify(key.public, message, value):
        raise ProofError("note.bad_signature", f"the signature of {key.name} does not hold")
    return timestamp


def _cosigned(text: str, timestamp: int) -> bytes:
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _check_text(text: str) -> None:
    if not text.endswith("\n") or _CONTROL.search(text):
        raise FormatError("note.malformed", "a note's text ends with a newline and has no control characters")


def _signature(line: str) -> Signature:
    name, _, value = line.removeprefix(_DASH).partition(" ")
    raw = _base64(value)
    if not line.startswith(_DASH) or not _NAME.fullmatch(name) or len(raw) < 5:
        raise FormatError("note.malformed", "not a signature line")
    return Signature(name, raw[:4], raw[4:])


def _base64(text: str) -> bytes:
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError):
        raise FormatError("note.malformed", "not base64") from None
    if base64.b64encode(raw).decode() != text:
        raise FormatError("note.malformed", "not base64 in its one spelling")
    return raw
