"""What `/metrics` says of the log, its anchors, its witnesses and the alarms of this process: Prometheus' text form."""

import time
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from api.deployment import Deployment


class Metric(NamedTuple):
    """One name with its samples: labels and value."""

    name: str
    kind: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def gauge(name: str, value: float) -> Metric:
    """A gauge without labels."""
    return Metric(name, "gauge", (({}, value),))


def text(metrics: Iterable[Metric]) -> str:
    """The exposition (Prometheus text format 0.0.4); a name without samples is left out."""
    lines = []
    for metric in metrics:
        if metric.samples:
            lines.append(f"# TYPE {metric.name} {metric.kind}\n")
        for labels, value in metric.samples:
            inside = ",".join(f'{label}="{_escaped(each)}"' for label, each in labels.items())
            lines.append(f"{metric.name}{f'{{{inside}}}' if inside else ''} {value:.15g}\n")
    return "".join(lines)


def of(deployment: Deployment) -> list[Metric]:
    """How far log, checkpoints, anchors and witnesses have come, and how often there was cause for alarm."""
    anchor, progress = deployment.reader.anchor(), deployment.reader.progress()
    lag = 0 if progress.waiting_since is None else max(0, int(time.time()) - progress.waiting_since)
    witnesses = [({"witness": one.name}, one) for one in deployment.witnesses.standings()]
    alarms = sorted(deployment.alarms.counts.items())
    return [
        gauge("rollbook_leads", deployment.sequencer.leads),
        gauge("rollbook_leading_epoch", deployment.sequencer.epoch),
        gauge("rollbook_log_entries", deployment.reader.size()),
        gauge("rollbook_log_checkpoints", progress.checkpoints),
        gauge("rollbook_log_anchors", progress.anchors),
        gauge("rollbook_log_anchored_entries", anchor.size if anchor else 0),
        gauge("rollbook_log_anchored_timestamp_seconds", anchor.time if anchor else 0),
        gauge("rollbook_log_unanchored_checkpoints", progress.unanchored),
        gauge("rollbook_log_anchor_lag_seconds", lag),
        Metric("rollbook_log_cosignatures", "gauge", tuple((label, one.count) for label, one in witnesses)),
        Metric("rollbook_log_cosigned_entries", "gauge", tuple((label, one.size) for label, one in witnesses)),
        Metric(
            "rollbook_log_cosigned_timestamp_seconds",
            "gauge",
            tuple((label, one.cosigned_at) for label, one in witnesses),
        ),
        Metric("rollbook_alarms_total", "counter", tuple(({"code": code}, count) for code, count in alarms)),
    ]


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
