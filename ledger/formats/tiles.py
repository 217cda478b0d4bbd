"""C2SP tlog-tiles: the paths of tiles and entry bundles, and the entry bundle itself.

A tile of level L holds 256 consecutive hashes of tree level 8·L; the right-most one may be partial. An entry bundle
holds the same 256 entries as the level 0 tile beside it, each behind its length in two bytes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ledger.formats.errors import FormatError

WIDTH = 256
MAX_LEVEL = 5
"""Level 6 would cover 2**48 entries, which is more than the contract accepts."""

_PATH = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TilePath:
    """Which tile: ``level`` 0 to 5, or None for an entry bundle; ``index`` from 0; ``width`` 1 to 256 hashes."""

    level: int | None
    index: int
    width: int = WIDTH

    def __post_init__(self) -> None:
        level_ok = self.level is None or 0 <= self.level <= MAX_LEVEL
        if not (level_ok and 0 <= self.index < 2**48 and 1 <= self.width <= WIDTH):
            raise FormatError("tile.malformed", "no such tile")

    def __str__(self) -> str:
        """The path, such as ``tile/0/x001/234.p/5``."""
        groups, rest = [f"{self.index % 1000:03}"], self.index // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03}")
            rest //= 1000
        partial = f".p/{self.width}" if self.width < WIDTH else ""
        return f"tile/{'entries' if self.level is None else self.level}/{'/'.join(groups)}{partial}"


def parse_path(path: str) -> TilePath:
    """The tile of a path; each tile has one path. Raises FormatError ``tile.malformed``."""
    match = _PATH.fullmatch(path) if len(path) <= 64 else None
    if match is None:
        raise FormatError("tile.malformed", "not the path of a tile")
    level = None if match[1] == "entries" else int(match[1])
    index = int(match[2].replace("x", "").replace("/", "") + match[3])
    tile = TilePath(level, index, int(match[4] or WIDTH))
    if str(tile) != path:
        raise FormatError("tile.malformed", "not the path of a tile")
    return tile


def partial_width(level: int | None, index: int, size: int) -> int:
    """How many hashes (or entries) tile ``index`` of ``level`` holds in a tree of ``size`` entries: 0 to 256."""
    available = size >> (8 * (level or 0))
    return max(0, min(WIDTH, available - index * WIDTH))


def encode_bundle(entries: Iterable[bytes]) -> bytes:
    """Join entries, each behind its length as a uint16; FormatError ``tile.malformed`` beyond 65,535 bytes."""
    parts: list[bytes] = []
    for entry in entries:
        if len(entry) > 0xFFFF:
            raise FormatError("tile.malformed", "an entry of more than 65,535 bytes")
        parts += (len(entry).to_bytes(2, "big"), entry)
    return b"".join(parts)


def decode_bundle(bundle: bytes, width: int = WIDTH) -> list[bytes]:
    """The ``width`` entries of a bundle. FormatError ``tile.malformed`` for any other number, or bytes left over."""
    entries: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[start - 2 : start], "big")
        if start > len(bundle) or at > len(bundle) or len(entries) == width:
            raise FormatError("tile.malformed", "not an entry bundle of this width")
        entries.append(bundle[start:at])
    if len(entries) != width:
        raise FormatError("tile.malformed", "not an entry bundle of this width")
    return entries
