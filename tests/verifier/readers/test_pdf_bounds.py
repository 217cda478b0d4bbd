"""PDFs that cost too much to read are refused, whatever they say of their own sizes."""

import time
import zlib

import pytest

from ledger.formats.errors import FormatError
from tests.support import pdfs
from tests.support.pdfs import filespec, objects, stream, update, write
from verifier.readers import pdf

DOCUMENT = b'{"a": 1}'


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        pdf.read(data)
    return caught.value.code


def bomb(size: int) -> bytes:
    return stream(bytes(size), b"/Params << /Size 2 >>")


def test_an_attachment_that_inflates():
    assert refused(write(objects() | {5: bomb(6 << 20)})) == "document.too_large"


def test_an_object_stream_that_inflates():
    made = objects(DOCUMENT)
    assert refused(pdfs.packed({5: made.pop(5)}, made, first=bytes(6 << 20))) == "document.too_large"


def test_a_cross_reference_stream_that_inflates():
    made = objects(DOCUMENT)
    data = pdfs.packed({5: made.pop(5)}, made)
    at = data.index(b"8 0 obj")
    body = stream(bytes(6 << 20), b"/Type /XRef /Size 9 /W [1 4 2] /Root 1 0 R")
    assert refused(data[:at] + b"8 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (body, at)) == "document.too_large"


def test_a_stream_within_a_stream():
    twice = stream(zlib.compress(bytes(6 << 20)), b"").replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]")
    assert refused(write(objects() | {5: twice})) == "document.unsupported"


def test_objects_without_number():
    rows = b"0000000000 65535 f \n" * 60_000
    data = pdfs.HEAD + b"xref\n0 60000\n" + rows + b"trailer\n<< /Root 1 0 R >>\nstartxref\n15\n%%EOF\n"
    assert refused(data) == "document.too_large"


def test_arrays_within_arrays():
    assert refused(write(objects() | {6: b"[" * 100_000 + b"]" * 100_000})) == "document.too_large"


def test_tokens_without_number():
    assert refused(write(objects() | {6: b"[" + b"0 " * 600_000 + b"]"})) == "document.too_large"


def test_objects_that_share_one_long_comment():
    """Each entry leads into the comment of the one before: to read all would be to read it thousands of times."""
    heads = b"".join(b"%05d 0 obj %%" % number for number in range(10, 3_010))
    body = pdfs.HEAD + heads + b"x" * 1_000_000 + b"\nnull\nendobj\n"
    section = len(body)
    rows = b"".join(b"%010d 00000 n \n" % (len(pdfs.HEAD) + 13 * at) for at in range(3_000))
    end = b"trailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % section
    started = time.process_time()
    assert refused(body + b"xref\n10 3000\n" + rows + end) == "document.too_large"
    assert time.process_time() - started < 2


def test_trees_that_share_one_array():
    bodies = pdfs.many(range(100, 1_100), b"<< /Names 6 0 R >>") | {6: b"[" + b"null " * 20_000 + b"]"}
    started = time.process_time()
    assert refused(write(objects(DOCUMENT) | bodies)) == "document.too_large"
    assert time.process_time() - started < 3


def test_attachments_without_number_in_every_revision():
    data = write(objects(DOCUMENT) | pdfs.many(range(100, 20_100), filespec(b"(a)")))
    for _ in range(30):
        data = update(data, {3: pdfs.PAGE})
    started = time.process_time()
    assert refused(data) == "document.too_large"
    assert time.process_time() - started < 5


def test_streams_that_share_their_bytes():
    """Each lies within the one before, and each is attached: together they would be a thousand times the file."""
    count, end = 200, b"\nendstream\nendobj\n" * 200
    body, places = bytearray(pdfs.HEAD), []
    tail = b"x" * 1_000_000 + end
    heads = [b"%03d 0 obj\n<< /Length %%08d >>\nstream\n" % (500 + n) for n in range(count)]
    sizes = [len(head % 0) for head in heads]
    for n, head in enumerate(heads):
        places.append(len(body))
        body += head % (sum(sizes[n + 1 :]) + 1_000_000 + len(b"\nendstream\nendobj\n") * (count - 1 - n))
    body += tail
    for n in range(count):
        places.append(len(body))
        body += b"%03d 0 obj\n%s\nendobj\n" % (800 + n, filespec(b"(a%03d)" % n, 500 + n))
    section = len(body)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n500 %d\n%s800 %d\n%s" % (count, rows[: 20 * count], count, rows[20 * count :])
    data = bytes(body) + table + b"trailer\n<< /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % section
    assert refused(data) == "document.too_large"


def test_an_uncompressed_attachment_beyond_the_bound():
    bodies = objects() | {5: stream(b"x" * (5 * 2**20 + 1), b"/Type /EmbeddedFile", compress=False)}
    assert refused(write(bodies)) == "document.too_large"


def test_streams_whose_lengths_rest_on_each_other():
    bodies = {n: b"<< /Length %d 0 R >>\nstream\n\nendstream" % (n + 1) for n in range(10, 5_000)}
    assert refused(write(objects() | bodies)) == "document.malformed"
