"""The server under measurement, a process of its own: ``python -m bench.http_server HOME``.

Prints its port, then for each line on standard input the seconds of CPU that it has used so far (getrusage).
"""

import resource
import sys
import threading
from pathlib import Path

from api.http import server
from api.http.app import create_app
from api.wiring import open_deployment
from bench.ledger import settings


def main(home: Path) -> None:
    """Serve until standard input ends."""
    with open_deployment(settings(home)) as deployment:
        listening = server.bind("127.0.0.1", 0)
        threading.Thread(target=_report, daemon=True).start()
        server.run(create_app(deployment), listening, ready=lambda: print(listening.getsockname()[1], flush=True))


def _report() -> None:
    for _ in sys.stdin:
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(used.ru_utime + used.ru_stime, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
