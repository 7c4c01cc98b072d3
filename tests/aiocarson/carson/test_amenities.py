"""Amenities and reservations: read leniently, booked once (Protocol A.7)."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
import json
from typing import Any
from zoneinfo import ZoneInfo

from aiocarson import (
    Amenities,
    Amenity,
    ApiError,
    AuthenticationError,
    CannotConnectError,
    Carson,
    CarsonError,
    InvalidInputError,
    InvalidResponseError,
    NotFoundError,
    OutcomeUnclearError,
    ReservationState,
)
from aiocarson.carson.amenities.models import FreeHours, Hours, span, to_utc
from aiocarson.carson.amenities.parsing import parse_amenity, parse_free_hours, parse_time
from aiocarson.carson.time_zones import TimeZones
from aiocarson.errors import AlreadyBookedError, DateUnavailableError, NotAppliedError
from aiohttp import web
import pytest

from simulator import Simulator
from simulator.state.amenities import Reservation as Row

from ..conftest import MakeCarson, Pauses, Scripted, envelope

NEW_YORK = ZoneInfo("America/New_York")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")
GYM = "301"
DECK = "302"
GUEST_ROOM = "303"


@pytest.fixture
async def desk(carson: Carson) -> Amenities:
    """The amenities of Harbor House, once the account is known."""
    await carson.get_account()
    return carson.amenities("501")


@pytest.fixture
def tomorrow(sim: Simulator) -> date:
    return sim.clock.now().astimezone(NEW_YORK).date() + timedelta(days=1)


def posts(sim: Simulator) -> int:
    return sim.counters.count("book")


async def test_catalogue(sim: Simulator, desk: Amenities) -> None:
    gym, deck, guest_room = await desk.list_amenities()
    assert (gym.id, gym.name, gym.active, gym.limit, gym.remaining) == ("301", "Gym", True, 6, 5)
    assert (gym.minimum_reservation_time, gym.maximum_days_ahead, gym.simultaneous_reservations) == (60, 14, 8)
    assert (deck.time_zone, deck.minimum_reservation_time, deck.requires_approval) == ("America/New_York", 60, True)
    assert (guest_room.time_zone, guest_room.minimum_reservation_time, guest_room.requires_approval) == (
        None,
        None,
        False,
    )
    assert gym.raw["gallery"] == [], "what is not known is kept"
    [record] = [one for one in sim.counters.log if one.operation == "amenities"]
    assert record.path == "/api/v2.0.0/amenities/"
    assert record.query == {"building": "501", "active": "1", "limit": "100", "offset": "0"}
    assert record.headers["authorization"].startswith("JWT ")


async def test_detail_and_ids_of_text(make_carson: MakeCarson, sim: Simulator) -> None:
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


async def test_counts_and_reserved_dates(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    assert await desk.get_counts() == {"past": 1, "upcoming": 3}
    taken = await desk.get_reserved_dates(DECK)
    assert tomorrow - timedelta(days=1) in taken.dates
    assert taken.has_available_dates


async def test_free_hours(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    free = await desk.get_free_hours(DECK, tomorrow)
    assert free.complete
    assert free.hours[0] == Hours(time(10), time(11))
    assert free.contains(Hours(time(10), time(13)))
    assert not free.contains(Hours(time(9), time(11)))
    later = await desk.get_free_hours(DECK, tomorrow, begin=time(20))
    assert later.hours[0].begin == time(20)
    sim.settings.amenities.hours_in_object = True
    assert (await desk.get_free_hours(DECK, tomorrow)).hours == free.hours


async def test_full_date_and_date_outside_the_rules(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    with pytest.raises(DateUnavailableError) as caught:
        await desk.get_free_hours(DECK, tomorrow - timedelta(days=1))
    assert (caught.value.status, caught.value.code) == (400, 1501)
    sim.state.reservations.append(Row(id=1, amenity=DECK, account=1002, day=tomorrow, begin=time(0), end=time(0)))
    with pytest.raises(DateUnavailableError, match="no hours"):
        await desk.get_free_hours(DECK, tomorrow)
    with pytest.raises(NotFoundError):
        await desk.get_free_hours("999", tomorrow)


@pytest.mark.parametrize("zone", [True, False], ids=["own zone", "the building's"])
async def test_reservations_are_in_the_zone_of_the_amenity(
    sim: Simulator, desk: Amenities, tomorrow: date, zone: bool
) -> None:
    sim.state.amenities[0].time_zone = "Asia/Tokyo" if zone else None
    gym, deck, denied = (await desk.list_reservations()).items
    assert gym.begin == datetime.combine(tomorrow, time(7), ZoneInfo("Asia/Tokyo") if zone else NEW_YORK)
    assert gym.end - gym.begin == timedelta(hours=1)
    assert (gym.state, gym.auto_approved, gym.has_unseen_update) == (ReservationState.APPROVED, True, False)
    assert (deck.state, deck.auto_approved) == (ReservationState.PENDING, False)
    assert (denied.state, denied.has_unseen_update) == (ReservationState.DENIED, True)
    assert gym.unit == {"id": 601, "name": "12B"}
    assert "12B" not in repr(gym)


async def test_zone_of_the_catalogue_where_the_reservation_is_silent(
    sim: Simulator, desk: Amenities, tomorrow: date
) -> None:
    sim.state.amenities[0].time_zone = "Asia/Tokyo"
    for row in sim.state.reservations:
        row.overrides["amenity"] = int(row.amenity)
    gym = (await desk.list_reservations()).items[0]
    assert gym.amenity.name == "Amenity 301"
    assert gym.begin == datetime.combine(tomorrow, time(7), ZoneInfo("Asia/Tokyo"))
    await desk.list_reservations()
    assert sim.counters.count("amenities") == 1, "asked once"


async def test_building_without_a_zone(make_carson: MakeCarson, sim: Simulator, tomorrow: date) -> None:
    sim.state.buildings["501"].overrides["timezone"] = None
    carson = make_carson(token=sim.mint_token("resident@example.com"), time_zone=LOS_ANGELES)
    sim.faults.add("amenities", "status:500")
    gym = (await carson.amenities("501").list_reservations()).items[0]
    assert gym.begin == datetime.combine(tomorrow, time(7), LOS_ANGELES)


async def test_all_pages_are_read(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    for n in range(230):
        day = tomorrow + timedelta(days=n + 30)
        sim.state.reservations.append(Row(id=n, amenity=GYM, account=1001, day=day, begin=time(7), end=time(8)))
    found = await desk.list_reservations()
    assert len(found.items) == 233
    assert found.complete
    queries = [one.query for one in sim.counters.log if one.operation == "reservations"]
    assert [query["offset"] for query in queries] == ["0", "100", "200"]
    assert {query["approval_statuses"] for query in queries} == {"approved,denied,cancelled,pending"}


async def test_pages_shorter_than_asked_for(make_carson: MakeCarson, scripted: Scripted) -> None:
    rows = [{"id": n, "name": f"Room {n}"} for n in range(5)]

    async def page(request: web.Request) -> web.Response:
        offset = int(request.query["offset"])
        following = f"http://elsewhere.example/?limit=2&offset={offset + 2}" if offset + 2 < len(rows) else None
        page = {"count": 5, "next": following, "previous": None, "results": rows[offset : offset + 2]}
        return envelope(page)

    scripted.then(page)
    carson = make_carson(token="any", api_url=scripted.url)
    assert [one.id for one in await carson.amenities("501").list_amenities()] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"count": 1, "next": None}, "no results"),
        (None, "no results"),
        ({"results": [], "next": "there is always more"}, "too many pages"),
        ({"results": [], "next": "http://[bad/?offset=3"}, "too many pages"),
    ],
)
async def test_pages_that_are_none(make_carson: MakeCarson, scripted: Scripted, answer: object, text: str) -> None:
    scripted.then(envelope(answer))
    carson = make_carson(token="any", api_url=scripted.url)
    with pytest.raises(InvalidResponseError, match=text):
        await carson.amenities("501").list_amenities()


async def test_a_list_without_pages(make_carson: MakeCarson, scripted: Scripted) -> None:
    scripted.then(envelope([{"id": 1}, {"id": 1, "name": "again"}, {"name": "no id"}, 7]))
    carson = make_carson(token="any", api_url=scripted.url)
    assert [one.name for one in await carson.amenities("501").list_amenities()] == ["Amenity 1"]


async def test_one_broken_reservation_harms_no_other(sim: Simulator, desk: Amenities) -> None:
    for number, (name, odd) in enumerate(
        [("amenity", None), ("date", "soon"), ("startTime", 7), ("endTime", "25:00"), ("id", None)]
    ):
        row = Row(id=f"odd-{number}", amenity=GYM, account=1001, day=date(2090, 1, 1), begin=time(7), end=time(8))
        row.overrides[name] = odd
        sim.state.reservations.append(row)
    last = Row(id="last", amenity=GYM, account=1001, day=date.max, begin=time(7), end=time(0))
    sim.state.reservations.append(last)
    sim.clock.advance(0)
    found = await desk.list_reservations()
    assert [one.id for one in found.items] == ["9002", "9003", "9004"]
    assert not found.complete


async def test_states_that_nobody_knows(sim: Simulator, desk: Amenities) -> None:
    for row, status in zip(sim.state.reservations[1:], ["Approved", {"status": "waitlisted"}, None], strict=True):
        row.overrides["status"] = status
    states = [one.state for one in (await desk.list_reservations()).items]
    assert states == [ReservationState.APPROVED, ReservationState.UNKNOWN, ReservationState.UNKNOWN]
    assert states[1].is_active


async def test_book_and_cancel(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    made = await desk.book(GYM, tomorrow, time(18), time(19, 30))
    assert (made.state, made.begin) == (ReservationState.APPROVED, datetime.combine(tomorrow, time(18), NEW_YORK))
    record = next(one for one in sim.counters.log if one.operation == "book")
    assert (record.method, record.path) == ("POST", "/api/v2.0.0/amenities/301/reservations/")
    assert sim.reservations.bookings.total() == 1
    was = await desk.cancel(made.id)
    assert was == made
    record = next(one for one in sim.counters.log if one.operation == "cancel")
    assert (record.method, record.path) == ("DELETE", f"/api/v2.0.0/amenities/reservations/{made.id}/")
    assert sim.reservations.cancellations == {made.id: 1}
    assert (await desk.list_reservations()).find(made.id).state is ReservationState.CANCELLED


async def test_until_midnight(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    made = await desk.book(GYM, tomorrow, time(22), time())
    assert made.end == datetime.combine(tomorrow + timedelta(days=1), time(), NEW_YORK)


async def test_needs_approval(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    made = await desk.book(DECK, tomorrow, time(12), time(14))
    assert made.state is ReservationState.PENDING
    sim.reservations.decide(made.id, "approved")
    assert (await desk.list_reservations()).find(made.id).has_unseen_update
    await desk.mark_seen(made.id)
    now = (await desk.list_reservations()).find(made.id)
    assert (now.state, now.has_unseen_update) == (ReservationState.APPROVED, False)
    assert [one.has_unseen_update for one in sim.state.reservations if one.key == "9004"] == [True], (
        "only what was marked"
    )


async def test_mark_seen_needs_ids(sim: Simulator, desk: Amenities) -> None:
    with pytest.raises(InvalidInputError):
        await desk.mark_seen()
    with pytest.raises(InvalidInputError):
        await desk.mark_seen("9002", "../9003")
    assert sim.counters.count("mark_seen") == 0
    with pytest.raises(ApiError):
        await desk.mark_seen("r-1", "0012")


@pytest.mark.parametrize(
    ("amenity", "days", "begin", "end", "code"),
    [
        (DECK, 0, time(12), time(13), 1501),  # sooner than the rules allow
        (GYM, 14, time(12), time(13), 1501),  # later
        (DECK, 20 - 1, time(12), time(13), 1501),  # closed
        (GYM, 0, time(4), time(5), 1503),
        (GYM, 0, time(12), time(12, 30), 1503),
        (GYM, 0, time(12), time(15), 1503),
        (DECK, 2, time(20), time(22), 1502),  # taken by the pending one
    ],
)
async def test_refusals(
    sim: Simulator, desk: Amenities, tomorrow: date, amenity: str, days: int, begin: time, end: time, code: int
) -> None:
    day = tomorrow + timedelta(days=days - (amenity == DECK and days == 0))
    with pytest.raises(ApiError) as caught:
        await desk.book(amenity, day, begin, end)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert sim.reservations.bookings.total() == 0
    assert posts(sim) == 1


async def test_quota(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    for hour in range(8, 13):
        await desk.book(GYM, tomorrow, time(hour), time(hour + 1))
    assert (await desk.get_amenity(GYM)).exhausted
    with pytest.raises(ApiError, match="1504"):
        await desk.book(GYM, tomorrow, time(15), time(16))


async def test_booked_already(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    with pytest.raises(AlreadyBookedError):
        await desk.book(GYM, tomorrow, time(7), time(8))
    assert posts(sim) == 0


async def test_two_at_once_book_once(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    results = await asyncio.gather(
        *(desk.book(GYM, tomorrow, time(18), time(19)) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, AlreadyBookedError) for one in results) == 3
    assert sim.reservations.bookings.total() == 1


@pytest.mark.parametrize(
    ("begin", "end"),
    [(time(9), time(8)), (time(9), time(9)), (time(9, tzinfo=UTC), time(10)), (time(9), time(9, 1, tzinfo=UTC))],
)
async def test_hours_that_make_no_sense(
    sim: Simulator, desk: Amenities, tomorrow: date, begin: time, end: time
) -> None:
    with pytest.raises(InvalidInputError):
        await desk.book(GYM, tomorrow, begin, end)
    assert posts(sim) == 0


LOST = [
    ("reset", {}),
    ("cut", {}),
    ("truncate", {}),
    ("status", {"status": 500}),
    ("html", {"status": 502}),
    ("ok_html", {}),
    ("ok_empty", {}),
    ("missing_key", {}),
    ("unauthorized", {}),
    ("bare401", {}),
]


@pytest.mark.parametrize(("kind", "details"), LOST)
async def test_lost_answer_after_the_booking(
    sim: Simulator, desk: Amenities, tomorrow: date, kind: str, details: dict[str, Any]
) -> None:
    """Booked, whatever came back; never sent again, not even after a 401 (C row 17)."""
    sim.faults.add("book", kind, when="after", **details)
    made = await desk.book(GYM, tomorrow, time(18), time(19))
    assert sim.reservations.reservation(made.id).is_live
    assert posts(sim) == 1
    assert sim.reservations.bookings.total() == 1


@pytest.mark.parametrize(("kind", "details"), [one for one in LOST if one[0] in {"unauthorized", "bare401", "ok_html"}])
async def test_lost_order_that_surely_was_not_carried_out(
    sim: Simulator, desk: Amenities, tomorrow: date, kind: str, details: dict[str, Any]
) -> None:
    sim.faults.add("book", kind, **details)
    with pytest.raises(NotAppliedError, match="not among the upcoming"):
        await desk.book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 1
    assert sim.counters.count("reservations") == 4, "looked thrice before saying so"


@pytest.mark.parametrize(("kind", "details"), [("reset", {}), ("html", {"status": 502}), ("status", {"status": 504})])
async def test_lost_order_that_may_still_be_carried_out(
    sim: Simulator, desk: Amenities, tomorrow: date, pauses: Pauses, kind: str, details: dict[str, Any]
) -> None:
    sim.faults.add("book", kind, **details)
    with pytest.raises(OutcomeUnclearError, match="so far the reservation is not among"):
        await desk.book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 1
    assert pauses.taken == [1.0, 3.0]


@pytest.mark.timeouts(command=0.1, connect=0.1)
async def test_order_that_takes_too_long_and_is_carried_out(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.faults.add("book", "silence", when="after")
    made = await desk.book(GYM, tomorrow, time(18), time(19))
    assert sim.reservations.reservation(made.id) is not None
    assert posts(sim) == 1


async def test_neither_answer_nor_list(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.faults.add("book", "ok_empty", when="after")
    sim.faults.add("reservations", "status:500", skip=1)
    with pytest.raises(OutcomeUnclearError, match="outcome is unknown"):
        await desk.book(GYM, tomorrow, time(18), time(19))
    assert (posts(sim), sim.reservations.bookings.total()) == (1, 1)


async def test_clear_answer_and_no_list(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.faults.add("reservations", "status:500", skip=1)
    made = await desk.book(GYM, tomorrow, time(18), time(19))
    assert sim.reservations.reservation(made.id) is not None
    with pytest.raises(CannotConnectError):
        await desk.book(GYM, tomorrow, time(20), time(21))
    assert posts(sim) == 1, "not without knowing what is booked"


async def test_list_with_gaps_proves_nothing(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.state.reservations[1].overrides["date"] = "?"
    sim.faults.add("book", "unauthorized")
    with pytest.raises(OutcomeUnclearError):
        await desk.book(GYM, tomorrow, time(18), time(19))


async def test_no_connection_is_no_booking(sim: Simulator, make_carson: MakeCarson, unused_tcp_port: int) -> None:
    carson = make_carson(token="any", api_url=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(CannotConnectError):
        await carson.amenities("501").book(GYM, date(2026, 1, 1), time(18), time(19))


async def test_expired_token_is_renewed_before_the_order(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.tokens.revoke()
    await desk.book(GYM, tomorrow, time(18), time(19))
    assert sim.counters.logins == 2
    assert posts(sim) == 1


async def test_token_that_cannot_be_renewed(sim: Simulator, make_carson: MakeCarson, tomorrow: date) -> None:
    carson = make_carson(token=sim.mint_token("resident@example.com"))
    await carson.get_account()
    sim.tokens.revoke()
    with pytest.raises(AuthenticationError):
        await carson.amenities("501").book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 0


@pytest.mark.parametrize("settings", ["listed", "gone"])
@pytest.mark.parametrize(("kind", "details"), [one for one in LOST if one[0] not in {"truncate", "missing_key", "cut"}])
async def test_lost_answer_after_the_cancellation(
    sim: Simulator, desk: Amenities, kind: str, details: dict[str, Any], settings: str
) -> None:
    sim.settings.amenities.cancelled = settings
    sim.faults.add("cancel", kind, when="after", **details)
    assert (await desk.cancel("9002")).amenity.name == "Gym"
    assert sim.counters.count("cancel") == 1
    assert sim.reservations.cancellations == {"9002": 1}


async def test_lost_cancellation(sim: Simulator, desk: Amenities) -> None:
    sim.faults.add("cancel", "unauthorized", times=1)
    with pytest.raises(NotAppliedError, match="still among the upcoming"):
        await desk.cancel("9002")
    sim.faults.add("cancel", "reset", times=1)
    with pytest.raises(OutcomeUnclearError, match="still among the upcoming"):
        await desk.cancel("9002")
    sim.faults.add("cancel", "status", status=204, times=1)
    with pytest.raises(OutcomeUnclearError, match="still lists"):
        await desk.cancel("9002")
    assert sim.counters.count("cancel") == 3
    assert sim.reservations.cancellations == {}


async def test_cancellation_and_no_list(sim: Simulator, desk: Amenities) -> None:
    sim.faults.add("reservations", "status:500", skip=1, times=9)
    assert (await desk.cancel("9002")).id == "9002"
    assert sim.reservations.cancellations == {"9002": 1}


async def test_cancelling_what_is_not_there(sim: Simulator, desk: Amenities) -> None:
    with pytest.raises(NotFoundError):
        await desk.cancel("4711")
    assert sim.counters.count("cancel") == 0
    with pytest.raises(ApiError, match="1505"):
        await desk.cancel("9004")
    with pytest.raises(InvalidInputError):
        await desk.cancel("a/b")


async def test_answers_that_hold_nothing(make_carson: MakeCarson, scripted: Scripted) -> None:
    scripted.then(envelope([]))
    desk = make_carson(token="any", api_url=scripted.url).amenities("501")
    with pytest.raises(InvalidResponseError):
        await desk.get_amenity("1")
    assert (await desk.get_reserved_dates("1")).dates == ()
    assert await desk.get_counts() == {}


async def test_ids_are_checked(carson: Carson) -> None:
    with pytest.raises(InvalidInputError):
        carson.amenities("../501")
    assert carson.amenities("501") is carson.amenities("501")
    assert repr(carson.amenities("501")) == "<Amenities of building 501>"


async def test_raw_get(sim: Simulator, carson: Carson) -> None:
    assert (await carson.raw_get("me/"))["id"] == 1001
    for path in ("visitors/", "threads/", "deliveries/", "dashboard/", "service/", "twilio/access-token/"):
        with pytest.raises(NotFoundError):
            await carson.raw_get(path)
    assert {one.method for one in sim.counters.log if one.operation != "login"} == {"GET"}


@pytest.mark.parametrize(
    "path",
    ["", "me", "/", "/me/", "../me/", "me/../", "a//b/", "http://elsewhere.example/", "me/?a=b/", "%2e%2e/", "a\n/"],
)
async def test_raw_get_checks_the_path(sim: Simulator, carson: Carson, path: str) -> None:
    with pytest.raises(InvalidInputError):
        await carson.raw_get(path)
    assert sim.counters.requests.total() == 0


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
def test_instant(zone: ZoneInfo, local: str, utc: str) -> None:
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


def free(*pieces: tuple[int, int]) -> FreeHours:
    hours = tuple(Hours(time(begin), time(end % 24)) for begin, end in pieces)
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
def test_hold(offered: FreeHours, begin: int, end: int, held: bool) -> None:
    assert offered.contains(Hours(time(begin), time(end % 24))) is held


@pytest.mark.parametrize(
    ("answer", "count", "understood"),
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
def test_free_hours_of_any_form(answer: object, count: int, understood: bool) -> None:
    parsed = parse_free_hours(answer, "1", date(2026, 1, 1))
    assert (len(parsed.hours), parsed.complete, parsed.raw) == (count, understood, answer)


@pytest.mark.parametrize(
    ("sent", "minimum"), [(60, 60), ("60", 60), (None, None), ("1:30", "1:30"), ("", None), ([60], None)]
)
def test_durations(sent: object, minimum: object) -> None:
    assert parse_amenity({"id": 1, "minimumReservationTime": sent}).minimum_reservation_time == minimum


@pytest.mark.parametrize(
    ("minimum", "maximum", "first", "last"),
    [(None, None, 1, None), (1, 2, 2, 3), (-5, 0, 1, 1), ("3", "x", 4, None), (10**9, 10**9, 1, None)],
)
def test_window(minimum: object, maximum: object, first: int, last: int | None) -> None:
    amenity = parse_amenity({"id": 1, "minimumDaysBeforeReservation": minimum, "maximumDaysBeforeReservation": maximum})
    assert amenity.dates_from(date(2026, 1, 1)) == (date(2026, 1, first), last and date(2026, 1, last))


@pytest.mark.parametrize("value", [None, {}, [], {"name": "x"}, True])
def test_no_amenity(value: object) -> None:
    assert parse_amenity(value) is None


async def test_zones() -> None:
    zones = TimeZones(LOS_ANGELES)
    await zones.load("America/New_York", "No/Such", "../etc/passwd", None)
    assert zones.first(None, "America/New_York") == NEW_YORK
    assert zones.first("No/Such", "America/New_York") == NEW_YORK
    assert zones.first("No/Such", "../etc/passwd") == LOS_ANGELES


def test_used_up() -> None:
    assert not Amenity(id="1", name="x").exhausted
    assert Amenity(id="1", name="x", remaining=0).exhausted


async def test_nothing_secret_in_errors(sim: Simulator, desk: Amenities, tomorrow: date) -> None:
    sim.faults.add("book", "unauthorized")
    with pytest.raises(CarsonError) as caught:
        await desk.book(GYM, tomorrow, time(18), time(19))
    assert "JWT" not in str(caught.value)
    assert json.dumps(desk._api.transport.stats.as_dict()).count("NotCarriedOut") == 0


async def test_an_outdated_app_is_told_plainly(sim: Simulator, desk: Amenities) -> None:
    sim.settings.minimum_app_version = "99.0.0"
    with pytest.raises(ApiError) as caught:
        await desk.list_amenities()
    assert caught.value.reason == "Please update the app."
