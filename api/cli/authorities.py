"""`rollbook authority`: who accredits schools and lower authorities, to any depth."""

from typing import Annotated

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

authority = typer.Typer(
    help="Authorities over schools and over other authorities.", no_args_is_help=True, rich_markup_mode=None
)


@authority.command("add", cls=Command)
def add(
    code: Annotated[str, typer.Argument(help="the authority's code")],
    name_en: NameEn,
    name_zh: NameZh,
    region: Annotated[str, typer.Option(help="the prefix of all school codes that it is in charge of")],
    above: Authority = None,
    kinds: KindNames = None,
    controller: Controller = None,
) -> int:
    """Accredit an authority under another one; it gives no more than it has."""
    with governed() as deployment:
        wanted = members.wanted(deployment.kinds, region, None, controller)
        parent = members.parent(deployment, above)
        made = deployment.add_authority(code, name_en, name_zh, kinds, authority=parent, wanted=wanted)
        output.line(made.did)
    return exits.OK


@authority.command("withdraw", cls=Command)
def withdraw(code: Code) -> int:
    """End an authority from now on, and with it all under it; what was anchored before stays as it is."""
    members.withdraw(code, "authority")
    return exits.OK


@authority.command("restore", cls=Command)
def restore(code: Code, region: Region = None, kinds: KindNames = None, controller: Controller = None) -> int:
    """Accredit an authority again after a withdrawal, as before unless more is said."""
    members.restore(code, "authority", region, kinds, controller)
    return exits.OK


@authority.command("list", cls=Command)
def list_() -> int:
    """List authorities, as the registry last said."""
    from api.folder import open_books
    from api.settings import load

    with open_books(load()) as (schools, kinds):
        members.table(schools, kinds, "authority")
    return exits.OK


@authority.command("profile", cls=Command)
def profile(code: Code, name_en: NewNameEn = None, name_zh: NewNameZh = None) -> int:
    """Show an authority's registered profile, or give it another name."""
    members.profile(code, "authority", name_en, name_zh)
    return exits.OK
