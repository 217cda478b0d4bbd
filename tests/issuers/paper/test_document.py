"""Printed records: what is on the sheet is what is signed, and the file is what an archive takes."""

import io
import re
from typing import Any

import pikepdf
import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from issuers.paper import document, fonts
from ledger.formats import canonical
from ledger.formats.errors import ConfigError, FormatError
from tests.support.printing import BASE, COURSES, SCHOOL, bundle, transcript
from verifier.readers import pdf, qr

SUMMARY = '{"summary":"陈𠮷"}'


def printed(subject, **options) -> bytes:
    return document.render(bundle(subject, **options), base=BASE)


def pages(data: bytes) -> list[str]:
    """The text of each page, without white space."""
    with pypdfium2.PdfDocument(data) as opened:
        return [re.sub(r"\s+", "", page.get_textpage().get_text_bounded()) for page in opened]


@pytest.fixture(scope="module")
def long() -> bytes:
    """Forty courses."""
    return document.render(bundle(transcript(40)), base=BASE, summary=SUMMARY)


# What stops the printing


@pytest.mark.parametrize("character", ["\U0002a6d6", "\U0003134a", "\U0010fffd", "ᠮ", "\ue000"])
def test_a_character_that_no_font_has(character: str):
    with pytest.raises(FormatError) as caught:
        printed(transcript(name=f"陈{character}"))
    assert caught.value.code == "paper.missing_glyph"
    assert character[-1] in caught.value.message and f"U+{ord(character[-1]):04X}" in caught.value.message


def test_only_the_first_of_the_missing_characters_is_named():
    """Else the operator looks for one font after the other."""
    with pytest.raises(FormatError) as caught:
        printed(transcript(name="".join(chr(0x1820 + number) for number in range(12))))
    assert "U+1820" in caught.value.message and "U+1829" in caught.value.message
    assert "U+182A" not in caught.value.message and "and 2 more" in caught.value.message


@pytest.mark.parametrize("where", ["course", "term", "code"])
def test_a_missing_character_anywhere(where: str):
    subject = transcript()
    subject["transcript"]["courses"][1][where] = "\U0002a6d6"
    with pytest.raises(FormatError) as caught:
        printed(subject)
    assert caught.value.code == "paper.missing_glyph"


@pytest.mark.parametrize("member", ["kind", "issuers"])
def test_a_bundle_that_lacks_what_is_printed(member: str):
    with pytest.raises(FormatError) as caught:
        document.render(bundle(transcript(), without=member), base=BASE)
    assert caught.value.code == "paper.unprintable"


def test_another_form_of_the_record():
    made: Any = canonical.loads(bundle(transcript()))
    del made["credential"]["proof"]
    with pytest.raises(FormatError) as caught:
        document.render(canonical.dumps(made), base=BASE)
    assert caught.value.code == "paper.unprintable"


def test_a_bundle_that_is_none():
    with pytest.raises(FormatError):
        document.render(b"{}", base=BASE)


def test_a_text_that_fits_no_code():
    with pytest.raises(FormatError) as caught:
        document.render(bundle(transcript()), base=BASE, summary="x" * 1274)
    assert caught.value.code == "paper.qr_too_large"


def test_a_folder_of_fonts_that_is_none(tmp_path):
    with pytest.raises(ConfigError) as caught:
        fonts.load(tmp_path / "none")
    assert caught.value.code == "paper.no_fonts"


def test_a_font_that_is_none(tmp_path):
    (tmp_path / "a.ttf").write_bytes(b"no font")
    with pytest.raises(ConfigError) as caught:
        fonts.load(tmp_path)
    assert caught.value.code == "paper.no_fonts"


# Whose words are printed


def test_the_schools_name_is_never_the_credentials():
    made = printed(transcript(), issuer={"id": "did:web:rollbook.test:schools:110108001", "name": "清华大学"})
    text = "".join(pages(made))
    assert SCHOOL["zh"] in text and "清华大学" not in text


@pytest.mark.parametrize(
    "name", ["#import", "*粗* _x_ $a$", '#panic("x")', "= 标题", "\\u{41}", "`raw`", "<label>@ref", "//note", "-- ..."]
)
def test_a_name_is_never_read_as_markup(name: str):
    assert re.sub(r"\s+", "", name) in "".join(pages(printed(transcript(name=name))))


# The sheet


def test_forty_courses_break_over_pages_under_repeated_headings(long: bytes):
    found = pages(long)
    assert len(found) == 2
    for number, text in enumerate(found, 1):
        assert "课程代码" in text and "Coursecode" in text
        assert f"第{number}页，共2页" in text and f"Page{number}of2" in text
    whole = "".join(found)
    for n in range(40):
        assert f"MA{1000 + n}" in whole
    assert all(course.replace(" ", "") in whole for course in COURSES)
    assert whole.count("以下空白") == 1


def test_rare_characters_are_drawn_by_a_further_font():
    made = printed(transcript(name="𠮷䶮"))
    assert "𠮷䶮" in "".join(pages(made))
    with pikepdf.open(io.BytesIO(made)) as opened:
        names = {str(font.BaseFont) for page in opened.pages for font in page.Resources.Font.values()}
    assert any("NotoSansJP" in name for name in names) and any("NotoSansSC" in name for name in names)


