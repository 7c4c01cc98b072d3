"""Booking and cancelling: each command is sent once (Protocol A.7)."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
import json
from typing import Any, Literal

from aiocarson import (
    Amenities,
    ApiError,
    AuthenticationError,
    CannotConnectError,
    CarsonError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnclearError,
    ReservationState,
)
from aiocarson.errors import AlreadyBookedError, NotAppliedError
import pytest

from simulator import Simulator
from tests.support.not_none import not_none

from ...conftest import MakeCarson, Pauses
from .conftest import DECK, GYM, NEW_YORK


def posts(sim: Simulator) -> int:
    return sim.counters.count("book")


async def test_book_and_cancel(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    sim.settings.amenities.cancelled = "listed"
    made = await amenities.book(GYM, tomorrow, time(18), time(19, 30))
    assert (made.state, made.begin) == (ReservationState.APPROVED, datetime.combine(tomorrow, time(18), NEW_YORK))
    record = next(one for one in sim.counters.log if one.operation == "book")
    assert (record.method, record.path) == ("POST", "/api/v2.0.0/amenities/301/reservations/")
    assert sim.reservations.bookings.total() == 1
    was = await amenities.cancel(made.id)
    assert was == made
    record = next(one for one in sim.counters.log if one.operation == "cancel")
    assert (record.method, record.path) == ("DELETE", f"/api/v2.0.0/amenities/reservations/{made.id}/")
    assert sim.reservations.cancellations == {made.id: 1}
    assert not_none((await amenities.list_reservations()).find(made.id)).state is ReservationState.CANCELLED


async def test_book_until_midnight(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    made = await amenities.book(GYM, tomorrow, time(22), time())
    assert made.end == datetime.combine(tomorrow + timedelta(days=1), time(), NEW_YORK)


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
async def test_rejected_bookings(
    sim: Simulator, amenities: Amenities, tomorrow: date, amenity: str, days: int, begin: time, end: time, code: int
) -> None:
    day = tomorrow + timedelta(days=days - (amenity == DECK and days == 0))
    with pytest.raises(ApiError) as caught:
        await amenities.book(amenity, day, begin, end)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert sim.reservations.bookings.total() == 0
    assert posts(sim) == 1


async def test_exhausted_limit(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    for hour in range(8, 13):
        await amenities.book(GYM, tomorrow, time(hour), time(hour + 1))
    assert (await amenities.get_amenity(GYM)).exhausted
    with pytest.raises(ApiError, match="1504"):
        await amenities.book(GYM, tomorrow, time(15), time(16))


async def test_existing_reservation_is_not_booked_again(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    with pytest.raises(AlreadyBookedError):
        await amenities.book(GYM, tomorrow, time(7), time(8))
    assert posts(sim) == 0


async def test_concurrent_bookings_book_once(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    results = await asyncio.gather(
        *(amenities.book(GYM, tomorrow, time(18), time(19)) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, AlreadyBookedError) for one in results) == 3
    assert sim.reservations.bookings.total() == 1


@pytest.mark.parametrize(
    ("begin", "end"),
    [(time(9), time(8)), (time(9), time(9)), (time(9, tzinfo=UTC), time(10)), (time(9), time(9, 1, tzinfo=UTC))],
)
async def test_invalid_hours(sim: Simulator, amenities: Amenities, tomorrow: date, begin: time, end: time) -> None:
    with pytest.raises(InvalidInputError):
        await amenities.book(GYM, tomorrow, begin, end)
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
async def test_lost_response_to_an_applied_booking(
    sim: Simulator, amenities: Amenities, tomorrow: date, kind: str, details: dict[str, Any]
) -> None:
    """It is booked, whatever the response is, and never sent again, even after a 401 (C row 17)."""
    sim.faults.add("book", kind, when="after", **details)
    made = await amenities.book(GYM, tomorrow, time(18), time(19))
    assert not_none(sim.reservations.reservation(made.id)).is_live
    assert posts(sim) == 1
    assert sim.reservations.bookings.total() == 1


@pytest.mark.parametrize(("kind", "details"), [one for one in LOST if one[0] in {"unauthorized", "bare401", "ok_html"}])
async def test_lost_response_to_a_booking_that_was_not_applied(
    sim: Simulator, amenities: Amenities, tomorrow: date, kind: str, details: dict[str, Any]
) -> None:
    sim.faults.add("book", kind, **details)
    with pytest.raises(NotAppliedError, match="not among the upcoming"):
        await amenities.book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 1
    assert sim.counters.count("reservations") == 4, "checked three times"


@pytest.mark.parametrize(("kind", "details"), [("reset", {}), ("html", {"status": 502}), ("status", {"status": 504})])
async def test_lost_booking_that_may_still_be_applied_is_unclear(
    sim: Simulator, amenities: Amenities, tomorrow: date, pauses: Pauses, kind: str, details: dict[str, Any]
) -> None:
    sim.faults.add("book", kind, **details)
    with pytest.raises(OutcomeUnclearError, match="so far the reservation is not among"):
        await amenities.book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 1
    assert pauses.taken == [1.0, 3.0]


@pytest.mark.timeouts(command=2)
async def test_slow_booking_that_is_applied(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    sim.faults.add("book", "silence", when="after")
    made = await amenities.book(GYM, tomorrow, time(18), time(19))
    assert sim.reservations.reservation(made.id) is not None
    assert posts(sim) == 1


async def test_booking_without_response_and_list_is_unclear(
    sim: Simulator, amenities: Amenities, tomorrow: date
) -> None:
    sim.faults.add("book", "ok_empty", when="after")
    sim.faults.add("reservations", "status:500", skip=1)
    with pytest.raises(OutcomeUnclearError, match="outcome is unknown"):
        await amenities.book(GYM, tomorrow, time(18), time(19))
    assert (posts(sim), sim.reservations.bookings.total()) == (1, 1)


async def test_booking_with_response_and_without_list(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    sim.faults.add("reservations", "status:500", skip=1)
    made = await amenities.book(GYM, tomorrow, time(18), time(19))
    assert sim.reservations.reservation(made.id) is not None
    with pytest.raises(CannotConnectError):
        await amenities.book(GYM, tomorrow, time(20), time(21))
    assert posts(sim) == 1, "not without the list of reservations"


async def test_incomplete_list_leaves_a_booking_unclear(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    sim.state.reservations[1].overrides["date"] = "?"
    sim.faults.add("book", "unauthorized")
    with pytest.raises(OutcomeUnclearError):
        await amenities.book(GYM, tomorrow, time(18), time(19))


async def test_nothing_is_booked_without_connection(
    sim: Simulator, make_carson: MakeCarson, unused_tcp_port: int
) -> None:
    carson = make_carson(token="any", api_url=f"http://127.0.0.1:{unused_tcp_port}")
    with pytest.raises(CannotConnectError):
        await carson.amenities("501").book(GYM, date(2026, 1, 1), time(18), time(19))


async def test_expired_token_is_renewed_before_the_command(
    sim: Simulator, amenities: Amenities, tomorrow: date
) -> None:
    sim.tokens.revoke()
    await amenities.book(GYM, tomorrow, time(18), time(19))
    assert sim.counters.logins == 2
    assert posts(sim) == 1


async def test_nothing_is_booked_without_valid_token(sim: Simulator, make_carson: MakeCarson, tomorrow: date) -> None:
    carson = make_carson(token=sim.mint_token("resident@example.com"))
    await carson.get_account()
    sim.tokens.revoke()
    with pytest.raises(AuthenticationError):
        await carson.amenities("501").book(GYM, tomorrow, time(18), time(19))
    assert posts(sim) == 0


@pytest.mark.parametrize("settings", ["listed", "gone"])
@pytest.mark.parametrize(("kind", "details"), [one for one in LOST if one[0] not in {"truncate", "missing_key", "cut"}])
async def test_lost_response_to_an_applied_cancellation(
    sim: Simulator, amenities: Amenities, kind: str, details: dict[str, Any], settings: Literal["listed", "gone"]
) -> None:
    sim.settings.amenities.cancelled = settings
    sim.faults.add("cancel", kind, when="after", **details)
    assert (await amenities.cancel("9002")).amenity.name == "Gym"
    assert sim.counters.count("cancel") == 1
    assert sim.reservations.cancellations == {"9002": 1}


async def test_cancellation_that_was_not_applied(sim: Simulator, amenities: Amenities) -> None:
    sim.faults.add("cancel", "unauthorized", times=1)
    with pytest.raises(NotAppliedError, match="still among the upcoming"):
        await amenities.cancel("9002")
    sim.faults.add("cancel", "reset", times=1)
    with pytest.raises(OutcomeUnclearError, match="still among the upcoming"):
        await amenities.cancel("9002")
    sim.faults.add("cancel", "status", status=204, times=1)
    with pytest.raises(OutcomeUnclearError, match="still lists"):
        await amenities.cancel("9002")
    assert sim.counters.count("cancel") == 3
    assert sim.reservations.cancellations == {}


async def test_cancellation_with_response_and_without_list(sim: Simulator, amenities: Amenities) -> None:
    sim.faults.add("reservations", "status:500", skip=1, times=9)
    assert (await amenities.cancel("9002")).id == "9002"
    assert sim.reservations.cancellations == {"9002": 1}


async def test_unknown_reservation_is_not_cancelled(sim: Simulator, amenities: Amenities) -> None:
    with pytest.raises(NotFoundError):
        await amenities.cancel("4711")
    assert sim.counters.count("cancel") == 0
    with pytest.raises(ApiError, match="1505"):
        await amenities.cancel("9004")
    with pytest.raises(InvalidInputError):
        await amenities.cancel("a/b")


async def test_errors_hold_no_secrets(sim: Simulator, amenities: Amenities, tomorrow: date) -> None:
    sim.faults.add("book", "unauthorized")
    with pytest.raises(CarsonError) as caught:
        await amenities.book(GYM, tomorrow, time(18), time(19))
    assert "JWT" not in str(caught.value)
    assert json.dumps(amenities._api.transport.stats.as_dict()).count("NotApplied") == 0
