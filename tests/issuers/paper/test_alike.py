"""Characters of one glyph, side by side on a sheet: no false alarm, and no other two are taken for the same."""

import io
import json
import re
import unicodedata
from typing import Any

import pikepdf
import pytest
import typst

from issuers.paper import document, fonts
from ledger.formats import alike, printed
from tests.issuers.paper.test_nothing_added import judged
from tests.support.printing import BASE, bundle, transcript
from verifier.readers import pdf_text

PAIRS = ("·•", "•·", "—―", "―—", "-‑", "‑-", "‒–", "·‧・", "…⋯", "／∕", "艹⺿", "贝⻉", "①➀", "葛\U000e0100葛")
DRAWN = re.compile(rb"/Span<</ActualText<FEFF([0-9A-F]+)>>>BDC(.*?)EMC", re.DOTALL)


def course(**cells: str) -> dict[str, Any]:
    listed = {"code": "A", "course": "B", "term": "C", "credits": "1", "mark": "2"} | cells
    return {"name": "Ann", "identifier": "1", "transcript": {"programme": "P", "courses": [listed]}}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_name_a_course_and_a_mark_with_both(pair: str):
    subject = course(course=f"x{pair}y", mark=pair, code=pair[0], term=pair[1:]) | {"name": f"{pair}·—-"}
    assert judged(document.render(bundle(subject), base=BASE)) == ([], (), False)


def test_all_that_share_a_glyph_in_one_name():
    subject = transcript(1, name=" ".join(alike.CLASSES))
    assert judged(document.render(bundle(subject), base=BASE)) == ([], (), False)


@pytest.mark.parametrize(
    "name",
    [
        "Žofia Łukasiewicz-Őry Şahin İnönü Ærøskøbing",
        "Nguyễn Thị Ánh Nguyệt",
        "Νίκος Παπαδόπουλος Άννα Αννα",
        "Ђорђе Ѓорѓиев Всеволод Йё Қазақ Әйгерім Ғалия Өмүр",
    ],
)
def test_letters_of_europe_and_central_asia(name: str):
    subject = course(course=name, mark="α β ά", code="я") | {"name": name}
    assert judged(document.render(bundle(subject), base=BASE)) == ([], (), False)


@pytest.mark.parametrize(
    ("printed_as", "signed"),
    [("–", "—"), ("·", "."), ("•", "*"), ("-", "–"), ("户", "戶"), ("日", "曰"), ("0", "O"), ("贝", "見"), ("1", "l")],
)
def test_characters_that_the_eye_can_tell_apart(printed_as: str, signed: str):
    assert printed.normal(printed_as) != printed.normal(signed)


def test_nothing_is_missing_from_the_classes():
    """All characters of the fonts in one document: wherever one is drawn by another's glyph, both are of one class."""
    unlike = {
        (there, wanted)
        for there, wanted in _shared()
        if printed.normal(there) != printed.normal(wanted) and not _is_excepted(there) and not _is_excepted(wanted)
    }
    assert unlike == set()


def _is_excepted(text: str) -> bool:
    """Marks that need another character, and ideographs that are others' compatibility forms, which NFKC decides."""
    if len(text) != 1 or text == "\ufffd":
        return True
    form = unicodedata.normalize("NFKC", text)
    ideograph = unicodedata.name(form[0], "").startswith("CJK UNIFIED")
    return unicodedata.category(text)[0] == "M" or (form != text and ideograph)


def _shared() -> set[tuple[str, str]]:
    """What is drawn and what was meant, each time that these are two things."""
    found = fonts.load()
    drawn = sorted({point for font in found.fonts for point in font.characters})
    every = [chr(one) for one in drawn if unicodedata.category(chr(one)) not in fonts._UNDRAWN]
    lines = [" ".join(every[at : at + 60]) for at in range(0, len(every), 60)]
    source = b"""#let faces = json(bytes(sys.inputs.fonts))
#let named = faces.map(face => (name: face.name) + if "covers" in face { (covers: regex(face.covers)) })
#set text(font: named, size: 6pt, lang: "zh", region: "cn", fallback: false)
#for one in json(bytes(sys.inputs.lines)) [#one#linebreak()]"""
    inputs = {"fonts": json.dumps(fonts.faces(found)), "lines": json.dumps(lines)}
    made = typst.compile(source, font_paths=document._faces(found), format="pdf", sys_inputs=inputs)
    assert isinstance(made, bytes)
    shared = set()
    known: dict[Any, pdf_text.Codes] = {}
    tables: dict[str, pdf_text.Codes] = {}
    with pikepdf.open(io.BytesIO(made)) as opened:
        for page in opened.pages:
            for name, font in page.Resources.Font.items():
                if font.objgen not in known:
                    known[font.objgen] = pdf_text._codes(font.ToUnicode.read_bytes())
                tables[name] = known[font.objgen]
            for meant, inside in DRAWN.findall(page.Contents.read_bytes()):
                shared.add((_text(opened, inside, tables), bytes.fromhex(meant.decode()).decode("utf-16-be")))
    assert len(shared) > 500
    return shared


def _text(opened: pikepdf.Pdf, inside: bytes, tables: dict[str, pdf_text.Codes]) -> str:
    text = ""
    table: pdf_text.Codes | None = None
    for one in pikepdf.parse_content_stream(opened.make_stream(inside)):
        operands, operator = one.operands, one.operator
        if str(operator) == "Tf":
            table = tables[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            assert table is not None
            parts = operands[0] if isinstance(operands[0], pikepdf.Array) else operands
            text += "".join(pdf_text._decoded(bytes(part), table) for part in parts if isinstance(part, pikepdf.String))
    return text
