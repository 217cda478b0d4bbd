"""Our own sheets raise no alarm, whatever is printed; and whatever is drawn besides raises one."""

import io
from typing import Any

import pikepdf
import pytest

from issuers.paper import document
from ledger.formats import bundle as bundles
from ledger.formats import printed, sheet
from tests.support.printing import BASE, bundle, transcript
from verifier.readers import pdf

DIPLOMA = {"number": "B-1", "title": "Bachelor’s Diploma", "graduated": "2026-06-30", "degree": "很长的内容" * 8}
EVALUATION = {
    "morality": {"level": "A", "comment": "“Good” — ﬁne"},
    "academics": {"level": "B"},
    "practice": {"level": "A+"},
}
LONG_WORD = transcript(2) | {"name": "Maximilian-Bartholomew-Featherstonehaugh" * 2}


def judged(made: bytes) -> tuple[list[str], tuple[str, ...], bool]:
    """What is missing, what is beside the text, and whether there is more text."""
    carried = pdf.read(made)
    parsed = bundles.parse(carried.document)
    kind: Any = parsed.material.common.kind
    school = parsed.material.common.issuers[0]
    shown: Any = carried.shown
    more = sheet.exceeds(parsed.credential, kind.definition, sheet.School(school.name, school.code), shown)
    subject = parsed.credential["credentialSubject"]
    missing = printed.missing(subject, school.name, shown, sheet.wrapper(subject, kind.content))
    return missing, carried.beside, more


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("transcript", transcript()),
        ("transcript", transcript(0)),
        ("transcript", transcript(40)),
        ("transcript", transcript(90, name="Ann Lee")),
        ("transcript", transcript(name="葛\U000e0100明")),
        ("transcript", transcript(name="𠮷䶮 · é Ⅱ ½ Ａ ㎏ (公) — “x” ’")),
        *(("transcript", transcript(1, name=f"X{one}Y")) for one in "·•・éⅡﬁ㎏（―–‑‘…×／"),
        ("transcript", LONG_WORD),
        ("transcript", transcript(2, more=[1.5, True], other={"a": {"mark": 1}, "b": {"level": None}})),
        ("transcript", {"identifier": "1", "transcript": {"name": "x", "courses": [{"mark": 3}] * 80}}),
        ("diploma", {"name": "欧阳娜娜", "identifier": "2019", "diploma": DIPLOMA}),
        ("evaluation", {"identifier": "1", "evaluation": EVALUATION}),
        ("credit-entry", {"identifier": "2019", "credit": {"achievement": "志愿服务", "credits": "2.5"}}),
    ],
)
@pytest.mark.parametrize("summary", [None, '{"a":1}'])
def test_our_own_sheets_raise_no_alarm(kind: str, subject: Any, summary: str | None):
    made = document.render(bundle(subject, of=kind), base=BASE, summary=summary)
    assert judged(made) == ([], (), False)


def changed(made: bytes, how: Any) -> tuple[tuple[str, ...], bool]:
    with pikepdf.open(io.BytesIO(made)) as opened:
        how(opened)
        out = io.BytesIO()
        opened.save(out)
    missing, beside, more = judged(out.getvalue())
    assert missing == []
    return beside, more


def _drawing(content: bytes) -> Any:
    """``content`` at the end of the page's own stream."""

    def change(opened: pikepdf.Pdf) -> None:
        page = opened.pages[0]
        font = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
        page.Resources.Font["/Forged"] = pikepdf.Dictionary({k: pikepdf.Name(v) for k, v in font.items()})
        page.Contents.write(page.Contents.read_bytes() + b"\n" + content)

    return change


def _annotated(opened: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 9, 9], Contents=pikepdf.String("99.5")
    )
    opened.pages[0].Annots = pikepdf.Array([opened.make_indirect(note)])


def _painted(opened: pikepdf.Pdf) -> None:
    opened.pages[0].contents_add(opened.make_stream(b"1 g 0 0 99 99 re f"))


def _pictured(opened: pikepdf.Pdf) -> None:
    page = opened.pages[0]
    picture = opened.make_stream(b"\0", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=1, Height=1)
    page.Resources.XObject = pikepdf.Dictionary(Forged=picture)
    page.Contents.write(page.Contents.read_bytes() + b"\n/Forged Do")


def _doubled(opened: pikepdf.Pdf) -> None:
    opened.pages.append(opened.pages[0])


@pytest.mark.parametrize(
    ("how", "beside", "more"),
    [
        (_drawing(b"BT /Forged 9 Tf (PHYS9999 Quantum 6 96 100 A+) Tj ET"), (), True),
        (_drawing(b"BT /Forged 9 Tf (9) Tj ET"), (), True),
        (_drawing(b"BT /Forged 9 Tf (+) Tj ET"), (), True),
        (_drawing(b"BT /Forged 9 Tf (Course) Tj ET"), (), True),
        (_drawing(b"BT /Forged 9 Tf (MA1000) Tj ET"), (), True),
        (_doubled, (), True),
        (_annotated, ("annotations",), False),
        (_painted, ("added",), False),
        (_pictured, ("added",), False),
    ],
    ids=["course", "digit", "sign", "label", "value", "page", "note", "paint", "picture"],
)
def test_what_is_added_to_a_sheet(how: Any, beside: tuple[str, ...], more: bool):
    assert changed(document.render(bundle(transcript()), base=BASE), how) == (beside, more)


def test_words_of_the_sheet_that_give_their_letters_to_others():
    made = pdf.read(document.render(bundle(transcript()), base=BASE))
    parsed = bundles.parse(made.document)
    school = parsed.material.common.issuers[0]
    kind: Any = parsed.material.common.kind
    shown = (made.shown or "").replace("End of record", "cord of End re")
    assert sheet.exceeds(parsed.credential, kind.definition, sheet.School(school.name, school.code), shown)
