"""Whoever names the host gains nothing by it."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api import fetch
from ledger.formats.errors import RollbookError


class Answers(BaseHTTPRequestHandler):
    """Answers by path: /ok, /redirect, /endless, /slow, anything else 404."""

    stop = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("location", "/ok")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        self.end_headers()
        if self.path == "/ok":
            self.wfile.write(b"hello")
        while self.path == "/slow" and not self.stop.wait(0.02):
            self.wfile.write(b".")
        if self.path == "/endless":
            for _ in range(96):
                self.wfile.write(bytes(2**16))

    def log_message(self, *_: object) -> None:
        """Silence."""

    def handle(self) -> None:
        """A client that leaves early is what these tests are about."""
        try:
            super().handle()
        except OSError:
            self.close_connection = True


@pytest.fixture
def base() -> Iterator[str]:
    Answers.stop.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    Answers.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


def code(url: str, **options) -> str:
    with pytest.raises(RollbookError) as caught:
        fetch.get(url, **options)
    return caught.value.code


def resolving(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def lookup(_host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)


def test_a_pinned_deployment_on_this_machine_is_asked_over_http(base: str) -> None:
    assert fetch.get(f"{base}/ok", loopback=True) == b"hello"


def test_plain_http_is_refused(base: str) -> None:
    assert code(f"{base}/ok") == "fetch.scheme"


@pytest.mark.parametrize("path", ["/redirect"])
def test_a_redirect_is_not_followed(base: str, path: str) -> None:
    assert code(base + path, loopback=True) == "fetch.refused"


def test_a_missing_document_is_told_apart_from_a_missing_host(base: str) -> None:
    assert code(f"{base}/none", loopback=True) == "fetch.missing"
    assert code("http://127.0.0.1:1/ok", loopback=True) == "fetch.unreachable"


def test_an_endless_answer_is_cut_off(base: str) -> None:
    assert code(f"{base}/endless", loopback=True) == "fetch.too_large"


def test_a_dripping_answer_ends_with_the_deadline(base: str) -> None:
    assert code(f"{base}/slow", loopback=True, seconds=0.3) == "fetch.timeout"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "0.0.0.0", "::1", "fd00::1", "::ffff:10.0.0.1"],
)
def test_an_address_inside_is_never_asked(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, address)
    assert code("https://attacker.example/x") == "fetch.address"


def test_one_inner_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.215.14", "127.0.0.1")
    assert code("https://attacker.example/x") == "fetch.address"


def test_a_public_address_is_refused_where_only_this_machine_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.215.14")
    assert code("http://localhost:8000/x", loopback=True) == "fetch.address"


@pytest.mark.parametrize(
    "url", ["https://user:pw@host.example/", "https:///x", "file:///etc/passwd", "https://h:99999/"]
)
def test_addresses_of_other_forms_are_refused(url: str) -> None:
    assert code(url).startswith("fetch.")
