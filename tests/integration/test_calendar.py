"""Reservations as a calendar, an event and sensors: what a resident sees, and when."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
import re
from typing import Any, Literal
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.calendar import DOMAIN as CALENDAR
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    snapshot_platform,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator
from syrupy.assertion import SnapshotAssertion

from simulator import Simulator
from simulator.state.amenities import Reservation
from tests.support.not_none import not_none
from tests.support.states import get_state

CALENDAR_ID = "calendar.harbor_house_reservations"
NEXT = "sensor.harbor_house_next_reservation"
UPCOMING = "sensor.harbor_house_upcoming_reservations"
EVENT = "event.harbor_house_reservation_update"
NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")


@pytest.fixture(autouse=True)
async def at_home(hass: HomeAssistant) -> None:
    """Use the time zone of the building."""
    await hass.config.async_set_time_zone("America/New_York")


@pytest.fixture
def platforms() -> list[Platform]:
    return [Platform.BINARY_SENSOR, Platform.CALENDAR, Platform.EVENT, Platform.SENSOR]


def reserve(sim: Simulator, begin: datetime, end: datetime, **more: Any) -> Reservation:
    """Return a function that adds a reservation in local time for the default resident."""
    reservation = Reservation(
        id=len(sim.state.reservations) + 1,
        amenity=more.pop("amenity", "301"),
        account=more.pop("account", 1001),
        day=begin.date(),
        begin=begin.time().replace(tzinfo=None),
        end=end.time().replace(tzinfo=None),
        **more,
    )
    sim.state.reservations.append(reservation)
    return reservation


async def load(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)


async def pass_to(hass: HomeAssistant, freezer: FrozenDateTimeFactory, moment: datetime) -> None:
    freezer.move_to(moment)
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def poll(hass: HomeAssistant, freezer: FrozenDateTimeFactory, minutes: float = 15.2) -> None:
    freezer.tick(timedelta(minutes=minutes))
    async_fire_time_changed(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


async def events(hass: HomeAssistant, begin: datetime, end: datetime, calendar: str = CALENDAR_ID) -> list[Any]:
    answer: Any = await hass.services.async_call(
        CALENDAR,
        "get_events",
        {"entity_id": calendar, "start_date_time": begin.isoformat(), "end_date_time": end.isoformat()},
        blocking=True,
        return_response=True,
    )
    found: list[Any] = answer[calendar]["events"]
    return found


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.freeze_time("2026-11-20 15:00:00+00:00")
@pytest.mark.parametrize("platforms", [[Platform.CALENDAR], [Platform.EVENT]], ids=["calendar", "event"])
async def test_entities(
    hass: HomeAssistant, entity_registry: er.EntityRegistry, loaded: MockConfigEntry, snapshot: SnapshotAssertion
) -> None:
    await snapshot_platform(hass, entity_registry, snapshot, loaded.entry_id)


async def test_sensors_of_reservations(hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry) -> None:
    tomorrow = sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)
    assert get_state(hass, UPCOMING).state == "2", "the denied one does not count"
    begin = datetime.combine(tomorrow, time(7), NEW_YORK)
    assert datetime.fromisoformat(get_state(hass, NEXT).state) == begin
    assert get_state(hass, EVENT).state == STATE_UNKNOWN


async def test_building_without_amenities_is_not_polled(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
) -> None:
    entry = make_entry("noeye@example.com", password=None)
    await load(hass, entry)
    await poll(hass, freezer)
    assert sim.counters.count("reservations") == 0
    assert hass.states.async_entity_ids("calendar") == []
    assert not any("reservation" in entity_id for entity_id in hass.states.async_entity_ids("event"))
    assert hass.states.get("sensor.old_dairy_visitor_invites_left") is not None


async def test_reservations_not_allowed(hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry) -> None:
    sim.state.buildings["501"].overrides["amenitiesData"] = {"amenitiesReservationsAllowed": False, "amenitiesCount": 3}
    await load(hass, entry)
    assert sim.counters.count("reservations") == 0
    assert hass.states.get(CALENDAR_ID) is None


async def test_building_with_new_amenities_gets_a_calendar(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.buildings["501"].overrides["amenitiesData"] = None
    await load(hass, entry)
    assert hass.states.get(CALENDAR_ID) is None
    del sim.state.buildings["501"].overrides["amenitiesData"]
    await poll(hass, freezer, 5.2)
    assert get_state(hass, CALENDAR_ID).attributes["message"] == "Gym"
    assert get_state(hass, UPCOMING).state == "2"


async def test_reservations_are_polled_every_15_minutes(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    assert sim.counters.count("reservations") == 1
    for _ in range(12):
        await poll(hass, freezer, 5.1)
    assert sim.counters.count("reservations") == 5
    assert sim.counters.count("amenities") == 1, "for the zones, once"


async def test_buildings_fail_independently(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = make_entry("two@example.com", password="two buildings")
    await load(hass, entry)
    sim.faults.add("reservations", "status:500", skip=1)
    mill = "calendar.mill_lofts_reservations"
    sim.faults.clear()
    assert get_state(hass, mill).state == STATE_OFF
    for row in sim.state.amenities:
        row.overrides["timezone"] = None
    broken = sim.faults.add("reservations", "ok_html")
    states = []
    for _ in range(4):
        await poll(hass, freezer)
        states.append(get_state(hass, mill).state)
    assert states == [STATE_OFF, STATE_OFF, STATE_UNAVAILABLE, STATE_UNAVAILABLE], "two failed polls are tolerated"
    outages = re.findall(r"INFO .*Failed to update the reservations of building (.*?): ", caplog.text)
    assert sorted(outages) == ["Harbor House", "Mill Lofts"]
    sim.faults.remove(broken)
    await poll(hass, freezer)
    assert get_state(hass, mill).state == STATE_OFF
    recoveries = re.findall(r"INFO .*Updated the reservations of building (.*) again", caplog.text)
    assert sorted(recoveries) == ["Harbor House", "Mill Lofts"]
    assert get_state(hass, "lock.harbor_house_front_door").state == "locked"


async def test_calendar_is_unavailable_before_the_first_update(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry
) -> None:
    sim.faults.add("reservations", "ok_empty")
    await load(hass, entry)
    assert get_state(hass, CALENDAR_ID).state == STATE_UNAVAILABLE
    assert get_state(hass, UPCOMING).state == STATE_UNAVAILABLE


@pytest.mark.parametrize("zone", [NEW_YORK, LOS_ANGELES], ids=["New York", "Los Angeles"])
@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-11-20 18:00", "2026-11-20 20:00"),
        ("2026-11-20 23:00", "2026-11-21 00:00"),  # to midnight
        ("2026-11-01 00:00", "2026-11-01 04:00"),  # clocks are set back
        ("2026-03-08 01:00", "2026-03-08 04:00"),  # and forward
        ("2026-12-31 22:00", "2027-01-01 00:00"),  # the year's end
        ("2027-01-01 00:00", "2027-01-01 02:00"),
    ],
)
async def test_calendar_follows_the_clock(
    hass: HomeAssistant,
    sim: Simulator,
    make_entry: Callable[..., MockConfigEntry],
    freezer: FrozenDateTimeFactory,
    zone: ZoneInfo,
    begin: str,
    end: str,
) -> None:
    """States change to the second without a poll, in any time zone of Home Assistant."""
    first = datetime.fromisoformat(begin).replace(tzinfo=zone)
    last = datetime.fromisoformat(end).replace(tzinfo=zone)
    freezer.move_to(first.astimezone(UTC) - timedelta(minutes=3))
    sim.state.reservations.clear()
    number, account = ("301", 1001) if zone is NEW_YORK else ("am-401", 1003)
    email, password = (
        ("resident@example.com", "correct horse") if zone is NEW_YORK else ("two@example.com", "two buildings")
    )
    house = "harbor_house" if zone is NEW_YORK else "mill_lofts"
    reserve(sim, first, last, amenity=number, account=account)
    await load(hass, make_entry(email, password=password))
    calendar, upcoming, following = (
        f"calendar.{house}_reservations",
        f"sensor.{house}_upcoming_reservations",
        f"sensor.{house}_next_reservation",
    )
    assert get_state(hass, calendar).state == STATE_OFF
    assert datetime.fromisoformat(get_state(hass, following).state) == first
    asked = sim.counters.count("reservations")

    await pass_to(hass, freezer, first.astimezone(UTC) + timedelta(seconds=1))
    assert get_state(hass, calendar).state == STATE_ON
    assert get_state(hass, following).state == STATE_UNKNOWN
    assert get_state(hass, upcoming).state == "1"
    local = first.astimezone(NEW_YORK)
    assert get_state(hass, calendar).attributes["start_time"] == local.strftime("%Y-%m-%d %H:%M:%S")
    [event] = await events(hass, first - timedelta(hours=1), last + timedelta(hours=1), calendar)
    assert datetime.fromisoformat(event["start"]) == first.astimezone(UTC)
    assert datetime.fromisoformat(event["end"]) == last.astimezone(UTC)

    await pass_to(hass, freezer, last.astimezone(UTC) - timedelta(seconds=1))
    assert get_state(hass, calendar).state == STATE_ON
    await pass_to(hass, freezer, last.astimezone(UTC) + timedelta(seconds=1))
    assert get_state(hass, calendar).state == STATE_OFF
    assert get_state(hass, upcoming).state == "0"
    assert sim.counters.count("reservations") >= asked


@pytest.mark.freeze_time("2026-11-20 15:00:00+00:00")
async def test_consecutive_reservations_without_a_poll(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.reservations.clear()
    day = datetime(2026, 11, 20, tzinfo=NEW_YORK)
    for hour in (11, 12, 14):
        reserve(sim, day.replace(hour=hour), day.replace(hour=hour + 1))
    await load(hass, entry)
    sim.faults.add("reservations", "status:500")
    seen = []
    for hour in (10, 11, 12, 13, 14, 15):
        await pass_to(hass, freezer, day.replace(hour=hour, minute=5).astimezone(UTC))
        states = get_state(hass, CALENDAR_ID).state, get_state(hass, UPCOMING).state
        seen.append(states if states[0] != STATE_UNAVAILABLE else None)
    assert seen[:3] == [(STATE_OFF, "3"), (STATE_ON, "3"), (STATE_ON, "2")]
    assert set(seen[3:]) == {None}, "unavailable after too many failed polls"


@pytest.mark.freeze_time("2026-11-20 15:00:00+00:00")
@pytest.mark.parametrize("shows_inactive", [False, True])
async def test_events_of_any_time_range(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, shows_inactive: bool
) -> None:
    """A denied reservation is no event, unless the user wants to see it; it cannot be deleted."""
    hass.config_entries.async_update_entry(entry, options={"inactive_reservations": shows_inactive})
    await load(hass, entry)
    begin = datetime(2026, 11, 20, tzinfo=NEW_YORK)
    found = await events(hass, begin, begin + timedelta(days=30))
    assert [(one["summary"], one["description"]) for one in found] == [
        ("Gym", "Approved"),
        ("Roof Deck", "Pending"),
        *([("Roof Deck (Denied)", "Denied")] if shows_inactive else []),
    ]
    assert found[0]["location"] == "Harbor House"
    assert await events(hass, begin - timedelta(days=30), begin) == []
    assert await events(hass, begin + timedelta(days=30), begin + timedelta(days=60)) == []


@pytest.mark.freeze_time("2026-11-20 15:00:00+00:00")
async def test_api_of_the_calendar_page(
    hass: HomeAssistant, loaded: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    query = {"start": "2026-11-20T00:00:00Z", "end": "2026-12-20T00:00:00Z"}
    found = await (await client.get(f"/api/calendars/{CALENDAR_ID}", params=query)).json()
    assert [one["uid"] for one in found] == ["9002", "9003"]
    assert found[0]["start"] == {"dateTime": "2026-11-21T07:00:00-05:00"}


@pytest.mark.parametrize("kept", ["listed", "gone"])
async def test_deleted_event_is_canceled_once(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    kept: Literal["listed", "gone"],
) -> None:
    """Whether Carson still lists it or not, the calendar shows at once that it is cancelled."""
    sim.settings.amenities.cancelled = kept
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "calendar/event/delete", "entity_id": CALENDAR_ID, "uid": "9002"})
    assert (await client.receive_json())["success"]
    assert sim.reservations.cancellations == {"9002": 1}
    assert sim.counters.count("cancel") == 1
    assert get_state(hass, CALENDAR_ID).attributes["message"] == "Roof Deck"
    assert get_state(hass, UPCOMING).state == "1"


@pytest.mark.timeouts(reservation_checks=(0, 0.01))
@pytest.mark.parametrize(
    ("fault", "uid", "text"),
    [
        ("unauthorized", "9002", "Gym: the request was not confirmed, and your list of reservations shows"),
        ("reset", "9002", "check your reservations in the Carson app"),
        ("code", "9002", "Gym: Carson rejected the request. Nothing was changed"),
        ("status:403", "9002", "Gym: your account does not have permission"),
        ("reset", "4711", "Harbor House: there is no such upcoming reservation"),
    ],
)
async def test_failed_deletion_raises_an_error(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    fault: str,
    uid: str,
    text: str,
) -> None:
    sim.faults.add("cancel", fault)
    asked = sim.counters.count("reservations")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "calendar/event/delete", "entity_id": CALENDAR_ID, "uid": uid})
    answer = await client.receive_json()
    assert not answer["success"]
    assert text in answer["error"]["message"]
    assert sim.counters.count("cancel") <= 1
    assert sim.reservations.cancellations == {}
    assert sim.counters.count("reservations") > asked + 1, "fetched again at once"


async def test_decision_fires_an_event(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    seen = async_capture_events(hass, "state_changed")
    sim.reservations.decide("9003", "approved")
    sim.reservations.decide("9002", "denied")
    await poll(hass, freezer)
    fired = [one.data["new_state"] for one in seen if one.data["entity_id"] == EVENT]
    events = [(one.attributes["event_type"], one.attributes["previous"], one.attributes["amenity"]) for one in fired]
    assert ("approved", "pending", "Roof Deck") in events
    assert ("denied", "approved", "Gym") in events
    state = get_state(hass, EVENT)
    assert state.attributes["reservation_id"] == "9003"
    row = not_none(sim.reservations.reservation("9003"))
    assert datetime.fromisoformat(state.attributes["begin"]) == datetime.combine(row.day, row.begin, NEW_YORK)
    before = state.state
    await poll(hass, freezer)
    assert get_state(hass, EVENT).state == before, "fired once"
    assert row.has_unseen_update, "and not marked as seen by that"
    assert sim.counters.count("mark_seen") == 0


@pytest.mark.parametrize("kept", ["listed", "gone"])
async def test_reservation_canceled_in_the_app(
    hass: HomeAssistant,
    sim: Simulator,
    loaded: MockConfigEntry,
    freezer: FrozenDateTimeFactory,
    kept: Literal["listed", "gone"],
) -> None:
    sim.settings.amenities.cancelled = kept
    sim.reservations.cancel(not_none(sim.reservations.reservation("9002")))
    await poll(hass, freezer)
    if kept == "gone":
        # A list that lacks a reservation is not believed until a second one, a minute later, does as well.
        assert get_state(hass, EVENT).attributes.get("reservation_id") != "9002"
        await poll(hass, freezer, minutes=1.1)
    state = get_state(hass, EVENT)
    assert (state.attributes["event_type"], state.attributes["reservation_id"]) == ("cancelled", "9002")
    assert get_state(hass, CALENDAR_ID).attributes["message"] == "Roof Deck"
    found = await events(hass, sim.clock.now(), sim.clock.now() + timedelta(days=3))
    assert "9002" not in {one.get("uid") for one in found}


@pytest.mark.freeze_time("2026-11-20 15:00:00+00:00")
async def test_reservation_that_has_begun_may_leave_the_list(
    hass: HomeAssistant, sim: Simulator, entry: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    sim.state.reservations.clear()
    begin = datetime(2026, 11, 20, 10, 10, tzinfo=NEW_YORK)
    reserve(sim, begin, begin + timedelta(hours=2))
    await load(hass, entry)
    sim.state.reservations.clear()
    await pass_to(hass, freezer, (begin + timedelta(minutes=30)).astimezone(UTC))
    assert get_state(hass, CALENDAR_ID).state == STATE_ON
    assert get_state(hass, EVENT).state == STATE_UNKNOWN, "it was not cancelled"
    await pass_to(hass, freezer, (begin + timedelta(hours=2, minutes=20)).astimezone(UTC))
    assert get_state(hass, CALENDAR_ID).state == STATE_OFF
    assert get_state(hass, UPCOMING).state == "0"


async def test_incomplete_list_cancels_nothing(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    not_none(sim.reservations.reservation("9002")).overrides["startTime"] = "?"
    await poll(hass, freezer)
    assert get_state(hass, CALENDAR_ID).attributes["message"] == "Gym"
    assert get_state(hass, EVENT).state == STATE_UNKNOWN


async def test_unknown_state_fires_no_event(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    not_none(sim.reservations.reservation("9002")).overrides["status"] = "waitlisted"
    await poll(hass, freezer)
    assert get_state(hass, EVENT).state == STATE_UNKNOWN
    found = await events(hass, sim.clock.now(), sim.clock.now() + timedelta(days=3))
    assert found[0]["description"] == "Unknown"


async def test_refused_reservations_are_no_matter_of_the_sign_in(
    hass: HomeAssistant, sim: Simulator, make_entry: Callable[..., MockConfigEntry], freezer: FrozenDateTimeFactory
) -> None:
    """Carson accepts the token for everything else, so signing in again would not help."""
    await load(hass, make_entry(password=None))
    sim.faults.add("reservations", "unauthorized")
    for _ in range(4):
        await poll(hass, freezer)
    assert hass.config_entries.flow.async_progress() == []
    assert get_state(hass, CALENDAR_ID).state == STATE_UNAVAILABLE
    assert get_state(hass, "lock.harbor_house_front_door").state == "locked"
    sim.faults.clear()
    await poll(hass, freezer)
    assert get_state(hass, CALENDAR_ID).state != STATE_UNAVAILABLE


async def test_unloading_stops_polling(
    hass: HomeAssistant, sim: Simulator, loaded: MockConfigEntry, freezer: FrozenDateTimeFactory
) -> None:
    assert await hass.config_entries.async_unload(loaded.entry_id)
    asked = sim.counters.requests.total()
    await poll(hass, freezer)
    await pass_to(hass, freezer, datetime.combine(date.today() + timedelta(days=3), time(), UTC))  # noqa: DTZ011
    assert sim.counters.requests.total() == asked
