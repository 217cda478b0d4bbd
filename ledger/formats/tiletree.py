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
    read = _reading(get)
    hashes, at = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(_subtree(level, at >> level, within, read))
            at += 1 << level
    return Frontier(size, tuple(hashes)).root


def consistency(old: int, new: int, get: GetTile) -> list[bytes]:
    """The RFC 9162 §2.1.4.1 proof between two sizes, read from the tiles of the tree of ``new``; raises as `root`."""
    if not 0 < old < new:
        raise FormatError("tile.malformed", "no such pair of sizes")
    read = _reading(get)
    level = (old & -old).bit_length() - 1
    node, last = (old - 1) >> level, (new - 1) >> level
    path = [] if old == 1 << level else [_subtree(level, node, new, read)]
    while last:
        sibling = node ^ 1
        if (sibling + 1) << level <= new:
            path.append(_subtree(level, sibling, new, read))
        elif sibling == last:
            path.append(_edge(sibling << level, new, read))
        node, last, level = node >> 1, last >> 1, level + 1
    return path


def _edge(start: int, size: int, read: GetTile) -> bytes:
    """The hash over the leaves from ``start``, where a complete subtree would begin, up to the tree's end."""
    rest, hashes = size - start, []
    for level in reversed(range(rest.bit_length())):
        if rest >> level & 1:
            hashes.append(_subtree(level, start >> level, size, read))
            start += 1 << level
    return Frontier(rest, tuple(hashes)).root


def _reading(get: GetTile) -> GetTile:
    """Each tile once, and of its length."""
    known: dict[TilePath, bytes] = {}

    def read(path: TilePath) -> bytes:
        if path not in known:
            known[path] = get(path)
            if len(known[path]) != path.width * HASH_SIZE:
                raise FormatError("tile.malformed", f"{path} has another length than its width")
        return known[path]

    return read


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
