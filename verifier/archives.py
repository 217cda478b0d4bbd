"""Verifying every record of an archive: one report for each member, by the member's name (docs/formats.md §16)."""

from collections.abc import Callable, Iterator

from ledger.formats.errors import FormatError
from verifier.readers import archive
from verifier.report import Report


def reports(
    data: bytes, verify: Callable[[bytes], Report], refuse: Callable[[FormatError], Report]
) -> Iterator[tuple[str, Report]]:
    """Names and reports; one report without a name where the archive itself is refused.

    ``verify`` is asked for each member, ``refuse`` for what cannot be opened (``Verifier.refuse``).
    """
    try:
        archive.check(data)
    except FormatError as error:
        yield "", refuse(error)
        return
    for member in archive.read(data):
        found = member.data
        yield member.name, refuse(found) if isinstance(found, FormatError) else verify(found)
