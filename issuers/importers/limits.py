"""How much of a file is read before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``file_bytes`` as given; ``unpacked_bytes`` of all of an XLSX's parts; ``problems`` listed before giving up."""

    file_bytes: int = 64 * 2**20
    unpacked_bytes: int = 256 * 2**20
    rows: int = 300_000
    columns: int = 256
    cell_characters: int = 8_000
    problems: int = 1_000


DEFAULT = Limits()
