"""What a monitor's rounds come to, for people and for Prometheus: an alarm is said when it begins and when it ends."""

from collections.abc import Callable

from api.exposition import Metric, gauge
from api.watching.monitor import Sight

Say = Callable[[str], None]


class Teller:
    """Remembers which alarms hold, over the rounds of one process."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._holding: dict[str, str] = {}

    def tell(self, sight: Sight) -> None:
        """Say what is new, and what is over."""
        now = {_name(alarm.code, str(alarm.facts.get("issuer", ""))): alarm.message for alarm in sight.alarms}
        for name, message in now.items():
            if self._holding.get(name) != message:
                self._say(f"ALARM {name}: {message}")
        for name in self._holding.keys() - now.keys():
            self._say(f"over: {name}")
        self._holding = now


def _name(code: str, issuer: str) -> str:
    return f"{code} {issuer}".rstrip()


def metrics(sight: Sight | None, *, reached: bool, broken: bool, time: float) -> list[Metric]:
    """For a textfile; ``reached`` says whether the newest round could be made, ``sight`` is the newest one that was."""
    found = [
        gauge("rollbook_monitor_up", reached),
        gauge("rollbook_monitor_broken", broken),
        gauge("rollbook_monitor_timestamp_seconds", int(time)),
    ]
    if sight is None:
        return found
    codes = sorted({alarm.code for alarm in sight.alarms})
    issuers = sight.issuers.items()
    return [
        *found,
        gauge("rollbook_monitor_entries", sight.size),
        gauge("rollbook_monitor_checkpoints", sight.checkpoints),
        gauge("rollbook_monitor_anchored_entries", sight.anchored),
        gauge("rollbook_monitor_unanchored_checkpoints", sight.unanchored),
        gauge("rollbook_monitor_anchor_lag_seconds", sight.lag),
        Metric(
            "rollbook_monitor_alarms",
            "gauge",
            tuple(({"code": code}, sum(one.code == code for one in sight.alarms)) for code in codes),
        ),
        Metric(
            "rollbook_monitor_records", "gauge", tuple(({"issuer": did}, one["records"] or 0) for did, one in issuers)
        ),
        Metric(
            "rollbook_monitor_unknown_records",
            "gauge",
            tuple(({"issuer": did}, one["unknown"]) for did, one in issuers if one["unknown"] is not None),
        ),
    ]
