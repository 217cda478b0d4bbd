"""`rollbook verify`: files against a pinned trust root. Needs the base dependencies alone."""

import errno
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from api.cli import exits, output
from api.home import data_folder
from ledger.formats.errors import ConfigError

if TYPE_CHECKING:
    from ledger.formats.contexts import Contexts
    from ledger.formats.errors import FormatError
    from ledger.formats.trustroot import TrustRoot
    from verifier.policy import Demands
    from verifier.report import Report
    from verifier.verifier import Verifier

MAX_BYTES, MAX_ARCHIVE = 5 * 2**20, 64 * 2**20
ZIP = b"PK\x03\x04"
MARKS = {"pass": ("✓", "ok"), "fail": ("✗", "FAIL"), "unknown": ("?", "unknown"), "skipped": ("–", "skipped")}
UNREACHED = {
    "en": "The log could not be asked: whatever happened after the time below is not in this report.",
    "zh": "未能联系日志：下列时间之后的变动不在本报告之内。",
}
VERDICTS = {
    "valid": {"en": "VALID", "zh": "有效"},
    "invalid": {"en": "INVALID", "zh": "无效"},
    "indeterminate": {"en": "INDETERMINATE", "zh": "无法确定"},
}


class PolicyName(StrEnum):
    """The policies of the design, §5."""

    record = "record"
    archive = "archive"
    vc = "vc"


class Language(StrEnum):
    """Languages of reports."""

    en = "en"
    zh = "zh"


def verify(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="bundles, credentials, PDFs, pictures, archives; - is stdin")
    ],
    offline: Annotated[bool, typer.Option("--offline", help="ask no log for newer proofs")] = False,
    trust_root: Annotated[Path | None, typer.Option(help="use this trust root, not the pinned ones")] = None,
    policy: Annotated[PolicyName, typer.Option(help="what is required")] = PolicyName.record,
    current: Annotated[
        bool, typer.Option("--current-accreditation", help="the school and all above it must still be accredited")
    ] = False,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="VKEY", help="a witness that you rely on; as often as you like")
    ] = None,
    quorum: Annotated[int | None, typer.Option(min=1, help="how many of them must have cosigned; all without")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one report as JSON on each line")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="print every hash step, from a mark to the seals")] = False,
    language: Annotated[Language | None, typer.Option(help="of the report; as the environment says")] = None,
) -> int:
    """Check records: exit code 0 valid, 1 invalid, 2 indeterminate; 64 wrong usage or no trust root, 66 unreadable
    file, 70 internal error. With several files the worst.
    """
    try:
        demands = _demands(current, witness or [], quorum)
        run = Run(_trust_roots(trust_root), policy.value, offline, _contexts(), demands)
    except ConfigError as error:
        output.note(f"rollbook: {error.message}")
        return exits.USAGE
    shown = output.language(language.value if language else None)
    codes = []
    for name in files:
        codes.append(_one(run, name, as_json=as_json, explain=explain, language=shown))
    return exits.worst(codes)


def _demands(current: bool, vkeys: Sequence[str], quorum: int | None) -> "Demands":
    """What is asked beyond the policy; ConfigError where the witnesses are none."""
    from ledger.formats.cosignature import witness_keys
    from ledger.formats.errors import FormatError
    from verifier.policy import Demands

    try:
        witnesses = witness_keys(vkeys)
    except FormatError as error:
        raise ConfigError("policy.witnesses", f"--witness: {error.message or error.code}") from None
    return Demands(current=current, witnesses=witnesses, quorum=len(witnesses) if quorum is None else quorum)


class Run:
    """What all files of one call are held against; a verifier for each trust root, made when first needed."""

    def __init__(
        self,
        roots: Sequence["TrustRoot"],
        policy: str,
        offline: bool,
        contexts: "Contexts",
        demands: "Demands | None" = None,
    ) -> None:
        from verifier.policy import NO_DEMANDS, POLICIES

        self._roots = roots
        self._policy = POLICIES[policy]
        self._offline = offline
        self._contexts = contexts
        self._demands = demands or NO_DEMANDS
        self._verifiers: dict[bytes, Verifier] = {}
        self.unreached: list[str] = []
        """Where nothing could be asked for the newest report, though it was to be."""

    def root(self, data: bytes) -> "TrustRoot":
        """The pinned trust root that a file is held against."""
        from api.pins import choose

        return choose(self._roots, data)

    def refuse(self, error: "FormatError") -> "Report":
        """The report on a file that cannot be opened."""
        from verifier.verifier import Verifier

        return Verifier(self._roots[0]).refuse(error, policy=self._policy, now=datetime.now(UTC))

    def verify(self, data: bytes) -> "Report":
        """The report on one file."""
        from api.remote import RemoteEvidence
        from verifier.verifier import Verifier

        root = self.root(data)
        made = Verifier(root, contexts=lambda: self._contexts, demands=self._demands)
        verifier = self._verifiers.setdefault(root.id, made)
        evidence = None if self._offline else RemoteEvidence(root)
        report = verifier.verify(data, policy=self._policy, now=datetime.now(UTC), evidence=evidence)
        self.unreached = evidence.unreached if evidence else []
        return report


