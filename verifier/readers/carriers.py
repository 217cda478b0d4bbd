"""Files that carry a document inside: told by their first bytes, each opened by a reader of its own."""

from ledger.formats.errors import FormatError
from verifier.readers.pdf import Carried

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
ZIP = b"PK\x03\x04"


def opened(data: bytes) -> Carried | None:
    """What ``data`` carries; None where it is no such file. FormatError ``document.…`` as its reader has it."""
    if data.startswith(b"%PDF-"):
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


def carries(data: bytes) -> bool:
    """Whether ``data`` is a file that would carry a document."""
    return data.startswith((b"%PDF-", ZIP, *_PICTURES))
