"""`rollbook serve`: the application, and beside it the workers that anchor and that publish status lists."""

import socket
from collections.abc import Callable, Mapping

from api import logs
from api.deployment import Deployment
from api.http import server
from api.http.app import create_app
from api.settings import Settings
from api.wiring import open_deployment
from api.workers.runner import Work, Workers

STATUS_SECONDS = 5.0
"""How often status lists are looked at; a revocation is published after at most this long."""

FORGET_SECONDS = 600.0
"""How often offers to wallets, used nonces and their answers are looked through for what has expired."""

Say = Callable[[str], None]


def works(deployment: Deployment) -> Mapping[str, Work]:
    """The loops that run beside the server."""

    def anchoring(wait: Callable[[float], bool]) -> None:
        deployment.anchoring(wait).run()

    def status(wait: Callable[[float], bool]) -> None:
        while True:
            deployment.status.publish()
            if wait(STATUS_SECONDS):
                return

    def forgetting(wait: Callable[[float], bool]) -> None:
        while True:
            for expiring in (deployment.wallets.offers, deployment.wallets.nonces, deployment.presenting):
                expiring.forget()
            if wait(FORGET_SECONDS):
                return

    return {"status": status, "anchoring": anchoring, "batches": deployment.batches.run, "forgetting": forgetting}


def serve(settings: Settings, *, say: Say) -> None:
    """Serve until SIGINT or SIGTERM; then finish what is in hand and close everything."""
    logs.configure(settings.log_level)
    with open_deployment(settings) as deployment, bind(settings, deployment.base) as listening:
        serve_open(deployment, listening, say=say)


def bind(settings: Settings, base: str) -> socket.socket:
    """The socket on which the settings and the base address say to listen; ConfigError ``config.port``."""
    return server.bind(settings.host, settings.listen_port(base))


def serve_open(deployment: Deployment, listening: socket.socket, *, say: Say) -> None:
    """As `serve`, over a deployment that is open already."""
    with Workers(works(deployment)) as workers:
        app = create_app(deployment, workers)
        server.run(app, listening, ready=lambda: say(f"serving {deployment.base} (Ctrl-C stops)"))
