"""Booking and cancelling: one order each, and what came of it is settled by the list of reservations (Protocol A.7).

There is no key by which Carson would know a repeated order (Protocol D.26), so none is ever repeated.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, Protocol

from aiohttp import hdrs

from ...errors import AlreadyBookedError, CarsonError, NotAppliedError, NotFoundError, OutcomeUnclearError
from ...http.urls import path_segment
from .models import Hours, Reservation, Reservations


class Desk(Protocol):
    """What booking needs of a building's amenities."""

    async def list_reservations(self) -> Reservations: ...  # noqa: D102
    async def order(self, path: str, *, method: str, body: Mapping[str, Any] | None = None) -> Any: ...  # noqa: D102
    def checks(self) -> AsyncIterator[Reservations | None]: ...  # noqa: D102
    async def parse(self, row: object) -> Reservation | None: ...  # noqa: D102


async def book(desk: Desk, amenity_id: str, day: date, hours: Hours) -> Reservation:
    """Book, unless that is booked already; see `Amenities.book`."""
    earlier = await desk.list_reservations()
    if any(one.takes(amenity_id, day, hours) and one.state.is_live for one in earlier.items):
        raise AlreadyBookedError("There is a reservation of this amenity at this time already")
    ids = {one.id for one in earlier.items}
    path = f"amenities/{path_segment(amenity_id, 'amenity')}/reservations/"
    body = {
        "date": day.isoformat(),
        "startTime": hours.begin.strftime("%H:%M:%S"),
        "endTime": hours.end.strftime("%H:%M:%S"),
    }
    unclear: OutcomeUnclearError | None = None
    answer: Reservation | None = None
    try:
        answer = await desk.parse(await desk.order(path, method=hdrs.METH_POST, body=body))
        if answer is None:
            unclear = OutcomeUnclearError("Carson's answer holds no reservation", answered=True)
    except OutcomeUnclearError as err:
        unclear = err
    seen: Reservations | None = None
    async for seen in desk.checks():
        if seen is None:
            continue
        if answer is not None:
            return seen.find(answer.id) or answer
        ours = (one for one in seen.items if one.id not in ids and one.takes(amenity_id, day, hours))
        if (found := next(ours, None)) is not None:
            return found
    if unclear is None:
        assert answer is not None  # noqa: S101
        return answer  # by Carson's own word; the list is silent
    raise _verdict(unclear, seen, "the reservation is not among the upcoming ones")


async def cancel(desk: Desk, reservation_id: str) -> Reservation:
    """Cancel, if there is something to cancel; see `Amenities.cancel`."""
    earlier = (await desk.list_reservations()).find(reservation_id)
    if earlier is None:
        raise NotFoundError("There is no such upcoming reservation")
    unclear: OutcomeUnclearError | None = None
    try:
        path = f"amenities/reservations/{path_segment(reservation_id, 'reservation')}/"
        await desk.order(path, method=hdrs.METH_DELETE)
    except OutcomeUnclearError as err:
        unclear = err
    seen: Reservations | None = None
    async for seen in desk.checks():
        if seen is None:
            continue
        now = seen.find(reservation_id)
        if (now is None and seen.complete) or (now is not None and not now.state.is_live):
            return earlier
    if unclear is None:
        if seen is None or seen.find(reservation_id) is None:
            return earlier  # by Carson's own word; the list is silent
        raise OutcomeUnclearError("Carson accepted the cancellation, and still lists the reservation", answered=True)
    raise _verdict(unclear, seen, "the reservation is still among the upcoming ones")


def _verdict(unclear: OutcomeUnclearError, seen: Reservations | None, finding: str) -> CarsonError:
    """Tell what the last look means: nothing, if it failed or while Carson may still be at work."""
    if seen is None or not seen.complete:
        return unclear
    if not unclear.answered:
        return OutcomeUnclearError(f"{unclear}; so far {finding}")
    return NotAppliedError(f"{unclear}, but {finding}")
