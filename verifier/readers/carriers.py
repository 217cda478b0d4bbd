"""Files that carry a document inside: told by their first bytes, each opened by a reader of its own."""

from typing import NamedTuple

from ledger.formats.errors import FormatError

PDF, ZIP = b"%PDF-", b"PK\x03\x04"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_ALL = (PDF, ZIP, *_PICTURES)


class Carried(NamedTuple):
    """What a file of another form carries: the document in it; ``shown`` is what its pages draw, where it has pages.

    ``shown`` is "" where there are pages that cannot be read, None where nothing is drawn besides. ``beside``
    names what its pages have that no sheet has.
    """

    document: bytes
    shown: str | None = None
    beside: tuple[str, ...] = ()


def carries(data: bytes) -> bool:
    """Whether ``data`` is a file that would carry a document."""
    return data.startswith(_ALL)


def opened(data: bytes) -> Carried | None:
    """What ``data`` carries; None where it is no such file. FormatError ``document.…`` as its reader has it."""
    if data.startswith(PDF):
        from verifier.readers import pdf

        return pdf.read(data)
    if data.startswith(_PICTURES):
        from verifier.readers import qr

        return qr.read(data)
    if data.startswith(ZIP):
        raise FormatError("document.unsupported", "an archive holds several records, and each has a report of its own")
    return None


def document_in(data: bytes) -> bytes:
    """The document that ``data`` carries, or ``data`` itself, also where nothing can be opened."""
    try:
        carried = opened(data)
    except FormatError:
        return data
    return data if carried is None else carried.document
