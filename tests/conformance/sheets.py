"""Sheets as they are printed, and such as were altered: what both verifiers say of their text (docs/formats.md §14)."""

import base64
import io
from collections.abc import Callable
from functools import cache
from typing import Any

import pikepdf

from issuers.paper import document
from ledger.formats import canonical, trustroot
from tests.support import pdfs
from tests.support.kinds import BASE
from tests.worlds.scene import Scene

SCENE = Scene()
BUNDLE = SCENE.bundle()
EXPECTED = {
    "honest": "same",
    "with a summary": "same",
    "of another name": "differs",
    "of a better mark": "differs",
    "of another school": "differs",
    "with a line more": "differs",
    "with a picture": "differs",
    "with a note": "differs",
    "without a page": "unread",
    "in a font that is broken": "unread",
    "whose signature does not hold": None,
    "with a bracket that closes nothing": "unread",
    "with a brace": "unread",
}


def said(report: dict[str, Any]) -> tuple[Any, Any]:
    """What a report says of the text of a sheet, and where it differs."""
    evidence = report["checks"][0]["evidence"]
    return evidence.get("paper"), evidence.get("differs")


def question(data: bytes) -> dict[str, Any]:
    """What the page in a browser is asked about one of the sheets."""
    root = canonical.dumps(trustroot.sign(SCENE.world.trust_document(), SCENE.world.trust_key))
    now = SCENE.now.timestamp() * 1000
    return {"data": base64.b64encode(data).decode(), "root": base64.b64encode(root).decode(), "now": now}


@cache
def all_of_them() -> dict[str, bytes]:
    """The sheets, by what is special about each."""
    honest = printed(BUNDLE)
    subject = ("credential", "credentialSubject")
    objects = pdfs.objects(canonical.dumps(BUNDLE))
    return {
        "honest": honest,
        "with a summary": document.render(canonical.dumps(BUNDLE), base=BASE, summary='{"a":1}'),
        "of another name": shown(altered(*subject, "name", to="陈吉·阿依")),
        "of a better mark": shown(altered(*subject, "transcript", "courses", 3, "mark", to=99)),
        "of another school": shown(altered("issuers", 0, "name", to={"zh": "清华大学", "en": "Tsinghua"})),
        "with a line more": changed(honest, _drawing(b" BT (99.5) Tj ET")),
        "with a picture": changed(honest, _drawing(b" /None Do")),
        "with a note": changed(honest, _noted),
        "without a page": pdfs.write(objects),
        "in a font that is broken": pdfs.write(objects | _broken()),
        "whose signature does not hold": printed(altered(*subject, "name", to="王小明")),
        "with a bracket that closes nothing": changed(honest, _drawing(b" )")),
        "with a brace": changed(honest, _drawing(b" }")),
    }


def printed(bundle: dict[str, Any]) -> bytes:
    """The sheet of a bundle, which is inside."""
    return document.render(canonical.dumps(bundle), base=BASE)


def shown(bundle: dict[str, Any]) -> bytes:
    """A sheet that shows ``bundle`` and carries the honest one."""
    return changed(printed(bundle), lambda opened: opened.Root.AF[0].EF.F.write(canonical.dumps(BUNDLE)))


def altered(*path: Any, to: Any) -> dict[str, Any]:
    """The honest bundle with one value changed."""
    made: Any = canonical.loads(canonical.dumps(BUNDLE))
    held = made
    for step in path[:-1]:
        held = held[step]
    held[path[-1]] = to
    return made  # type: ignore[no-any-return]


def changed(sheet: bytes, how: Callable[[Any], Any]) -> bytes:
    """A sheet written anew by another program."""
    with pikepdf.open(io.BytesIO(sheet)) as opened:
        how(opened)
        out = io.BytesIO()
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _drawing(content: bytes) -> Callable[[Any], Any]:
    def change(opened: Any) -> None:
        page = opened.pages[0]
        page.Contents.write(page.Contents.read_bytes() + content)

    return change


def _noted(opened: Any) -> None:
    opened.pages[0].Annots = pikepdf.Array([pikepdf.Dictionary(Subtype=pikepdf.Name.Stamp, Rect=[0, 0, 9, 9])])


def _broken() -> dict[int, bytes]:
    return {
        3: pdfs.PAGE.replace(b">>", b"/Contents 6 0 R /Resources << /Font << /F 7 0 R >> >> >>"),
        6: pdfs.stream(b"BT /F 9 Tf <0001> Tj ET"),
        7: b"<< /Type /Font /ToUnicode 8 0 R >>",
        8: pdfs.stream(b"beginbfrange <0000> <0002> <DBFFDFFF> endbfrange"),
    }
