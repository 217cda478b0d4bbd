"""Measures a piece of work against a raw primitive, in interleaved rounds, and holds the result against a limit."""

import gc
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ROUNDS = 15

Batch = Callable[[], int]
"""Does some work and returns how many items it did."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `ratio` is dimensionless, or the bare number where there is no raw time (gas)."""

    name: str
    ratio: float
    limit: float
    microseconds: float | None
    raw_microseconds: float | None
    n: int

    @property
    def over(self) -> bool:
        """Whether the figure breaks its promise."""
        return self.ratio > self.limit

    def to_dict(self) -> dict[str, object]:
        """The row as `make bench` prints it; numbers rounded for people."""
        return {
            "name": self.name,
            "ratio": round(self.ratio, 3),
            "limit": self.limit,
            "microseconds": _rounded(self.microseconds),
            "raw_microseconds": _rounded(self.raw_microseconds),
            "n": self.n,
        }


@dataclass(frozen=True, slots=True)
class Growth:
    """How long one item takes at a size of `n` entries."""

    name: str
    n: int
    microseconds: float

    def to_dict(self) -> dict[str, object]:
        """The point as `make bench` prints it."""
        return {"name": self.name, "n": self.n, "microseconds": _rounded(self.microseconds)}


Clock = Callable[[], float]


def compare(
    name: str, work: Batch, raw: Batch, *, limit: float, rounds: int = ROUNDS, clock: Clock = time.process_time
) -> Row:
    """Run work and raw in turn and compare the time for one item; CPU time, or what else ``clock`` counts (seconds).

    The ratio is the median of the rounds' own ratios: a machine that slows down for a second slows both halves of one.
    """
    work(), raw()  # caches that a service has after its first request
    times, raws, n = [], [], 0
    with _quiet():
        for _ in range(rounds):
            raws.append(seconds_each(raw, clock)[0])
            seconds, n = seconds_each(work, clock)
            times.append(seconds)
    ratio = statistics.median(a / b for a, b in zip(times, raws, strict=True))
    return Row(name, ratio, limit, statistics.median(times) * 1e6, statistics.median(raws) * 1e6, n)


def seconds_each(batch: Batch, clock: Clock = time.process_time) -> tuple[float, int]:
    """Seconds for one item of a batch, and the number of items."""
    start = clock()
    n = batch()
    return (clock() - start) / n, n


def median_microseconds(batch: Batch, rounds: int = ROUNDS) -> float:
    """Median CPU time for one item, in microseconds."""
    batch()
    with _quiet():
        return statistics.median(seconds_each(batch)[0] for _ in range(rounds)) * 1e6


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


@contextmanager
def _quiet() -> Iterator[None]:
    """No garbage collection in the middle of a round: it would be charged to whichever half it falls into."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
