"""`rollbook demo`: the whole road on real input, from an empty folder to a refused forgery.

Real input is the OULAD dataset where it is found beside the checkout or under ``ROLLBOOK_SHARED``; the examples of this
repository stand in where it is not. Each step that is done is noted, so that a run that was killed goes on where it
stopped (inside a step by the records themselves: the same content again is no new record), and the next run is quick.
"""

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.deployment import Deployment
from api.folder import TRUST_ROOT
from api.home import checkout, make_private, write_whole
from issuers.importers.drafts import Draft
from issuers.outcomes import Outcome
from issuers.schools import Member
from issuers.store import StoredRecord
from ledger.formats import canonical
from ledger.formats.errors import ConfigError, ConflictError
from ledger.log.submission import Caller

PRESENTATIONS = frozenset({("AAA", "2013J"), ("AAA", "2014J")})
"""What ``few`` takes of OULAD."""
OULAD_SCHOOL = ("9900440001", "The Open University (OULAD sample)", "开放大学（OULAD 样本）")

Say = Callable[[str], None]
Bars = Callable[[str, int | None], Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one kind of one school: their drafts, made only when the step is not done yet."""

    school: str
    kind: str
    source: str
    drafts: Callable[[], Iterator[Draft]] | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class Input:
    """What the demonstration imports."""

    authority: dict[str, Any]
    schools: Sequence[tuple[str, str, str]]
    batches: Sequence[Batch]


def read_input(*, few: bool) -> Input:
    """The examples, and OULAD where it is found; ConfigError ``demo.no_examples`` outside of a checkout."""
    source = checkout()
    folder = source / "examples" if source else None
    if source is None or folder is None or not (folder / "deployment.json").is_file():
        raise ConfigError("demo.no_examples", "the demonstration needs the source checkout: its input is in examples/")
    described = json.loads((folder / "deployment.json").read_bytes())
    schools = [(one["code"], one["name"]["en"], one["name"]["zh"]) for one in described["schools"]]
    batches = [
        Batch(one["code"], file["kind"], file["path"], file=folder / file["path"])
        for one in described["schools"]
        for file in one["files"]
    ]
    oulad = _oulad(source, few=few)
    if oulad:
        # Three schools either way: OULAD's takes the place of the last of the examples.
        left = schools.pop()[0]
        batches = [batch for batch in batches if batch.school != left]
        schools.append(OULAD_SCHOOL)
        batches += oulad
    return Input(described["authority"], schools, batches)


def _oulad(source: Path, *, few: bool) -> list[Batch]:
    from examples.oulad import Oulad

    folder = Path(os.environ.get("ROLLBOOK_SHARED") or source.parent / "shared") / "data" / "oulad"
    if not Oulad.is_in(folder):
        return []
    data = Oulad(folder, PRESENTATIONS if few else frozenset())
    name = "OULAD, two presentations" if few else "OULAD"
    makers = {"result": data.results, "credit-entry": data.credit_entries, "transcript": data.transcripts}
    return [Batch(OULAD_SCHOOL[0], kind, name, drafts=make) for kind, make in makers.items()]


class Demo:
    """One run over an open deployment."""

    def __init__(self, deployment: Deployment, *, say: Say, bars: Bars) -> None:
        self._deployment = deployment
        self._say = say
        self._bars = bars
        self.folder = make_private(deployment.settings.home / "demo")
        self._done: dict[str, Any] = self._read_done()

    def run(self, given: Input) -> bool:
        """Every step, those that are done already in no time; whether any was still to be done."""
        before = len(self._done)
        members = {code: self._register(code, en, zh) for code, en, zh in given.schools}
        for batch in given.batches:
            self._import(members[batch.school], batch)
        self._anchor()
        return len(self._done) > before

    def api_key(self, code: str) -> str:
        """A key of a school to try the interface with; the same in every run of this folder."""
        path = self.folder / "api-key"
        if not path.exists():
            key = self._deployment.api_keys.create(self._deployment.schools.by_code(code).did, "demonstration")
            write_whole(path, key.encode() + b"\n", mode=0o600)
        return path.read_text().strip()

    def export(self, code: str, kind: str) -> Path | None:
        """The newest bundle of the first record that counts still, and the trust root beside it; None without one."""
        caller = _caller(self._deployment.schools.by_code(code))
        record = self._first_that_counts(caller, kind)
        if record is None:
            return None
        write_whole(self.folder / "bundle.json", self._deployment.proofs.bundle(record) + b"\n")
        write_whole(self.folder / "trust-root.json", (self._deployment.settings.home / TRUST_ROOT).read_bytes())
        return self.folder / "bundle.json"

    def _first_that_counts(self, caller: Caller, kind: str) -> StoredRecord | None:
        after = -1
        while page := self._deployment.records.find(caller, kind=kind, after=after):
            for record in page:
                if record.revoked is None and record.superseded is None:
                    return record
            after = page[-1].idx
        return None

    def tamper(self, bundle: Path) -> tuple[Path, str, str]:
        """A copy of the bundle with one mark raised; what the mark was, and what it is now."""
        value: Any = canonical.loads(bundle.read_bytes())
        holder = _holder_of_mark(value["credential"]["credentialSubject"])
        before = holder["mark"]
        holder["mark"] = "99" if before != "99" else "100"
        path = self.folder / "tampered.json"
        write_whole(path, canonical.dumps(value) + b"\n")
        return path, before, holder["mark"]

    def _register(self, code: str, en: str, zh: str) -> Member:
        if f"school {code}" in self._done:
            return self._deployment.schools.by_code(code)
        started = time.monotonic()
        member = self._deployment.add_school(code, en, zh)
        self._note(f"school {code}", member.did)
        self._say(f"registered {zh} · {en}{_took(started)}")
        return member

    def _import(self, member: Member, batch: Batch) -> None:
        step = f"{batch.school} {batch.kind} {batch.source}"
        if step in self._done:
            self._say(f"{self._done[step]:,} records of the kind {batch.kind} from {batch.source}: there already")
            return
        started = time.monotonic()
        with self._bars(f"{batch.kind} from {batch.source}", None) as bar:
            outcomes = self._issue(_caller(member), batch, bar.advance)
        seconds = time.monotonic() - started
        self._note(step, len(outcomes))
        rate = f"{len(outcomes) / seconds:,.0f} a second" if seconds > 1 else ""
        self._say(f"{len(outcomes):,} records of the kind {batch.kind} from {batch.source}{_took(started, rate)}")

    def _issue(self, caller: Caller, batch: Batch, progress: Callable[[int], None]) -> Sequence[Outcome]:
        records = self._deployment.records
        if batch.drafts is not None:
            return records.issue_many(caller, batch.kind, batch.drafts(), progress=progress)
        assert batch.file is not None
        report = records.import_file(caller, batch.kind, batch.file.read_bytes(), progress=progress)
        if report.problems:
            raise ConflictError(
                "demo.import", f"{batch.file.name} line {report.problems[0].line}: {report.problems[0]}"
            )
        return report.outcomes

    def _anchor(self) -> None:
        started = time.monotonic()
        before = self._deployment.reader.anchor()
        self._deployment.settle()
        anchor = self._deployment.reader.anchor()
        if anchor is not None and anchor != before:
            what = f"{anchor.size:,} entries, status lists among them, in block {anchor.block_number}"
            self._say(f"anchored {what}{_took(started)}")

    def _note(self, step: str, value: Any) -> None:
        self._done[step] = value
        write_whole(self.folder / "steps.json", json.dumps(self._done, indent=1, ensure_ascii=False).encode())

    def _read_done(self) -> dict[str, Any]:
        try:
            found = json.loads((self.folder / "steps.json").read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}


def _caller(member: Member) -> Caller:
    return Caller("demonstration", member.did)


def _holder_of_mark(value: Any) -> dict[str, Any]:
    """The first object in ``value`` that has a mark."""
    if isinstance(value, dict):
        if isinstance(value.get("mark"), str):
            return value
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        found = _holder_of_mark(one)
        if found:
            return found
    return {}


def _took(started: float, more: str = "") -> str:
    return f" ({time.monotonic() - started:.1f} s{', ' if more else ''}{more})"
