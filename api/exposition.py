"""Prometheus' text form (exposition format 0.0.4), as the server, and watchers without a server, write it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple


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


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
