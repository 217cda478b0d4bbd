"""`rollbook trust`: what this person's verifier believes beforehand."""

from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, output
from api.cli.helping import Command
from api.home import data_folder
from ledger.formats import datetimes
from ledger.formats.trustroot import TrustRoot

trust = typer.Typer(help="Pin trust roots, list them, show one.", no_args_is_help=True, rich_markup_mode=None)


@trust.command("add", cls=Command)
def add(
    files: Annotated[list[Path], typer.Argument(help="the trust root, as its authority publishes it; or its versions")],
) -> int:
    """Show a trust root's fingerprint, and keep it for every later `verify`.

    Compare the fingerprint with the one that the authority publishes elsewhere: on paper, by telephone. A later version
    takes the place of the pinned one where each version between is given, in any order, and signed by the one before.
    """
    from datetime import UTC, datetime

    from api.pins import Pins

    documents = []
    for file in files:
        try:
            documents.append(file.read_bytes())
        except OSError as error:
            output.note(f"rollbook: {file}: {error.strerror}")
            return exits.NO_INPUT
    pins = Pins(data_folder())
    root = pins.add(*documents)
    show_root(root)
    if root.expires < datetime.now(UTC):
        output.note("rollbook: it has expired, and proves nothing of the chain: get its newest version")
    for other in pins.namesakes(root):
        output.note(
            f"rollbook: the pinned trust root {other.fingerprint} has a log of the same name with another key; "
            "a bundle is held against the one whose key signed it, a credential alone against the one added last"
        )
    output.line("pinned: compare the fingerprint with the published one")
    return exits.OK


@trust.command("list", cls=Command)
def list_() -> int:
    """List the pinned trust roots, the default first."""
    from api.pins import Pins

    roots = Pins(data_folder()).all()
    if not roots:
        output.note("rollbook: no trust root is pinned: rollbook trust add FILE")
        return exits.USAGE
    head = ("fingerprint", "version", "assurance", "expires", "log")
    rows = [(r.fingerprint, str(r.version), r.assurance, datetimes.render(r.expires), _origins(r)) for r in roots]
    output.table([head, *rows])
    return exits.OK


@trust.command("show", cls=Command)
def show(
    fingerprint: Annotated[str, typer.Argument(help="its beginning is enough; the default one without")] = "",
) -> int:
    """Print a pinned trust root as JSON."""
    from api.pins import Pins

    pins = Pins(data_folder())
    roots = [pins.get(fingerprint)] if fingerprint else pins.all()[:1]
    if not roots:
        output.note("rollbook: no trust root is pinned: rollbook trust add FILE")
        return exits.USAGE
    output.json_line(roots[0].document)
    return exits.OK


@trust.command("web", cls=Command)
def web(
    file: Annotated[Path, typer.Argument(help="where to write the page, an HTML file")],
    fingerprint: Annotated[str, typer.Argument(help="its beginning is enough; the default one without")] = "",
) -> int:
    """Write the verifier as one HTML file with a pinned trust root inside, for offices that install nothing.

    It is opened from a disk and uses no network. Hand it on by a way that its readers trust: they rely on it.
    """
    from api.pins import Pins
    from verifier import offline

    pins = Pins(data_folder())
    roots = [pins.get(fingerprint)] if fingerprint else pins.all()[:1]
    if not roots:
        output.note("rollbook: no trust root is pinned: rollbook trust add FILE")
        return exits.USAGE
    file.write_bytes(offline.page(roots[0].document))
    show_root(roots[0])
    output.line(f"written to {file}")
    return exits.OK


@trust.command("remove", cls=Command)
def remove(fingerprint: Annotated[str, typer.Argument(help="its beginning is enough")]) -> int:
    """Trust a root no longer."""
    from api.pins import Pins

    pins = Pins(data_folder())
    root = pins.get(fingerprint)
    pins.remove(root)
    output.line(f"removed {root.fingerprint}")
    return exits.OK


def show_root(root: TrustRoot) -> None:
    """What people compare."""
    output.table(
        [
            ("fingerprint", root.fingerprint),
            ("version", str(root.version)),
            ("assurance", root.assurance),
            ("expires", datetimes.render(root.expires)),
            ("authority", ", ".join(dict.fromkeys(epoch.root_authority for epoch in root.epochs))),
            ("log", _origins(root)),
        ]
    )


def _origins(root: TrustRoot) -> str:
    return ", ".join(dict.fromkeys(log.origin for epoch in root.epochs for log in epoch.logs))
