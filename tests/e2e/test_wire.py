"""What comes over the wire: bodies without end, requests that are none, slow clients, and the short way's equality."""

import json
import shutil
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.ledgers import Ledger, bundle_of, opened
from tests.support.servers import Server, serving


def sent(server: Server, data: bytes, seconds: float = 30) -> bytes:
    """What comes back for raw bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=seconds) as connection:
        connection.sendall(data)
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
        return found


@pytest.fixture(scope="module")
def shared(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests that leave no trace in it."""
    folder = tmp_path_factory.mktemp("shared")
    ledger = Ledger(folder / "home", made_ledger.keys, made_ledger.records)
    shutil.copytree(made_ledger.home, ledger.home)
    with serving(ledger.environment(), folder) as running:
        yield running


def test_a_body_that_never_ends_is_cut_off(shared: Server) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(64):
            yield b" " * 2**17

    answer = httpx.post(f"{shared.url}/v1/verify", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "document.too_large")


def test_an_announced_giant_is_refused_at_once(shared: Server) -> None:
    head = b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\nconnection: close\r\n\r\n"
    assert sent(shared, head).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "raw",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/9.9\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /v1/verify HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    ],
)
def test_what_is_no_http_is_no_trouble(shared: Server, raw: bytes) -> None:
    assert sent(shared, raw)[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 505", b"")
    assert httpx.get(f"{shared.url}/healthz").status_code == 200


def posted(body: bytes, *lines: bytes, version: bytes = b"1.1", path: bytes = b"/v1/verify") -> bytes:
    """A whole POST as bytes."""
    head = [b"POST %b HTTP/%b" % (path, version), b"host: x", b"content-length: %d" % len(body), *lines, b"", b""]
    return b"\r\n".join(head) + body


@pytest.fixture(scope="module")
def bundle(made_ledger: Ledger, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    home = tmp_path_factory.mktemp("bundle") / "home"
    shutil.copytree(made_ledger.home, home)
    with opened(home) as deployment:
        return json.dumps(bundle_of(deployment, made_ledger), ensure_ascii=False).encode()


def test_the_short_way_answers_as_the_long_one_does(shared: Server, bundle: bytes) -> None:
    short, long = (httpx.post(f"{shared.url}/v1/verify{more}", content=bundle) for more in ("", "?policy=record"))
    for answer in (short, long):
        assert answer.json()["verdict"] == "valid" and answer.headers["x-request-id"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert {**short.json(), "checkedAt": ""} == {**long.json(), "checkedAt": ""}
    assert short.headers.keys() == long.headers.keys()
    assert short.headers["x-request-id"] != long.headers["x-request-id"]


def test_requests_that_come_at_once_are_answered_in_their_order(shared: Server, bundle: bytes) -> None:
    slow = posted(json.dumps(json.loads(bundle)["credential"]).encode())
    bodies = [posted(bundle), slow, posted(b"{}"), posted(bundle), slow, posted(b"[1]", b"connection: close")]
    answers = sent(shared, b"".join(bodies)).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"400", b"200", b"200", b"400"]


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_body_in_pieces_is_one_body(shared: Server, bundle: bytes, piece: int) -> None:
    data = posted(bundle, b"connection: close")
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, 400, piece):
            connection.sendall(data[at : min(at + piece, 400)])
        connection.sendall(data[400:])
        found = b""
        while chunk := connection.recv(65536):
            found += chunk
    assert found.startswith(b"HTTP/1.1 200") and b'"verdict":"valid"' in found


def test_an_old_client_is_answered_and_let_go(shared: Server, bundle: bytes) -> None:
    assert b'"verdict":"valid"' in sent(shared, posted(bundle, version=b"1.0"))


@pytest.mark.parametrize("line", [b"expect: 100-continue", b"content-encoding: gzip", b"content-type: multipart/x"])
def test_what_is_unusual_takes_the_long_way(shared: Server, bundle: bytes, line: bytes) -> None:
    assert sent(shared, posted(bundle, line, b"connection: close")).startswith(b"HTTP/1.1 ")


def test_headers_without_end_are_not_collected(shared: Server) -> None:
    with socket.create_connection(("127.0.0.1", shared.port), timeout=30) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
        line = b"x-filler: " + b"a" * 1000 + b"\r\n"
        with pytest.raises(OSError, match=r"reset|pipe"):
            for _ in range(5000):
                connection.sendall(line)
    assert httpx.get(f"{shared.url}/healthz").status_code == 200


@pytest.mark.faults
def test_a_client_that_stops_in_the_middle_is_hung_up_on(shared: Server) -> None:
    started = time.monotonic()
    assert sent(shared, b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ") == b""
    assert 5 < time.monotonic() - started < 20
