"""Attachments in PDFs: whatever leaves open which file is meant, or costs too much to tell, is refused."""

import random
import zlib

import pytest

from ledger.formats.errors import FormatError
from tests.support import pdfs
from tests.support.pdfs import filespec, objects, stream, update, write
from verifier.readers import pdf

DOCUMENT = b'{"a": 1}'
OTHER = b'{"a": 2}'
GOOD = write(objects(DOCUMENT))


def refused(data: bytes) -> str:
    with pytest.raises(FormatError) as caught:
        pdf.read(data)
    return caught.value.code


def with_catalog(**more: bytes) -> dict[int, bytes]:
    made = objects(DOCUMENT)
    extra = b" ".join(b"/%s %s" % (name.encode(), value) for name, value in more.items())
    made[1] = made[1].removesuffix(b">>") + extra + b" >>"
    return made


def test_the_one_attachment_is_read():
    assert pdf.read(GOOD).document == DOCUMENT


def test_an_attachment_by_any_name_is_read_where_it_is_the_only_one():
    made = objects(DOCUMENT)
    made[1] = made[1].replace(b"bundle.json", b"record.json")
    made[4] = filespec(b"(record.json)")
    assert pdf.read(write(made)).document == DOCUMENT


def test_an_attachment_beside_the_bundle_does_no_harm():
    assert pdf.read(write(objects(DOCUMENT) | {6: filespec(b"(seal.png)", 7), 7: stream(b"png")})).document == DOCUMENT


def test_objects_in_an_object_stream_are_read():
    made = objects(DOCUMENT)
    assert pdf.read(pdfs.packed({5: made.pop(5)}, made)).document == DOCUMENT


def test_actions_are_not_looked_at():
    script = b"<< /S /JavaScript /JS (app.alert(1)) >>"
    launch = b"<< /S /Launch /F (cmd.exe) >>"
    assert pdf.read(write(with_catalog(OpenAction=script, AA=b"<< /WC %s >>" % launch))).document == DOCUMENT


RELATED = b"/RF << /F [(bundle.json) 7 0 R] >> >>"


@pytest.mark.parametrize(
    "made",
    [
        {4: filespec().removesuffix(b">>") + RELATED},
        {6: filespec(b"(seal.png)", 5).removesuffix(b">>") + RELATED},
        {6: b"<< /Type /Filespec /F (bundle.json) " + RELATED},
        {4: filespec().removesuffix(b">>") + b"/RF 8 0 R >>", 8: b"<< /F [(bundle.json) 7 0 R] >>"},
    ],
    ids=["of the bundle", "of another file", "of a file elsewhere", "by reference"],
)
def test_related_files(made: dict[int, bytes]):
    """ISO 32000-2 §7.11.4.3: a second way to name embedded files, which other programs may follow."""
    assert refused(write(objects(DOCUMENT) | {7: stream(OTHER)} | made)) == "document.payload_mismatch"


def test_related_files_of_an_earlier_revision():
    first = write(objects(DOCUMENT) | {4: filespec().removesuffix(b">>") + RELATED, 7: stream(OTHER)})
    assert refused(update(first, {4: filespec()})) == "document.payload_mismatch"


# Two attachments of one name, wherever the second one hangs


SECOND = {6: filespec(number=7), 7: stream(OTHER, b"/Type /EmbeddedFile")}
PLACES = {
    "nowhere": {},
    "in the name tree": {
        1: pdfs.CATALOG.replace(b"(bundle.json) 4 0 R", b"(bundle.json) 4 0 R (bundle.json) 6 0 R"),
    },
    "in an annotation": {
        3: pdfs.PAGE.replace(b">>", b"/Annots [<< /Subtype /FileAttachment /FS 6 0 R >>] >>"),
    },
    "in AF of the catalogue": {1: pdfs.CATALOG.removesuffix(b">>") + b"/AF [6 0 R] >>"},
    "in AF of a page": {3: pdfs.PAGE.replace(b">>", b"/AF [6 0 R] >>")},
    "in a collection": {1: pdfs.CATALOG.removesuffix(b">>") + b"/Collection << /Type /Collection /D 6 0 R >> >>"},
}


@pytest.mark.parametrize("place", PLACES, ids=PLACES)
def test_two_attachments_of_one_name(place: str):
    assert refused(write(objects(DOCUMENT) | SECOND | PLACES[place])) == "document.duplicate_key"


@pytest.mark.parametrize(
    "name",
    [
        b"(BUNDLE.JSON)",
        b"(x/bundle.json)",
        b"(..\\\\bundle.json)",
        b"(bundle.json )",
        b"(bundle.js\\157n)",
        b"<62756E646C652E6A736F6E>",
        b"<FEFF00620075006E0064006C0065002E006A0073006F006E>",
        b"<FEFFFF42FF55FF4EFF44FF4CFF45FF0EFF4AFF53FF4FFF4E>",
        b"(bun\\\ndle.json)",
    ],
)
def test_a_second_attachment_whose_name_only_looks_another(name: bytes):
    assert refused(write(objects(DOCUMENT) | SECOND | {6: filespec(name, 7)})) == "document.duplicate_key"


