"""`init`, `serve`: the ledger's own commands."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, output


def init(
    base_url: Annotated[str | None, typer.Option(help="where people reach this ledger; fixed for good")] = None,
    code: Annotated[str | None, typer.Option(help="the root authority's code; 00 without")] = None,
    name_en: Annotated[str | None, typer.Option(help="its name in English; Root authority without")] = None,
    name_zh: Annotated[str | None, typer.Option(help="its name in Chinese; 主管部门 without")] = None,
) -> int:
    """Make a ledger in the data folder: database, keys, chain, registries, trust root.

    A second run changes nothing: what it does not name stays as it is, and another code or name is refused.
    """
    from api.initialise import initialise
    from api.settings import load

    settings = load(base_url=base_url) if base_url else load()
    root = initialise(settings, code=code, name_en=name_en, name_zh=name_zh, say=output.line)
    output.line(f"trust root {root.fingerprint} ({root.assurance})")
    output.line(f"           {settings.home / 'trust-root.json'}")
    return exits.OK


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="port to listen on; that of the base address")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, help="processes on this port; more than one needs PostgreSQL and a chain's URL")
    ] = 1,
    conformance: Annotated[
        bool, typer.Option("--conformance", help="for test suites: sign anything, over a ledger of its own")
    ] = False,
) -> int:
    """Serve HTTP, anchor and publish status lists until Ctrl-C.

    With --conformance: an empty temporary ledger, one issuer that nobody accredits (its DID is the first line printed),
    and no API key. No ledger that is there is opened.
    """
    if conformance:
        return _serve_conformance(host, port)
    from api import serving
    from api.settings import load

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    if workers == 1:
        serving.serve(load(**given), say=output.note)
    else:
        from api import supervising

        supervising.serve(load(**given), workers, say=output.note)
    return exits.OK


def _serve_conformance(host: str | None, port: int | None) -> int:
    from api import conformance

    def announce(did: str, address: str) -> None:
        output.line(did)
        output.line(address)
        sys.stdout.flush()

    conformance.serve(host=host, port=port, announce=announce)
    return exits.OK


def written(path: Path, data: bytes) -> None:
    """Write what the user asked for where he said: a file whole, or not at all; a device or a pipe as it is; through a
    link what it leads to. Raises OSError with the path as it was given.
    """
    from api.home import write_whole

    try:
        if path.exists() and not path.is_file():
            with path.open("wb") as stream:  # for a folder the error that names it
                stream.write(data)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(Path(os.path.realpath(path)), data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
