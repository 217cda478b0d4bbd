"""`rollbook serve --conformance`: a server for independent test suites, over a ledger that lives as long as it does.

Its issuer signs whatever it is given (docs/vc-api.md has the threat note). So nothing here opens a ledger that is
there: the folder is made now, and what the environment says of folders, databases, chains and secrets is not read.
"""

import ipaddress
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from api import logs
from api.clock import now
from api.deployment import Deployment
from api.http import server
from api.http.app import create_app
from api.initialise import initialise
from api.serving import leading
from api.settings import Settings, load
from api.wiring import open_deployment
from issuers.open_issuing import OpenIssuing

CODE = "open"
DEFAULT_PORT = 8000
HOST = "127.0.0.1"

Announce = Callable[[str, str], None]
"""Called once the server answers, with its issuer's DID and its address."""


def serve(*, host: str | None = None, port: int | None = None, announce: Announce) -> None:
    """Serve until SIGINT or SIGTERM; then everything is gone. ConfigError ``config.port``, ``config.invalid``."""
    with server.bind(host or HOST, DEFAULT_PORT if port is None else port) as listening:
        number = listening.getsockname()[1]
        with temporary(number) as (deployment, issuing), leading(deployment) as leadership:
            app = create_app(deployment, leadership, open_issuing=issuing)
            address = f"http://{host or HOST}:{number}"
            server.run(app, listening, ready=lambda: announce(issuing.member.did, address))


@contextmanager
def temporary(port: int) -> Iterator[tuple[Deployment, OpenIssuing]]:
    """A new ledger with one open issuer, in a folder that is removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="rollbook-conformance-"))
    try:
        public = os.environ.get("ROLLBOOK_BASE_URL") or f"http://localhost:{port}"
        settings = _settings(folder / "home", public, port)
        logs.configure(settings.log_level)
        initialise(settings)
        with open_deployment(settings, open_base=public) as deployment:
            member = deployment.schools.create_open_issuer(CODE)
            contexts = deployment.kinds.known_contexts()
            issuing = OpenIssuing(member, deployment.schools, deployment.status, deployment.sequencer, contexts, now)
            yield deployment, issuing
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _settings(home: Path, public: str, port: int) -> Settings:
    """Nothing of the environment but the address, and how to log."""
    return load(
        home=home,
        base_url=f"http://localhost:{port}" if _is_address(public) else public,
        alias="",
        database_url=None,
        chain_url=None,
        chain_sealers="",
        secret=secrets.token_urlsafe(32),
        secret_file=None,
        port=port,
    )


def _is_address(base: str) -> bool:
    """Whether the host is an IP address, after which no DID is named; status lists may be there all the same."""
    try:
        ipaddress.ip_address(urlsplit(base).hostname or "")
    except ValueError:
        return False
    return True
