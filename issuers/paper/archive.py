"""The archive of a learner's records: bundles, sheets, and a page that opens offline (docs/formats.md §16)."""

import html
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The time of every member: an archive says nothing of when it was made, and the same records give the same bytes."""
_LEVEL = 9
_GAP = re.compile(r"\{(learner|base|rows)\}")
_MODE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Item:
    """One record of an archive: words by language (``zh``, ``en``), and its files by their names in the archive.

    ``state`` is ``current``, ``revoked`` or ``superseded``, when the archive was made; ``digest`` is hexadecimal.
    ``learner`` is the number, ``name`` the signed name, "" where the record has none.
    """

    record_id: str
    learner: str
    kind: Mapping[str, str]
    school: Mapping[str, str]
    issued: str
    state: str
    digest: str
    files: Mapping[str, bytes]
    name: str = ""


_STATES = {
    "current": ("打包时有效", "current when packed"),
    "revoked": ("打包时已撤销", "revoked when packed"),
    "superseded": ("打包时已被取代", "superseded when packed"),
}


def build(items: Sequence[Item], *, base: str) -> bytes:
    """The ZIP; ``base`` is the address of the verification page, which the index only names."""
    ordered = sorted(items, key=lambda item: (item.issued, item.record_id))
    members = {"index.html": _index(ordered, base).encode("utf-8")}
    for item in ordered:
        members |= item.files
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = _MODE
            archive.writestr(entry, members[name], compresslevel=_LEVEL)
    return out.getvalue()


def _index(items: Sequence[Item], base: str) -> str:
    page = files("issuers.paper").joinpath("index.html").read_text(encoding="utf-8")
    gaps = {
        "learner": html.escape("、".join(_learners(items))),
        "base": html.escape(base),
        "rows": "\n".join(map(_row, items)),
    }
    return _GAP.sub(lambda found: gaps[found[1]], page)


def _learners(items: Sequence[Item]) -> Iterator[str]:
    """Each number once, after every name that was signed beside it: a learner may have changed theirs."""
    for number in dict.fromkeys(item.learner for item in items):
        names = dict.fromkeys(item.name for item in items if item.learner == number and item.name)
        if names or number:
            yield f"{' / '.join(names)} {number}".strip()


def _row(item: Item) -> str:
    links = " ".join(f'<a href="{html.escape(name)}">{html.escape(_label(name))}</a>' for name in sorted(item.files))
    state_zh, state_en = _STATES[item.state]
    return "\n".join(
        (
            f'<article class="{item.state}">',
            f"<h2>{_words(item.kind)}</h2>",
            f'<p class="school">{_words(item.school)}</p>',
            f'<p>签发 <span lang="en">Issued</span> {html.escape(item.issued)}　<b>{state_zh}</b>',
            f'<span lang="en">{state_en}</span></p>',
            f'<p class="links">{links}</p>',
            f'<p class="fine">{html.escape(item.record_id)}<br>SHA-256 {item.digest}</p>',
            "</article>",
        )
    )


def _words(names: Mapping[str, str]) -> str:
    return f'{html.escape(names["zh"])} <small lang="en">{html.escape(names["en"])}</small>'


def _label(name: str) -> str:
    return "PDF" if name.endswith(".pdf") else name.rpartition("/")[2].partition(".")[2].upper()
