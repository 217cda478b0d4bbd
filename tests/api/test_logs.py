"""Log lines go to standard error as it is when they are written, and a library's own come without its values."""

import io
import json
import logging
import sys

import pytest
import structlog

from api import logs


@pytest.fixture(autouse=True)
def configured() -> None:
    logs.configure("info")


def said(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_logger_outlives_the_stream_that_it_first_wrote_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else whoever sounds an alarm after a closed stream gets an error in its place."""
    log = structlog.get_logger("rollbook.example")
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    log.warning("one")
    assert [line["event"] for line in said(first)] == ["one"]
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    log.critical("two", code="log.forked")
    (line,) = said(second)
    assert (line["event"], line["level"], line["code"]) == ("two", "critical", "log.forked")


def test_a_library_s_line_has_no_values(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    library = logging.getLogger("library")
    library.info("not said")
    try:
        raise ValueError("330103200501010012")
    except ValueError:
        library.exception("broke at %s", "张三")
    (line,) = said(stream)
    assert line.pop("timestamp")
    assert line == {"event": "broke at %s", "level": "error", "logger": "library", "error": "ValueError"}


def test_our_own_line_does_not_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours are given nothing of a record; a library whose name begins as a package of ours is still a library."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    for name in ("ledger.chain.anchoring", "api.example", "ledgers", "apischema.ledger"):
        logging.getLogger(name).error("the contract refuses the next anchor: %s", "not operator")
    whole, form = "the contract refuses the next anchor: not operator", "the contract refuses the next anchor: %s"
    assert [line["event"] for line in said(stream)] == [whole, whole, form, form]
