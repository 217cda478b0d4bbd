"""ZIP archives of records (docs/formats.md §16): their members, in bounded work, or why the whole is refused."""

import io
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple, Never

from ledger.formats import canonical
from ledger.formats.errors import FormatError
from verifier.readers import carriers

MAX_BYTES, MAX_MEMBERS, MAX_TOTAL = 64 * 2**20, 1_000, 256 * 2**20
MAX_MEMBER = canonical.MAX_BYTES
MAX_DIRECTORY = 2**20

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_WRONG_NAME = re.compile(r"^/|\\|:|[\x00-\x1f\x7f-\x9f]|(^|/)\.\.?(/|$)|//")
_LINK = 0o120000


class Member(NamedTuple):
    """One file of an archive: its bytes, or why they cannot be had."""

    name: str
    data: bytes | FormatError


def read(data: bytes) -> Iterator[Member]:
    """The members, by name, one at a time, without directories and pages; FormatError where the whole is refused."""
    wanted = check(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for one in sorted(wanted, key=lambda one: one.filename):
            yield Member(one.filename, _read(archive, one))


def check(data: bytes) -> list[zipfile.ZipInfo]:
    """The members that would be read; FormatError where the whole is refused (§16), or has none."""
    count = _check_end(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = archive.infolist()
            if len(found) != count:
                _malformed("its directory has another number of members than it says")
            _check_names(found)
            _check_places(data, found)
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError):
        _malformed("it cannot be read")
    if sum(one.file_size for one in found) > MAX_TOTAL:
        raise FormatError("document.too_large", f"the archive promises more than {MAX_TOTAL // 2**20} MiB")
    wanted = [one for one in found if not (one.is_dir() or one.filename.lower().endswith(".html"))]
    if not wanted:
        _malformed("it holds no record")
    return wanted


def _check_end(data: bytes) -> int:
    """The number of members; the end of the directory is the end of the file, and the directory lies before it."""
    if len(data) > MAX_BYTES:
        raise FormatError("document.too_large", f"the archive is larger than {MAX_BYTES // 2**20} MiB")
    if len(data) < _END.size or not data.startswith(carriers.ZIP):
        _malformed("it is empty, or something stands before it")
    mark, disk, first, here, count, size, offset, comment = _END.unpack(data[-_END.size :])
    if mark != b"PK\x05\x06" or disk or first or here != count or comment:
        _malformed("it does not end with its directory")
    if count > MAX_MEMBERS or size > MAX_DIRECTORY:
        raise FormatError("document.too_large", f"the archive has more than {MAX_MEMBERS} members")
    if offset + size + _END.size != len(data):
        _malformed("it does not end with its directory")
    return int(count)


def _check_names(found: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for one in found:
        if _WRONG_NAME.search(one.filename) or not one.filename or one.external_attr >> 16 & 0o170000 == _LINK:
            _malformed("a member would leave its folder, or is a link")
        plain = unicodedata.normalize("NFKC", one.filename).rstrip("/").lower()
        if plain in seen:
            raise FormatError("document.duplicate_key", "two members of the archive have one name")
        seen.add(plain)


def _check_places(data: bytes, found: list[zipfile.ZipInfo]) -> None:
    """Members follow each other from the first byte to the directory: none overlaps, and nothing lies between."""
    at = 0
    for one in sorted(found, key=lambda one: one.header_offset):
        if one.header_offset != at:
            _malformed("its members overlap, or something lies between them")
        head = _LOCAL.unpack(data[at : at + _LOCAL.size])
        at += _LOCAL.size + head[9] + head[10] + one.compress_size
        if one.flag_bits & 8:  # the sizes follow the data, with or without a mark
            at += 16 if data[at : at + 4] == b"PK\x07\x08" else 12
    if at != _END.unpack(data[-_END.size :])[6]:
        _malformed("its members overlap, or something lies between them")


def _read(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes | FormatError:
    if one.flag_bits & 0x2041 or one.compress_type not in _METHODS:
        return FormatError("document.unsupported", "the member is encrypted, or compressed in a way that is not read")
    try:
        with archive.open(one) as file:
            made = file.read(MAX_MEMBER + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError):
        return FormatError("document.malformed", "the member is damaged")
    if len(made) > MAX_MEMBER or one.file_size > MAX_MEMBER:
        return FormatError("document.too_large", f"more than {MAX_MEMBER} bytes")
    return made


def _malformed(reason: str) -> Never:
    raise FormatError("document.malformed", f"no sound ZIP: {reason}")
