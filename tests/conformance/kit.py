"""The kit as any implementation reads it: index.json, documents, trust roots."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

KIT = Path(__file__).parent / "kit"


@dataclass(frozen=True)
class KitCase:
    """One case: the file, the trust root, what is asked, and the report but for its sentences and evidence."""

    name: str
    document: bytes
    trust_root: bytes
    now: str
    policy: str
    question: dict[str, str]
    expected: dict[str, Any]


@cache
def index() -> dict[str, Any]:
    """The list of all cases."""
    found: dict[str, Any] = json.loads((KIT / "index.json").read_text(encoding="utf-8"))
    return found


@cache
def cases() -> tuple[KitCase, ...]:
    """All cases with their files."""
    return tuple(
        KitCase(
            one["name"],
            _document(one["document"]),
            (KIT / one["trustRoot"]).read_bytes(),
            one["now"],
            one["policy"],
            {name: one[name] for name in ("domain", "challenge") if name in one},
            one["expected"],
        )
        for one in index()["cases"]
    )


def _document(given: Any) -> bytes:
    if isinstance(given, str):
        return (KIT / given).read_bytes()
    text: str = given["start"] + " " * given["blanks"] + given["end"]
    return text.encode()