def _contexts() -> "Contexts":
    """The bundled JSON-LD contexts and those that this verifier's operator pinned."""
    from api.contexts import VARIABLE, load

    given = os.environ.get(VARIABLE)
    return load(data_folder(), Path(given) if given else None)


def _trust_roots(file: Path | None) -> Sequence["TrustRoot"]:
    from api.pins import Pins, read_file

    roots = [read_file(file)] if file else Pins(data_folder()).all()
    if not roots:
        raise ConfigError("trust.none", "no trust root: pin one with `rollbook trust add FILE`, or name one")
    return roots


def _one(run: Run, name: str, *, as_json: bool, explain: bool, language: str) -> int:
    try:
        data = read_input(name)
    except OSError as error:
        if as_json:
            output.json_line({"file": name, "error": {"code": "file.unreadable", "message": error.strerror or ""}})
        output.note(f"rollbook: {name}: {error.strerror or type(error).__name__}")
        return exits.NO_INPUT
    if data.startswith(ZIP):
        return _archive(run, name, data, as_json=as_json, explain=explain, language=language)
    report = run.verify(data)
    _print(run, name, report, as_json=as_json, language=language)
    if explain:
        _explain(run, data)
    return report.exit_code


def _archive(run: Run, name: str, data: bytes, *, as_json: bool, explain: bool, language: str) -> int:
    """One report for each record in a ZIP; the worst of their exit codes."""
    from verifier.archives import reports

    codes = []
    for member, report in reports(data, run.verify, run.refuse):
        _print(run, f"{name}/{member}" if member else name, report, as_json=as_json, language=language)
        codes.append(report.exit_code)
    if explain:
        output.note("rollbook: --explain takes one record: unpack the archive first")
    return exits.worst(codes)


def _print(run: Run, name: str, report: "Report", *, as_json: bool, language: str) -> None:
    """Whether a log that was to be asked gave no answer is no part of a report, and stands beside it."""
    if as_json:
        output.json_line(report.to_dict() | ({"unreached": run.unreached} if run.unreached else {}))
    else:
        print_report(name, report, language, run.unreached)


def _explain(run: Run, data: bytes) -> None:
    from verifier.explain import explain as explain_steps
    from verifier.readers.carriers import document_in

    document = document_in(data)
    for step in explain_steps(document, run.root(document)):
        output.line(step)


def read_input(name: str) -> bytes:
    """A file's bytes, and one more than is allowed where it is too large: the report then says so."""
    if name == "-":
        if sys.stdin is None:
            raise OSError(errno.EBADF, "standard input is closed")
        return _bounded(sys.stdin.buffer)
    with open(name, "rb") as file:
        return _bounded(file)


def _bounded(file: BinaryIO) -> bytes:
    start = file.read(MAX_BYTES + 1)
    more = MAX_ARCHIVE + 1 - len(start) if start.startswith(ZIP) else 0
    return start + file.read(more) if more else start


def print_report(name: str, report: "Report", language: str, unreached: Sequence[str] = ()) -> None:
    """The report for people, with the signed values: what a paper shows beside them proves nothing."""
    from api.cli import signed
    from verifier.messages import NOTES

    found = report.to_dict()
    plain = not output.can_show("".join(mark for mark, _ in MARKS.values()))
    output.line(f"{name}: {VERDICTS[found['verdict']][language]}")
    for check in found["checks"]:
        mark = MARKS[check["outcome"]][1 if plain else 0]
        output.line(f"  {mark:<7} {check['id']:<10} {check['message'][language]} [{check['code']}]")
    note = NOTES.get(f"paper.{found['checks'][0]['evidence'].get('paper')}")
    if note is not None:
        places = ", ".join(found["checks"][0]["evidence"].get("differs", ()))
        output.line(f"  {'!':<7} {'paper':<10} {note[language]}{f' [{places}]' if places else ''}")
    withheld = found["checks"][0]["evidence"].get("withheld")
    if withheld:
        places = ", ".join(f"{one['at']} × {one['count']}" for one in withheld)
        output.line(f"  {'!':<7} {'withheld':<10} {NOTES['withheld'][language]} [{places}]")
    if report["proof"].evidence.get("issuerIsProven") is False:
        output.line(f"  {'!':<7} {'issuer':<10} {NOTES['unnamed'][language]}")
    if unreached:
        output.line(f"  {'!':<7} {'log':<10} {UNREACHED[language]} [{', '.join(unreached)}]")
    for text in signed.lines(report, language):
        output.line(f"  {text}")
    issuer = found["issuer"].get("name", {})
    facts = [
        ("issuer", issuer.get(language) or found["issuer"].get("did", "")),
        ("anchored", found["anchoredAt"] or ""),
        ("as of", found["asOf"] or ""),
        ("assurance", found["assurance"] or ""),
        ("policy", found["policy"]),
        ("trust root", found["trustRoot"] or ""),
    ]
    for title, value in facts:
        if value:
            output.line(f"  {title:<10} {value}")
