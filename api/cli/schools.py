"""`rollbook school` and `rollbook kind`: who may sign, and what."""

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli import exits, members, output
from api.cli.helping import Command
from api.cli.members import (
    Authority,
    Code,
    Controller,
    KindNames,
    NameEn,
    NameZh,
    NewNameEn,
    NewNameZh,
    Region,
    governed,
)

school = typer.Typer(
    help="Accredit schools, end them, list them, make API keys.", no_args_is_help=True, rich_markup_mode=None
)
kind = typer.Typer(help="List kinds of records, add one.", no_args_is_help=True, rich_markup_mode=None)


@school.command("add", cls=Command)
def add(
    code: Annotated[str, typer.Argument(help="the school's code; its region is where it is accredited")],
    name_en: NameEn,
    name_zh: NameZh,
    above: Authority = None,
    region: Region = None,
    kinds: KindNames = None,
    controller: Controller = None,
) -> int:
    """Register a school: make its keys, accredit it on the chain, and print an API key, once."""
    with governed() as deployment:
        known = any(member.code == code for member in deployment.members())
        wanted = members.wanted(deployment.kinds, region, None, controller)
        parent = members.parent(deployment, above)
        member = deployment.add_school(code, name_en, name_zh, kinds, authority=parent, wanted=wanted)
        output.line(f"{member.did}")
        if known:
            output.line("the school was there already; `rollbook school key` makes a further API key")
        else:
            output.line(f"API key, shown only now: {deployment.api_keys.create(member.did, 'first')}")
    return exits.OK


@school.command("withdraw", cls=Command)
def withdraw(code: Code) -> int:
    """End a school from now on; what was anchored before stays, and its authority keeps its status lists."""
    members.withdraw(code, "issuer")
    return exits.OK


@school.command("restore", cls=Command)
def restore(code: Code, region: Region = None, kinds: KindNames = None, controller: Controller = None) -> int:
    """Accredit a school again after a withdrawal, as before unless more is said."""
    members.restore(code, "issuer", region, kinds, controller)
    return exits.OK


@school.command("profile", cls=Command)
def profile(code: Code, name_en: NewNameEn = None, name_zh: NewNameZh = None) -> int:
    """Show a school's registered profile, or give it another name."""
    members.profile(code, "issuer", name_en, name_zh)
    return exits.OK


@school.command("key", cls=Command)
def key(
    code: Annotated[str, typer.Argument(help="the school's code")],
    label: Annotated[str, typer.Option(help="what it is for")] = "made by hand",
    revoke: Annotated[str | None, typer.Option(help="end the key that begins with rb_PREFIX instead")] = None,
) -> int:
    """Make a further API key for a school and print it, once; or end one."""
    from api.settings import load
    from api.wiring import open_deployment

    with open_deployment(load()) as deployment:
        member = deployment.schools.by_code(code)
        if revoke:
            deployment.api_keys.revoke(member.did, revoke.removeprefix("rb_").partition("_")[0])
            output.line("ended")
        else:
            output.line(deployment.api_keys.create(member.did, label))
    return exits.OK


@school.command("list", cls=Command)
def list_() -> int:
    """List schools, as the registry last said."""
    from api.folder import open_books
    from api.settings import load

    with open_books(load()) as (schools, kinds):
        members.table(schools, kinds, "issuer")
    return exits.OK


@kind.command("add", cls=Command)
def add_kind(file: Annotated[Path, typer.Argument(help="the kind's definition with its import part, as JSON")]) -> int:
    """Install a kind, or a new version of one, and register its hash on the chain."""
    from api.accreditation import register_kinds
    from api.settings import load
    from api.wiring import open_deployment
    from ledger.formats import canonical
    from ledger.formats.errors import FormatError

    value: Any = canonical.loads(file.read_bytes())
    if not isinstance(value, dict):
        raise FormatError("kind.malformed", "a kind is one JSON object")
    with open_deployment(load()) as deployment:
        deployment.governing.begin()
        installed = deployment.kinds.install(value)
        register_kinds(deployment.registry, deployment.kinds, deployment.accounts.authority)
    output.line(f"{installed.kind.name} version {installed.kind.version}: sha256:{installed.kind.hash.hex()}")
    return exits.OK


@kind.command("list", cls=Command)
def list_kinds() -> int:
    """List the installed kinds."""
    from api.folder import open_books
    from api.settings import load

    with open_books(load()) as (_, books):
        kinds = [installed.kind for installed in books.all()]
    rows = [(k.name, str(k.version), k.labels["en"], k.labels["zh"], f"sha256:{k.hash.hex()}") for k in kinds]
    output.table([("kind", "version", "label", "名称", "hash"), *rows])
    return exits.OK
