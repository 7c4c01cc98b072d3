"""Reading amenities and reservations (Protocol A.7)."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aiocarson import (
    Amenities,
    ApiError,
    Carson,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    ReservationState,
)
from aiocarson.carson.amenities.models import Hours
from aiocarson.errors import DateUnavailableError
import pytest

from simulator import Simulator
from simulator.state.amenities import Reservation as Row
from tests.support.not_none import not_none

from ...conftest import MakeCarson, ScriptedServer, envelope
from .conftest import DECK, GYM, LOS_ANGELES, NEW_YORK


async def test_list_amenities(sim: Simulator, amenities: Amenities) -> None:
    gym, deck, guest_room = await amenities.list_amenities()
    assert (gym.id, gym.name, gym.active, gym.limit, gym.remaining) == ("301", "Gym", True, 6, 5)
    assert (gym.minimum_reservation_time, gym.maximum_days_ahead, gym.simultaneous_reservations) == (60, 14, 8)
    assert (deck.time_zone, deck.minimum_reservation_time, deck.requires_approval) == ("America/New_York", 60, True)
    assert (guest_room.time_zone, guest_room.minimum_reservation_time, guest_room.requires_approval) == (
        None,
        None,
        False,
    )
    assert gym.raw["gallery"] == [], "unknown values are kept"
    [record] = [one for one in sim.counters.log if one.operation == "amenities"]
    assert record.path == "/api/v2.0.0/amenities/"
    assert record.query == {"building": "501", "active": "1", "limit": "100", "offset": "0"}
    assert record.headers["authorization"].startswith("JWT ")


async def test_amenity_with_a_text_id(make_carson: MakeCarson, sim: Simulator) -> None:
    carson = make_carson(token=sim.mint_token("two@example.com"))
    await carson.get_account()
    mill = carson.amenities("502")
    assert [one.id for one in await mill.list_amenities()] == ["am-401", "am-402"]
    workshop = await mill.get_amenity("am-401")
    assert (workshop.name, workshop.maximum_reservation_time) == ("Workshop", 180)
    assert mill.time_zone_of(workshop) == LOS_ANGELES
    day = sim.clock.now().astimezone(LOS_ANGELES).date() + timedelta(days=1)
    made = await mill.book("am-401", day, time(9), time(10))
    assert made.id.startswith("r-")
    assert made.begin == datetime.combine(day, time(9), LOS_ANGELES)
    assert (await mill.cancel(made.id)).id == made.id
    with pytest.raises(NotFoundError):
        await mill.get_amenity("am-999")


async def test_counts_and_reserved_dates(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    assert await amenities.get_counts() == {"past": 1, "upcoming": 3}
    taken = await amenities.get_reserved_dates(DECK)
    assert tomorrow - timedelta(days=1) in taken.dates
    assert taken.has_available_dates


async def test_free_hours(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    free = await amenities.get_free_hours(DECK, tomorrow)
    assert free.complete
    assert free.hours[0] == Hours(time(10), time(11))
    assert free.contains(Hours(time(10), time(13)))
    assert not free.contains(Hours(time(9), time(11)))
    later = await amenities.get_free_hours(DECK, tomorrow, begin=time(20))
    assert later.hours[0].begin == time(20)
    sim.settings.amenities.hours_in_object = True
    assert (await amenities.get_free_hours(DECK, tomorrow)).hours == free.hours


async def test_unavailable_dates(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    with pytest.raises(DateUnavailableError) as caught:
        await amenities.get_free_hours(DECK, tomorrow - timedelta(days=1))
    assert (caught.value.status, caught.value.code) == (400, 1501)
    sim.state.reservations.append(Row(id=1, amenity=DECK, account=1002, day=tomorrow, begin=time(0), end=time(0)))
    with pytest.raises(DateUnavailableError, match="no hours"):
        await amenities.get_free_hours(DECK, tomorrow)
    with pytest.raises(NotFoundError):
        await amenities.get_free_hours("999", tomorrow)


@pytest.mark.parametrize("zone", [True, False], ids=["own zone", "the building's"])
async def test_reservations_are_in_the_time_zone_of_the_amenity(
    sim: Simulator, amenities: Amenities, tomorrow: date, zone: bool
) -> None:
    sim.state.amenities[0].time_zone = "Europe/Lisbon" if zone else None
    gym, deck, denied = (await amenities.list_reservations()).items
    assert gym.begin == datetime.combine(tomorrow, time(7), ZoneInfo("Europe/Lisbon") if zone else NEW_YORK)
    assert gym.end - gym.begin == timedelta(hours=1)
    assert (gym.state, gym.auto_approved, gym.has_unseen_update) == (ReservationState.APPROVED, True, False)
    assert (deck.state, deck.auto_approved) == (ReservationState.PENDING, False)
    assert (denied.state, denied.has_unseen_update) == (ReservationState.DENIED, True)
    assert gym.unit == {"id": 601, "name": "12B"}
    assert "12B" not in repr(gym)


async def test_missing_time_zone_is_taken_from_the_list_of_amenities(
    sim: Simulator, amenities: Amenities, tomorrow: date
) -> None:
    sim.state.amenities[0].time_zone = "Europe/Lisbon"
    for row in sim.state.reservations:
        row.overrides["amenity"] = int(row.amenity)
    gym = (await amenities.list_reservations()).items[0]
    assert gym.amenity.name == "Amenity 301"
    assert gym.begin == datetime.combine(tomorrow, time(7), ZoneInfo("Europe/Lisbon"))
    await amenities.list_reservations()
    assert sim.counters.count("amenities") == 1, "requested once"


async def test_building_without_time_zone_uses_the_default(
    make_carson: MakeCarson, sim: Simulator, tomorrow: date
) -> None:
    sim.state.buildings["501"].overrides["timezone"] = None
    carson = make_carson(token=sim.mint_token("resident@example.com"), time_zone=LOS_ANGELES)
    sim.faults.add("amenities", "status:500")
    gym = (await carson.amenities("501").list_reservations()).items[0]
    assert gym.begin == datetime.combine(tomorrow, time(7), LOS_ANGELES)


async def test_all_pages_are_read(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    for n in range(230):
        day = tomorrow + timedelta(days=n + 30)
        sim.state.reservations.append(Row(id=n, amenity=GYM, account=1001, day=day, begin=time(7), end=time(8)))
    found = await amenities.list_reservations()
    assert len(found.items) == 233
    assert found.complete
    queries = [one.query for one in sim.counters.log if one.operation == "reservations"]
    assert [query["offset"] for query in queries] == ["0", "100", "200"]
    assert {query["approval_statuses"] for query in queries} == {"approved,denied,cancelled,pending"}


async def test_invalid_reservations_do_not_affect_others(sim: Simulator, amenities: Amenities) -> None:
    for number, (name, odd) in enumerate(
        [("amenity", None), ("date", "soon"), ("startTime", 7), ("endTime", "25:00"), ("id", None)]
    ):
        row = Row(id=f"odd-{number}", amenity=GYM, account=1001, day=date(2090, 1, 1), begin=time(7), end=time(8))
        row.overrides[name] = odd
        sim.state.reservations.append(row)
    last = Row(id="last", amenity=GYM, account=1001, day=date.max, begin=time(7), end=time(0))
    sim.state.reservations.append(last)
    sim.clock.advance(0)
    found = await amenities.list_reservations()
    assert [one.id for one in found.items] == ["9002", "9003", "9004"]
    assert not found.complete


async def test_unknown_states(sim: Simulator, amenities: Amenities) -> None:
    for row, status in zip(sim.state.reservations[1:], ["Approved", {"status": "waitlisted"}, None], strict=True):
        row.overrides["status"] = status
    states = [one.state for one in (await amenities.list_reservations()).items]
    assert states == [ReservationState.APPROVED, ReservationState.UNKNOWN, ReservationState.UNKNOWN]
    assert states[1].is_active


async def test_approval_is_an_unseen_update(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    made = await amenities.book(DECK, tomorrow, time(12), time(14))
    assert made.state is ReservationState.PENDING
    sim.reservations.decide(made.id, "approved")
    assert not_none((await amenities.list_reservations()).find(made.id)).has_unseen_update
    await amenities.mark_seen(made.id)
    now = not_none((await amenities.list_reservations()).find(made.id))
    assert (now.state, now.has_unseen_update) == (ReservationState.APPROVED, False)
    assert [one.has_unseen_update for one in sim.state.reservations if one.key == "9004"] == [True], (
        "only what was marked"
    )


async def test_mark_seen_requires_ids(sim: Simulator, amenities: Amenities) -> None:
    with pytest.raises(InvalidInputError):
        await amenities.mark_seen()
    with pytest.raises(InvalidInputError):
        await amenities.mark_seen("9002", "../9003")
    assert sim.counters.count("mark_seen") == 0
    with pytest.raises(ApiError):
        await amenities.mark_seen("r-1", "0012")


async def test_empty_responses(make_carson: MakeCarson, scripted: ScriptedServer) -> None:
    scripted.then(envelope([]))
    amenities = make_carson(token="any", api_url=scripted.url).amenities("501")
    with pytest.raises(InvalidResponseError):
        await amenities.get_amenity("1")
    assert (await amenities.get_reserved_dates("1")).dates == ()
    assert await amenities.get_counts() == {}


async def test_building_id_is_validated(carson: Carson) -> None:
    with pytest.raises(InvalidInputError):
        carson.amenities("../501")
    assert carson.amenities("501") is carson.amenities("501")
    assert repr(carson.amenities("501")) == "<Amenities of building 501>"


async def test_outdated_app_is_reported(sim: Simulator, amenities: Amenities) -> None:
    sim.settings.minimum_app_version = "99.0.0"
    with pytest.raises(ApiError) as caught:
        await amenities.list_amenities()
    assert caught.value.reason == "Please update the app."
