"""The models of amenities and reservations."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiocarson import (
    Amenity,
)
from aiocarson.carson.amenities.models import FreeHours, Hours, span, to_utc
from aiocarson.carson.amenities.parsing import parse_amenity
import pytest

from tests.support.not_none import not_none

from .conftest import LOS_ANGELES, NEW_YORK


# Times of day as points in time
@pytest.mark.parametrize(
    ("zone", "local", "utc"),
    [
        (NEW_YORK, "2026-07-01 12:00", "2026-07-01 16:00"),
        (NEW_YORK, "2026-12-31 23:30", "2027-01-01 04:30"),
        (LOS_ANGELES, "2026-12-31 23:30", "2027-01-01 07:30"),
        (NEW_YORK, "2026-11-01 01:30", "2026-11-01 05:30"),  # comes twice: the first
        (NEW_YORK, "2026-03-08 02:30", "2026-03-08 07:00"),  # never comes: when the clocks are set
        (LOS_ANGELES, "2026-03-08 02:00", "2026-03-08 10:00"),
        (LOS_ANGELES, "2026-11-01 00:30", "2026-11-01 07:30"),
        (ZoneInfo("Australia/Lord_Howe"), "2026-10-04 02:15", "2026-10-03 15:30"),  # half an hour
    ],
)
def test_to_utc(zone: ZoneInfo, local: str, utc: str) -> None:
    assert to_utc(datetime.fromisoformat(local), zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "begin", "end", "minutes"),
    [
        (date(2026, 11, 1), time(0), time(4), 300),
        (date(2026, 3, 8), time(0), time(4), 180),
        (date(2026, 3, 8), time(2, 15), time(2, 45), 0),
        (date(2026, 3, 8), time(2, 30), time(3, 15), 15),
        (date(2026, 11, 1), time(1), time(1, 30), 30),
        (date(2026, 12, 31), time(22), time(0), 120),
        (date(2026, 6, 1), time(0), time(0), 1440),
    ],
)
def test_span(day: date, begin: time, end: time, minutes: int) -> None:
    first, last = span(day, Hours(begin, end), NEW_YORK)
    assert (last - first) == timedelta(minutes=minutes)


def free(*parts: tuple[int, int]) -> FreeHours:
    hours = tuple(Hours(time(begin), time(end % 24)) for begin, end in parts)
    return FreeHours(amenity_id="1", day=date(2026, 1, 1), hours=hours)


@pytest.mark.parametrize(
    ("offered", "begin", "end", "held"),
    [
        (free((8, 9), (9, 10)), 8, 10, True),
        (free((9, 10), (8, 9)), 8, 10, True),
        (free((8, 9), (10, 11)), 8, 11, False),
        (free((8, 12)), 9, 10, True),
        (free((22, 24)), 23, 24, True),
        (free((20, 23)), 22, 24, False),
        (free(), 8, 9, False),
    ],
)
def test_free_hours_contain(offered: FreeHours, begin: int, end: int, held: bool) -> None:
    assert offered.contains(Hours(time(begin), time(end % 24))) is held


@pytest.mark.parametrize(
    ("minimum", "maximum", "first", "last"),
    [(None, None, 1, None), (1, 2, 2, 3), (-5, 0, 1, 1), ("3", "x", 4, None), (10**9, 10**9, 1, None)],
)
def test_dates_that_can_be_booked(minimum: object, maximum: object, first: int, last: int | None) -> None:
    amenity = not_none(
        parse_amenity({"id": 1, "minimumDaysBeforeReservation": minimum, "maximumDaysBeforeReservation": maximum})
    )
    assert amenity.dates_from(date(2026, 1, 1)) == (date(2026, 1, first), last and date(2026, 1, last))


def test_exhausted() -> None:
    assert not Amenity(id="1", name="x").exhausted
    assert Amenity(id="1", name="x", remaining=0).exhausted
