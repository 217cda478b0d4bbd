"""`issue`, `import`, `export`, `revoke`, `suspend`, `lift`, `supersede`: a school's records from the command line."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli import exits, members, output, pasted
from api.cli.import_report import lines
from api.cli.ledger import written
from api.cli.verify import Language
from ledger.formats import sm2
from ledger.formats.errors import FormatError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from api.deployment import Deployment
    from issuers.jose import Wanted
    from issuers.store import Mark, StoredRecord
    from ledger.log.submission import Caller

School = Annotated[str, typer.Option("--school", help="the school's code")]
KindName = Annotated[str, typer.Option("--kind", help="the kind of record")]
Reason = Annotated[str, typer.Option(help="why; kept with the record")]


class Cryptosuite(StrEnum):
    """``ledger.formats.suites`` by name: over what the record means, which others read, or over its bytes."""

    RDFC = "eddsa-rdfc-2022"
    JCS = "eddsa-jcs-2022"


class Form(StrEnum):
    """``issuers.jose.AT_ISSUANCE``: forms in which a record may be signed besides, under the same entry."""

    JWT = "jwt"
    SD_JWT = "sd-jwt"


Suite = Annotated[Cryptosuite, typer.Option("--cryptosuite", help="how it is signed")]
Representations = Annotated[
    list[Form] | None,
    typer.Option("--representation", metavar="<jwt|sd-jwt>", help="sign it in this form as well; may be given twice"),
]
Mandatory = Annotated[
    list[str] | None,
    typer.Option(help="a JSON pointer into the record: its learner may not keep this back of an SD-JWT"),
]
FORMS = "a further form, signed where there is none yet: badge, clr, jwt, jwt-vc, sd-jwt"
FORMS += ", sm2" if sm2.is_installed() else ""


def issue(
    file: Annotated[Path, typer.Argument(help="the credentialSubject as JSON")],
    school: School,
    kind: KindName,
    superseding: Annotated[str | None, typer.Option(help="replace the earlier record of this slot; why")] = None,
    cryptosuite: Suite = Cryptosuite.RDFC,
    representation: Representations = None,
    mandatory: Mandatory = None,
) -> int:
    """Sign one record, put it into the log and anchor it; print its id, what was done, and its entry."""
    from api.settings import load
    from api.wiring import open_deployment
    from issuers.jose import Wanted

    subject = _object(file)
    wanted = Wanted.of(representation or (), mandatory or ())
    with open_deployment(load()) as deployment:
        caller = _caller(deployment, school)
        deployment.standing.require(caller.issuer, kind)
        outcome = deployment.records.issue(
            caller, kind, subject, superseding=superseding, cryptosuite=cryptosuite, wanted=wanted
        )
        _complete(deployment, outcome.record_id, wanted)
        output.line(pasted.line(outcome))
        _settle(deployment)
    return exits.OK


def import_(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX; the columns are the kind's")],
    school: School,
    kind: KindName,
    partial: Annotated[bool, typer.Option("--partial", help="import the good rows even where others are bad")] = False,
    ignore_unknown: Annotated[bool, typer.Option("--ignore-unknown", help="leave out columns of other names")] = False,
    superseding: Annotated[str | None, typer.Option(help="replace earlier records of the same slots; why")] = None,
    representation: Representations = None,
    cryptosuite: Suite = Cryptosuite.RDFC,
    as_json: Annotated[bool, typer.Option("--json", help="print the report as JSON")] = False,
    language: Annotated[Language | None, typer.Option(help="of the report; as the environment says")] = None,
) -> int:
    """Import a file of records: all of it or nothing, unless --partial. Every bad cell is named by line and column.

    An import that is interrupted keeps what it has signed; the same command goes on after that.
    """
    from api.settings import load
    from api.wiring import open_deployment
    from issuers.jose import Wanted

    data = file.read_bytes()
    with open_deployment(load()) as deployment, output.progress(f"importing {file.name}", None) as bar:
        caller = _caller(deployment, school)
        deployment.standing.require(caller.issuer, kind)
        try:
            report = deployment.records.import_file(
                caller,
                kind,
                data,
                partial=partial,
                ignore_unknown=ignore_unknown,
                superseding=superseding,
                cryptosuite=cryptosuite,
                wanted=Wanted.of(representation or ()),
                progress=bar.advance,
            )
        except KeyboardInterrupt:
            output.note(f"{bar.done} records are in the log and stay; the same command goes on after them")
            raise
        if report.outcomes:
            _settle(deployment)
    if as_json:
        output.json_line(report.to_dict())
    else:
        for text in lines(report, output.language(language.value if language else None)):
            output.line(text)
    return exits.DATA if report.problems else exits.OK


def export(
    record: Annotated[str | None, typer.Argument(help="the record's id; with --pdf also the file of a bundle")] = None,
    to: Annotated[Path | None, typer.Option("--output", "-o", help="the file; standard output without")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="print it: a PDF with the bundle inside")] = False,
    learner: Annotated[str | None, typer.Option(help="all records of this learner's number")] = None,
    school: Annotated[str | None, typer.Option(help="the code of the learner's school, where several know it")] = None,
    archive: Annotated[Path | None, typer.Option(help="the ZIP for the learner's records")] = None,
    form: Annotated[str | None, typer.Option(help=FORMS)] = None,
    bare: Annotated[bool, typer.Option("--bare", help="of a form the credential alone, as wallets read it")] = False,
) -> int:
    """Write a record's bundle: the file that the learner keeps, and that anyone can verify. Or its PDF; or, with
    --learner and --archive, a ZIP of all records of a learner. The way back is `extract`.
    """
    if (record is None) == (learner is None) or (learner is None) != (archive is None) or (learner and (pdf or to)):
        raise typer.BadParameter("give a record's id, or --learner with --archive")
    if (form and (learner or pdf)) or (bare and not form):
        raise typer.BadParameter("--form is of one record, and --bare of a form")
    from api.cli import paper

    if pdf and record and not learner and Path(record).is_file():
        return _deliver(paper.sheet(Path(record).read_bytes()), to)
    from api import forms
    from api.settings import load
    from api.wiring import open_deployment

    with open_deployment(load()) as deployment:
        formed = _formed(deployment, record, form) if record and form else None
        _settle(deployment)
        if record is None:
            data = paper.archive(deployment, learner or "", school)
        elif formed is not None:
            data = (forms.text(formed) if bare else deployment.proofs.bundle(formed)) + b"\n"
        elif pdf:
            data = deployment.papers.pdf(_find(deployment, record))
        else:
            data = deployment.proofs.bundle(_find(deployment, record)) + b"\n"
    return _deliver(data, archive or to)


def _deliver(data: bytes, to: Path | None) -> int:
    if to is None:
        output.raw(data)
    else:
        written(to, data)
    return exits.OK


def _changing(act: str, done: str, text: str) -> Callable[[str, str], int]:
    """The command of one act on a record's state, which says afterwards that the record is ``done``, or what it was
    before, where that stays."""

    def command(record: Annotated[str, typer.Argument(help="the record's id")], reason: Reason) -> int:
        from api.settings import load
        from api.wiring import open_deployment

        with open_deployment(load()) as deployment:
            found = _find(deployment, record)
            getattr(deployment.records, act)(_caller_of(found), found.record_id, reason)
            _settle(deployment)
        output.line(f"{found.record_id} {_stays(act, found) or done}")
        return exits.OK

    command.__doc__ = text
    return command


def _stays(act: str, before: "StoredRecord") -> str | None:
    """What an act does not change of a record that was as ``before``; None where it changes it."""
    revoked, suspended = before.revoked, before.suspended
    if act == "lift" and revoked:
        return f"revoked: it was revoked for good on {_day(revoked)}, and lifting changes nothing of that"
    if act == "lift" and not suspended:
        return "no longer suspended: it was not suspended before"
    if act == "revoke" and revoked:
        return f"revoked: it was revoked before, on {_day(revoked)}, and the first reason stays: {revoked.reason}"
    if act == "suspend" and suspended:
        return (
            f"suspended: it was suspended before, on {_day(suspended)}, and the first reason stays: {suspended.reason}"
        )
    return None


def _day(mark: "Mark") -> str:
    return members.moment(mark.at)


revoke = _changing("revoke", "revoked", "Revoke a record for good, publish its school's status list and anchor it.")
suspend = _changing(
    "suspend", "suspended", "Suspend a record until that is lifted, publish its school's status list and anchor it."
)
lift = _changing(
    "lift", "no longer suspended", "Lift a record's suspension, publish its school's status list and anchor it."
)


def supersede(
    record: Annotated[str, typer.Argument(help="the id of the record that is replaced")],
    file: Annotated[Path, typer.Argument(help="the new credentialSubject as JSON")],
    reason: Reason,
    cryptosuite: Suite = Cryptosuite.RDFC,
) -> int:
    """Put a new record in the place of an old one, which from then on verifies as superseded."""
    from api.settings import load
    from api.wiring import open_deployment

    subject = _object(file)
    with open_deployment(load()) as deployment:
        found = _find(deployment, record)
        caller = _caller_of(found)
        outcome = deployment.records.supersede(caller, found.record_id, subject, reason, cryptosuite=cryptosuite)
        _settle(deployment)
    output.line(pasted.line(outcome))
    return exits.OK


def _complete(deployment: "Deployment", record: str, wanted: "Wanted") -> None:
    """Sign the wanted forms that a record does not have, because it was there before."""
    found = _find(deployment, record)
    for name in wanted.forms:
        deployment.forms.get(_caller_of(found), found, name)


def _caller(deployment: "Deployment", code: str) -> "Caller":
    from ledger.log.submission import Caller

    return Caller("command line", deployment.schools.by_code(code).did)


def _caller_of(record: "StoredRecord") -> "Caller":
    from ledger.log.submission import Caller

    return Caller("command line", record.issuer)


def _find(deployment: "Deployment", record: str) -> "StoredRecord":
    """A record of any school: who runs this command holds the keys of all of them."""
    named = pasted.record_id(record)
    for member in deployment.members("issuer"):
        try:
            return deployment.store.get(member, named)
        except NotFoundError:
            continue
    raise NotFoundError("record.unknown", "there is no such record")


def _formed(deployment: "Deployment", record: str, form: str) -> "StoredRecord":
    """A further form of a record."""
    found = _find(deployment, record)
    return deployment.forms.get(_caller_of(found), found, form)


def _settle(deployment: "Deployment") -> None:
    """Publish and anchor; where the chain cannot be reached, or the ledger moves, it is in the log all the same."""
    from api.moving import UNDER_WAY

    try:
        deployment.settle()
    except UnavailableError as error:
        later = error.message if error.code == UNDER_WAY else "`rollbook serve` goes on with it"
        output.note(f"rollbook: not anchored yet ({error.code}); {later}")


def _object(file: Path) -> dict[str, Any]:
    from ledger.formats import canonical

    data = file.read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("document.malformed", f"{file.name} is not UTF-8") from None
    value = canonical.loads(data)
    if not isinstance(value, dict):
        raise FormatError("document.malformed", f"{file.name} holds no JSON object")
    return value
