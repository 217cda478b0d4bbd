"""A log server of the tests, to be killed: it answers requests on a pipe from several threads, and anchors meanwhile.

Requests are ``(number, method, argument)``, answers ``(number, result)`` or ``(number, error code)``. It is run in a
process of its own, forked from one that has imported everything, so that a round takes its time for the load.
"""

import queue
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from api.database import open_engine
from ledger.chain.anchoring import AnchoringWorker, CheckpointRegistryClient, Pace
from ledger.formats.errors import RollbookError
from ledger.log.reader import LogReader
from ledger.log.sequencer import Sequencer
from tests.support.logs import open_sequencer
from tests.support.school import School
from tests.support.simulated_registry import SimulatedRegistry

THREADS = 6
PACE = Pace(interval=0.004, first_retry=0.002, longest_retry=0.01, poll=0.001, patience=0.05)

Answer = tuple[int, object]


class Failed(str):
    """The stable code of an error, as an answer."""

    __slots__ = ()


def simulated(path: Path) -> SimulatedRegistry:
    """The simulated chain, whose transactions wait in the pool for a little while."""
    registry = SimulatedRegistry(path, automatic=False)

    def mine() -> None:
        while True:
            time.sleep(0.003)
            registry.mine()

    threading.Thread(target=mine, daemon=True).start()
    return registry


def serve(
    connection: Connection,
    url: str,
    chain: Path,
    open_chain: Callable[[Path], CheckpointRegistryClient] = simulated,
) -> None:
    """Answer requests until the pipe ends or the process is killed."""
    engine = open_engine(url)
    sequencer = open_sequencer(engine, confirmed=False)
    stop = threading.Event()
    worker = AnchoringWorker(sequencer, open_chain(chain), wait=stop.wait, pace=PACE)
    anchoring = threading.Thread(target=worker.run, daemon=True)
    anchoring.start()
    requests: queue.SimpleQueue[tuple[int, str, Any]] = queue.SimpleQueue()
    sending = threading.Lock()
    methods = _methods(engine, sequencer)

    def answer() -> None:
        while True:
            number, method, argument = requests.get()
            result: object
            try:
                result = methods[method](argument)
            except RollbookError as error:
                result = Failed(error.code)
            with sending:
                connection.send((number, result))

    for _ in range(THREADS):
        threading.Thread(target=answer, daemon=True).start()
    try:
        while True:
            requests.put(connection.recv())
    except EOFError:
        stop.set()
        anchoring.join()


def _methods(engine: Engine, sequencer: Sequencer) -> dict[str, Callable[[Any], object]]:
    school, reader = School("one"), LogReader(engine, sequencer.tree)

    def checkpoint(_: object) -> object:
        newest = reader.checkpoints(limit=1).items
        return (newest[0].size, newest[0].root) if newest else None

    return {
        "append": lambda submissions: sequencer.append(submissions, caller=school.caller),
        "status": lambda signed: sequencer.publish_status(signed, caller=school.caller),
        "checkpoint": checkpoint,
        "anchored": lambda _: [anchor.size for anchor in reader.anchors(limit=1).items],
        "size": lambda _: sequencer.size,
    }