def test_a_second_attachment_named_by_the_tree_alone():
    tree = pdfs.CATALOG.replace(b"(bundle.json) 4 0 R", b"(a.json) 4 0 R (bundle.json) 6 0 R")
    assert (
        refused(write(objects(DOCUMENT) | SECOND | {1: tree, 6: filespec(b"(a.txt)", 7)})) == "document.duplicate_key"
    )


def test_one_dictionary_with_two_files():
    made = objects(DOCUMENT) | {7: stream(OTHER)}
    made[4] = b"<< /Type /Filespec /F (bundle.json) /EF << /F 5 0 R /UF 7 0 R >> >>"
    assert refused(write(made)) == "document.duplicate_key"


def test_a_dictionary_that_names_its_file_twice():
    made = objects(DOCUMENT) | {7: stream(OTHER)}
    made[4] = b"<< /F (bundle.json) /EF << /F 5 0 R >> /E#46 << /F 7 0 R >> >>"
    assert refused(write(made)) == "document.duplicate_key"


def test_a_second_attachment_in_an_object_stream():
    made = objects(DOCUMENT)
    data = pdfs.packed({5: made.pop(5)}, made | {6: filespec(number=9)})
    assert refused(data) in ("document.duplicate_key", "document.malformed")


def test_several_attachments_and_none_named_bundle():
    made = objects(DOCUMENT) | SECOND
    made[1] = pdfs.CATALOG.replace(b"(bundle.json) 4 0 R", b"(a) 4 0 R (b) 6 0 R")
    made[4], made[6] = filespec(b"(a)"), filespec(b"(b)", 7)
    assert refused(write(made)) == "document.malformed"


def test_nothing_is_attached():
    made = objects()
    made[1] = b"<< /Type /Catalog /Pages 2 0 R >>"
    del made[4], made[5]
    assert refused(write(made)) == "document.malformed"


def test_attachments_that_the_tree_alone_names_are_two_of_no_name():
    tree = pdfs.CATALOG.replace(b"4 0 R", b"4 0 R (seal.png) 6 0 R")
    bare = {4: b"<< /EF << /F 5 0 R >> >>", 6: b"<< /EF << /F 7 0 R >> >>", 7: stream(b"png")}
    assert pdf.read(write(objects(DOCUMENT) | bare | {1: tree})).document == DOCUMENT


def test_a_second_attachment_that_the_trailer_names():
    trailer = b"/X << /F (bundle.json) /EF << /F 7 0 R >> >>"
    assert refused(write(objects(DOCUMENT) | {7: stream(OTHER)}, trailer=trailer)) == "document.duplicate_key"


def test_another_attachment_is_opened():
    """Then a damaged picture would spoil a record."""
    damaged = {6: filespec(b"(seal.png)", 7), 7: stream(b"png").replace(b"x\x9c", b"xx")}
    assert pdf.read(write(objects(DOCUMENT) | damaged)).document == DOCUMENT
    assert pdf.read(update(write(objects(DOCUMENT) | damaged), {7: stream(b"other")})).document == DOCUMENT


def test_a_second_attachment_of_one_name_that_is_damaged():
    damaged = {6: filespec(number=7), 7: stream(OTHER).replace(b"x\x9c", b"xx")}
    assert refused(write(objects(DOCUMENT) | damaged)) == "document.duplicate_key"


def test_related_files_beside_an_attachment_without_its_file():
    """What is wrong with an object's dictionaries comes before what is wrong with attachments, wherever they stand."""
    broken = {4: filespec(number=99), 6: b"<< /Type /Filespec /F (x) /RF << >> >>"}
    assert refused(write(objects(DOCUMENT) | broken)) == "document.payload_mismatch"


# Later revisions


def test_an_update_that_leaves_the_attachment_alone():
    assert pdf.read(update(GOOD, {3: pdfs.PAGE.replace(b"9 9", b"8 8")})).document == DOCUMENT


def test_an_update_that_repeats_the_attachment():
    assert pdf.read(update(GOOD, {5: stream(DOCUMENT, b"/Type /EmbeddedFile")})).document == DOCUMENT


def test_an_update_puts_another_file_under_the_same_object():
    assert refused(update(GOOD, {5: stream(OTHER)})) == "document.payload_mismatch"


def test_an_update_leads_the_specification_to_another_file():
    assert refused(update(GOOD, {4: filespec(number=6), 6: stream(OTHER)})) == "document.payload_mismatch"


