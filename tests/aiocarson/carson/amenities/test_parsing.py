"""Parsing of amenities and free hours (Protocol A.7)."""

from datetime import date, time

from aiocarson.carson.amenities.parsing import parse_amenity, parse_free_hours, parse_time
import pytest

from tests.support.not_none import not_none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("07:30:00", time(7, 30)),
        ("7:30", time(7, 30)),
        ("07:30:15.250", time(7, 30, 15)),
        ("24:00:00", time()),
        ("2026-01-01T07:30:00", time(7, 30)),
        ("T", None),
        ("24:01", None),
        ("noon", None),
        (None, None),
        (730, None),
    ],
)
def test_parse_time(text: object, expected: time | None) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    ("response", "count", "complete"),
    [
        ([{"startTime": "10:00:00", "endTime": "11:00"}], 1, True),
        ({"slots": [{"startTime": "10:00:00", "endTime": "11:00"}], "note": None}, 1, True),
        ([], 0, True),
        ([{"startTime": "10:00:00"}, {"startTime": "10:00:00", "endTime": "11:00"}], 1, False),
        (["10:00"], 0, False),
        ({"a": [], "b": []}, 0, False),
        (None, 0, False),
    ],
)
def test_free_hours_in_various_forms(response: object, count: int, complete: bool) -> None:
    parsed = parse_free_hours(response, "1", date(2026, 1, 1))
    assert (len(parsed.hours), parsed.complete, parsed.raw) == (count, complete, response)


@pytest.mark.parametrize(
    ("sent", "minimum"), [(60, 60), ("60", 60), (None, None), ("1:30", "1:30"), ("", None), ([60], None)]
)
def test_minimum_reservation_time(sent: object, minimum: object) -> None:
    assert not_none(parse_amenity({"id": 1, "minimumReservationTime": sent})).minimum_reservation_time == minimum


@pytest.mark.parametrize("value", [None, {}, [], {"name": "x"}, True])
def test_invalid_amenities(value: object) -> None:
    assert parse_amenity(value) is None
