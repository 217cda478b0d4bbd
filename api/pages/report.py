"""A report as the pages show it: the same verdict, checks and sentences, arranged for a reader."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from api.pages import badges
from api.pages.texts import texts
from api.pages.values import HIDDEN, Labels, label, section
from ledger.formats import datetimes
from verifier.messages import NOTES, unadvised

SHOWN_EVIDENCE = 400
"""Characters of one piece of evidence; the whole of it is in the JSON report."""


def view(
    report: Mapping[str, Any],
    language: str,
    *,
    terms: Labels,
    kind: str | None,
    path: Sequence[str],
    required: Collection[str] = (),
) -> dict[str, Any]:
    """What the template `report.html` prints for a report (docs/formats.md §13).

    ``terms`` and ``kind`` are the labels of the record's kind; empty and None where there are none. ``path`` holds the
    names of the authorities above the issuer, nearest first; ``required`` are the ids of the checks that are required.
    """
    t = texts(language)
    proof = next(check["outcome"] for check in report["checks"] if check["id"] == "proof")
    signed = proof == "pass"
    checks = [_check(check, t, is_altered=proof == "fail", required=required) for check in report["checks"]]
    values = {**report["subject"], **report["record"]}
    achieved = badges.readable(values)
    terms = terms if achieved is None else badges.LABELS
    shown = achieved or unwrapped({term: value for term, value in values.items() if term not in HIDDEN})
    dates = [(t[name], moment(values[name])) for name in ("validFrom", "validUntil") if name in values]
    return {
        "verdict": report["verdict"],
        "headline": _headline(report, t),
        "policy": report["policy"],
        "trust_root": report["trustRoot"],
        "checks": checks,
        "troubles": _troubles(report),
        "paper": _paper(report, terms, language),
        "withheld": _withheld(report, terms, language),
        "unnamed": _unnamed(report),
        "signed": signed,
        "kind": kind,
        "record": section("", shown, terms, language, dates) if shown else None,
        "issuer": _issuer(report["issuer"], language, path),
        "times": _times(report, t),
    }


def unwrapped(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the record's one wrapping object opened, whose name the page's heading says already."""
    objects = [term for term, value in values.items() if isinstance(value, Mapping)]
    if len(objects) != 1 or values.keys() & values[objects[0]].keys():
        return values
    return {**{term: value for term, value in values.items() if term != objects[0]}, **values[objects[0]]}


def moment(text: str | None) -> str:
    """An RFC 3339 time in UTC for people."""
    return text.partition(".")[0].rstrip("Z").replace("T", " ") + " UTC" if text else ""


def _headline(report: Mapping[str, Any], t: Mapping[str, str]) -> str:
    if report["verdict"] == "valid" and report["policy"] == "archive" and report["asOf"]:
        return t["verdict.archive"].format(date=report["asOf"][:10])
    return t[f"verdict.{report['verdict']}"]


def _troubles(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The checks that the verdict follows from."""
    outcome = {"invalid": "fail", "indeterminate": "unknown"}.get(report["verdict"])
    return [check for check in report["checks"] if check["outcome"] == outcome]


def _paper(report: Mapping[str, Any], terms: Labels, language: str) -> dict[str, Any] | None:
    """The warning about a sheet whose text is not what is signed, with the places in the kind's words."""
    evidence = report["checks"][0]["evidence"]
    message = NOTES.get(f"paper.{evidence.get('paper')}")
    if message is None:
        return None
    t = texts(language)
    places = [_differing(place, terms, t) or _place(place, terms, language) for place in evidence.get("differs", ())]
    return {"message": message, "places": ("；" if language == "zh" else "; ").join(places)}


def _differing(place: str, terms: Labels, t: Mapping[str, str]) -> str | None:
    """The words for a place of the sheet that is none of the record's."""
    first, _, rest = place.partition("/")
    words = t.get(f"paper.{first}") if first in ("added", "annotations", "issuer") and first not in terms else None
    return words if words is None or not rest else f"{words} ({rest.rpartition('/')[2]})"


def _withheld(report: Mapping[str, Any], terms: Labels, language: str) -> dict[str, Any] | None:
    """That something was not disclosed, and where, in the kind's words."""
    withheld = report["checks"][0]["evidence"].get("withheld")
    if not withheld:
        return None
    places = [one["at"].removeprefix("/credentialSubject").strip("/") for one in withheld]
    shown = [f"{_place(at, terms, language)} × {one['count']}" for at, one in zip(places, withheld, strict=True)]
    return {"message": NOTES["withheld"], "places": "; ".join(shown)}


def _unnamed(report: Mapping[str, Any]) -> Mapping[str, str] | None:
    """That a sound signature says nothing of an issuer which is a mere URL (ADR 0018)."""
    proof = next(check for check in report["checks"] if check["id"] == "proof")
    return NOTES["unnamed"] if proof["evidence"].get("issuerIsProven") is False else None


def _place(place: str, terms: Labels, language: str) -> str:
    return " › ".join(
        str(int(word) + 1) if word.isdecimal() else label(word, terms, language) for word in place.split("/")
    )


def _check(
    check: Mapping[str, Any], t: Mapping[str, str], *, is_altered: bool, required: Collection[str]
) -> dict[str, Any]:
    """One check; of a file whose signature fails no sentence asks for a fuller one, which would be no better."""
    label = "unchecked" if check["outcome"] == "skipped" and check["id"] in required else check["outcome"]
    message = unadvised(check["message"]) if is_altered else check["message"]
    return {**check, "label": f"outcome.{label}", "message": message, "evidence": _evidence(check["evidence"], t)}


def _evidence(evidence: Mapping[str, Any], t: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(t.get(f"evidence.{name}", name), _shown(name, value)) for name, value in evidence.items()]


def _shown(name: str, value: Any) -> str:
    if name == "time" and isinstance(value, int):
        return moment(datetimes.render(datetimes.from_unix(value)))
    if name == "block" and isinstance(value, Mapping):
        return f"{value['number']:,} · {value['hash']}"
    return _short(value)


def _short(value: Any) -> str:
    if isinstance(value, list) and not any(isinstance(one, list | Mapping) for one in value):
        text = ", ".join(map(str, value))
    else:
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text if len(text) <= SHOWN_EVIDENCE else f"{text[:SHOWN_EVIDENCE]}…"


def _issuer(issuer: Mapping[str, Any], language: str, path: Sequence[str]) -> dict[str, Any] | None:
    if not issuer:
        return None
    rows = [("issuer.code", issuer.get("code")), ("issuer.did", issuer.get("did"))]
    return {"name": _name(issuer, language), "rows": [row for row in rows if row[1]], "path": path}


def _name(member: Mapping[str, Any], language: str) -> str:
    names = member.get("name") or {}
    return str(names.get(language) or names.get("zh") or names.get("en") or member.get("did", ""))


def _times(report: Mapping[str, Any], t: Mapping[str, str]) -> list[tuple[str, str, str]]:
    assurance = f"assurance.{report['assurance']}"
    return [
        ("anchoredAt", moment(report["anchoredAt"]), "anchoredAt.means"),
        ("asOf", moment(report["asOf"]), "asOf.means"),
        ("checkedAt", moment(report["checkedAt"]), ""),
        ("assurance", t[assurance], f"{assurance}.means"),
    ]