def test_an_update_leads_the_name_tree_to_another_specification():
    tree = pdfs.CATALOG.replace(b"4 0 R", b"6 0 R")
    assert refused(update(GOOD, {1: tree} | SECOND)) == "document.duplicate_key"


def test_a_third_revision_that_puts_the_first_file_back():
    swapped = update(GOOD, {5: stream(OTHER)})
    assert refused(update(swapped, {5: stream(DOCUMENT)})) == "document.payload_mismatch"


def test_an_update_that_the_chain_does_not_show():
    hidden = pdfs.append(GOOD, objects(OTHER))
    assert refused(hidden) == "document.malformed"


def test_something_after_the_end():
    assert refused(GOOD + b"1 0 obj null endobj") == "document.malformed"


def test_a_chain_in_a_circle():
    start = GOOD.rindex(b"xref\n", 0, GOOD.rindex(b"startxref"))
    assert refused(GOOD.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)) == "document.malformed"


def test_more_revisions_than_are_read():
    data = GOOD
    for _ in range(40):
        data = update(data, {3: pdfs.PAGE})
    assert refused(data) == "document.too_large"


# Not read, and malformed


def test_an_encrypted_file():
    encrypted = write(objects(DOCUMENT), trailer=b"/Encrypt << /Filter /Standard /V 2 /R 3 >>")
    assert refused(encrypted) == "document.unsupported"


def test_an_older_revision_that_is_encrypted():
    encrypted = write(objects(DOCUMENT), trailer=b"/Encrypt 9 0 R")
    assert refused(update(encrypted, {3: pdfs.PAGE})) == "document.unsupported"


@pytest.mark.parametrize("name", [b"LZWDecode", b"RunLengthDecode", b"ASCIIHexDecode", b"Crypt", b"JBIG2Decode"])
def test_a_filter_that_is_not_read(name: bytes):
    made = objects()
    made[5] = made[5].replace(b"FlateDecode", name)
    assert refused(write(made)) == "document.unsupported"


def test_a_file_kept_elsewhere():
    assert refused(write(objects() | {5: stream(DOCUMENT, b"/F (http://a.test/b)")})) == "document.unsupported"


def test_two_kinds_of_cross_reference():
    assert refused(write(objects(DOCUMENT), trailer=b"/XRefStm 15")) == "document.unsupported"


@pytest.mark.parametrize("length", [0, 3, 10**9])
def test_a_stream_that_does_not_end_where_it_says(length: int):
    assert refused(write(objects() | {5: stream(DOCUMENT, length=length)})) == "document.malformed"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (b"\n\n%PDF", b"%PDF"),
        (b"%PDG", b"%PDF"),
        (b"5 1 obj", b"5 0 obj"),
        (b"6 0 obj", b"5 0 obj"),
        (b"trailor", b"trailer"),
        (b"endstreem", b"endstream"),
        (b"endobk", b"endobj"),
        (b"5 0 objx", b"5 0 obj"),
        (b"x endobj", b"endobj"),
        (b"5 0R", b"5 0 R"),
        (b"/EF 9", b"/EF << /F 5 0 R /UF 5 0 R >>"),
        (b"/EF << /F (x) >>", b"/EF << /F 5 0 R /UF 5 0 R >>"),
        (b"/EF << /F 9 0 R >>", b"/EF << /F 5 0 R /UF 5 0 R >>"),
        (b"/Kids [4 0 R", b"/Kids [3 0 R]"),
        (b"/Kids (3 0 R", b"/Kids [3 0 R]"),
        (b"startxref\n1\n", b"startxref"),
    ],
)
def test_a_broken_part(wrong: bytes, right: bytes):
    assert right in GOOD
    assert refused(GOOD.replace(right, wrong, 1)) == "document.malformed"


def test_something_after_what_is_compressed():
    data = zlib.compress(DOCUMENT) + b"\n"
    body = b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
    assert refused(write(objects(DOCUMENT) | {5: body})) == "document.malformed"


def test_a_word_in_the_place_of_an_object():
    assert refused(write(objects(DOCUMENT) | {6: b"word"})) == "document.malformed"


def test_a_file_that_is_cut_off():
    for end in range(0, len(GOOD) - 1, 7):
        assert refused(GOOD[:end]) == "document.malformed"


def test_damaged_bytes_lead_to_nothing_but_a_document_or_a_refusal():
    rng = random.Random(14)
    sources = [GOOD, update(GOOD, {3: pdfs.PAGE})]
    made = objects(DOCUMENT)
    sources.append(pdfs.packed({5: made.pop(5)}, made))
    for _ in range(3_000):
        data = bytearray(rng.choice(sources))
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.choice([rng.randrange(256), *b"<>[]()/% 0"])
        try:
            assert isinstance(pdf.read(bytes(data)).document, bytes)
        except FormatError as error:
            assert error.code.startswith("document.")
