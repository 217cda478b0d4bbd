"""All that stands on a record's sheet (docs/formats.md §14): its fixed words, and whether a text holds more than it.

Whoever prints takes the words from here, so that whoever reads the print knows them.
"""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ledger.formats import alike, canonical, printed

Words = dict[str, str]
Labels = Mapping[str, Mapping[str, str]]

TITLE = {"zh": "核验", "en": "Verification"}
NOTES: tuple[Words, ...] = (
    {
        "zh": "证明包 bundle.json 附于本 PDF 之内。核验以其签名内容为准："
        "请将本文件交由核验页面或 rollbook verify 核验；纸面文字如有出入，一律以签名内容为准。",
        "en": "The proof bundle is attached to this PDF, and what is signed in it counts, whatever the paper shows: "
        "give this file to the verification page or to rollbook verify.",
    },
    {
        "zh": "本页不说明记录此后是否被撤销或取代，以核验结果为准。",
        "en": "Whether the record was revoked or replaced later is told by verification, not by this page.",
    },
)
END = {"zh": "— 以下空白 —", "en": "End of record"}
LINK = {"zh": "打开核验页面", "en": "Opens the verification page"}
SUMMARY = {"zh": "签名摘要（可离线核验）", "en": "Signed summary (checks offline)"}


class School(NamedTuple):
    """A school as registered: its name by language, and its code."""

    name: Mapping[str, str]
    code: str


class Row(NamedTuple):
    """A line of the box that tells how to check the sheet."""

    zh: str
    en: str
    value: str


def rows(credential: Mapping[str, Any], code: str) -> list[Row]:
    """What the box names of a record in its first form, as ``credential`` has it with its proof."""
    digest = hashlib.sha256(canonical.dumps(dict(credential))).hexdigest()
    every = (
        Row("签发日期", "Issued", f"{credential['validFrom'][:10]} (UTC)"),
        Row("有效期至", "Valid until", credential["validUntil"][:10] if "validUntil" in credential else ""),
        Row("机构代码", "School code", code),
        Row("记录编号", "Record", number(credential)),
        Row("签名密钥", "Signing key", _broken(credential["proof"]["verificationMethod"].partition("#")[2])),
        Row("文件摘要", "SHA-256", _broken(digest)),
    )
    return [row for row in every if row.value]


def number(credential: Mapping[str, Any]) -> str:
    """The record's own number."""
    return str(credential["id"]).removeprefix("urn:uuid:")


def learner(subject: Mapping[str, Any]) -> str:
    """Who is named at the head of each further page."""
    return str(subject.get("name") or subject.get("identifier") or "")


def label(term: str, labels: Labels) -> Words:
    """The kind's words for a term, in Chinese and English; the term itself where the kind has none."""
    names = labels.get(term) or {}
    return {"zh": names.get("zh") or term, "en": names.get("en") or term}


def opened(subject: Mapping[str, Any], content: str) -> dict[str, Any]:
    """The members of a subject that are printed, its one wrapping member opened where no names meet."""
    values = {term: value for term, value in subject.items() if term not in printed.HIDDEN}
    inner = values.get(content)
    if isinstance(inner, Mapping) and not (values.keys() - {content}) & inner.keys():
        values = {**{term: value for term, value in values.items() if term != content}, **inner}
    return values


def wrapper(subject: Mapping[str, Any], content: str) -> str | None:
    """The member that ``opened`` opens; None where it opens none."""
    return content if isinstance(subject.get(content), Mapping) and content not in opened(subject, content) else None


def exceeds(credential: Mapping[str, Any], kind: Mapping[str, Any], school: School, shown: str) -> bool:
    """Whether ``shown``, with a form feed after each page, is anything but this record's sheet.

    Counted are the characters: each must be drawn as often as the sheet has it. The heads of tables may come again on
    each further page. Where they stand does not matter, but the fixed words must be there, each in one run.
    """
    drawn, pages = printed.normal(shown), max(shown.count("\f"), 1)
    heads: list[str] = []
    fixed = list(_fixed(credential, kind, school, pages))
    words = [*fixed, *_content(opened(credential["credentialSubject"], kind["content"]), kind["terms"], heads)]
    if any(printed.normal(one) not in drawn for one in fixed):
        return True
    caption = "".join(SUMMARY.values())
    left = _count([shown])
    left.subtract(_count([*words, *heads, *([caption] if printed.normal(caption) in drawn else [])]))
    for head in sorted(set(heads), key=lambda one: (-len(one), one)):
        _take(left, _count([head]), heads.count(head) * (pages - 1))
    return any(left.values())


def _take(left: Counter[str], head: Counter[str], most: int) -> None:
    if head:
        times = min(left[character] // count for character, count in head.items())
        for character, count in head.items():
            left[character] -= count * max(0, min(times, most))


def _count(texts: Sequence[str]) -> Counter[str]:
    """Decomposed, so that texts count the same apart and together."""
    return Counter(printed.visible(alike.folded(unicodedata.normalize("NFKD", "\n".join(texts)))))


def _pair(words: Mapping[str, str]) -> str:
    return words["zh"] + (words["en"] if words["en"] != words["zh"] else "")


def _fixed(credential: Mapping[str, Any], kind: Mapping[str, Any], school: School, pages: int) -> Iterator[str]:
    yield from (_pair(school.name), _pair(kind["labels"]), _both(END), _both(TITLE), *map(_both, NOTES), _both(LINK))
    yield from (f"{row.zh}{row.en}{row.value}" for row in rows(credential, school.code))
    who = learner(credential["credentialSubject"])
    for page in range(1, pages + 1):
        yield f"{number(credential)}{school.code}第{page}页，共{pages}页Page{page}of{pages}"
        if page > 1:
            yield f"{school.name['zh']}{kind['labels']['zh']}{who}"


def _both(words: Words) -> str:
    return words["zh"] + words["en"]


def _content(values: Mapping[str, Any], labels: Labels, heads: list[str]) -> Iterator[str]:
    """The labels and values; the heads of tables go to ``heads``."""
    for term, member in values.items():
        heading = _pair(label(term, labels))
        if printed.is_table(member):
            yield heading
            items = list(member.values() if isinstance(member, Mapping) else member)
            heads.append("".join(_pair(label(one, labels)) for one in _columns(items)))
            if isinstance(member, Mapping):
                yield from (_both(label(key, labels)) for key in member)
            yield from (printed.text(cell) for item in items for cell in item.values())
        elif isinstance(member, Mapping):
            yield heading
            yield from _content(member, labels, heads)
        else:
            yield heading + printed.text(member)


def _columns(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [term for term, _ in sorted({term: None for item in items for term in item}.items(), key=printed.rank)]


def _broken(word: str) -> str:
    """A long word in groups of eight, so that it can be read aloud and breaks where it must."""
    return " ".join(word[at : at + 8] for at in range(0, len(word), 8))
