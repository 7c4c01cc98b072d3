"""Segments, days and hours of recordings."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.carson.aiocarson.eagle_eye.recording_list import Recording
from custom_components.carson.media.recordings.segments import (
    Hour,
    RecordingSegment,
    day_span,
    list_segments,
    parse_day,
    split_range,
)

NEW_YORK = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
DAY = timedelta(days=1)


def recording(begin: datetime, end: datetime | None) -> Recording:
    return Recording(camera_id="1000a001", begin=begin, end=end)


def minutes(segments: list[RecordingSegment]) -> list[tuple[float, float]]:
    """Return begin and end of each segment, in minutes after noon."""
    return [((one.begin - NOON) / timedelta(minutes=1), (one.end - NOON) / timedelta(minutes=1)) for one in segments]


def test_key_of_a_segment_is_parsed() -> None:
    segment = RecordingSegment(begin=NOON, end=NOON + timedelta(seconds=30))
    assert segment.key == "1795194000000-1795194030000"
    assert RecordingSegment.parse(segment.key) == segment


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1795194000000",
        "1795194000000-1795194000000",
        "1795194000000-1795193999000",
        "1795194000000-1795194300001",
        "1795194000000-1795194030000 ",
        "\u0661795194000000-1795194030000",
    ],
)
def test_invalid_key_of_a_segment_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="segment"):
        RecordingSegment.parse(key)


def test_range_is_split_into_segments_of_five_minutes() -> None:
    segments = list(split_range(NOON, NOON + timedelta(minutes=12)))
    assert minutes(segments) == [(0, 5), (5, 10), (10, 12)]
    assert list(split_range(NOON, NOON)) == []


def test_segments_are_listed_newest_first() -> None:
    recordings = [recording(NOON, NOON + timedelta(minutes=7)), recording(NOON + timedelta(minutes=20), None)]
    segments = list_segments(recordings, NOON, NOON + DAY, NOON + timedelta(minutes=22))
    assert minutes(segments) == [(20, 22), (5, 7), (0, 5)]


def test_only_segments_that_begin_within_the_range_are_listed() -> None:
    long = recording(NOON - timedelta(minutes=12), NOON + timedelta(minutes=12))
    assert minutes(list_segments([long], NOON, NOON + timedelta(minutes=8), NOON + DAY)) == [(3, 8)]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 11, 20), 24), (date(2026, 11, 1), 25), (date(2026, 3, 8), 23)], ids=str
)
def test_day_has_23_to_25_hours(day: date, hours: int) -> None:
    begin, end = day_span(day, NEW_YORK)
    assert end - begin == timedelta(hours=hours)
    assert begin.astimezone(NEW_YORK).date() == day


@pytest.mark.parametrize("key", ["", "2026-02-30", "20261120", "0001-01-01", "9999-12-31", "2026-11-20 ", "yesterday"])
def test_invalid_day_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="day"):
        parse_day(key)


def test_repeated_hour_is_distinguished() -> None:
    first, second = (Hour.containing(datetime(2026, 11, 1, hour, 20, tzinfo=UTC), NEW_YORK) for hour in (5, 6))
    assert [(hour.key, hour.title) for hour in (first, second)] == [("01", "01:00"), ("01b", "01:00 (2)")]
    assert Hour.parse("01b") == second


@pytest.mark.parametrize("hour", [5, 6])
def test_span_contains_its_hour(hour: int) -> None:
    moment = datetime(2026, 11, 1, hour, 59, tzinfo=UTC)
    begin, end = Hour.containing(moment, NEW_YORK).span(date(2026, 11, 1), NEW_YORK)
    assert begin <= moment < end


@pytest.mark.parametrize("key", ["", "7", "24", "01c", "\u0660\u0661"])
def test_invalid_hour_is_rejected(key: str) -> None:
    with pytest.raises(ValueError, match="hour"):
        Hour.parse(key)
