"""`rollbook serve --conformance` opens nothing that is there, and no other deployment has what it has."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.clock import now
from api.conformance import temporary
from api.http.app import create_app
from issuers.open_issuing import OpenIssuing
from issuers.schools import Member
from ledger.formats.errors import RollbookError
from tests.support.ledgers import UNIVERSITY, Ledger, opened

OPEN = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": "https://elsewhere.example",
    "credentialSubject": {"id": "did:example:1"},
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A real deployment's settings; the folder that they name."""
    home = tmp_path / "real"
    for name, value in {
        "HOME": str(home),
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "CHAIN_URL": "http://127.0.0.1:1",
        "CHAIN_SEALERS": "0x" + "11" * 20,
        "SECRET": "a-real-secret-of-a-real-deployment",
        "SECRET_FILE": str(tmp_path / "none"),
        "ALIAS": "https://other.example",
    }.items():
        monkeypatch.setenv(f"ROLLBOOK_{name}", value)
    return home


def test_nothing_of_a_real_deployment_is_opened(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLBOOK_BASE_URL", "https://suites.example")
    with temporary(0) as (deployment, issuing):
        home = deployment.settings.home
        assert home.is_dir() and home != environment
        issued = issuing.issue(OPEN, with_status=True)
        assert issued["issuer"] == issuing.member.did
        assert issued["credentialStatus"]["statusListCredential"].startswith("https://suites.example/status-lists/")
    assert not home.exists() and not environment.exists()


def test_it_goes_when_its_start_fails(environment: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("ROLLBOOK_BASE_URL", "not an address")
    with pytest.raises(RollbookError), temporary(0):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("base", ["http://127.0.0.1:8123", None])
def test_status_lists_are_where_suites_look(base: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if base is None:
        monkeypatch.delenv("ROLLBOOK_BASE_URL", raising=False)
    else:
        monkeypatch.setenv("ROLLBOOK_BASE_URL", base)
    with temporary(8123) as (_, issuing):
        entry = issuing.issue(OPEN, with_status=True)["credentialStatus"]
    assert entry["statusListCredential"].startswith(f"{base or 'http://localhost:8123'}/status-lists/")


def test_no_other_deployment_signs_without_a_key(ledger: Ledger) -> None:
    with opened(ledger.home) as deployment:
        client = TestClient(create_app(deployment))
        for path in ("/credentials/issue", "/credentials/status"):
            answer = client.post(path, json={"credential": OPEN})
            assert answer.status_code in (401, 404), path
        assert "/credentials/status" not in client.get("/openapi.json").json()["paths"]


def test_no_other_deployment_takes_an_open_entry(ledger: Ledger) -> None:
    """Not even of an issuer in its own keystore: what may be appended is decided by the log, not by a route."""
    with opened(ledger.home) as deployment:
        school = deployment.schools.by_code(UNIVERSITY)
        stranger = deployment.schools.create_open_issuer("open")
        size = deployment.reader.checkpoint().size
        for member in (school, stranger):
            issuing = _issuing(deployment, member)
            with pytest.raises(RollbookError) as caught:
                issuing.issue(OPEN)
            assert caught.value.code == "log.not_allowed", caught.value
        assert deployment.reader.checkpoint().size == size


def _issuing(deployment: Any, member: Member) -> OpenIssuing:
    return OpenIssuing(
        member,
        deployment.schools,
        deployment.status,
        deployment.sequencer,
        deployment.kinds.known_contexts(),
        now,
    )
