"""Write what the verifier in one HTML file shares with the rest: sentences, texts of the pages, pinned contexts.

Run as ``python scripts/web_data.py`` after a change of those; a test compares. ``verifier/web/build.mjs`` reads the
files, so that a build needs no Python.
"""

import json
from pathlib import Path
from typing import Any

from api.pages.badges import LABELS
from api.pages.texts import LANGUAGES, texts
from api.pages.values import READING_ORDER
from ledger.formats import sheet
from ledger.formats.alike import CLASSES
from ledger.formats.contexts import FILES
from verifier.messages import FAILS, NOTES, PASSES, SKIPS, UNKNOWNS

FOLDER = Path(__file__).resolve().parents[1] / "verifier/web/src/data"
SHOWN = (
    *(
        "anchoredAt",
        "asOf",
        "assurance",
        "check",
        "checkedAt",
        "checks",
        "colon",
        "error.title",
        "error.trustroot",
        "evidence",
        "footer",
    ),
    *(
        "drop.choose",
        "drop.none",
        "issuer",
        "language",
        "outcome",
        "paper",
        "policy",
        "record",
        "result",
        "times",
        "title",
    ),
    *("trustRoot", "unnamed", "unproven", "validFrom", "validUntil", "verdict", "withheld"),
)
"""The texts of the pages that the offline page shows too, and those under such a name."""


def files() -> dict[str, str]:
    """Name and text of each data file."""
    shown = {key for key in texts("en") if any(key == name or key.startswith(f"{name}.") for name in SHOWN)}
    made: dict[str, Any] = {
        "messages.json": {"fails": FAILS, "unknowns": UNKNOWNS, "passes": PASSES, "skips": SKIPS, "notes": NOTES},
        "texts.json": {one: {key: texts(one)[key] for key in sorted(shown)} for one in LANGUAGES},
        "contexts.json": {url: {"file": file, "sha256": sha256} for url, (file, sha256) in FILES.items()},
        "order.json": list(READING_ORDER),
        "alike.json": list(CLASSES),
        "sheet.json": _sheet(),
        "badges.json": LABELS,
    }
    return {name: json.dumps(value, ensure_ascii=False, indent=1) + "\n" for name, value in made.items()}


def _sheet() -> dict[str, Any]:
    """The fixed words of a printed record (docs/formats.md §14); the labels of its box in their order."""
    proof = {"verificationMethod": "did:web:x#z"}
    whole = {"id": "urn:uuid:x", "validFrom": "2026-01-01", "validUntil": "2026-01-01", "proof": proof}
    return {
        "title": sheet.TITLE,
        "notes": list(sheet.NOTES),
        "end": sheet.END,
        "link": sheet.LINK,
        "summary": sheet.SUMMARY,
        "rows": [{"zh": row.zh, "en": row.en} for row in sheet.rows(whole, "x")],
    }


def main() -> None:
    """Write them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
