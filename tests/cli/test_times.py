"""Points in time and durations as people write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cli.exit_codes import CommandError
from cli.times import parse_duration, parse_past_time, time_zone

NEW_YORK = ZoneInfo("America/New_York")
# Saturday, one in the afternoon in New York
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("now", "2026-11-21T13:00-05:00"),
        ("10:30", "2026-11-21T10:30-05:00"),
        ("18:00", "2026-11-20T18:00-05:00"),
        ("yesterday 18:00", "2026-11-20T18:00-05:00"),
        ("yesterday", "2026-11-20T00:00-05:00"),
        ("Today", "2026-11-21T00:00-05:00"),
        ("monday", "2026-11-16T00:00-05:00"),
        ("2026-11-20", "2026-11-20T00:00-05:00"),
        ("2026-11-20T18:00", "2026-11-20T18:00-05:00"),
        ("2026-11-20 18:00:30", "2026-11-20T18:00:30-05:00"),
        ("2026-11-20T18:00:00Z", "2026-11-20T13:00-05:00"),
        ("2026-11-20T18:00+01:00", "2026-11-20T12:00-05:00"),
        ("2026-07-01 12:00", "2026-07-01T12:00-04:00"),
        ("Nov 20 6pm", "2026-11-20T18:00-05:00"),
        ("3h", "2026-11-21T10:00-05:00"),
        ("3h ago", "2026-11-21T10:00-05:00"),
        ("1h30m", "2026-11-21T11:30-05:00"),
        ("90 minutes", "2026-11-21T11:30-05:00"),
        ("2 days", "2026-11-19T13:00-05:00"),
    ],
)
def test_past_times(text: str, local: str) -> None:
    assert parse_past_time(text, NEW_YORK, NOW) == datetime.fromisoformat(local)


@pytest.mark.parametrize("text", ["", "soon", "7", "20261", "3 parsecs", "99999999999h", "0h", "0001-01-01"])
def test_invalid_times(text: str) -> None:
    with pytest.raises(CommandError, match="Invalid time"):
        parse_past_time(text, ZoneInfo("Asia/Tokyo"), NOW)


@pytest.mark.parametrize("text", ["tomorrow", "in 5 minutes", "2026-11-21T13:01", "2027-01-01"])
def test_times_in_the_future(text: str) -> None:
    with pytest.raises(CommandError, match="must be in the past"):
        parse_past_time(text, NEW_YORK, NOW)


def test_durations_are_elapsed_time_across_a_clock_change() -> None:
    now = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
    assert now - parse_past_time("4h", NEW_YORK, now) == timedelta(hours=4)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("30", 30),
        ("1.5", 1.5),
        ("5m", 300),
        ("1h30m", 5400),
        (" 2 hours ", 7200),
        ("1d", 86400),
        ("1w", 604800),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "0", "0s", "-3", "-3s", "soon", "1 fortnight", "9" * 400, "99999999999h"])
def test_invalid_durations(text: str) -> None:
    with pytest.raises(CommandError, match="Invalid duration"):
        parse_duration(text)


def test_unknown_time_zones_are_replaced_by_the_local_one() -> None:
    assert time_zone("America/New_York") == NEW_YORK
    for name in (None, "", "Nowhere/Land", "../../etc/passwd", "America"):
        assert time_zone(name) is not None
