"""Times: one reading of each text, or none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formats import datetimes
from ledger.formats.errors import FormatError


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-07-01T00:00:00Z", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-07-01T08:00:00+08:00", datetime(2026, 7, 1, tzinfo=UTC)),
        ("2026-07-01T00:00:00+14:00", datetime(2026, 6, 30, 10, tzinfo=UTC)),
        ("2026-07-01T00:00:00-13:59", datetime(2026, 7, 1, 13, 59, tzinfo=UTC)),
        ("2026-07-01T00:00:00.5Z", datetime(2026, 7, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-07-01T00:00:00.123456789Z", datetime(2026, 7, 1, 0, 0, 0, 123_456, tzinfo=UTC)),
        ("2026-07-01T00:00:00.1234567-00:30", datetime(2026, 7, 1, 0, 30, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_read(text, moment):
    assert datetimes.parse(text) == moment
    assert datetimes.parse(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        None,
        0,
        "",
        "2026-07-01",
        "2026-07-01T00:00:00",
        "2026-07-01 00:00:00Z",
        "2026-07-01t00:00:00z",
        "2026-07-01T00:00Z",
        "2026-07-01T00:00:00Z ",
        "2026-07-01T00:00:00Z\n",
        "２026-07-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-07-01T24:00:00Z",
        "2026-07-01T23:59:60Z",
        "2026-07-01T00:00:00.Z",
        "2026-07-01T00:00:00.1234567890Z",
        "2026-07-01T00:00:00+0800",
        "2026-07-01T00:00:00+25:00",
        "2026-07-01T00:00:00+14:01",
        "2026-07-01T00:00:00-15:00",
        "2026-07-01T00:00:00+13:60",
        "-2026-07-01T00:00:00Z",
        "12026-07-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "20260701T000000Z",
        "2026-W27-3T00:00:00Z",
    ],
)
def test_refused(text):
    with pytest.raises(FormatError, match=r"document.malformed"):
        datetimes.parse(text)


def test_our_own_times_end_in_z():
    with pytest.raises(FormatError):
        datetimes.parse_utc("2026-07-01T08:00:00+08:00")
    with pytest.raises(FormatError):
        datetimes.parse_utc(b"2026-07-01T08:00:00Z")
    assert datetimes.parse_utc("2026-07-01T08:00:00Z").hour == 8


def test_a_time_without_a_zone_is_not_written():
    with pytest.raises(FormatError):
        datetimes.render(datetime(2026, 7, 1))


def test_other_zones_are_written_in_utc():
    moment = datetime(2026, 7, 1, 8, tzinfo=timezone(timedelta(hours=8)))
    assert datetimes.render(moment) == "2026-07-01T00:00:00Z"


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30), timezones=st.just(UTC)))
def test_round_trip(moment):
    assert datetimes.parse_utc(datetimes.render(moment)) == moment


@pytest.mark.parametrize("seconds", [-1, datetimes.MAX_UNIX + 1, 2**64])
def test_seconds_beyond_the_calendar(seconds):
    with pytest.raises(FormatError):
        datetimes.from_unix(seconds)


def test_the_last_second():
    assert datetimes.render(datetimes.from_unix(datetimes.MAX_UNIX)) == "9999-12-31T23:59:59Z"
