"""Booking and cancelling: one command each, whose outcome is checked in the list of reservations (Protocol A.7).

A command has no key by which Carson could recognize a repetition (Protocol D.26), so it is never repeated.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any, Protocol

from aiohttp import hdrs

from ...errors import AlreadyBookedError, CarsonError, NotAppliedError, NotFoundError, OutcomeUnclearError
from ...http.urls import path_segment
from .models import Hours, Reservation, Reservations


class SupportsReservations(Protocol):
    """What booking and cancelling need of `Amenities`."""

    async def list_reservations(self) -> Reservations: ...  # noqa: D102
    async def send_command(  # noqa: D102
        self, path: str, *, method: str, body: Mapping[str, Any] | None = None
    ) -> Any: ...
    def list_after_command(self) -> AsyncIterator[Reservations | None]: ...  # noqa: D102
    async def parse_reservation(self, row: object) -> Reservation | None: ...  # noqa: D102


async def book(amenities: SupportsReservations, amenity_id: str, day: date, hours: Hours) -> Reservation:
    """Book, unless there is such a reservation already; see `Amenities.book`."""
    earlier = await amenities.list_reservations()
    if any(one.matches(amenity_id, day, hours) and one.state.is_active for one in earlier.items):
        raise AlreadyBookedError("You already have a reservation of this amenity at this time")
    ids = {one.id for one in earlier.items}
    confirmed: Reservation | None = None
    unclear: OutcomeUnclearError | None = None
    try:
        confirmed = await _send_booking(amenities, amenity_id, day, hours)
    except OutcomeUnclearError as err:
        unclear = err
    listed: Reservations | None = None
    async for listed in amenities.list_after_command():
        if listed is None:
            continue
        if confirmed is not None:
            return listed.find(confirmed.id) or confirmed
        new = (one for one in listed.items if one.id not in ids and one.matches(amenity_id, day, hours))
        if (found := next(new, None)) is not None:
            return found
    if unclear is None:
        assert confirmed is not None  # noqa: S101
        return confirmed  # Carson's response is all there is
    raise _outcome(unclear, listed, "the reservation is not among the upcoming ones")


async def _send_booking(amenities: SupportsReservations, amenity_id: str, day: date, hours: Hours) -> Reservation:
    path = f"amenities/{path_segment(amenity_id, 'amenity')}/reservations/"
    body = {
        "date": day.isoformat(),
        "startTime": hours.begin.strftime("%H:%M:%S"),
        "endTime": hours.end.strftime("%H:%M:%S"),
    }
    data = await amenities.send_command(path, method=hdrs.METH_POST, body=body)
    if (reservation := await amenities.parse_reservation(data)) is None:
        raise OutcomeUnclearError("Carson's response has no reservation", has_response=True)
    return reservation


async def cancel(amenities: SupportsReservations, reservation_id: str) -> Reservation:
    """Cancel an upcoming reservation; see `Amenities.cancel`."""
    earlier = (await amenities.list_reservations()).find(reservation_id)
    if earlier is None:
        raise NotFoundError("There is no such upcoming reservation")
    unclear: OutcomeUnclearError | None = None
    try:
        path = f"amenities/reservations/{path_segment(reservation_id, 'reservation')}/"
        await amenities.send_command(path, method=hdrs.METH_DELETE)
    except OutcomeUnclearError as err:
        unclear = err
    listed: Reservations | None = None
    async for listed in amenities.list_after_command():
        if listed is None:
            continue
        now = listed.find(reservation_id)
        if (now is None and listed.complete) or (now is not None and not now.state.is_active):
            return earlier
    if unclear is None:
        if listed is None or listed.find(reservation_id) is None:
            return earlier  # Carson's response is all there is
        text = "Carson accepted the cancellation but still lists the reservation"
        raise OutcomeUnclearError(text, has_response=True)
    raise _outcome(unclear, listed, "the reservation is still among the upcoming ones")


def _outcome(unclear: OutcomeUnclearError, listed: Reservations | None, finding: str) -> CarsonError:
    """Return the error for an unclear command, considering the last list.

    The list proves nothing if it could not be read completely, or while Carson may still be at work.
    """
    if listed is None or not listed.complete:
        return unclear
    if not unclear.has_response:
        return OutcomeUnclearError(f"{unclear}; so far {finding}")
    return NotAppliedError(f"{unclear}, but {finding}")
