"""`extract`: the way back from a sheet or an archive to the files in it. Needs the base dependencies alone."""

import re
from pathlib import Path
from typing import Annotated

import typer

from api.cli import exits, output
from api.cli.ledger import written
from api.cli.verify import ZIP, read_input
from ledger.formats.errors import ConflictError, FormatError

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def extract(
    file: Annotated[str, typer.Argument(help="a PDF, a picture of codes, an archive or a bundle; - is stdin")],
    to: Annotated[
        Path | None, typer.Option("--output", "-o", help="the file, or an archive's folder; standard output without")
    ] = None,
) -> int:
    """Write the bundle that a file holds, byte for byte as it was put in; of an archive each one, once.

    Nothing is verified by that, and nothing is written where anything cannot be read.
    """
    data = read_input(file)
    if not data.startswith(ZIP):
        held = document_in(data)
        if to is None:
            output.raw(held)
        else:
            written(to, held)
        return exits.OK
    if to is None:
        raise typer.BadParameter("an archive holds several bundles: name a folder with --output")
    files = documents_in(data)
    _refuse_present(to, files)
    for name, held in files.items():
        written(to / name, held)
        output.line(str(to / name))
    return exits.OK


def document_in(data: bytes) -> bytes:
    """The document that one file holds; FormatError ``document.…`` where it, or the document, cannot be read."""
    from verifier.readers import carriers, document, pdf

    if len(data) > document.MAX_BYTES:
        raise FormatError("document.too_large", f"more than {document.MAX_BYTES} bytes")
    if data.startswith(carriers.PDF):
        held = pdf.open_file(data)[1]  # whatever the pages show
    else:
        carried = carriers.opened(data)
        held = data if carried is None else carried.document
    if held is not data and carriers.carries(held.strip()):
        raise FormatError("document.unsupported", "a file within a file within a file")
    document.read(held)
    return held


def documents_in(data: bytes) -> dict[str, bytes]:
    """The documents of an archive, each once, under names that are safe in any folder; FormatError with its member."""
    from verifier.readers import archive

    found: dict[bytes, str] = {}
    taken: set[str] = set()
    for member in archive.read(data):
        try:
            if isinstance(member.data, FormatError):
                raise member.data
            held = document_in(member.data)
        except FormatError as error:
            raise FormatError(error.code, f"{member.name}: {error.message}") from None
        if held not in found:
            found[held] = _name(member.name, taken)
            taken.add(found[held].lower())
    return {name: held for held, name in found.items()}


def _name(member: str, taken: set[str]) -> str:
    """The member's own name without its folder where it is plain, never one that is taken."""
    stem = re.sub(r"\.(json|pdf)$", "", member.rpartition("/")[2], flags=re.IGNORECASE)
    stem = stem if _PLAIN.fullmatch(stem) else "bundle"
    name, count = f"{stem}.json", 1
    while name.lower() in taken:
        count += 1
        name = f"{stem}-{count}.json"
    return name


def _refuse_present(folder: Path, names: dict[str, bytes]) -> None:
    """An archive comes from anywhere, and its names with it: it replaces nothing."""
    for name in names:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise ConflictError("extract.exists", f"{folder / name} is there already: name an empty folder")
