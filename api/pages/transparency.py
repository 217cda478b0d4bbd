"""How the log is doing, as the page `/log` shows it: size, newest checkpoint, anchors, what waits, witnesses."""

import time
from typing import Any

from api.deployment import Deployment
from api.pages.report import moment
from api.pages.texts import texts
from ledger.formats import datetimes
from ledger.log.checkpoints import StoredCheckpoint

_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def state(deployment: Deployment, newest: StoredCheckpoint | None, language: str) -> dict[str, Any]:
    """Rows of (title, value, further words), and one row for each witness that the operator named."""
    t = texts(language)
    anchor, progress = deployment.reader.anchor(), deployment.reader.progress()
    size = newest.size if newest else 0
    waiting = t["log.waiting.none"]
    if progress.waiting_since is not None:
        lag = duration(max(0, int(time.time()) - progress.waiting_since), language)
        waiting = t["log.waiting.some"].format(count=f"{progress.unanchored:,}", lag=lag)
    rows = [
        (t["log.state.published"], f"{size:,}", stamp(newest.published_at) if newest else ""),
        (t["log.state.anchored"], f"{anchor.size if anchor else 0:,}", stamp(anchor.time) if anchor else ""),
        (t["log.state.checkpoints"], f"{progress.checkpoints:,}", ""),
        (t["log.state.anchors"], f"{progress.anchors:,}", ""),
        (t["log.state.waiting"], waiting, ""),
    ]
    witnesses = [
        {
            "name": one.name,
            "size": f"{one.size:,}",
            "at": stamp(one.cosigned_at) if one.size else "",
            "behind": size - one.size,
        }
        for one in deployment.witnesses.standings()
    ]
    return {"rows": rows, "witnesses": witnesses}


def duration(seconds: int, language: str) -> str:
    """So many seconds in their largest whole unit: ``3 minutes``, ``2 小时``."""
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size or size == 1)
    return texts(language)[f"duration.{unit}"].format(n=f"{seconds // size:,}")


def stamp(seconds: int) -> str:
    """A time as the pages write it."""
    return moment(datetimes.render(datetimes.from_unix(seconds)))
