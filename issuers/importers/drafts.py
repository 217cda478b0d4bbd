"""What an importer makes of a file, and what any other source hands to ``issuers.records``."""

from dataclasses import dataclass, field
from typing import Any

from issuers.importers.problems import Problem


@dataclass(frozen=True, slots=True)
class Draft:
    """A record that is not signed yet: its ``credentialSubject``, and the line of the file it came from (or 0)."""

    subject: dict[str, Any] = field(repr=False)
    line: int = 0


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A file read as far as it could be. ``problems`` stop the import, ``notes`` (of doubled rows) do not.

    ``rows`` counts rows below the header that hold anything; ``format`` is csv or xlsx; ``encoding`` is None for XLSX.
    Where the file itself, its header or too many problems stopped the reading, there are no drafts.
    """

    drafts: tuple[Draft, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    rows: int = 0
    format: str = "csv"
    encoding: str | None = None
