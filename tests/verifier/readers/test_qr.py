"""Pictures of codes: one that leaves open what is meant, or costs too much, is refused."""

import io
import struct
import sys
import zlib

import pytest
import segno
from PIL import Image

from ledger.formats.errors import FormatError
from tests.worlds import summaries
from tests.worlds.scene import Scene
from verifier.readers import qr

LINK = "https://rollbook.test/r/" + "0" * 64


def code(*texts: str, form: str = "PNG", scale: int = 4) -> bytes:
    """A picture of codes, one beside the other."""
    tiles = []
    for text in texts:
        out = io.BytesIO()
        segno.make(text.encode(), error="l", mode="byte", micro=False).save(out, kind="png", scale=scale, border=4)
        tiles.append(Image.open(out).convert("L"))
    sheet = Image.new("L", (sum(tile.width for tile in tiles), max(tile.height for tile in tiles)), 255)
    at = 0
    for tile in tiles:
        sheet.paste(tile, (at, 0))
        at += tile.width
    out = io.BytesIO()
    sheet.save(out, form)
    return out.getvalue()


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        qr.read(data)
    return caught.value.code


def blank(width: int, height: int) -> bytes:
    """A PNG that promises a size and holds nothing."""
    head = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    chunks = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 10)), (b"IEND", b""))
    )
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_two_different_documents():
    assert refused(code('{"a":1}', '{"a":2}')) == "document.duplicate_key"


def test_addresses_alone():
    assert refused(code(LINK)) == "document.unsupported"


def test_no_code():
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "white").save(out, "JPEG")
    assert refused(out.getvalue()) == "document.malformed"


def test_more_codes_than_are_read():
    assert refused(code(*(f"{n:02}" for n in range(17)))) == "document.too_large"


@pytest.mark.parametrize(("width", "height"), [(7_000, 7_000), (1_000_000, 50), (60_000, 60_000)])
def test_a_picture_that_promises_too_many_pixels(width: int, height: int):
    assert refused(blank(width, height)) == "document.too_large"


@pytest.mark.parametrize("end", [4, 12, 40, 200])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_that_is_cut_off(form: str, end: int):
    data = code("{}", form=form)
    assert refused(data[: min(end, len(data) // 2)]) == "document.malformed"


def test_a_code_of_bytes_that_are_no_text():
    out = io.BytesIO()
    segno.make(b"\xff\xfe\x00\x80" * 5, error="l", mode="byte", micro=False).save(out, kind="png", scale=4)
    assert refused(out.getvalue()) == "document.malformed"


def test_a_picture_in_a_format_that_is_not_asked_for():
    out = io.BytesIO()
    Image.open(io.BytesIO(code("{}"))).save(out, "TIFF")
    assert refused(out.getvalue()) == "document.malformed"


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    with pytest.raises(FormatError) as caught:
        qr.read(code("{}"))
    assert caught.value.code == "document.unsupported" and "rollbook[qr]" in caught.value.message


def test_a_code_that_holds_a_picture_is_not_opened_again():
    scene = Scene()
    report = scene.verify(code("%PDF-1.7"))
    assert report["document"].code == "document.unsupported"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_summary_is_read_from_any_picture(form: str):
    scene = Scene()
    made = summaries.signed(scene)
    report = scene.verify(code(made.decode(), LINK, form=form))
    assert report.to_dict() == scene.verify(made).to_dict()
    assert (report["document"].code, report["proof"].code) == ("document.summary", "proof.ok")
