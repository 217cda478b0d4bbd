"""What a school knows to be its own: the SHA-256 leaf hashes of entries, from its own files.

A file is a list as `rollbook monitor list` writes it (CSV with a column ``entry``: 64 hexadecimal digits), or a bundle
whose entry its own credential and salt open; a folder is all such files in it.
"""

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ledger.formats import bundle, canonical, entry, merkle
from ledger.formats.errors import ConfigError, FormatError

COLUMN = "entry"
_LEAF = re.compile(r"[0-9a-f]{64}")


def leaf_of(data: bytes) -> str:
    """How an entry is named in lists: its leaf hash."""
    return merkle.leaf_hash(data).hex()


def load(paths: Iterable[Path]) -> frozenset[str]:
    """The leaf hashes in all these files; ConfigError ``watch.known`` for one that is neither."""
    return frozenset(leaf for path in paths for file in _files(path) for leaf in _read(file))


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(one for one in path.rglob("*") if one.suffix in (".csv", ".json") and one.is_file())
    else:
        yield path


def _read(path: Path) -> Iterator[str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError("watch.known", f"{path}: {error.strerror}") from None
    if data.lstrip()[:1] == b"{":
        yield _of_bundle(path, data)
        return
    try:
        rows = csv.DictReader(data.decode("utf-8-sig").splitlines())
        leaves = [row.get(COLUMN) or "" for row in rows]
    except (UnicodeDecodeError, csv.Error):
        raise ConfigError("watch.known", f"{path} is neither a list of entries nor a bundle") from None
    if COLUMN not in (rows.fieldnames or ()) or not all(map(_LEAF.fullmatch, leaves)):
        raise ConfigError("watch.known", f"{path} has no column {COLUMN!r} with 64 hexadecimal digits in each line")
    yield from leaves


def _of_bundle(path: Path, data: bytes) -> str:
    """The entry of a bundle, where it is this very document's: else one bundle could vouch for any entry."""
    try:
        read = bundle.parse(data)
        logged = read.material.entry
        if logged is None or read.salt is None or read.presentation is not None:
            raise FormatError("document.unsupported", "it has no entry and salt")
        digest = hashlib.sha256(canonical.dumps(read.credential)).digest()
        if entry.decode(logged).commitment(entry.Representation.DATA_INTEGRITY) != entry.commitment(read.salt, digest):
            raise FormatError("document.payload_mismatch", "its entry is another document's")
    except FormatError as error:
        raise ConfigError("watch.known", f"{path}: {error.message}") from None
    return leaf_of(logged)
