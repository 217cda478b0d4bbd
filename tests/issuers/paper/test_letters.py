"""Letters with marks, written as one character or as several: on the sheet they are one glyph, and raise no alarm."""

import io
import unicodedata
from typing import Any

import pikepdf
import pytest

from issuers.paper import document, fonts, layout
from ledger.formats import kind as kinds
from ledger.formats.errors import FormatError
from tests.issuers.paper.test_nothing_added import judged
from tests.support.printing import BASE, TEMPLATES, bundle, transcript
from verifier.readers import pdf, pdf_text

LATIN_GREEK_CYRILLIC = (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x2000))


def texts(names: list[str]) -> Any:
    """A transcript with a course for each text."""
    courses = [{"code": str(at), "course": name} for at, name in enumerate(names)]
    return {"name": "Ann", "identifier": "1", "transcript": {"programme": "P", "courses": courses}}


def letters() -> list[str]:
    drawn = set().union(*(font.characters for font in fonts.load().fonts))
    points = (chr(point) for every in LATIN_GREEK_CYRILLIC for point in every if point in drawn)
    return [letter for letter in points if unicodedata.category(letter)[0] == "L"]


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("a", "b"), ("ž", "ž"), ("f", ""), ("ff", "i"), ("s", "s"), ("я", "я")]
)
def test_every_letter_in_a_word(before: str, after: str):
    """After an f, too, where a ligature may be sought."""
    every = [f"{before}{letter}{after}" for letter in letters()]
    assert len(every) > 1250
    rows = [" ".join(every[at : at + 40]) for at in range(0, len(every), 40)]
    assert judged(document.render(bundle(texts(rows)), base=BASE)) == ([], (), False)


def test_every_letter_decomposed_beside_its_base():
    every = [f"{(form := unicodedata.normalize('NFD', letter))}{form[0]}" for letter in letters()]
    rows = [" ".join(every[at : at + 40]) for at in range(0, len(every), 40)]
    assert judged(document.render(bundle(texts(rows)), base=BASE)) == ([], (), False)


@pytest.mark.parametrize(
    "name",
    [
        "Muṣṭafā Òṣun Kṛṣṇa Aṅga Saṃgha fľaša",
        "Jir\u030ci\u0301 Dvor\u030ca\u0301k C\u030capek Z\u0307aneta Nguye\u0302\u0303n",
        "Jose\u0301 И\u0306 Α\u0301ννα",
        "か\u3099き\u3099",
        "\u1100\u1175\u11b7 한글",
        "豈\u8c48 \uf9d0\u985e \u212b\u2126",
    ],
)
def test_a_name_at_the_head_of_each_page(name: str):
    made = document.render(bundle(transcript(40, name=name)), base=BASE)
    assert judged(made) == ([], (), False)


@pytest.mark.parametrize(
    "name", ["Fẹ\u0301mi", "ọ\u0300", "x\u0300y", "j\u0301a", "ы\u0301й", "ṣ\u0301", "m\u0300\u0301"]
)
def test_a_mark_is_drawn_by_the_face_that_has_a_place_for_it(name: str):
    """The CJK faces have marks and would put them on the next letter."""
    faces = {face for face, texts in drawn_by(name).items() if any(unicodedata.combining(one) for one in texts)}
    assert {face.partition("+")[2].split("-")[0] for face in faces} == {"NotoSans"}


@pytest.mark.parametrize("name", ["M̀ M̄ m̀ m̄", "Ê̄ Ê̌ ê̄ ê̌", "dm̀f"])
def test_letters_with_marks_that_a_cjk_face_has_whole(name: str):
    assert judged(document.render(bundle(transcript(1, name=name)), base=BASE)) == ([], (), False)


def drawn_by(name: str) -> dict[str, str]:
    """The texts of each face's glyphs."""
    with pikepdf.open(io.BytesIO(document.render(bundle(transcript(1, name=name)), base=BASE))) as opened:
        every = opened.pages[0].Resources.Font.values()
        return {str(one.BaseFont): "".join(pdf_text._codes(one.ToUnicode.read_bytes()).values()) for one in every}


def test_what_is_signed_stays_as_it_is():
    signed = bundle(transcript(1, name="C\u030capek"))
    carried = pdf.read(document.render(signed, base=BASE))
    assert carried.document == signed and b"C\xcc\x8c" in signed
    assert "Čapek" in (carried.shown or "")


@pytest.mark.parametrize(
    ("name", "named", "unnamed"),
    [("\u0627\u0653", "U+0622", "U+0627"), ("x\u0653", "U+0653", "U+0078")],
    ids=["composed", "not-composed"],
)
def test_a_missing_character_is_named_as_it_would_be_drawn(name: str, named: str, unnamed: str):
    with pytest.raises(FormatError) as caught:
        document.render(bundle(transcript(1, name=name)), base=BASE)
    assert caught.value.code == "paper.missing_glyph"
    assert named in caught.value.message and unnamed not in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "\uf900",
        "\uf900\ufe00",
        "\uf900\u0301",
        "C\uf900",
        "\U0002f800",
        "\u2126\u212b",
        "\u2126\u0301",
        "\u1100\u1161\u11a8",
        "\uac00\u11a8",
        "\u0301",
        "\u0344",
        "x\u0300",
        "\ufb2a",
        "\u0958",
    ],
    ids=ascii,
)
def test_what_is_no_letter_with_marks_is_drawn_as_it_is_signed(text: str):
    assert layout.composed(text) == text


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("\uf900C\u030c\uf900", "\uf900Č\uf900"),
        ("\u1100\u1161e\u0301", "\u1100\u1161é"),
        ("e\u0302\u0323", "ệ"),
        ("ê\u0323", "ệ"),
        ("x\u0300e\u0300", "x\u0300è"),
        ("\u0301e\u0301", "\u0301é"),
        ("=\u0338", "≠"),
    ],
    ids=ascii,
)
def test_letters_with_marks_among_others(text: str, drawn: str):
    assert layout.composed(text) == drawn


def test_a_long_word_is_not_broken_before_a_mark():
    kind = kinds.instantiate(TEMPLATES["transcript"], BASE)
    content = layout.content({"name": "a" + "x\u0300" * 30}, kind)
    value = content["rows"][0]["value"]
    assert "\u200b" in value and "\u200b\u0300" not in value
