"""A deployment of several processes under load, and what must be true of it afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from api.database import open_engine
from api.settings import load
from api.wiring import open_deployment
from tests.faults.cluster import Database, Member, members
from tests.faults.load import Load, compare
from tests.support.together import Together, deployed

LEASE = 1.5


@contextmanager
def scene(
    tmp_path: Path, seed: int, number: int = 3, lease: float = LEASE
) -> Iterator[tuple[Database, list[Member], Load]]:
    """Processes under load; afterwards everything is compared."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="rollbook-pg-", dir="/tmp"))
        database = Database(Path(folder))
        stack.callback(database.stop)
        with deployed(tmp_path, database.url, lease=lease) as together:
            with members(together, tmp_path, number) as found, Load(found, together, seed) as load:
                load.wait_for(10)
                yield database, found, load
            compare_all(together, database, load)


def compare_all(together: Together, database: Database, found: Load) -> None:
    """With the processes gone, and their lease ended: what is stored, and what the chain has once all is anchored."""
    with open_deployment(load(**together.settings)) as deployment:
        deployment.settle()
        registry, anchors = deployment.checkpoints, deployment.anchors
        accepted: list[Any] = registry.anchored(anchors._log_id, 0, deployment.opened.chain.head().number)
        assert accepted[-1].size == deployment.reader.size()
        # Each was sent once: the operator's account has sent nothing besides.
        assert len({one.transaction_hash for one in accepted}) == len(accepted)
    engine = open_engine(database.url)
    compare(engine, found, accepted)
    engine.dispose()
