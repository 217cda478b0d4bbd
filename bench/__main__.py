"""``python -m bench``: one JSON object on standard output, progress on standard error; exit 1 where a row is over."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench import durable_rows, http_rows, ledger, record_rows, tree_rows
from bench.harness import Growth, Row

GAS_LIMIT = 10
"""Gas for each record where an anchor covers 10,000 of them."""


def rows(folder: Path, growth: list[Growth]) -> Iterator[Row]:
    """Every row, cheapest preparation first; what grows with a record is added to ``growth``."""
    yield tree_rows.log_append()
    yield durable_rows.log_append_durable(folder)
    yield from tree_rows.inclusion_rows()
    made = ledger.make(folder / "home")
    yield Row("gas_per_record", made.gas / 10_000, GAS_LIMIT, None, None, 10_000)
    yield from record_rows.record_rows(made)
    growth += record_rows.growth(made)
    yield http_rows.http_verify(made)


def main() -> int:
    """Measure, print, and say whether every promise holds."""
    start = time.monotonic()
    found: list[Row] = []
    growth: list[Growth] = []
    with tempfile.TemporaryDirectory(prefix="rollbook-bench-") as folder:
        for row in rows(Path(folder), growth):
            verdict = "OVER" if row.over else "ok"
            print(
                f"{time.monotonic() - start:6.1f} s  {row.name:20} {row.ratio:8.2f} of {row.limit}  {verdict}",
                file=sys.stderr,
            )
            found.append(row)
    growth += tree_rows.growth()
    print(json.dumps({"rows": [row.to_dict() for row in found], "growth": [point.to_dict() for point in growth]}))
    return 1 if any(row.over for row in found) else 0


if __name__ == "__main__":
    sys.exit(main())
