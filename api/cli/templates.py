"""`rollbook kind template`: an empty file to fill in and import."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, output
from api.cli.ledger import written
from api.cli.verify import Language


def template(
    kind: Annotated[str, typer.Argument(help="the kind's name")],
    xlsx: Annotated[bool, typer.Option("--xlsx", help="a workbook, its columns text; CSV without")] = False,
    to: Annotated[Path | None, typer.Option("--output", "-o", help="the file; standard output without")] = None,
    language: Annotated[Language, typer.Option(help="of the headers; the importer knows both")] = Language.zh,
) -> int:
    """Write an empty file of a kind, to be filled in and imported. A FILE that ends in .xlsx is a workbook."""
    from api.settings import load
    from api.wiring import open_deployment
    from issuers.importers import downloads

    with open_deployment(load()) as deployment:
        installed = deployment.kinds.get(kind)
    if xlsx or (to is not None and to.suffix.lower() == ".xlsx"):
        data = downloads.xlsx_template(installed.template, language.value, installed.kind.name)
    else:
        data = downloads.csv_template(installed.template, language.value)
    if to is None:
        output.raw(data)
    else:
        written(to, data)
    return exits.OK
