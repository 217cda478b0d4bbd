"""Help texts as people write them: without the type names of Python that typer prints since 0.25."""

import re
from collections.abc import Callable
from typing import Any

from typer.core import TyperCommand

_Replacement = str | Callable[[re.Match[str]], str]


def _as_wide(kept: str) -> Callable[[re.Match[str]], str]:
    """A replacement that keeps the columns where they are."""
    return lambda found: found.expand(kept).ljust(len(found[0]))


_RULES: tuple[tuple[re.Pattern[str], _Replacement], ...] = (
    (re.compile(r"\{(\S+?)…?\}\.\.\."), r"\1…"),  # {FILE…}...
    (re.compile(r"\{(\S+?)\}"), r"\1"),  # {file}
    (re.compile(r"… <list\[\w+\]>"), _as_wide("…")),  # FILE… <list[str]>
    (re.compile(r"<list\[(\w+)\]>"), _as_wide(r"<\1>")),  # --kind <list[str]>
)


class Command(TyperCommand):
    """A command whose help and whose usage line are free of such artefacts."""

    def get_help(self, ctx: Any) -> str:
        """The help text."""
        return _plain(super().get_help(ctx))

    def get_usage(self, ctx: Any) -> str:
        """The usage line, which errors show too."""
        return _plain(super().get_usage(ctx))


def _plain(text: str) -> str:
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text
