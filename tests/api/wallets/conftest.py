"""Wallets against a served deployment: one ledger and one server for all tests, each with records of its own."""

import itertools
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.support.ledgers import UNIVERSITY, Ledger, opened
from tests.support.queries import FORMS
from tests.support.wallet import Key, Wallet


class Site:
    """A served ledger. The clock and the workers stand still, unless a test moves them."""

    def __init__(self, deployment: Any, ledger: Ledger, client: httpx.Client) -> None:
        self.deployment, self.ledger, self.client = deployment, ledger, client
        self._numbers = itertools.count(1)

    def post(self, path: str, body: Any, code: str = UNIVERSITY) -> httpx.Response:
        """As a school."""
        return self.client.post(path, json=body, headers=self.ledger.bearer(code))

    def get(self, path: str, code: str = UNIVERSITY) -> httpx.Response:
        """As a school."""
        return self.client.get(path, headers=self.ledger.bearer(code))

    def issue(self, **subject: Any) -> str:
        """A new transcript of a new learner; its record id."""
        courses = [{"code": f"M{n}", "course": f"Course {n}", "term": "2026-1", "mark": f"8{n}"} for n in range(3)]
        made = {"name": "林晓", "identifier": f"W{next(self._numbers):05d}", "transcript": {"courses": courses}}
        credential = {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": made | subject}
        answer = self.post("/credentials/issue", {"credential": credential})
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["record"]
        return found

    def offer(self, record: str | None = None, **more: Any) -> dict[str, Any]:
        """An offer of a record, or of a new one."""
        answer = self.post("/v1/offers", {"record": record or self.issue(), **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wallet(self, algorithm: str = "ES256", name: str = "wallet") -> Wallet:
        """An empty wallet."""
        return Wallet(self.client, Key(name, algorithm))

    def holding(self, form: str, algorithm: str = "ES256", record: str | None = None) -> tuple[Wallet, Any]:
        """A wallet that has taken a record, and the credential."""
        offered = self.offer(record)
        wallet = self.wallet(algorithm)
        wallet.open(offered["uri"])
        wallet.redeem(offered["txCode"])
        return wallet, wallet.take(wallet.configuration(form))

    def ask(self, query: Any, code: str = UNIVERSITY, **more: Any) -> dict[str, Any]:
        """A presentation request."""
        answer = self.post("/v1/presentation-requests", {"dcql_query": query, "purpose": "Admission", **more}, code)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def result(self, made: dict[str, Any]) -> dict[str, Any]:
        """What the office sees of a request."""
        found: dict[str, Any] = self.get(f"/v1/presentation-requests/{made['id']}").json()
        return found

    def settle(self) -> None:
        """Anchor everything."""
        self.deployment.settle()


@pytest.fixture(scope="session")
def site(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Real HTTP on the loopback."""
    from api.http import server
    from api.http.app import create_app

    home = tmp_path_factory.mktemp("wallets") / "home"
    shutil.copytree(made_ledger.home, home)
    ledger = Ledger(home, made_ledger.keys, made_ledger.records)
    with opened(home) as deployment, server.bind("127.0.0.1", 0) as listening:
        ready = threading.Event()
        running = server.made(create_app(deployment), ready=ready.set)
        thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
        thread.start()
        try:
            assert ready.wait(30)
            with httpx.Client(base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", timeout=30) as client:
                yield Site(deployment, ledger, client)
        finally:
            running.should_exit = True
            thread.join(20)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, site: Site) -> Callable[[float], None]:
    """``clock(60)``: what offers, nonces and requests take for now is a minute later."""
    from datetime import timedelta

    shifts = [timedelta()]
    parts = [site.deployment.wallets.offers, site.deployment.wallets.nonces, site.deployment.wallets.issuing]
    parts += [part for part in [getattr(site.deployment, "presenting", None)] if part is not None]
    for part in parts:
        monkeypatch.setattr(part, "_clock", lambda real=part._clock: real() + shifts[0])

    def forward(seconds: float) -> None:
        shifts[0] += timedelta(seconds=seconds)

    return forward


@pytest.fixture
def wallet(site: Site) -> Wallet:
    """A wallet with an access token for a new record in every format."""
    made = site.offer()
    found = site.wallet()
    found.open(made["uri"])
    found.redeem(made["txCode"])
    return found


@pytest.fixture(scope="session")
def record(site: Site) -> str:
    """One learner's record."""
    return str(site.issue(name="林晓"))


@pytest.fixture(scope="session")
def held(site: Site, record: str) -> dict[str, tuple[Wallet, Any]]:
    """That record in three formats, anchored."""
    found = {form: site.holding(form, key, record) for form, key in FORMS}
    site.settle()
    return found
