"""Rows of bytes that grow at the end, to hundreds of megabytes, and are read in a thousand random places at once.

A long row lies in huge pages where the system has them: a path through a log of ten million entries touches a dozen
pages far apart, and looking up where each of them is takes longer than reading it.
"""

import mmap

Row = bytearray | mmap.mmap
"""What was written from the start on; a mapped row has room after that."""

_MAPPED_FROM = 1024 * 1024


def extended(row: Row, end: int, new: bytes) -> Row:
    """The row with ``new`` written at ``end``, its end so far; the one given, or one to be used in its place."""
    total = end + len(new)
    if isinstance(row, bytearray) and total < _MAPPED_FROM:
        row += new
        return row
    if isinstance(row, bytearray) or total > len(row):
        larger = _mapped(2 * total)
        larger[:end] = memoryview(row)[:end]
        row = larger
    row[end:total] = new
    return row


def _mapped(size: int) -> mmap.mmap:
    """Memory of this process alone; pages that nobody wrote to take no room."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    mapped = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        mapped.madvise(mmap.MADV_HUGEPAGE)
    return mapped
