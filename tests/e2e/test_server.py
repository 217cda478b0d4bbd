"""`rollbook serve` as a process: what it survives, whom it keeps out, and that it goes on by itself."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.commands import rollbook
from tests.support.ledgers import UNIVERSITY, Ledger, opened
from tests.support.servers import Server, serving

ANY_PORT = {"ROLLBOOK_PORT": "0"}
"""Not the usual one, where something else may listen."""


def record(identifier: str) -> dict[str, Any]:
    """The body of an issuance."""
    subject = {"identifier": identifier, "transcript": {"courses": [{"code": "M1", "term": "2026-1"}]}}
    return {"credential": {"type": ["VerifiableCredential", "TranscriptCredential"], "credentialSubject": subject}}


def issue(server: Server, ledger: Ledger, identifier: str) -> httpx.Response:
    return httpx.post(f"{server.url}/credentials/issue", json=record(identifier), headers=ledger.bearer(), timeout=30)


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


def verdict(server: Server, document: Any) -> str:
    answer = httpx.post(f"{server.url}/v1/verify", json=document, timeout=30)
    assert answer.status_code == 200, (answer.text, server.log.read_text()[-2000:])
    found: str = answer.json()["verdict"]
    return found


@pytest.fixture
def server(ledger: Ledger, tmp_path: Path) -> Iterator[Server]:
    with serving(ledger.environment(), tmp_path) as running:
        yield running


def test_the_whole_road_over_http(server: Server, ledger: Ledger, tmp_path: Path) -> None:
    issued = issue(server, ledger, "1")
    assert issued.status_code == 201
    name, credential = issued.json()["record"], issued.json()["verifiableCredential"]
    until(lambda: verdict(server, credential) == "valid")
    bundle = httpx.get(f"{server.url}/v1/records/{name}/bundle", headers=ledger.bearer()).content
    (tmp_path / "old.json").write_bytes(bundle)
    (tmp_path / "root.json").write_bytes(httpx.get(f"{server.url}/v1/trust-root").content)
    revoked = httpx.post(f"{server.url}/v1/records/{name}/revoke", json={"reason": "x"}, headers=ledger.bearer())
    assert revoked.status_code == 200
    until(lambda: verdict(server, credential) == "invalid")
    fresh = httpx.get(f"{server.url}/v1/records/{name}/bundle", headers=ledger.bearer()).content
    (tmp_path / "new.json").write_bytes(fresh)
    assert verdict(server, json.loads(fresh)) == verdict(server, json.loads(bundle)) == "invalid"
    offline = [
        rollbook("verify", "--offline", "--trust-root", "root.json", file, env={}, cwd=tmp_path).returncode
        for file in ("old.json", "new.json")
    ]
    assert offline == [0, 1], "an old bundle stays what it was: valid as of its own date"


def test_what_was_acknowledged_is_there_after_a_kill(server: Server, ledger: Ledger, tmp_path: Path) -> None:
    answers = [issue(server, ledger, str(number)) for number in range(5)]
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    with serving(ledger.environment(), tmp_path) as again:
        for number, answer in enumerate(answers):
            repeated = issue(again, ledger, str(number))
            assert (repeated.status_code, repeated.json()["state"]) == (200, "unchanged")
            assert repeated.json()["index"] == answer.json()["index"]
        until(lambda: verdict(again, answers[-1].json()["verifiableCredential"]) == "valid")
        assert again.stop(signal.SIGINT) == 0


def test_another_process_is_kept_out(server: Server, ledger: Ledger, tmp_path: Path) -> None:
    for command in (("serve",), ("init",)):
        found = rollbook(*command, env={**ledger.environment(), **ANY_PORT}, cwd=tmp_path)
        assert found.returncode == 69 and b"deployment.locked" in found.stderr
    # What only reads the books waits for nobody.
    assert rollbook("school", "list", env=ledger.environment(), cwd=tmp_path).returncode == 0
    assert issue(server, ledger, "1").status_code == 201


def test_a_start_under_another_base_stops_unless_it_is_an_alias(ledger: Ledger, tmp_path: Path) -> None:
    other = {**ledger.environment(), "ROLLBOOK_BASE_URL": "https://rollbook.example"}
    found = rollbook("school", "list", env=other, cwd=tmp_path)
    assert found.returncode == 78 and b"config.base" in found.stderr
    allowed = rollbook("school", "list", env={**other, "ROLLBOOK_ALIAS": "https://rollbook.example"}, cwd=tmp_path)
    assert allowed.returncode == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ROLLBOOK_SECRET": "changeme"}, b"weak_secret"),
        ({"ROLLBOOK_SECRET": "another-secret-of-the-tests-99"}, b"wrong_secret"),
        ({"ROLLBOOK_SECRET": ""}, b"secret"),
        ({"ROLLBOOK_PORT": "http"}, b"config.invalid"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_clear_line(
    ledger: Ledger, tmp_path: Path, change: dict[str, str], code: bytes
) -> None:
    found = rollbook("serve", env={**ledger.environment(), **ANY_PORT, **change}, cwd=tmp_path)
    assert found.returncode == 78 and code in found.stderr
    assert len(found.stderr.splitlines()) == 1


def test_a_taken_port_is_named(server: Server, ledger: Ledger, tmp_path: Path) -> None:
    home = tmp_path / "other"
    shutil.copytree(ledger.home, home, ignore=shutil.ignore_patterns("lock"))
    env = {**ledger.environment(), "ROLLBOOK_HOME": str(home), "ROLLBOOK_PORT": str(server.port)}
    found = rollbook("serve", env=env, cwd=tmp_path)
    assert found.returncode == 78 and b"config.port" in found.stderr


def test_a_full_disk_stops_issuing_and_nothing_else_and_it_goes_on_by_itself(ledger: Ledger, tmp_path: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or not Path("/proc/self/ns/mnt").exists():
        pytest.skip("no unshare on this machine: install the package util-linux")
    with small_disk(ledger, tmp_path, unshare) as (server, disk):
        before = issue(server, ledger, "1")
        assert before.status_code == 201
        ballast = disk / "ballast"
        fill(ballast)
        refused = None
        for number in range(200, 1200):  # the database still has some free pages
            answer = issue(server, ledger, str(number))
            if answer.status_code != 201:
                refused = answer
                break
        assert refused is not None and refused.status_code == 503
        assert refused.json()["code"] in ("log.full", "storage.full", "log.unavailable")
        assert refused.headers["retry-after"]
        assert httpx.get(f"{server.url}/readyz").status_code == 503
        assert httpx.get(f"{server.url}/").status_code == 200
        assert verdict(server, before.json()["verifiableCredential"]) in ("valid", "indeterminate")
        ballast.unlink()
        assert issue(server, ledger, str(number)).status_code == 201
        assert httpx.get(f"{server.url}/readyz").status_code == 200
        until(lambda: verdict(server, before.json()["verifiableCredential"]) == "valid")


def fill(ballast: Path) -> None:
    """Take every byte there is."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


