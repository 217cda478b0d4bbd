"""A sheet and what is signed: the report is the bundle's, and says where the text differs."""

import io
import time
from typing import Any

import pikepdf
import pytest

from issuers.paper import document
from ledger.formats import canonical
from tests.support import pdfs
from tests.support.kinds import BASE, transcript_subject
from tests.worlds.scene import Scene
from verifier.report import Verdict

SCENE = Scene()
BUNDLE = SCENE.bundle()


def sheet(bundle) -> bytes:
    return document.render(canonical.dumps(bundle), base=BASE)


def forged(bundle) -> bytes:
    """A sheet that shows ``bundle`` and carries the honest one, written anew by another program."""
    with pikepdf.open(io.BytesIO(sheet(bundle))) as opened:
        opened.Root.AF[0].EF.F.write(canonical.dumps(BUNDLE))
        out = io.BytesIO()
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def altered(*path, to):
    made: Any = canonical.loads(canonical.dumps(BUNDLE))
    held = made
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = to
    return made


SUBJECT = ("credential", "credentialSubject")


@pytest.fixture(scope="module")
def honest() -> bytes:
    return sheet(BUNDLE)


def test_the_report_of_a_sheet_is_the_bundles(honest: bytes):
    of_sheet, of_bundle = SCENE.verify(honest).to_dict(), SCENE.verify(BUNDLE).to_dict()
    assert of_sheet["checks"][0]["evidence"].pop("paper") == "same"
    assert of_sheet == of_bundle and of_sheet["verdict"] == "valid"


def test_a_sheet_that_another_program_has_written_anew():
    report = SCENE.verify(forged(BUNDLE))
    assert (report.verdict, report["document"].evidence["paper"]) == (Verdict.VALID, "same")


@pytest.mark.parametrize(
    ("made", "places"),
    [
        (altered(*SUBJECT, "name", to="陈吉·阿依"), ["name"]),
        (altered(*SUBJECT, "identifier", to="0012345679"), ["identifier"]),
        (altered(*SUBJECT, "transcript", "courses", 3, "mark", to=99), ["transcript/courses/3"]),
        (altered(*SUBJECT, "transcript", "courses", 3, "credits", to=4), ["transcript/courses/3"]),
        (altered(*SUBJECT, "transcript", "courses", 0, "title", to="高等数学 1"), ["transcript/courses/0"]),
        (altered("issuers", 0, "name", to={"zh": "清华大学", "en": "Tsinghua"}), ["issuer/name/zh", "issuer/name/en"]),
    ],
    ids=["name", "number", "mark", "credits", "title", "school"],
)
def test_a_sheet_that_shows_something_else(made, places):
    report = SCENE.verify(forged(made))
    assert report.verdict is Verdict.VALID
    assert report["document"].evidence["paper"] == "differs"
    assert report["document"].evidence["differs"] == places
    assert report.subject["name"] == "陈𠮷·阿依" and report.record["transcript"]["courses"][3]["mark"] == 61.5


def test_a_sheet_that_leaves_a_course_out():
    subject = transcript_subject()
    del subject["transcript"]["courses"][5]
    report = SCENE.verify(forged(altered(*SUBJECT, to=subject)))
    assert report["document"].evidence["differs"] == ["transcript/courses/5"]


def test_a_sheet_of_another_learner_altogether():
    subject = transcript_subject() | {"name": "王小明", "identifier": "9"}
    subject["transcript"] = {"courses": [{"code": "X", "title": "Y", "mark": 1}]}
    assert len(SCENE.verify(forged(altered(*SUBJECT, to=subject)))["document"].evidence["differs"]) == 14


@pytest.mark.parametrize("place", ["added", "annotations"])
def test_a_sheet_to_which_something_was_added(honest: bytes, place: str):
    with pikepdf.open(io.BytesIO(honest)) as opened:
        page = opened.pages[0]
        if place == "added":
            page.Contents.write(page.Contents.read_bytes() + b" BT (99.5) Tj ET")
        else:
            page.Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Stamp, Rect=[0, 0, 9, 9])])
        out = io.BytesIO()
        opened.save(out)
    report = SCENE.verify(out.getvalue())
    assert (report.verdict, report["document"].evidence["paper"]) == (Verdict.VALID, "differs")
    assert report["document"].evidence["differs"] == [place]


