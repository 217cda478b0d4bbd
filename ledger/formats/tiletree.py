"""Roots computed from tiles (C2SP tlog-tiles): what a log's published hashes say of a tree of any of its sizes.

Entries tell the same and more; tiles are asked where the two disagree, to know which of them is another history.
"""

from collections.abc import Callable

from ledger.formats import merkle, tiles
from ledger.formats.errors import FormatError
from ledger.formats.frontier import Frontier
from ledger.formats.merkle import HASH_SIZE
from ledger.formats.tiles import TilePath

GetTile = Callable[[TilePath], bytes]
"""The joined hashes of a tile, of exactly its width; whatever it raises passes."""


def root(size: int, within: int, get: GetTile) -> bytes:
    """The root of the first ``size`` leaves, read from the tiles of a tree of ``within``.

    Raises FormatError ``tile.malformed`` for a tile of another length than its width, or sizes out of order.
    """
    if not 0 <= size <= within:
        raise FormatError("tile.malformed", "no such tree within the other")
    known: dict[TilePath, bytes] = {}

    def read(path: TilePath) -> bytes:
        if path not in known:
            known[path] = get(path)
            if len(known[path]) != path.width * HASH_SIZE:
                raise FormatError("tile.malformed", f"{path} has another length than its width")
        return known[path]

    hashes, at = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(_subtree(level, at >> level, within, read))
            at += 1 << level
    return Frontier(size, tuple(hashes)).root


def _subtree(level: int, node: int, within: int, read: GetTile) -> bytes:
    """The hash of the complete subtree number ``node`` of 2**level leaves: from the tile level at or below it."""
    row = min(level // 8, tiles.MAX_LEVEL)
    first, count = node << (level - 8 * row), 1 << (level - 8 * row)
    index, start = divmod(first, tiles.WIDTH)
    data = read(TilePath(row, index, tiles.partial_width(row, index, within)))
    nodes = [data[at * HASH_SIZE : (at + 1) * HASH_SIZE] for at in range(start, start + count)]
    while len(nodes) > 1:
        nodes = [merkle.node_hash(nodes[at], nodes[at + 1]) for at in range(0, len(nodes), 2)]
    return nodes[0]
