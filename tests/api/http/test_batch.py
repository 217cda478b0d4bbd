"""Requests that are answered together: each client gets its own answer, in its own order, whatever the others sent."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from uvicorn.server import ServerState

from api.http import server
from api.http.batch import MAX_WAITING, Answer, Batch
from api.http.guard import Guard, Metrics
from api.http.protocol import PunctualProtocol

SLOW, BROKEN = b"slow", b"broken"


class Echo:
    """A hot endpoint that answers a body with it; at once or, for some, by the usual way."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        body = b"usual " + body
        headers = [(b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def at_once(self, bodies: Sequence[bytes]) -> list[bytes | None]:
        self.batches.append(len(bodies))
        if BROKEN in bodies:
            raise RuntimeError("a fault")
        return [None if body == SLOW else b"quick " + body for body in bodies]


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[int, Echo]]:
    """A real server around an Echo, in a thread: its port and the endpoint."""
    endpoint, ready = Echo(), threading.Event()
    guard = Guard(endpoint, hot={"/hot": endpoint}, metrics=Metrics(CollectorRegistry()))
    listening = server.bind("127.0.0.1", 0)
    stop: list[Any] = []

    def serve() -> None:
        instance = server.made(guard, ready=ready.set)
        stop.append(instance)
        instance.run(sockets=[listening])

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    yield listening.getsockname()[1], endpoint
    stop[0].should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def request(body: bytes, *headers: bytes) -> bytes:
    lines = [b"POST /hot HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(body), *headers, b"", body]
    return b"\r\n".join(lines)


def answers(connection: socket.socket, count: int) -> list[bytes]:
    """The bodies of the next answers on a connection."""
    stream = connection.makefile("rb")
    found = []
    for _ in range(count):
        length = 0
        assert b"200" in stream.readline()
        while (line := stream.readline()) != b"\r\n":
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        found.append(stream.read(length))
    return found


def test_each_of_many_connections_gets_its_own_answer(echo: tuple[int, Echo]) -> None:
    port, endpoint = echo
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(40)]
    for round_ in range(3):
        for number, connection in enumerate(connections):
            connection.sendall(request(b"%d in %d" % (number, round_)))
        for number, connection in reversed(list(enumerate(connections))):
            assert answers(connection, 1) == [b"quick %d in %d" % (number, round_)]
    for connection in connections:
        connection.close()
    assert max(endpoint.batches) <= MAX_WAITING


def test_answers_keep_the_order_of_pipelined_requests(echo: tuple[int, Echo]) -> None:
    with socket.create_connection(("127.0.0.1", echo[0])) as connection:
        connection.sendall(b"".join(request(body) for body in (b"a", SLOW, b"b", SLOW, SLOW, b"c")))
        assert answers(connection, 6) == [b"quick a", b"usual slow", *answered(b"b", SLOW, SLOW, b"c")]


def answered(*bodies: bytes) -> list[bytes]:
    """Behind a request that takes the usual way, those of its connection do so too."""
    return [b"usual " + body for body in bodies]


@pytest.mark.parametrize("body", [b"a", SLOW])
def test_a_connection_is_closed_where_the_client_asked_for_it(echo: tuple[int, Echo], body: bytes) -> None:
    with socket.create_connection(("127.0.0.1", echo[0])) as connection:
        connection.sendall(request(body, b"Connection: close"))
        assert answers(connection, 1)[0].endswith(body)
        connection.settimeout(5)
        assert connection.recv(1) == b""


def test_a_client_that_has_gone_harms_nobody(echo: tuple[int, Echo]) -> None:
    gone = [socket.create_connection(("127.0.0.1", echo[0])) for _ in range(8)]
    with socket.create_connection(("127.0.0.1", echo[0])) as connection:
        for one in gone:
            one.sendall(request(b"x"))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            one.close()
        connection.sendall(request(b"y"))
        assert answers(connection, 1) == [b"quick y"]


def test_a_fault_in_a_batch_leaves_every_request_the_usual_way(echo: tuple[int, Echo]) -> None:
    connections = [socket.create_connection(("127.0.0.1", echo[0])) for _ in range(4)]
    for connection in connections[1:]:
        connection.sendall(request(b"z"))
    connections[0].sendall(request(BROKEN))
    assert answers(connections[0], 1) == [b"usual broken"]
    for connection in connections[1:]:
        assert answers(connection, 1)[0].endswith(b" z")
        connection.close()
    connections[0].close()


def test_a_batch_is_full_at_some_point() -> None:
    asked: list[int] = []

    def answering(_path: bytes, bodies: Sequence[bytes]) -> list[Answer | None]:
        asked.append(len(bodies))
        return [None] * len(bodies)

    batch = Batch(answering)
    replies: list[Any] = []
    for number in range(MAX_WAITING + 1):
        batch.add(b"/", b"%d" % number, replies.append, lambda call: None)
    assert asked == [MAX_WAITING]
    batch.flush()
    assert asked == [MAX_WAITING, 1]
    assert len(replies) == MAX_WAITING + 1


def test_two_paths_are_answered_apart() -> None:
    def answering(path: bytes, bodies: Sequence[bytes]) -> list[Answer | None]:
        return [Answer(path, body) for body in bodies]

    batch = Batch(answering)
    replies: list[Any] = []
    for path, body in ((b"/a", b"1"), (b"/b", b"2"), (b"/a", b"3")):
        batch.add(path, body, replies.append, lambda call: None)
    batch.flush()
    assert sorted(replies) == [(b"/a", b"1"), (b"/a", b"3"), (b"/b", b"2")]


class Kept:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written, self.closed = b"", False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def get_extra_info(self, _name: str) -> None:
        return None


def test_a_server_that_stops_answers_what_is_waiting() -> None:
    endpoint = Echo()
    guard = Guard(endpoint, hot={"/hot": endpoint}, metrics=Metrics(CollectorRegistry()))

    async def run(transport: Kept) -> None:
        config = server.made(guard).config
        config.load()
        protocol = PunctualProtocol(config, ServerState(), {}, _loop=asyncio.get_running_loop())
        protocol.connection_made(transport)
        protocol.data_received(request(b"late"))
        assert transport.written == b""
        protocol.shutdown()

    transport = Kept()
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, run(transport)).result()
    assert transport.written.endswith(b"quick late") and transport.closed
