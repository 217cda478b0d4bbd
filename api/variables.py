"""Variables of the environment that begin with ``ROLLBOOK_`` and mean nothing: a typing error must not pass in silence.

A mistyped ROLLBOOK_DATABASE_URL would start an empty ledger in SQLite, beside the one that was meant.
"""

import difflib
from collections.abc import Iterable, Mapping

from ledger.formats.errors import ConfigError

PREFIX = "ROLLBOOK_"
ELSEWHERE = frozenset(
    {
        "ROLLBOOK_TRACE",  # any command: where an internal error comes from
        "ROLLBOOK_SHARED",  # tests: the folder of shared vectors
        "ROLLBOOK_SCREENSHOTS",  # tests: where pictures of the pages are put
    }
)
"""What is read by others than `api.settings`, and may be there when a server starts."""


def check(environment: Mapping[str, str], fields: Iterable[str]) -> None:
    """ConfigError ``config.unknown_variable`` for one that is neither a setting (``fields``) nor in ``ELSEWHERE``."""
    known = {f"{PREFIX}{name}".upper() for name in fields} | ELSEWHERE
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name.upper() in known:
            continue
        near = difflib.get_close_matches(name.upper(), sorted(known), n=1, cutoff=0.0)
        raise ConfigError("config.unknown_variable", f"{name} is no setting of this program; the nearest is {near[0]}")
