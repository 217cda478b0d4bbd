"""What `/metrics` says of the log, its anchors, its witnesses, and alarms."""

import time

from api.deployment import Deployment
from api.exposition import Metric, gauge


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