class small_disk:
    """A server whose ledger lies on a file system of 8 MB of its own, and the path by which we see it from outside."""

    def __init__(self, ledger: Ledger, folder: Path, unshare: str) -> None:
        self._ledger, self._folder, self._unshare = ledger, folder, unshare

    def __enter__(self) -> tuple[Server, Path]:
        from tests.support.commands import COMMAND, environment
        from tests.support.servers import free_port

        disk = self._folder / "disk"
        disk.mkdir()
        port = free_port()
        script = f'mount -t tmpfs -o size=8m tmpfs {disk} && cp -r {self._ledger.home} {disk}/home && exec "$@"'
        rights = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        env = {**self._ledger.environment(), "ROLLBOOK_HOME": f"{disk}/home", "ROLLBOOK_PORT": str(port)}
        log = self._folder / "serve.log"
        with log.open("wb") as output:
            command = [self._unshare, *rights, "--mount", "sh", "-c", script, "sh", *COMMAND, "serve"]
            process = subprocess.Popen(command, env=environment(env), cwd=self._folder, stdout=output, stderr=output)
        self._server = Server(port, process, log)
        try:
            self._server.wait()
        except AssertionError:
            self.__exit__()
            if "Operation not permitted" in log.read_text() or "permission denied" in log.read_text():
                pytest.skip("this machine does not allow file systems of one's own")
            raise
        return self._server, Path(f"/proc/{process.pid}/root{disk}")

    def __exit__(self, *_: object) -> None:
        if self._server.process.poll() is None:
            self._server.process.kill()
        self._server.process.wait()


def test_an_unreachable_chain_never_stops_issuance(ledger: Ledger, tmp_path: Path) -> None:
    """The same ledger, its chain said to be elsewhere, where nobody answers."""
    with serving(ledger.environment(), tmp_path, ROLLBOOK_CHAIN_URL="http://127.0.0.1:9") as server:
        issued = issue(server, ledger, "1")
        assert issued.status_code == 201
        assert verdict(server, issued.json()["verifiableCredential"]) == "indeterminate"
        state = httpx.get(f"{server.url}/readyz")
        assert (state.status_code, state.json()["chain"]) == (200, "chain.unreachable")
        assert server.stop() == 0
    with serving(ledger.environment(), tmp_path) as server:
        until(lambda: verdict(server, issued.json()["verifiableCredential"]) == "valid")


def test_logs_hold_no_name_number_or_secret(server: Server, ledger: Ledger) -> None:
    assert issue(server, ledger, "350102200801011234").status_code == 201
    httpx.get(f"{server.url}/v1/records?learner=350102200801011234", headers=ledger.bearer())
    httpx.post(f"{server.url}/v1/verify", content=b'{"name": "350102200801011234"')
    assert server.stop(signal.SIGTERM) == 0
    text = server.log.read_text()
    assert "Traceback" not in text
    assert "350102200801011234" not in text and ledger.keys[UNIVERSITY] not in text
    assert "/credentials/issue" in text


def test_a_second_sequencer_fences_the_first_out(ledger: Ledger, tmp_path: Path) -> None:
    """Two processes that share a database but not a folder: the later one writes, the earlier says why it cannot."""
    second = tmp_path / "second"
    shutil.copytree(ledger.home, second)
    env = {**ledger.environment(), "ROLLBOOK_DATABASE_URL": f"sqlite:///{ledger.home / 'rollbook.sqlite'}"}
    with serving(env, tmp_path) as first:
        assert issue(first, ledger, "1").status_code == 201
        with opened(second, database_url=env["ROLLBOOK_DATABASE_URL"]):
            refused = issue(first, ledger, "2")
            assert (refused.status_code, refused.json()["code"]) == (503, "log.fenced")
            assert httpx.get(f"{first.url}/readyz").json()["log"] == "log.fenced"
