"""Two verifiers, documents by chance: whatever is handed in, both say the same of it.

``ROLLBOOK_FUZZ_SEED`` draws other documents than those of every day, ``ROLLBOOK_FUZZ_TIMES`` more of them.
"""

import base64
import json
import os
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from ledger.formats import canonical, datetimes, trustroot
from ledger.formats.errors import RollbookError
from tests.conformance.kit import KitCase, cases
from tests.conformance.mutations import Mutator
from tests.conformance.signings import Signings
from tests.conformance.test_second_verifier import opened, reports  # noqa: F401
from tests.verifier.cases.holder import ASKED
from tests.worlds.scene import Scene
from verifier.policy import POLICIES
from verifier.verifier import Verifier

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.faults]

SEED = int(os.environ.get("ROLLBOOK_FUZZ_SEED", "1"))
TIMES = int(os.environ.get("ROLLBOOK_FUZZ_TIMES", "1"))
LARGEST = 60_000
BATCH = 50
TOKENS = ("jwt", "sdJwt")


@dataclass(frozen=True)
class Asked:
    """One question: the file, the trust root, and the options."""

    data: bytes
    root: bytes
    now: str
    policy: str
    more: dict[str, Any]


class Source:
    """Questions that are drawn by one seed."""

    def __init__(self, seed: str) -> None:
        self.chance = random.Random(seed)
        self.cases = [case for case in cases() if len(case.document) < LARGEST]
        self.objects = [(case, made) for case in self.cases if (made := _object(case.document)) is not None]
        self.mutator = Mutator(self.chance, [made for _, made in self.objects])
        self.signings = Signings(self.mutator)
        scene = Scene()
        self.root = canonical.dumps(trustroot.sign(scene.world.trust_document(), scene.world.trust_key))
        self.now = datetimes.render(scene.now)
        self.bundle = canonical.dumps(scene.bundle())

    def of_case(self, case: KitCase, data: bytes) -> Asked:
        """What is asked of a case of the kit, seldom at another time or under another policy."""
        now = case.now if self.chance.random() < 0.8 else self.chance.choice(self.cases).now
        policy = case.policy if self.chance.random() < 0.6 else self.chance.choice(("record", "archive", "vc"))
        return Asked(data, case.trust_root, now, policy, case.question)

    def of_world(self, data: bytes, *policies: str, **more: str) -> Asked:
        """What is asked of a document of the simulated world."""
        return Asked(data, self.root, self.now, self.chance.choice(policies or ("record", "record", "vc")), more)


