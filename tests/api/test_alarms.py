"""An alarm is counted once, whichever process sounds it, and nobody waits for it."""

import threading

import pytest
import structlog
from sqlalchemy import Engine

from api import alarms as alarming
from api.alarms import Alarms
from ledger.log.transactions import writing


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take longer than a server has."""
    monkeypatch.setattr(alarming, "CLOSE_SECONDS", 60.0)


def kept(engine: Engine) -> Alarms:
    made = Alarms()
    made.keep_in(engine)
    return made


def test_another_process_s_alarms_are_not_seen(engine: Engine) -> None:
    one, other = kept(engine), kept(engine)
    for alarms in (one, other, one):
        alarms.sound("log.forked", size=3)
    other.sound("anchor.disagreement", node="a")
    for alarms in (one, other):
        alarms.close()
    wanted = {"log.forked": 3, "anchor.disagreement": 1}
    assert one.counts == other.counts == kept(engine).counts == wanted


def test_whoever_sounds_one_waits_for_the_database(engine: Engine) -> None:
    """Even where it is his own transaction that holds it."""
    alarms = kept(engine)
    with writing(engine):
        alarms.sound("log.forked")
        assert alarms.counts == {"log.forked": 1}
    alarms.close()
    assert kept(engine).counts == {"log.forked": 1}


def test_a_count_goes_back_or_shows_one_twice_while_it_is_written(engine: Engine) -> None:
    """For Prometheus a counter that falls has begun anew, and each such time would be another alarm."""
    alarms, seen = kept(engine), [0]
    for number in range(1, 41):
        alarms.sound("x")
        seen += [alarms.counts["x"] for _ in range(5)]
        assert seen == sorted(seen) and seen[-1] == number
    alarms.close()
    assert alarms.counts == kept(engine).counts == {"x": 40}


def test_alarms_are_lost_or_doubled_among_threads(engine: Engine) -> None:
    alarms = kept(engine)
    threads = [threading.Thread(target=alarms.sound, args=("x",)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    alarms.close()
    assert alarms.counts == kept(engine).counts == {"x": 20}


def test_an_alarm_without_a_database_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    said = []
    monkeypatch.setattr("api.alarms._log", type("Log", (), {"critical": lambda *a, **k: said.append(k)})())
    alarms = Alarms()
    alarms.sound("log.forked", size=9)
    assert alarms.counts == {"log.forked": 1} and said == [{"code": "log.forked", "size": 9}]


def test_an_alarm_gets_into_what_a_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    Alarms().sound("anchor.altered", size=3)
    printed = capsys.readouterr()
    assert printed.out == "" and "anchor.altered" in printed.err
