"""`http_verify`: the server's CPU for one `POST /v1/verify` of a bundle over keep-alive."""

import http.client
import socket
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bench.harness import ROUNDS, Row, seconds_each
from bench.ledger import Ledger
from bench.record_rows import raw_verification
from ledger.formats import suites

CONNECTIONS = 16
"""Keep-alive connections in use at once: a server that waits for one client in between measures its own waking up."""


def http_verify(ledger: Ledger) -> Row:
    """Server CPU a request, in rounds between which raw verifications are timed.

    The bundles are signed over JCS: what RDF takes is the same over HTTP, and stands in `verify_rdfc`.
    """
    ratios, times, raws = [], [], []
    bundles = ledger.bundles[suites.JCS]
    raw = raw_verification()
    with _server(ledger) as (port, cpu_seconds):
        requests = [_request(bundle) for bundle in bundles]
        connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        _post(connections, requests)
        for _ in range(ROUNDS):
            reference = seconds_each(raw)[0]
            before = cpu_seconds()
            _post(connections, requests)
            spent = (cpu_seconds() - before) / len(bundles)
            ratios.append(spent / reference)
            times.append(spent * 1e6)
            raws.append(reference * 1e6)
    median = statistics.median
    return Row("http_verify", median(ratios), 4, median(times), median(raws), len(bundles))


def _request(bundle: bytes) -> bytes:
    head = ["POST /v1/verify HTTP/1.1", "Host: localhost", "Content-Type: application/json"]
    return "\r\n".join([*head, f"Content-Length: {len(bundle)}", "", ""]).encode() + bundle


def _post(connections: list[socket.socket], requests: list[bytes]) -> None:
    """Send the requests over all connections, a request each at a time, and look at the answers.

    The last one's first: until it is there the client sleeps, and takes nothing of what the server is measured on.
    """
    for start in range(0, len(requests), len(connections)):
        some = requests[start : start + len(connections)]
        for connection, request in zip(connections, some, strict=False):
            connection.sendall(request)
        for connection, _ in reversed(list(zip(connections, some, strict=False))):
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            if answer.status != 200 or b'"verdict":"valid"' not in answer.read():
                raise SystemExit(f"POST /v1/verify answered {answer.status}, or not valid")


@contextmanager
def _server(ledger: Ledger) -> Iterator[tuple[int, Callable[[], float]]]:
    command = [sys.executable, "-m", "bench.http_server", str(ledger.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        stdin, stdout = process.stdin, process.stdout
        try:
            port = int(stdout.readline())

            def cpu_seconds() -> float:
                print(file=stdin, flush=True)
                return float(stdout.readline())

            yield port, cpu_seconds
        finally:
            process.terminate()
