"""Makes the kit from the simulated worlds of the tests: ``python -m tests.conformance.generating`` writes kit/ anew.

Every input under which a code of the report arises offline, the same under each policy that says something else of it,
and the inputs of ``inputs.py`` and ``hostile.py``. What the report of each must be is what the verifier says, and the
tests of the verifier say what it must say; a person looks at the difference before a new kit is committed, and raises
VERSION.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledger.formats import canonical, datetimes, trustroot
from tests.conformance import (
    consortium,
    contexts,
    edges,
    epochs,
    forms,
    hostile,
    inputs,
    lists,
    occasions,
    papers,
    standing,
    taking_over,
    tokens,
    witnesses,
    words,
)
from tests.verifier.cases import CASES
from tests.worlds.scene import Scene
from verifier.policy import ARCHIVE, POLICIES, RECORD, VC, Policy
from verifier.report import Report

VERSION = "3.0.0"
KIT = Path(__file__).parent / "kit"
LARGEST_FILE = 1 << 20
INPUTS = [
    *CASES,
    *inputs.INPUTS,
    *hostile.INPUTS,
    *forms.INPUTS,
    *tokens.INPUTS,
    *papers.INPUTS,
    *lists.INPUTS,
    *words.INPUTS,
    *consortium.INPUTS,
    *epochs.INPUTS,
    *witnesses.INPUTS,
    *taking_over.INPUTS,
    *standing.INPUTS,
    *occasions.INPUTS,
    *contexts.INPUTS,
    *edges.INPUTS,
]


@dataclass(frozen=True)
class Asked:
    """One call of the verifier: file, signed trust root, options and report."""

    data: bytes
    root: bytes
    now: datetime
    policy: Policy
    question: dict[str, str]
    report: Report


def captured(make: Callable[[], Report], policy: Policy | None = None) -> Asked | None:
    """What an input of the verifier's tests asks; None where it asks with evidence from elsewhere, or for more."""
    asked: list[Asked | None] = []
    original = Scene.verify

    def verify(scene: Scene, document: Any = None, *, root: dict[str, Any] | None = None, **options: Any) -> Report:
        data = document if isinstance(document, bytes) else canonical.dumps(document or scene.bundle())
        if policy is not None:
            options["policy"] = policy
        report = original(scene, data, root=root, **options)
        signed = trustroot.sign(scene.world.trust_document(**root or {}), scene.world.trust_key)
        question = {str(name): options[name] for name in ("domain", "challenge") if name in options}
        made = Asked(
            data,
            canonical.dumps(signed),
            options.get("now", scene.now),
            options.get("policy", RECORD),
            question,
            report,
        )
        elsewhere = options.get("evidence") is not None or options.get("demands") is not None
        asked.append(None if elsewhere else made)
        return report

    with patch.object(Scene, "verify", verify):
        make()
    return asked[-1]


def label(code: str, name: str) -> str:
    """The name of a case in the kit."""
    return f"{code}/{name}".replace("_", "-")


def _all(online: list[str]) -> Iterator[tuple[str, Asked]]:
    for code, name, make in INPUTS:
        first, named = captured(make), label(code, name)
        if first is None or _is_left_out(first.data):
            online.append(named)
            continue
        yield named, first
        if first.policy is not RECORD:
            continue
        for policy in (ARCHIVE, VC):
            other = captured(make, policy)
            if other is not None and _conclusion(other.report) != _conclusion(first.report):
                yield f"{named}/{policy.name}", other


def _is_left_out(data: bytes) -> bool:
    """Forms that the second verifier does not read."""
    return b'"sm2":' in data


def _conclusion(report: Report) -> tuple[Any, ...]:
    return report.verdict, [check.code for check in report.checks]


def expected(report: Report) -> dict[str, Any]:
    """The part of a report that another implementation must give too: all but sentences and evidence."""
    made = report.to_dict()
    checks = [{name: check[name] for name in ("id", "outcome", "code")} for check in made["checks"]]
    names = (
        "verdict",
        "policy",
        "assurance",
        "checkedAt",
        "asOf",
        "anchoredAt",
        "trustRoot",
        "issuer",
        "subject",
        "record",
    )
    return {name: made[name] for name in names} | {"checks": checks}


def files() -> dict[str, bytes]:
    """The files of the kit but its README, by path."""
    made: dict[str, bytes] = {}
    cases, roots, online = [], dict[bytes, str](), list[str]()
    for name, asked in _all(online):
        if asked.root not in roots:
            roots[asked.root] = f"trust-roots/{asked.report.trust_root[7:23]}.json"
            made[roots[asked.root]] = asked.root
        case = {
            "name": name,
            "document": _document(asked.data, made),
            "trustRoot": roots[asked.root],
            "now": datetimes.render(asked.now),
            "policy": asked.policy.name,
            **asked.question,
            "expected": expected(asked.report),
        }
        cases.append(case)
    index = {
        "kit": "rollbook-conformance/1",
        "version": VERSION,
        "policies": sorted(POLICIES),
        "online": online,
        "cases": cases,
    }
    made["index.json"] = (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()
    return made


def digests(names: Iterable[str]) -> dict[str, list[str]]:
    """SHA-256 of the documents and trust roots of these inputs, in hexadecimal, by their names."""
    wanted, made = set(names), dict[str, list[str]]()
    for code, name, make in INPUTS:
        if label(code, name) in wanted:
            asked = captured(make)
            assert asked is not None
            made[label(code, name)] = [hashlib.sha256(each).hexdigest() for each in (asked.data, asked.root)]
    return made


def _document(data: bytes, made: dict[str, bytes]) -> Any:
    """The path of a file with these bytes; of one that is mostly blanks, how it is put together."""
    if len(data) > LARGEST_FILE:
        start, end = data[:1], data[1:].lstrip(b" ")
        assert data == start + b" " * (len(data) - 1 - len(end)) + end
        return {"start": start.decode(), "blanks": len(data) - 1 - len(end), "end": end.decode()}
    path = f"documents/{hashlib.sha256(data).hexdigest()[:16]}{'.json' if data[:1] == b'{' else '.bin'}"
    made[path] = data
    return path


def main() -> None:
    """Write the kit in place of the one that is there."""
    for folder in ("documents", "trust-roots"):
        shutil.rmtree(KIT / folder, ignore_errors=True)
    for path, data in files().items():
        (KIT / path).parent.mkdir(parents=True, exist_ok=True)
        (KIT / path).write_bytes(data)


if __name__ == "__main__":
    main()