def _object(data: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(data)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _json(source: Source, count: int) -> list[Asked]:
    drawn = (source.chance.choice(source.objects) for _ in range(count))
    return [source.of_case(case, _text(source, source.mutator.json(made))) for case, made in drawn]


def _text(source: Source, value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=source.chance.random() < 0.5).encode("utf-8", "surrogatepass")


def _raw(source: Source, count: int) -> list[Asked]:
    drawn = (source.chance.choice(source.cases) for _ in range(count))
    return [source.of_case(case, source.mutator.raw(case.document)) for case in drawn]


def _tokens(source: Source, count: int) -> list[Asked]:
    made = []
    held = [(case, bundle, name) for case, bundle in source.objects for name in TOKENS if name in bundle]
    for _ in range(count):
        case, bundle, name = source.chance.choice(held)
        text = source.mutator.token(bundle[name])
        bare = source.chance.random() < 0.3
        made.append(source.of_case(case, text.encode() if bare else _text(source, bundle | {name: text})))
    return made


def _pdfs(source: Source, count: int) -> list[Asked]:
    return [source.of_world(source.mutator.pdf(source.bundle)) for _ in range(count)]


def _signed(kind: str, *policies: str, **more: str) -> Callable[[Source, int], list[Asked]]:
    return lambda source, count: [
        source.of_world(data, *policies, **more) for data in getattr(source.signings, kind)(count)
    ]


def _roots(source: Source, count: int) -> list[Asked]:
    """Trust roots of a kit's cases that were changed and signed again by the world's key."""
    made: list[Asked] = []
    key = Scene().world.trust_key
    while len(made) < count:
        case = source.chance.choice(source.cases)
        unsigned = source.mutator.json(json.loads(case.trust_root))
        try:
            root = canonical.dumps(trustroot.sign({**unsigned, "signatures": []}, key))
        except RollbookError:
            continue
        made.append(Asked(case.document, root, case.now, case.policy, case.question))
    return made


SORTS: dict[str, tuple[Callable[[Source, int], list[Asked]], int]] = {
    "json": (_json, 1600),
    "raw": (_raw, 1200),
    "tokens": (_tokens, 400),
    "pdfs": (_pdfs, 800),
    "foreign": (_signed("foreign", "vc"), 800),
    "words": (_signed("words", "vc"), 1200),
    "sets": (_signed("sets", "vc"), 400),
    "foreign tokens": (_signed("foreign_tokens", "vc"), 800),
    "presentations": (_signed("presentations", **ASKED), 200),
    "trust roots": (_roots, 400),
    "presentations as tokens": (_signed("token_presentations", **ASKED), 300),
    "records": (_signed("records"), 300),
    "chains": (_signed("chains"), 600),
    "kinds": (_signed("kinds"), 100),
    "lists": (_signed("lists"), 100),
    "signed tokens": (_signed("tokens"), 200),
}


def question(asked: Asked) -> dict[str, Any]:
    """What the page is asked, in JSON."""
    return {
        "data": base64.b64encode(asked.data).decode(),
        "root": base64.b64encode(asked.root).decode(),
        "now": datetimes.parse(asked.now).timestamp() * 1000,
        "policy": asked.policy,
        **asked.more,
    }


def said(report: dict[str, Any]) -> dict[str, Any]:
    """What both must say: all but sentences and evidence, of which only what is said of a sheet."""
    if "error" in report:
        return {"broken": any(word in report["error"] for word in ("TypeError", "RangeError", "ReferenceError"))}
    checks = {check["id"]: check["code"] for check in report["checks"]}
    evidence = report["checks"][0]["evidence"]
    paper = {name: evidence[name] for name in ("paper", "differs") if name in evidence}
    return {name: report[name] for name in cases()[0].expected} | {"checks": checks, "paper": paper}


def ours(asked: Asked, verifiers: dict[bytes, Verifier]) -> dict[str, Any]:
    """Our report; one of an error where the trust root is none."""
    if asked.root not in verifiers:
        try:
            verifiers[asked.root] = Verifier(trustroot.parse(asked.root))
        except RollbookError:
            return {"error": "no trust root"}
    verifier = verifiers[asked.root]
    now, policy = datetimes.parse(asked.now), POLICIES[asked.policy]
    return verifier.verify(asked.data, now=now, policy=policy, **asked.more).to_dict()


@pytest.mark.parametrize("sort", SORTS)
def test_the_two_verifiers_disagree(opened: "Page", sort: str) -> None:  # noqa: F811
    make, count = SORTS[sort]
    asked = make(Source(f"{SEED} {sort}"), count * TIMES)
    verifiers: dict[bytes, Verifier] = {}
    wrong = []
    for start in range(0, len(asked), BATCH):
        batch = asked[start : start + BATCH]
        for one, theirs in zip(batch, reports(opened, [question(each) for each in batch]), strict=True):
            told, wanted = said(theirs), said(ours(one, verifiers))
            if told != wanted:
                wrong.append(_difference(one, told, wanted))
    assert not wrong, f"seed {SEED}, {sort}, {len(wrong)} of {len(asked)}:\n" + "\n".join(wrong[:20])


def _difference(asked: Asked, told: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The document, and what each says: the page first."""
    names = [name for name in (*told, *wanted) if told.get(name) != wanted.get(name)]
    differing = {name: (told.get(name), wanted.get(name)) for name in names}
    options = {"now": asked.now, "policy": asked.policy, **asked.more}
    shown = asked.data.decode() if asked.data.isascii() else repr(asked.data)
    return f"{differing} {options} {asked.root.decode()}\n{shown}"
