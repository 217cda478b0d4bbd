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
_WRONG_FIELDS = {0x0001, 0x7075}


class Member(NamedTuple):
    """One file of an archive: its bytes, or why they cannot be had."""

    name: str
    data: bytes | FormatError


def read(data: bytes) -> Iterator[Member]:
    """The members, by name, one at a time, without directories and pages; FormatError where the whole is refused."""
    for one in sorted(check(data), key=lambda one: one.filename):
        yield Member(one.filename, _read(data, one))


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
    if offset + size + _END.size != len(data) or data[-_END.size - 20 :].startswith(b"PK\x06\x07"):
        _malformed("it does not end with its directory")
    return int(count)


def _check_names(found: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for one in found:
        if _WRONG_NAME.search(one.orig_filename) or not one.filename or one.external_attr >> 16 & 0o170000 == _LINK:
            _malformed("a member would leave its folder, or is a link")
        if _fields(one.extra) & _WRONG_FIELDS:
            _malformed("a member has other sizes or another name besides")
        plain = unicodedata.normalize("NFKC", one.filename).rstrip("/").lower()
        if plain in seen:
            raise FormatError("document.duplicate_key", "two members of the archive have one name")
        seen.add(plain)


def _fields(extra: bytes) -> set[int]:
    """The kinds of a member's extra fields."""
    found, at = set(), 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        found.add(kind)
        at += 4 + length
    return found


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


def _read(data: bytes, one: zipfile.ZipInfo) -> bytes | FormatError:
    if one.flag_bits & 0x2041 or one.compress_type not in _METHODS:
        return FormatError("document.unsupported", "the member is encrypted, or compressed in a way that is not read")
    if one.file_size > MAX_MEMBER:
        return FormatError("document.too_large", f"more than {MAX_MEMBER} bytes")
    head = _LOCAL.unpack_from(data, one.header_offset)
    name_at = one.header_offset + _LOCAL.size
    start = name_at + head[9] + head[10]
    held = data[start : start + one.compress_size]
    try:
        made = held if one.compress_type == zipfile.ZIP_STORED else _inflated(held)
    except zlib.error:
        return FormatError("document.malformed", "the member is damaged")
    if len(made) > MAX_MEMBER:
        return FormatError("document.too_large", f"more than {MAX_MEMBER} bytes")
    name = one.orig_filename.encode("utf-8" if one.flag_bits & 0x800 else "cp437")
    own = head[3], head[6:9] if not one.flag_bits & 8 else None
    told = one.compress_type, (one.CRC, one.compress_size, one.file_size) if not one.flag_bits & 8 else None
    sound = head[0] == b"PK\x03\x04" and data[name_at : name_at + head[9]] == name and own == told
    if not sound or len(made) != one.file_size or zlib.crc32(made) != one.CRC:
        return FormatError("document.malformed", "the member is damaged")
    return made


def _inflated(held: bytes) -> bytes:
    """What deflated data give, up to one byte too many; zlib.error where they do not end where they should."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    made = stream.decompress(held, MAX_MEMBER + 1)
    if len(made) <= MAX_MEMBER and (not stream.eof or stream.unused_data):
        raise zlib.error("the data end elsewhere")
    return made


def _malformed(reason: str) -> Never:
    raise FormatError("document.malformed", f"no sound ZIP: {reason}")
