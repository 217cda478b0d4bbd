"""Over HTTP: bounds on size and time, no redirects, and the commands against a log that answers."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from api.cli.main import main
from api.watching import known, setup
from api.watching.source import HttpSource
from ledger.formats import cosignature
from ledger.formats.errors import ConfigError, NotFoundError, UnavailableError
from tests.support.logs import NOTE_KEY
from tests.support.watched import WatchedLog


class Handler(BaseHTTPRequestHandler):
    """Answers for a `WatchedLog`, and badly under /bad/."""

    protocol_version = "HTTP/1.1"
    log: WatchedLog
    connections = 0

    def setup(self) -> None:
        super().setup()
        type(self).connections += 1

    def do_GET(self) -> None:
        if self.path.startswith("/bad/"):
            getattr(self, self.path[5:])()
            return
        try:
            self.answer(200, self.log.get(self.path[1:], 2**30))
        except NotFoundError:
            self.answer(404, b"{}")

    def do_POST(self) -> None:
        code = self.log.post(self.path[1:], self.rfile.read(int(self.headers["content-length"])))
        self.answer(403 if code else 200, json.dumps({"code": code}).encode())

    def answer(self, status: int, body: bytes, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("content-length", str(len(body))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def large(self) -> None:
        self.answer(200, bytes(2_000))

    def redirect(self) -> None:
        self.answer(302, b"", ("location", "/log/checkpoint"))

    def broken(self) -> None:
        self.answer(500, b"")

    def closing(self) -> None:
        self.answer(200, b"x")
        self.close_connection = True

    def short(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc")
        self.close_connection = True

    def slow(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")
        self._drip(b"x")

    def head(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self._drip(b"x")

    def _drip(self, data: bytes) -> None:
        self.close_connection = True
        try:
            for _ in range(100):
                self.wfile.write(data)
                time.sleep(0.02)
        except OSError:
            return

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def log() -> WatchedLog:
    made = WatchedLog()
    made.issue(2)
    made.relist(1)
    made.checkpoint()
    return made


@pytest.fixture
def address(log: WatchedLog) -> Iterator[str]:
    class Own(Handler):
        pass

    Own.log = log
    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def refused(source: HttpSource, path: str, limit: int = 1_000) -> str:
    with pytest.raises(UnavailableError) as caught:
        source.get(path, limit)
    source.close()
    return caught.value.code


def test_an_answer_is_larger_than_allowed(address: str) -> None:
    source = HttpSource(address)
    assert refused(source, "bad/large") == "watch.too_large"
    assert len(source.get("bad/large", 2_000)) == 2_000
    source.close()


@pytest.mark.parametrize("path", ["bad/slow", "bad/head"])
def test_an_answer_that_comes_a_byte_at_a_time(address: str, path: str) -> None:
    started = time.monotonic()
    assert refused(HttpSource(address, seconds=0.3), path) == "watch.timeout"
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("path", "code"),
    [("bad/redirect", "watch.refused"), ("bad/broken", "watch.refused"), ("bad/short", "watch.unreachable")],
)
def test_an_answer_that_is_none(address: str, path: str, code: str) -> None:
    assert refused(HttpSource(address), path) == code


def test_nobody_listens() -> None:
    assert refused(HttpSource("http://127.0.0.1:1"), "log/checkpoint") == "watch.unreachable"


def test_a_kept_connection_that_was_closed_is_a_failure(address: str, log: WatchedLog) -> None:
    source = HttpSource(address)
    for _ in range(3):
        assert source.get("bad/closing", 9) == b"x"
        assert source.get("log/checkpoint", 999) == log.notes[-1][0].encode()
    with pytest.raises(NotFoundError):
        source.get("log/status-lists/0", 9)
    source.close()


@pytest.mark.parametrize("base", ["example.org", "ftp://example.org", "http://", "https://a@b", "https://a/?x"])
def test_an_address_that_is_none(base: str) -> None:
    with pytest.raises(ConfigError, match=r"watch.address"):
        HttpSource(base)


# The command


def witness(folder: Path, *arguments: str) -> int:
    return main(["witness", "--folder", str(folder), *arguments])


def make(folder: Path, address: str) -> int:
    named = ["--name", "witness.example/w1", "--folder", str(folder), "--log", str(NOTE_KEY), "--url", address]
    return main(["witness", "init", *named])


def test_rounds_of_the_command(tmp_path: Path, address: str, log: WatchedLog, capsys) -> None:
    folder = tmp_path / "w"
    assert make(folder, address) == 0
    vkey = capsys.readouterr().out.split()[1]
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    for arguments in (["--folder", str(folder), "show"], ["show", "--folder", str(folder)]):
        assert main(["witness", *arguments]) == 0
        assert capsys.readouterr().out == f"{vkey}\n"
    assert witness(folder, "--once") == 0
    key = cosignature.witness_key(vkey)
    cosigned = (folder / "checkpoint").read_text()
    assert list(cosignature.counting(cosigned, [key], int(time.time()))) == [key]
    assert log.posted == [cosigned]
    assert capsys.readouterr().out == "3 entries; cosigned 1, handed in 1\n"
    log.refusal = "cosignature.unknown_witness"
    log.issue(1)
    log.checkpoint()
    assert witness(folder, "--once") == 3
    assert "cosignature.unknown_witness" in capsys.readouterr().err
    log.notes.append((log.sign(4, bytes(32)), 0))
    assert witness(folder, "--once") == 4
    told = capsys.readouterr().err
    assert "ALARM log.forked" in told and json.loads((folder / "evidence-log.forked.json").read_text())["evidence"]
    log.notes.pop()
    assert witness(folder, "--once") == 4


def test_a_log_that_cannot_be_reached_is_a_verdict(tmp_path: Path, capsys) -> None:
    assert make(tmp_path / "w", "http://127.0.0.1:1") == 0
    assert witness(tmp_path / "w", "--once") == 69


def test_a_witness_s_key_is_overwritten(tmp_path: Path, address: str, capsys) -> None:
    assert make(tmp_path / "w", address) == 0
    before = (tmp_path / "w/key").read_bytes()
    assert make(tmp_path / "w", address) == 78
    assert (tmp_path / "w/key").read_bytes() == before
    (tmp_path / "w/key").chmod(0o644)
    assert witness(tmp_path / "w", "--once") == 78
    assert "chmod 600" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--name", "two words", "--log", str(NOTE_KEY)],
        ["--name", "w", "--log", "nonsense"],
        ["--name", "w"],
    ],
)
def test_a_witness_of_nothing(tmp_path: Path, arguments: list[str], monkeypatch, capsys) -> None:
    monkeypatch.setenv("ROLLBOOK_HOME", str(tmp_path / "empty"))
    assert main(["witness", "init", "--folder", str(tmp_path / "w"), *arguments]) == 78
    assert not (tmp_path / "w").exists()
    assert witness(tmp_path / "w", "--once") == 78


def test_an_address_follows_from_the_log_s_name() -> None:
    assert setup.default_base(NOTE_KEY) == "https://example.org"


def monitor(folder: Path, address: str, *arguments: str) -> int:
    return main(
        ["monitor", "--folder", str(folder), "--log", str(NOTE_KEY), "--url", address, "--once", "--json", *arguments]
    )


def test_rounds_of_the_monitor(tmp_path: Path, address: str, log: WatchedLog, capsys) -> None:
    folder, figures, own = tmp_path / "m", tmp_path / "figures.prom", tmp_path / "own.csv"
    own.write_text("entry\n" + "".join(f"{known.leaf_of(one)}\n" for one in log.entries[:2]))
    asked = (folder, address, "--school", log.school.did, "--known", str(own), "--metrics", str(figures))
    patient = ("--lag", str(10**9))  # the tests' log is not of today
    assert monitor(*asked, *patient) == 0
    assert json.loads(capsys.readouterr().out)["issuers"][log.school.did]["unknown"] == 0
    log.issue(1)
    log.checkpoint()
    assert monitor(*asked, *patient) == 3
    told = capsys.readouterr()
    assert "ALARM entry.unknown" in told.err and json.loads(told.out)["alarms"][0]["count"] == 1
    assert 'rollbook_monitor_alarms{code="entry.unknown"} 1\n' in figures.read_text()
    assert monitor(*asked) == 3 and '"anchor.lag"' in capsys.readouterr().out
    note = tmp_path / "note"
    assert monitor(*asked, *patient, "--compare", str(note)) == 3
    assert '"note.missing"' in capsys.readouterr().out
    note.write_text(log.sign(4, bytes(32)))
    assert monitor(*asked, "--compare", str(note)) == 4
    assert json.loads(capsys.readouterr().out)["broken"]["code"] == "log.forked"
    assert "rollbook_monitor_broken 1\n" in figures.read_text()
    assert (folder / "evidence-log.forked.json").exists()


def test_a_witness_s_note_is_fetched(tmp_path: Path, address: str, log: WatchedLog, capsys) -> None:
    log.served["notes/newest"] = log.sign(3, bytes(32)).encode()
    assert monitor(tmp_path / "m", address, "--compare", f"{address}/notes/newest") == 4


def test_a_monitor_that_cannot_reach_the_log_says_so_in_its_figures(tmp_path: Path, capsys) -> None:
    figures = tmp_path / "figures.prom"
    assert monitor(tmp_path / "m", "http://127.0.0.1:1", "--metrics", str(figures)) == 69
    assert "rollbook_monitor_up 0\n" in figures.read_text()


@pytest.mark.parametrize(
    "arguments", [("--chain-url", "http://127.0.0.1:1"), ("--school", "../x"), ("--known", "/nowhere.csv")]
)
def test_a_monitor_that_is_told_nonsense(tmp_path: Path, address: str, arguments: tuple[str, ...], capsys) -> None:
    assert monitor(tmp_path / "m", address, *(("--school", "1") if arguments[0] == "--known" else ()), *arguments) in (
        65,
        78,
    )