def test_a_sheet_without_pages_differs_in_nothing_that_can_be_read():
    made = pdfs.objects(canonical.dumps(BUNDLE))
    report = SCENE.verify(pdfs.write(made))
    assert (report.verdict, report["document"].evidence["paper"]) == (Verdict.VALID, "unread")


@pytest.mark.parametrize(
    "content",
    [b"BT (" + b"x" * 100 + b") Tj " * 3, b"[" * 200, b"BI /W 1 ID x EI", b"/F Do"],
    ids=["broken", "deep", "a picture", "no form"],
)
def test_pages_that_cannot_be_read_change_no_outcome(content: bytes):
    made = pdfs.objects(canonical.dumps(BUNDLE)) | {
        3: pdfs.PAGE.replace(b">>", b"/Contents 6 0 R >>"),
        6: pdfs.stream(content),
    }
    report = SCENE.verify(pdfs.write(made))
    assert report.verdict is Verdict.VALID and report["document"].evidence["paper"] != "same"


@pytest.mark.parametrize("stray", [b")", b"]", b">>", b"}", b"{", b">", b"<"])
def test_text_after_a_stray_bracket_is_as_good_as_none(stray: bytes):
    """Programs go on behind it, each in its own way."""
    made = pdfs.objects(canonical.dumps(BUNDLE)) | {
        3: pdfs.PAGE.replace(b">>", b"/Contents 6 0 R >>"),
        6: pdfs.stream(b"BT (99) Tj " + stray + b" (98) Tj ET"),
    }
    assert SCENE.verify(pdfs.write(made))["document"].evidence["paper"] == "unread"


def _with_font(table: bytes, content: bytes) -> bytes:
    made = pdfs.objects(canonical.dumps(BUNDLE)) | {
        3: pdfs.PAGE.replace(b">>", b"/Contents 6 0 R /Resources << /Font << /F 7 0 R >> >> >>"),
        6: pdfs.stream(content),
        7: b"<< /Type /Font /ToUnicode 8 0 R >>",
        8: pdfs.stream(table),
    }
    return pdfs.write(made)


def test_codes_beyond_the_last_character_raise_nothing():
    made = _with_font(b"beginbfrange <0000> <0002> <DBFFDFFF> endbfrange", b"BT /F 9 Tf <0001> Tj ET")
    report = SCENE.verify(made)
    assert (report.verdict, report["document"].evidence["paper"]) == (Verdict.VALID, "unread")


def test_many_strings_in_a_font_of_many_codes_take_long():
    made = _with_font(b"beginbfrange <0000> <FFFF> <0041> endbfrange", b"BT /F 9 Tf " + b"<0001>Tj " * 20_000 + b"ET")
    began = time.process_time()
    assert SCENE.verify(made)["document"].evidence["paper"] == "differs"
    assert time.process_time() - began < 3


def test_forms_within_forms_do_not_end():
    made = pdfs.objects(canonical.dumps(BUNDLE)) | {
        3: pdfs.PAGE.replace(b">>", b"/Contents 6 0 R /Resources << /XObject << /A 7 0 R >> >> >>"),
        6: pdfs.stream(b"/A Do " * 5_000),
        7: pdfs.stream(b"/A Do /A Do", b"/Type /XObject /Subtype /Form"),
    }
    report = SCENE.verify(pdfs.write(made))
    assert (report.verdict, report["document"].evidence["paper"]) == (Verdict.VALID, "unread")


def test_nothing_is_said_of_a_sheet_whose_signature_does_not_hold():
    made = altered(*SUBJECT, "name", to="王小明")
    report = SCENE.verify(sheet(made))
    assert report.verdict is Verdict.INVALID and "paper" not in report["document"].evidence
