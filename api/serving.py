"""`rollbook serve`: the application, and beside it the workers that anchor and that publish status lists."""

import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from api import logs
from api.deployment import Deployment
from api.folder import made_by_init
from api.http import server
from api.http.app import create_app
from api.leading import Alone, Elected
from api.settings import Settings
from api.wiring import open_deployment
from api.workers.runner import RETRY_SECONDS, Wait, Work
from ledger.formats.errors import ConflictError, RollbookError

STATUS_SECONDS = 5.0
"""How often status lists are looked at; a revocation is published after at most this long."""

FORGET_SECONDS = 600.0
"""How often offers to wallets, used nonces and their answers are looked through for what has expired."""

CONFIRM_SECONDS = 3600.0
"""How often the log is held against the chain's head, and the schools' accreditations are read, between anchors."""

LOOPBACK = "127.0.0.1"

Say = Callable[[str], None]


def works(deployment: Deployment) -> Mapping[str, Work]:
    """The loops that run beside the server."""

    def anchoring(wait: Wait) -> None:
        deployment.anchoring(wait, wait.tell).run()

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

    def confirming(wait: Wait) -> None:
        stop = False
        while not stop:
            confirmed = _confirmed(deployment)
            wait.tell(deployment.anchors_state() if confirmed else "ok")
            stop = wait(CONFIRM_SECONDS if confirmed else RETRY_SECONDS)

    return {
        "confirming": confirming,
        "status": status,
        "anchoring": anchoring,
        "batches": deployment.batches.run,
        "forgetting": forgetting,
    }


def _confirmed(deployment: Deployment) -> bool:
    """Whether the log was held against the chain and found whole. `/readyz` says it of a log that is behind, and this
    asks again: a node may have lied."""
    try:
        return deployment.confirm()
    except ConflictError:
        return False


def serve(settings: Settings, *, say: Say) -> None:
    """Serve until SIGINT or SIGTERM; then finish what is in hand and close everything."""
    with bind(settings, made_by_init(settings)[1].base) as listening:
        serve_on(settings, listening, say=say)


def serve_on(settings: Settings, listening: socket.socket, *, say: Say) -> None:
    """As `serve`, on a socket that may be shared with other processes of this deployment."""
    logs.configure(settings.log_level)
    with ExitStack() as stack:
        peers, address = [], ""
        if settings.together:
            peers = [stack.enter_context(server.bind("0.0.0.0" if settings.peer_host else LOOPBACK, 0))]
            address = f"http://{settings.peer_host or LOOPBACK}:{peers[0].getsockname()[1]}"
        deployment = stack.enter_context(open_deployment(settings, address=address))
        _warn(deployment, say)
        serve_open(deployment, listening, *peers, say=say)


def _warn(deployment: Deployment, say: Say) -> None:
    """Of an old backup: it serves all the same."""
    try:
        deployment.sequencer.require()
    except RollbookError as error:
        say(f"{error.code}: {error.message}; nothing is issued: rollbook catch-up --help")


def bind(settings: Settings, base: str) -> socket.socket:
    """The socket on which the settings and the base address say to listen; ConfigError ``config.port``."""
    return server.bind(settings.host, settings.listen_port(base))


def serve_open(deployment: Deployment, *listening: socket.socket, say: Say) -> None:
    """As `serve`, over a deployment that is open already."""
    with leading(deployment) as leadership:
        app = create_app(deployment, leadership)
        server.run(app, *listening, ready=lambda: say(f"serving {deployment.base} (Ctrl-C stops)"))


def leading(deployment: Deployment) -> Alone | Elected:
    """Who leads this deployment: this process, or whichever of several has the lease."""
    if deployment.lease is None:
        return Alone(works(deployment))
    return Elected(deployment.sequencer, deployment.lease, works(deployment), changed=deployment.kinds.forget)
