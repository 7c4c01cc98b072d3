"""The actions on amenities: list them and their free hours, book them, cancel reservations.

Dates and times of day are in the amenity's own time zone, or else in its building's.
"""

from datetime import date
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.calendar.const import DOMAIN as CALENDAR
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import probatio

from ..aiocarson import Amenity, Reservation
from ..aiocarson.carson.amenities.models import Hours
from ..const import DOMAIN
from .building_target import ATTR_CALENDAR, BuildingTarget, async_get_target

SERVICE_GET_AMENITIES: Final = "get_amenities"
SERVICE_GET_FREE_HOURS: Final = "get_free_hours"
SERVICE_BOOK_AMENITY: Final = "book_amenity"
SERVICE_CANCEL_RESERVATION: Final = "cancel_reservation"
SERVICE_MARK_SEEN: Final = "mark_reservations_seen"

ATTR_AMENITY: Final = "amenity"
ATTR_BEGIN: Final = "begin"
ATTR_DATE: Final = "date"
ATTR_END: Final = "end"
ATTR_RESERVATION_ID: Final = "reservation_id"

_ID = probatio.All(probatio.Any(str, int), probatio.Coerce(str), cv.string)
_TARGET = {probatio.Optional(ATTR_CALENDAR): cv.entity_domain(CALENDAR)}
_GET_AMENITIES = probatio.Schema(_TARGET)
_GET_FREE_HOURS = probatio.Schema(
    {**_TARGET, probatio.Required(ATTR_AMENITY): _ID, probatio.Required(ATTR_DATE): cv.date}
)
_BOOK_AMENITY = probatio.Schema(
    {
        **_TARGET,
        probatio.Required(ATTR_AMENITY): _ID,
        probatio.Required(ATTR_DATE): cv.date,
        probatio.Required(ATTR_BEGIN): cv.time,
        probatio.Required(ATTR_END): cv.time,
    }
)
_CANCEL_RESERVATION = probatio.Schema({**_TARGET, probatio.Required(ATTR_RESERVATION_ID): _ID})
_MARK_SEEN = probatio.Schema(
    {**_TARGET, probatio.Optional(ATTR_RESERVATION_ID): probatio.All(cv.ensure_list, [_ID], probatio.Length(min=1))}
)


@callback
def async_setup_amenity_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, schema, func, response in (
        (SERVICE_GET_AMENITIES, _GET_AMENITIES, _async_get_amenities, SupportsResponse.ONLY),
        (SERVICE_GET_FREE_HOURS, _GET_FREE_HOURS, _async_get_free_hours, SupportsResponse.ONLY),
        (SERVICE_BOOK_AMENITY, _BOOK_AMENITY, _async_book_amenity, SupportsResponse.OPTIONAL),
        (SERVICE_CANCEL_RESERVATION, _CANCEL_RESERVATION, _async_cancel_reservation, SupportsResponse.OPTIONAL),
        (SERVICE_MARK_SEEN, _MARK_SEEN, _async_mark_seen, SupportsResponse.NONE),
    ):
        hass.services.async_register(DOMAIN, name, func, schema, supports_response=response)


async def _async_get_amenities(call: ServiceCall) -> ServiceResponse:
    """Return the amenities of a building."""
    target = await async_get_target(call, POLICY_READ)
    with target.translated_errors():
        amenities = await target.amenities.list_amenities()
    return {"amenities": [_amenity_as_dict(target, amenity) for amenity in amenities]}


async def _async_get_free_hours(call: ServiceCall) -> ServiceResponse:
    """Return the hours at which an amenity is free on a date; none if it is full."""
    target = await async_get_target(call, POLICY_READ)
    day: date = call.data[ATTR_DATE]
    booking = target.booking
    amenity = await booking.async_find(call.data[ATTR_AMENITY])
    booking.check_date(amenity, day)
    free = await booking.async_free_hours(amenity, day)
    return {
        "amenity": {"id": amenity.id, "name": amenity.name},
        "date": day.isoformat(),
        "hours": [_hours_as_dict(hours) for hours in free.ranges],
    }


async def _async_book_amenity(call: ServiceCall) -> ServiceResponse:
    """Book an amenity if its rules and its free hours allow it."""
    target = await async_get_target(call, POLICY_CONTROL)
    wanted = Hours(call.data[ATTR_BEGIN], call.data[ATTR_END])
    reservation = await target.booking.async_book(call.data[ATTR_AMENITY], call.data[ATTR_DATE], wanted)
    return {"reservation": _reservation_as_dict(target, reservation)}


async def _async_cancel_reservation(call: ServiceCall) -> ServiceResponse:
    """Cancel a reservation and return it."""
    target = await async_get_target(call, POLICY_CONTROL)
    try:
        with target.translated_reservation_errors():
            reservation = await target.amenities.cancel(call.data[ATTR_RESERVATION_ID])
            target.entry.runtime_data.reservations.async_note_cancelled(target.building.id, reservation.id)
    finally:
        await target.entry.runtime_data.reservations.async_refresh()
    return {"cancelled": _reservation_as_dict(target, reservation)}


async def _async_mark_seen(call: ServiceCall) -> None:
    """Mark the updates of some reservations as seen, or of all that have any."""
    target = await async_get_target(call, POLICY_CONTROL)
    coordinator = target.entry.runtime_data.reservations
    with target.translated_reservation_errors():
        ids: list[str] | None = call.data.get(ATTR_RESERVATION_ID)
        if ids is None:
            ids = await _async_unseen_reservation_ids(target)
        if ids:
            await target.amenities.mark_seen(*ids)
    await coordinator.async_refresh()


async def _async_unseen_reservation_ids(target: BuildingTarget) -> list[str]:
    reservations = await target.amenities.list_reservations()
    return [reservation.id for reservation in reservations.items if reservation.has_unseen_update]


def _hours_as_dict(hours: Hours) -> dict[str, JsonValueType]:
    return {"begin": hours.begin.isoformat(), "end": hours.end.isoformat()}


def _amenity_as_dict(target: BuildingTarget, amenity: Amenity) -> dict[str, JsonValueType]:
    first, last = amenity.dates_from(target.amenities.today(amenity, dt_util.utcnow()))
    return {
        "id": amenity.id,
        "name": amenity.name,
        "notes": amenity.notes,
        "time_zone": str(target.amenities.time_zone_of(amenity)),
        "first_date": first.isoformat(),
        "last_date": None if last is None else last.isoformat(),
        "minimum_reservation_time": amenity.minimum_reservation_time,
        "maximum_reservation_time": amenity.maximum_reservation_time,
        "requires_approval": amenity.requires_approval,
        "rental_agreement_required": amenity.rental_agreement_required,
        "left": amenity.remaining,
        "left_per_week": amenity.remaining_per_week,
        "left_per_month": amenity.remaining_per_month,
    }


def _reservation_as_dict(target: BuildingTarget, reservation: Reservation) -> dict[str, JsonValueType]:
    zone = target.amenities.time_zone_of(reservation.amenity)
    return {
        "id": reservation.id,
        "amenity": {"id": reservation.amenity.id, "name": reservation.amenity.name},
        "date": reservation.day.isoformat(),
        "begin": reservation.begin.astimezone(zone).isoformat(),
        "end": reservation.end.astimezone(zone).isoformat(),
        "state": reservation.state.value,
        "auto_approved": reservation.auto_approved,
        "has_unseen_update": reservation.has_unseen_update,
    }