def test_another_shape_of_a_character_is_drawn_in_its_usual_one():
    assert "葛" in "".join(pages(printed(transcript(name="葛\U000e0100明"))))


def test_a_character_of_the_operators_own_font(tmp_path):
    builder = FontBuilder(1000, isTTF=True)
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for point in ((0, 700), (700, 700), (700, 0)):
        pen.lineTo(point)
    pen.closePath()
    builder.setupGlyphOrder([".notdef", "rare"])
    builder.setupCharacterMap({0x2A6D6: "rare"})
    builder.setupGlyf({".notdef": pen.glyph(), "rare": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "rare": (1000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Rare Han", "styleName": "Regular", "psName": "RareHan-Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(tmp_path / "rare.ttf")
    made = document.render(bundle(transcript(name="陈\U0002a6d6")), base=BASE, folder=tmp_path)
    assert "陈\U0002a6d6" in (pdf.read(made).shown or "") and b"RareHan" in made


@pytest.mark.parametrize(
    ("kind", "subject", "words"),
    [
        (
            "diploma",
            {
                "name": "欧阳娜娜",
                "identifier": "2019",
                "diploma": {"number": "B-1", "title": "本科毕业证书", "graduated": "2026-06-30"},
            },
            ("证书", "本科毕业证书", "2026-06-30"),
        ),
        (
            "credit-entry",
            {"identifier": "2019", "credit": {"achievement": "志愿服务", "credits": "2.5"}},
            ("志愿服务", "2.5"),
        ),
        (
            "evaluation",
            {"identifier": "1", "evaluation": {"morality": {"level": "A"}, "academics": {"level": "B"}}},
            ("思想品德", "A"),
        ),
    ],
)
def test_any_kind_prints_under_its_own_words(kind: str, subject, words):
    text = "".join(pages(printed(subject, of=kind)))
    assert [word for word in words if word not in text] == []


def test_a_long_word_stays_in_its_column():
    subject = transcript()
    subject["transcript"]["courses"][1]["course"] = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk" * 3
    with pypdfium2.PdfDocument(printed(subject)) as opened:
        text = opened[0].get_textpage()
        edges = [text.get_rect(at) for at in range(text.count_rects())]
        assert max(right for _, _, right, _ in edges) <= opened[0].get_width() - 50


def test_long_facts_stand_alone_wherever_they_come():
    made = "很长的内容" * 8
    for facts in ((made, "x", "y"), ("x", made, "y"), ("x", "y", made), ("x", made, made)):
        terms = ("degree", "educationLevel", "studyForm")
        diploma = {"number": "B-1", "title": "毕业证书", "graduated": "2026-06-30"} | dict(
            zip(terms, facts, strict=True)
        )
        text = "".join(pages(printed({"identifier": "1", "diploma": diploma}, of="diploma")))
        assert all(fact in text for fact in facts)


def test_the_codes_on_the_sheet_can_be_read(long: bytes):
    with pypdfium2.PdfDocument(long) as opened:
        picture = opened[1].render(scale=3).to_pil()
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=70)
    found = qr.codes(out.getvalue())
    assert SUMMARY in found
    (link,) = [text for text in found if text != SUMMARY]
    assert re.fullmatch(re.escape(BASE) + "/r/[0-9a-f]{64}", link)


# The file


def test_the_same_record_gives_the_same_bytes(long: bytes):
    assert document.render(bundle(transcript(40)), base=BASE, summary=SUMMARY) == long


def test_the_bundle_is_inside_to_the_byte(long: bytes):
    assert pdf.read(long).document == bundle(transcript(40))


def test_the_file_says_and_has_what_pdf_a_3_demands(long: bytes):
    """ISO 19005-3: §6.1 file structure, §6.2.11 fonts, §6.2.3 output intent, §6.6 metadata, §6.8 associated files."""
    with pikepdf.open(io.BytesIO(long)) as opened:
        root = opened.Root
        about = opened.open_metadata()
        assert (about["pdfaid:part"], about["pdfaid:conformance"]) == ("3", "A")
        assert not opened.is_encrypted and "/ID" in opened.trailer
        assert root.OutputIntents[0].S == "/GTS_PDFA1" and "/DestOutputProfile" in root.OutputIntents[0]
        assert bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root and str(root.Lang).startswith("zh")
        (attached,) = root.AF
        assert (str(attached.F), str(attached.UF), str(attached.AFRelationship)) == (
            "bundle.json",
            "bundle.json",
            "/Data",
        )
        assert attached.EF.F.Subtype == "/application/json" and "/ModDate" in attached.EF.F.Params
        assert root.Names.EmbeddedFiles.Names[1].objgen == attached.objgen
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(root.keys())
        for page in opened.pages:
            for font in page.Resources.Font.values():
                descriptor = font.DescendantFonts[0].FontDescriptor
                assert {"/FontFile2", "/FontFile3"} & set(descriptor.keys()) and "/ToUnicode" in font
