"""What `rollbook authority`, `rollbook school` and `rollbook key` share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from ledger.formats.errors import FormatError

if TYPE_CHECKING:
    from api.deployment import Deployment
    from api.governing import Wanted
    from issuers.kinds import Kinds
    from issuers.schools import Member, Role, Schools
    from ledger.formats.registry import Accreditation

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")

Code = Annotated[str, typer.Argument(help="its code")]
NameEn = Annotated[str, typer.Option(help="registered name in English")]
NameZh = Annotated[str, typer.Option(help="registered name in Chinese")]
NewNameEn = Annotated[str | None, typer.Option("--name-en", help="another registered name in English")]
NewNameZh = Annotated[str | None, typer.Option("--name-zh", help="another registered name in Chinese")]
Authority = Annotated[str | None, typer.Option("--authority", help="the code of who accredits it; the root without")]
Region = Annotated[str | None, typer.Option(help="a prefix of school codes, within the authority's")]
KindNames = Annotated[list[str] | None, typer.Option("--kind", help="for this kind; all that may be without")]
Controller = Annotated[
    str | None, typer.Option(help="an address (0x…) elsewhere that acts for it; a key of this deployment without")
]


@contextmanager
def governed() -> Iterator["Deployment"]:
    """This machine's deployment; where somebody else has to send a transaction, it is printed."""
    from api.governing import Elsewhere
    from api.settings import load
    from api.wiring import open_deployment

    with open_deployment(load()) as deployment:
        try:
            yield deployment
        except Elsewhere as error:
            for call in error.calls:
                to = "" if call.to is None else f"0x{call.to.hex()}"
                output.line(f"from 0x{error.sender.hex()} to {to} data 0x{call.data.hex()}")
            raise


def wanted(kinds: "Kinds", region: str | None, names: list[str] | None, controller: str | None) -> "Wanted":
    """What the options ask for; FormatError ``accreditation.controller``, NotFoundError ``kind.unknown``."""
    from api.governing import Wanted, kinds_named

    if controller is not None and not _ADDRESS.fullmatch(controller):
        raise FormatError("accreditation.controller", "a controller is 0x and 40 hexadecimal digits")
    address = None if controller is None else bytes.fromhex(controller[2:])
    return Wanted(region, kinds_named(kinds, names), address)


def parent(deployment: "Deployment", code: str | None) -> "Member | None":
    """The authority of this code; None for none."""
    return None if code is None else deployment.governing.member(code, "authority")


def moment(seconds: int) -> str:
    """A time of the chain as people read it; empty for none."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""


def withdraw(code: str, role: "Role") -> None:
    """End a member, and say so in a line."""
    from api import acts

    with governed() as deployment:
        member = deployment.governing.member(code, role)
        record = acts.withdraw(deployment, member)
        output.line(f"{member.did}: withdrawn since {moment(record.withdrawn)}")


def restore(code: str, role: "Role", region: str | None, kinds: list[str] | None, controller: str | None) -> None:
    """Accredit a member again, and say so in a line."""
    from api import acts

    with governed() as deployment:
        member = deployment.governing.member(code, role)
        record = acts.restore(deployment, member, wanted(deployment.kinds, region, kinds, controller))
        output.line(f"{member.did}: accredited since {moment(record.accredited)} for the region {_region(record)}")


def profile(code: str, role: "Role", name_en: str | None, name_zh: str | None) -> None:
    """Show a member's registered profile, with another name where one is given."""
    with governed() as deployment:
        member = deployment.governing.member(code, role)
        if name_en or name_zh:
            names = member.profile["name"]
            member = deployment.governing.rename(member, name_en or names["en"], name_zh or names["zh"])
        output.json_line(member.profile)


def table(schools: "Schools", kinds: "Kinds", role: "Role") -> None:
    """All authorities or schools with what the registry last said of them here."""
    numbered = {installed.kind.number: installed.kind.name for installed in kinds.all()}
    rows = [("code", "authority", "name", "名称", "did", "region", "kinds", "since", "withdrawn")]
    for one in schools.every(role):
        record = schools.accreditation(one.did)[1]
        above = "" if one.parent is None else schools.get(one.parent).code
        names = one.profile["name"]
        told = ("", "", "not accredited", "") if record is None else _told(record, numbered)
        rows.append((one.code, above, names["en"], names["zh"], one.did, *told))
    output.table(rows)


def _told(record: "Accreditation", numbered: dict[int, str]) -> tuple[str, str, str, str]:
    missing = [name for number, name in numbered.items() if not record.allows_kind(number)]
    allowed = [name for number, name in numbered.items() if record.allows_kind(number)]
    kinds = ",".join(allowed) if missing else "all"
    return _region(record), kinds or "none", moment(record.accredited), moment(record.withdrawn)


def _region(record: "Accreditation") -> str:
    return record.region.decode("ascii") or "everywhere"
