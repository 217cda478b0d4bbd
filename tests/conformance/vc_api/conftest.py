"""One server for all of these tests, as an outside suite meets it: a process, its first line, and HTTP."""

import copy
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.commands import COMMAND, environment

BASE = "https://conformance.example"
V1, V2 = "https://www.w3.org/2018/credentials/v1", "https://www.w3.org/ns/credentials/v2"
EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"


@dataclass(slots=True)
class Api:
    """The server: its issuer's DID and its address, as it printed them."""

    did: str
    url: str
    client: httpx.Client

    def post(self, path: str, body: Any) -> httpx.Response:
        """The answer to a JSON body; whatever it is, it is JSON and says so."""
        answer = self.client.post(self.url + path, json=body)
        assert "json" in answer.headers["content-type"]
        answer.json()
        return answer

    def issue(self, credential: Any, **options: Any) -> dict[str, Any]:
        """The credential as it is issued; the issuer is filled in as test suites do."""
        answer = self.post("/credentials/issue", self.request(credential, options))
        assert answer.status_code == 201, answer.text
        assert list(answer.json()) == ["verifiableCredential"]
        issued: dict[str, Any] = answer.json()["verifiableCredential"]
        return issued

    def refuses(self, credential: Any, **options: Any) -> None:
        """That it is not issued, for a reason that the client is to mend."""
        answer = self.post("/credentials/issue", self.request(credential, options))
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["code"]

    def request(self, credential: Any, options: Any) -> dict[str, Any]:
        """As the W3C's suites make their requests."""
        credential = copy.deepcopy(credential)
        if isinstance(credential.get("issuer"), dict):
            credential["issuer"].setdefault("id", self.did)
        else:
            credential.setdefault("issuer", self.did)
        return {"credential": credential, "options": options}

    def verifies(self, credential: Any, **options: Any) -> dict[str, Any]:
        """That it is verified; the answer."""
        answer = self.post("/credentials/verify", _checked("verifiableCredential", credential, options))
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, found.get("verified")) == (200, True), found
        assert not found["errors"] and not found["problemDetails"]
        return found

    def falsifies(self, credential: Any, **options: Any) -> list[str]:
        """That it is not verified; the codes of the problems."""
        answer = self.post("/credentials/verify", _checked("verifiableCredential", credential, options))
        return _codes(answer)

    def presents(self, presentation: Any, **options: Any) -> dict[str, Any]:
        """As ``verifies``."""
        answer = self.post("/presentations/verify", _checked("verifiablePresentation", presentation, options))
        found: dict[str, Any] = answer.json()
        assert (answer.status_code, found.get("verified")) == (200, True), found
        assert not found["errors"] and not found["problemDetails"]
        return found

    def rejects(self, presentation: Any, **options: Any) -> list[str]:
        """As ``falsifies``."""
        answer = self.post("/presentations/verify", _checked("verifiablePresentation", presentation, options))
        return _codes(answer)


def _checked(name: str, value: Any, options: dict[str, Any]) -> dict[str, Any]:
    return {name: value, "options": {"checks": ["proof"], **options}, "unknown": True}


def _codes(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 400, answer.text
    found = answer.json()
    if "verified" not in found:
        return [found["code"]]  # no request at all
    assert found["verified"] is False and found["problemDetails"]
    for problem in found["problemDetails"]:
        assert problem["type"].startswith("https://") and problem["title"] and problem["detail"]
    return [problem["code"] for problem in found["problemDetails"]]


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("conformance")
    env = environment(
        {"ROLLBOOK_BASE_URL": BASE, "ROLLBOOK_HOME": str(folder / "never"), "ROLLBOOK_LOG_LEVEL": "error"}
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, "serve", "--conformance", "--port", "0"], env=env, stdout=subprocess.PIPE, stderr=log, cwd=folder
        )
    clock = threading.Timer(60, process.kill)
    clock.start()
    try:
        assert process.stdout is not None
        did, url = (process.stdout.readline().decode().strip() for _ in range(2))
        clock.cancel()
        assert url, (folder / "log").read_text()
        # As many connections as threads ask at once: one that is put away may be closed while another thread reads.
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        with httpx.Client(timeout=30, limits=limits) as client:
            yield Api(did, url, client)
        assert not (folder / "never").exists(), "the mode opened the data folder of the settings"
    finally:
        clock.cancel()
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def credential() -> dict[str, Any]:
    """The smallest credential that the W3C's suite issues."""
    return {"@context": [V2], "type": ["VerifiableCredential"], "credentialSubject": {"id": "did:example:subject"}}


@pytest.fixture
def older() -> dict[str, Any]:
    """One of version 1.1, its inline context wrapped as in the Data Integrity suite."""
    return {
        "@context": [V1, {"@context": {"name": "https://schema.org/name"}}],
        "id": "urn:uuid:86294362-4254-4f36-854f-3952fe42555d",
        "type": ["VerifiableCredential"],
        "issuanceDate": "2020-03-16T22:37:26.544Z",
        "credentialSubject": {"id": "did:example:credentialSubject", "name": "Example"},
    }
