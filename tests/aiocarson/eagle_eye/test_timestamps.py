"""Timestamps of Eagle Eye (Protocol B.6)."""

from datetime import UTC, datetime, timedelta, timezone

from aiocarson import InvalidInputError
from aiocarson.eagle_eye.timestamps import format_offset, format_timestamp, parse_timestamp
import pytest


def test_formatted_timestamp_can_be_parsed() -> None:
    when = datetime(2018, 9, 17, 21, 34, 5, 700_000, UTC)
    assert format_timestamp(when) == "20180917213405.700"
    assert parse_timestamp("20180917213405.700") == when


def test_other_time_zones_are_converted_to_utc() -> None:
    assert (
        format_timestamp(datetime(2018, 9, 17, 23, 34, 5, tzinfo=timezone(timedelta(hours=2)))) == "20180917213405.000"
    )


def test_time_without_time_zone_is_rejected() -> None:
    with pytest.raises(InvalidInputError, match="time zone"):
        format_timestamp(datetime(2018, 9, 17))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(timedelta(seconds=5), "+5000"), (timedelta(seconds=-1.5), "-1500"), (timedelta(), "+0")],
)
def test_offsets_have_a_sign(offset: timedelta, expected: str) -> None:
    assert format_offset(offset) == expected


@pytest.mark.parametrize("kind", ["preview-", "video-", "thumb-", "event-", ""])
def test_prefix_of_a_time_is_ignored(kind: str) -> None:
    assert parse_timestamp(f"{kind}20180917213405.700") == datetime(2018, 9, 17, 21, 34, 5, 700_000, UTC)


@pytest.mark.parametrize("text", [None, "", "unknown", "preview-unknown", "20181317213405.700", "2018", "x" * 99])
def test_invalid_time_is_none(text: str | None) -> None:
    assert parse_timestamp(text) is None


def test_fractions_of_any_length() -> None:
    assert parse_timestamp("20180917213405") == datetime(2018, 9, 17, 21, 34, 5, tzinfo=UTC)
    assert parse_timestamp("20180917213405.7") == datetime(2018, 9, 17, 21, 34, 5, 700_000, UTC)
