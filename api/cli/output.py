"""What commands print: whole on any console, whatever its encoding, and without ornament in a pipe."""

import io
import json
import locale
import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class Nowhere(io.RawIOBase):
    """Where output goes whose descriptor was closed before the start; ``written`` once something was lost in it."""

    written = False

    def writable(self) -> bool:
        """Always: a command that tells nobody does its work all the same."""
        return True

    def write(self, data: Any, /) -> int:
        """Lose ``data``."""
        self.written = self.written or len(data) > 0
        return len(data)


def prepare() -> None:
    """Let no character stop a line: what a console cannot show is written as an escape.

    Closed descriptors (`>&-`) are taken first: else a database would be opened as number 1 or 2, and be written into.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(Nowhere()), encoding="utf-8", write_through=True))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a test may have put a plain buffer in its place
            reconfigure(errors="backslashreplace")


def can_show(text: str, stream: TextIO | None = None) -> bool:
    """Whether the console's encoding has every character of ``text``."""
    try:
        text.encode(getattr(stream or sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def language(asked: str | None = None) -> str:
    """`zh` or `en`: as asked, else as the environment says, but never one that the console cannot show."""
    if asked:
        return asked
    wanted = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), None)
    if wanted is None and os.name == "nt":
        wanted = locale.getlocale()[0]
    chinese = (wanted or "").lower().startswith(("zh", "chinese"))
    return "zh" if chinese and can_show("有效") else "en"


def line(text: str = "") -> None:
    """One line on stdout."""
    sys.stdout.write(text + "\n")


def flush() -> None:
    """Let a reader at the other end of a pipe see what there is."""
    sys.stdout.flush()


def lost() -> bool:
    """Whether something was printed on a stdout that was closed before the start."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    flush()
    return isinstance(raw, Nowhere) and raw.written


def drop(*streams: Any) -> None:
    """Nobody reads these any more: let Python's own closing flush not complain about it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        try:
            os.dup2(nowhere, stream.fileno())
        except io.UnsupportedOperation:  # closed from the start
            continue
    os.close(nowhere)


def note(text: str) -> None:
    """One line on stderr. Where nobody can read it the exit code says as much, so that it never changes that."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        drop(sys.stderr)


def raw(data: bytes) -> None:
    """Bytes on stdout, as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def json_line(value: Any) -> None:
    """One JSON value on one line: UTF-8 where the console speaks it, else pure ASCII."""
    unicode = can_show("\U00020bb7")
    line(json.dumps(value, ensure_ascii=not unicode, separators=(",", ":")))


@contextmanager
def progress(title: str, total: int | None) -> Iterator["Bar"]:
    """A progress bar on a terminal, nothing elsewhere; the block calls `advance` on what it is given.

    ``total`` is None where it is not known how many steps there will be.
    """
    if not sys.stderr.isatty():
        yield Bar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield Bar(shown, shown.add_task(title, total=total))


class Bar:
    """A progress bar, or silence; ``done`` counts the steps."""

    def __init__(self, shown: Any = None, task: Any = None) -> None:
        self._shown, self._task = shown, task
        self.done = 0

    def advance(self, steps: int = 1) -> None:
        """Go on by ``steps``."""
        self.done += steps
        if self._shown is not None:
            self._shown.advance(self._task, steps)


def table(rows: Iterable[tuple[str, ...]]) -> None:
    """Rows in columns, as wide as their widest cell."""
    lines = [tuple(row) for row in rows]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    for row in lines:
        cells = (cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        line("  ".join(cells).rstrip())


def _width(text: str) -> int:
    """The columns that a console gives a text."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
