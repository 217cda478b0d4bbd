"""`rollbook serve`: the application, and beside it the workers that anchor and that publish status lists."""

from collections.abc import Callable, Mapping

from api import logs
from api.http import server
from api.http.app import create_app
from api.settings import Settings
from api.wiring import Deployment, open_deployment
from api.workers.runner import Work, Workers

STATUS_SECONDS = 5.0
"""How often status lists are looked at; a revocation is published after at most this long."""

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

    return {"status": status, "anchoring": anchoring}


def serve(settings: Settings, *, say: Say) -> None:
    """Serve until SIGINT or SIGTERM; then finish what is in hand and close everything."""
    logs.configure(settings.log_level)
    with open_deployment(settings) as deployment:
        serve_open(deployment, say=say)


def serve_open(deployment: Deployment, *, say: Say) -> None:
    """As `serve`, over a deployment that is open already."""
    base = deployment.base
    with (
        server.bind(deployment.settings.host, deployment.settings.listen_port(base)) as listening,
        Workers(works(deployment)) as workers,
    ):
        app = create_app(deployment, workers)
        server.run(app, listening, ready=lambda: say(f"serving {base} (Ctrl-C stops)"))
