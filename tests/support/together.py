"""A deployment that several processes serve: PostgreSQL, and a chain behind JSON-RPC that none of them owns."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.ledgers import SECRET, UNIVERSITY, light_keystores

if TYPE_CHECKING:
    from api.deployment import Deployment
    from api.leading import Elected
    from ledger.chain.embedded.provider import EmbeddedProvider

SEALER = b"\x07" * 32


@contextmanager
def answering(provider: "EmbeddedProvider") -> Iterator[str]:
    """The address at which ``provider`` answers JSON-RPC over HTTP."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            body = json.dumps(provider.make_request(asked["method"], asked.get("params"))).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True, slots=True)
class Together:
    """``home`` is what `init` left, ``settings`` what each process is given, ``key`` a school's API key."""

    home: Path
    settings: dict[str, Any]
    key: str

    def environment(self, **more: str) -> dict[str, str]:
        """The settings as variables."""
        given = {f"ROLLBOOK_{name.upper()}": str(value) for name, value in self.settings.items()}
        return {**given, **more}

    @property
    def bearer(self) -> dict[str, str]:
        """The header with the school's API key."""
        return {"authorization": f"Bearer {self.key}"}


@contextmanager
def deployed(folder: Path, database_url: str, *, lease: float = 2.0) -> Iterator[Together]:
    """Make such a deployment, with one school."""
    from api import chains
    from api.folder import open_store
    from api.initialise import initialise
    from api.settings import load
    from api.wiring import open_deployment
    from ledger.chain.account import LocalSigner
    from ledger.chain.embedded.genesis import Genesis
    from ledger.chain.embedded.node import EmbeddedNode
    from ledger.chain.embedded.provider import EmbeddedProvider

    home, sealer = folder / "home", LocalSigner(SEALER).address
    settings = {"home": home, "secret": SECRET, "database_url": database_url, "lease_seconds": lease}
    with light_keystores(), ExitStack() as stack:
        _, keystore = open_store(load(**settings), stack)
        acting = chains.accounts(keystore)
    (folder / "node").mkdir()
    funded = [acting.authority.address, acting.operator.address]
    node = EmbeddedNode(folder / "node", SEALER, Genesis.new(chains.CHAIN_ID, int(time.time()) - 10, sealer, funded))
    with closing(node), answering(EmbeddedProvider(node)) as url:
        settings |= {"chain_url": url, "chain_sealers": f"0x{sealer.hex()}"}
        initialise(load(**settings), code="35", name_en="Example authority", name_zh="示例主管部门")
        with open_deployment(load(**settings)) as deployment:
            member = deployment.add_school(UNIVERSITY, "Lujiang University", "鹭江大学")
            key = deployment.api_keys.create(member.did, "tests")
        yield Together(home, settings, key)


@dataclass(slots=True)
class Process:
    """One server of the deployment, in threads of this process."""

    deployment: "Deployment"
    leadership: "Elected"
    client: httpx.Client

    @property
    def leads(self) -> bool:
        """Whether it writes."""
        return self.leadership.leads

    @property
    def url(self) -> str:
        """Where it answers."""
        return str(self.client.base_url).rstrip("/")

    def issue(self, number: str, **headers: str) -> httpx.Response:
        """Ask for a transcript of its own learner."""
        return self.client.post("/credentials/issue", json=credential(number), headers=headers)


@contextmanager
def process(together: Together) -> Iterator[Process]:
    """Start one; stopped as by SIGTERM at the end of the block."""
    from api import serving
    from api.http import server
    from api.http.app import create_app
    from api.settings import load
    from api.wiring import open_deployment

    settings = load(**together.settings, anchor_seconds=0.2)
    with server.bind("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with open_deployment(settings, address=url) as deployment, serving.leading(deployment) as leadership:
            ready = threading.Event()
            running = server.made(create_app(deployment, leadership), ready=ready.set)
            thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
            thread.start()
            try:
                assert ready.wait(30)
                with httpx.Client(base_url=url, timeout=30, headers=together.bearer) as client:
                    yield Process(deployment, leadership, client)  # type: ignore[arg-type]
            finally:
                running.should_exit = True
                thread.join(20)


def credential(learner: str) -> dict[str, Any]:
    """A request for a transcript of this learner."""
    subject = {"identifier": learner, "transcript": {"courses": [{"code": "M1", "term": "2026-1"}]}}
    return {"credential": {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}}


def until(condition: Any, seconds: float = 20.0) -> None:
    """Wait for a condition; AssertionError where it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)
