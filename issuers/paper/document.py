"""A record's PDF/A-3: signed values in both languages, the bundle inside, QR codes beside (docs/formats.md §14)."""

import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from issuers.paper import fonts, layout, qr
from ledger.formats import bundle as bundles
from ledger.formats import canonical, datetimes, sheet
from ledger.formats.errors import FormatError

ATTACHMENT = "bundle.json"
SUMMARY_LEVEL, LINK_LEVEL = "l", "m"


def render(bundle: bytes, *, base: str, summary: str | None = None, folder: Path | None = None) -> bytes:
    """The PDF of a record's bundle; the same bytes for the same arguments.

    It is of level a: tagged, so that a screen reader finds its tables.

    ``base`` is the address of the verification page, ``summary`` the text of the second QR code, ``folder`` holds
    further fonts. Raises FormatError ``paper.unprintable`` where the bundle lacks the kind or the school's profile, is
    of another form of the record, or no PDF/A can be made of it; ``paper.missing_glyph``, ``paper.qr_too_large``;
    ConfigError ``paper.no_fonts``.
    """
    parsed = bundles.parse(bundle)
    kind, issuers = parsed.material.common.kind, parsed.material.common.issuers
    if kind is None or isinstance(kind, FormatError) or not issuers:
        raise FormatError("paper.unprintable", "the bundle has no kind that can be read, or not the school's profile")
    if parsed.presentation is not None or "proof" not in parsed.credential:
        raise FormatError("paper.unprintable", "only a record in its first form is printed")
    page = _composed(_page(parsed.credential, kind.definition, issuers[0].name, issuers[0].code, base, summary))
    found = fonts.load(folder)
    found.require(_texts(page))
    faces = fonts.faces(found)
    cjk, further = faces[: len(fonts.CJK)], faces[len(fonts.CJK) :]
    page["fonts"], page["latin"], page["marked"] = faces, [*reversed(cjk), *faces], [*further, *cjk]
    source = files("issuers.paper").joinpath("record.typ").read_bytes()
    try:
        made = typst.compile(
            source,
            font_paths=_faces(found),
            format="pdf",
            sys_inputs={"page": json.dumps(page, ensure_ascii=False), "bundle": bundle.decode("utf-8")},
            pdf_standards=["a-3a"],
            timestamp=int(datetimes.parse_utc(parsed.credential["validFrom"]).timestamp()),
        )
    except typst.TypstError as error:
        raise FormatError("paper.unprintable", error.message) from None
    assert isinstance(made, bytes)
    return made


@lru_cache(maxsize=8)
def _faces(found: fonts.Fonts) -> typst.Fonts:
    """The files as typst opens them: these and none of the machine's."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path) for path in found.paths]
    )


def _page(
    credential: dict[str, Any], kind: dict[str, Any], school: dict[str, str], code: str, base: str, summary: str | None
) -> dict[str, Any]:
    subject = credential["credentialSubject"]
    digest = hashlib.sha256(canonical.dumps(credential)).hexdigest()
    learner = sheet.learner(subject)
    return {
        "title": f"{school['zh']} {kind['labels']['zh']} {learner}".strip(),
        "school": {"zh": school["zh"], "en": school["en"]},
        "kind": {"zh": kind["labels"]["zh"], "en": kind["labels"]["en"]},
        "learner": learner,
        "record": f"{sheet.number(credential)}　{code}",
        "content": layout.content(subject, kind),
        "end": sheet.END,
        "check": _check(credential, code, digest, base, summary),
        "attachment": "Rollbook proof bundle / 证明包",
    }


def _check(credential: dict[str, Any], code: str, digest: str, base: str, summary: str | None) -> dict[str, Any]:
    codes = [_code(link(base, digest), LINK_LEVEL, 21, sheet.LINK)]
    if summary is not None:
        codes.append(_code(summary, SUMMARY_LEVEL, 48, sheet.SUMMARY))
    return {
        "title": sheet.TITLE,
        "notes": list(sheet.NOTES),
        "rows": [{"label": {"zh": row.zh, "en": row.en}, "value": row.value} for row in sheet.rows(credential, code)],
        "codes": codes,
    }


def link(base: str, digest: str) -> str:
    """The verification page of a record, named by the digest alone: nothing personal is in it."""
    return f"{base}/r/{digest}"


def _code(text: str, level: str, width: float, label: dict[str, str]) -> dict[str, Any]:
    made = qr.draw(text, level=level)
    return {"svg": made.svg, "width": width, "label": label, "alt": f"{label['zh']} {label['en']}"}


def _composed(value: Any) -> Any:
    """The page with each of its texts as it is drawn."""
    if isinstance(value, dict):
        return {name: _composed(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_composed(member) for member in value]
    return layout.composed(value) if isinstance(value, str) else value


def _texts(value: Any) -> Iterator[str]:
    """Every text that is drawn."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name not in ("svg", "alt", "attachment", "title") or isinstance(member, dict):
                yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, str):
        yield value
