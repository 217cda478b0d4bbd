"""Small PDFs, made by hand so that every rule of docs/formats.md §14 can be broken one at a time."""

import zlib
from collections.abc import Iterable, Mapping

CATALOG = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(bundle.json) 4 0 R] >> >> >>"
PAGES = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
HEAD = b"%PDF-1.7\n%\x80\x80\x80\x80\n"


def stream(content: bytes, extra: bytes = b"", *, length: int | None = None, compress: bool = True) -> bytes:
    """A stream's body; ``length`` is what its dictionary says where it lies."""
    data = zlib.compress(content) if compress else content
    kind = b" /Filter /FlateDecode" if compress else b""
    said = len(data) if length is None else length
    return b"<< /Length %d%s %s >>\nstream\n%s\nendstream" % (said, kind, extra, data)


def filespec(name: bytes = b"(bundle.json)", number: int = 5) -> bytes:
    """A file specification whose embedded file is an object."""
    return b"<< /Type /Filespec /F %s /UF %s /EF << /F %d 0 R /UF %d 0 R >> >>" % (name, name, number, number)


def objects(document: bytes = b"{}") -> dict[int, bytes]:
    """The bodies of a file with one attachment; free to be altered."""
    return {1: CATALOG, 2: PAGES, 3: PAGE, 4: filespec(), 5: stream(document, b"/Type /EmbeddedFile")}


def write(bodies: Mapping[int, bytes], *, trailer: bytes = b"") -> bytes:
    """A file of these objects with one cross-reference table."""
    return append(HEAD, bodies, trailer=trailer)


def append(before: bytes, bodies: Mapping[int, bytes], *, trailer: bytes = b"", previous: int | None = None) -> bytes:
    """The file with an update after it; ``previous`` is the offset of the section before."""
    out, places = bytearray(before), {}
    for number, body in bodies.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    section = len(out)
    out += b"xref\n"
    if previous is None:
        out += b"0 1\n0000000000 65535 f \n"
    for number, place in sorted(places.items()):
        out += b"%d 1\n%010d 00000 n \n" % (number, place)
    chain = b"" if previous is None else b" /Prev %d" % previous
    size = max([*places, 9]) + 1
    out += b"trailer\n<< /Size %d /Root 1 0 R%s %s >>\n" % (size, chain, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % section


def update(data: bytes, bodies: Mapping[int, bytes]) -> bytes:
    """An incremental update of a file, in the chain as it should be."""
    return append(data, bodies, previous=data.rindex(b"xref\n", 0, data.rindex(b"startxref")))


def packed(plain: Mapping[int, bytes], inside: Mapping[int, bytes], *, first: bytes | None = None) -> bytes:
    """A file with a cross-reference stream (object 8) and an object stream (object 7) that holds ``inside``."""
    index, content = b"", b""
    for number, body in inside.items():
        index += b"%d %d " % (number, len(content))
        content += body + b"\n"
    said = b"/Type /ObjStm /N %d /First %d" % (len(inside), len(index))
    holder = stream(index + content if first is None else first, said)
    out, places = bytearray(HEAD), {}
    for number, body in {**plain, 7: holder}.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[8] = len(out)
    rows = b"".join(_row(number, places, list(inside)) for number in range(9))
    out += b"8 0 obj\n%s\nendobj\n" % stream(rows, b"/Type /XRef /Size 9 /W [1 4 2] /Root 1 0 R")
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % places[8]


def _row(number: int, places: Mapping[int, int], inside: list[int]) -> bytes:
    if number in inside:
        return b"\x02" + (7).to_bytes(4, "big") + inside.index(number).to_bytes(2, "big")
    place = places.get(number)
    return bytes(7) if place is None else b"\x01" + place.to_bytes(4, "big") + bytes(2)


def many(numbers: Iterable[int], body: bytes = b"null") -> dict[int, bytes]:
    """As many objects of one body."""
    return dict.fromkeys(numbers, body)
