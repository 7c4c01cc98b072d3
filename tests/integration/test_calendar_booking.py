"""Adding an event to the calendar books an amenity: once, or not at all with a clear reason."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from homeassistant.components.calendar import DOMAIN as CALENDAR
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.carson.aiocarson.carson.amenities.models import FreeHours, Hours
from simulator import Simulator

CALENDAR_ID = "calendar.harbor_house_reservations"
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.CALENDAR]


@pytest.fixture(autouse=True)
async def elsewhere(hass: HomeAssistant) -> None:
    """Home Assistant is in another time zone than the building."""
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture
def day(sim: Simulator) -> date:
    """Return a date that is free."""
    return sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=2)


def at(day: date, hour: int, minute: int = 0) -> str:
    """Return a time in the building, as Home Assistant's page sends it."""
    return datetime.combine(day, time(hour, minute), NEW_YORK).astimezone(UTC).isoformat()


async def add(hass: HomeAssistant, hass_ws_client: WebSocketGenerator, **event: Any) -> str | None:
    """Add an event on the calendar's page; return the error."""
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "calendar/event/create", "entity_id": CALENDAR_ID, "event": event})
    answer = await client.receive_json()
    return None if answer["success"] else str(answer["error"]["message"])


@pytest.mark.parametrize("title", ["Gym", " gym ", "gy", "301"])
async def test_event_books_once(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    day: date,
    title: str,
) -> None:
    """The title is the amenity: its name, the beginning of it, or its ID."""
    assert await add(hass, hass_ws_client, summary=title, dtstart=at(day, 9), dtend=at(day, 10)) is None
    assert sim.counters.count("book") == 1
    [made] = [one for one in sim.state.reservations if one.day == day and one.begin == time(9)]
    assert (made.amenity, made.end) == ("301", time(10))
    found: Any = await hass.services.async_call(
        CALENDAR,
        "get_events",
        {"entity_id": CALENDAR_ID, "start_date_time": at(day, 8), "end_date_time": at(day, 11)},
        blocking=True,
        return_response=True,
    )
    assert [event["summary"] for event in found[CALENDAR_ID]["events"]] == ["Gym"]
    # The same event once more is refused before anything is sent.
    error = await add(hass, hass_ws_client, summary=title, dtstart=at(day, 9), dtend=at(day, 10))
    assert error is not None
    assert sim.counters.count("book") == 1


async def test_event_until_midnight(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator, day: date
) -> None:
    """Midnight is the end of the same day, not another day."""
    end = at(day + timedelta(days=1), 0)
    assert await add(hass, hass_ws_client, summary="Gym", dtstart=at(day, 23), dtend=end) is None
    [made] = [one for one in sim.state.reservations if one.day == day and one.begin == time(23)]
    assert made.end == time(0)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"summary": "Sauna"}, "Harbor House has no amenity named Sauna. Available amenities: Guest Room, Gym, Roof"),
        ({"summary": "G"}, "G fits more than one amenity: Guest Room, Gym. Use the whole name"),
        ({"summary": " "}, "Harbor House has no amenity named"),
        ({"hours": (10, 9)}, "Expected minimum event duration"),
        ({"hours": (4, 5)}, "Gym is not free at this time"),
        ({"days": 40}, "Gym cannot be reserved for"),
        ({"until_days": 1}, "Gym can only be reserved for hours of a single day"),
        ({"all_day": True}, "An amenity is reserved for some hours of a day"),
        ({"rrule": "FREQ=DAILY"}, "Reservations cannot be repeated"),
    ],
)
async def test_event_that_cannot_be_booked(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    day: date,
    change: dict[str, Any],
    text: str,
) -> None:
    """A sentence says why, and nothing is sent."""
    day += timedelta(days=change.get("days", 0))
    begin, end = change.get("hours", (9, 10))
    event = {"summary": change.get("summary", "Gym"), "dtstart": at(day, begin)}
    event["dtend"] = at(day + timedelta(days=change.get("until_days", 0)), end)
    if "all_day" in change:
        event |= {"dtstart": day.isoformat(), "dtend": (day + timedelta(days=1)).isoformat()}
    if "rrule" in change:
        event["rrule"] = change["rrule"]
    error = await add(hass, hass_ws_client, **event)
    assert error is not None
    assert text in error
    assert sim.counters.count("book") == 0


async def test_error_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator, day: date
) -> None:
    hass.config.language = "de"
    error = await add(hass, hass_ws_client, summary="Sauna", dtstart=at(day, 9), dtend=at(day, 10))
    assert error == (
        "Harbor House hat keinen Gemeinschaftsraum namens Sauna. "
        "Verfügbare Gemeinschaftsräume: Guest Room, Gym, Roof Deck"
    )
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "calendar/event/delete", "entity_id": CALENDAR_ID, "uid": "1"})
    answer = await client.receive_json()
    assert answer["error"]["message"] == (
        "Harbor House: Es gibt keine solche anstehende Reservierung. Es wurde nichts geändert"
    )


async def test_refusal_is_told_in_carsons_words(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator, day: date
) -> None:
    """With the free hours of that day."""
    error = await add(hass, hass_ws_client, summary="Gym", dtstart=at(day, 18), dtend=at(day, 18, 30))
    assert error is not None
    assert error.startswith("Gym: Carson rejected the request. Nothing was booked. ")
    assert f"Free hours on {day.isoformat()}: 06:00-" in error
    assert sim.reservations.bookings.total() == 0


@pytest.mark.timeouts(reservation_checks=(0, 0.01))
async def test_unclear_outcome_is_told(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, hass_ws_client: WebSocketGenerator, day: date
) -> None:
    """The request is not repeated."""
    sim.faults.add("book", "reset")
    sim.faults.add("reservations", "status:500", skip=1)
    error = await add(hass, hass_ws_client, summary="Gym", dtstart=at(day, 9), dtend=at(day, 10))
    assert error is not None
    assert "check your reservations in the Carson app" in error
    assert sim.counters.count("book") <= 1


@pytest.mark.parametrize(
    ("hours", "ranges"),
    [
        ([], []),
        ([(7, 8), (6, 7), (9, 10)], [(6, 8), (9, 10)]),
        ([(6, 9), (7, 8), (9, 0)], [(6, 0)]),
        ([(22, 23), (23, 0)], [(22, 0)]),
    ],
)
def test_adjacent_hours_are_one_range(hours: list[tuple[int, int]], ranges: list[tuple[int, int]]) -> None:
    free = FreeHours(
        amenity_id="1", day=date(2026, 11, 20), hours=tuple(Hours(time(begin), time(end)) for begin, end in hours)
    )
    assert [(part.begin.hour, part.end.hour) for part in free.ranges] == ranges
