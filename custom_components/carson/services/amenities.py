"""The actions on amenities: what there is, when it is free, book, cancel.

Dates and times of day are those of the amenity's own time zone, or else of its building's.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL, POLICY_READ
from homeassistant.components.calendar.const import DOMAIN as CALENDAR
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv, entity_registry as er, service
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonValueType
import probatio

from ..aiocarson import Amenities, Amenity, Building, Reservation
from ..aiocarson.carson.amenities.models import FreeHours, Hours
from ..aiocarson.errors import DateUnavailableError
from ..booking_errors import booking_errors, invalid
from ..building_entity import building_unique_id
from ..calendar import CALENDAR_SUFFIX
from ..const import DOMAIN
from ..coordinator import CarsonConfigEntry
from ..entity import translated_errors

SERVICE_GET_AMENITIES: Final = "get_amenities"
SERVICE_GET_FREE_HOURS: Final = "get_free_hours"
SERVICE_BOOK_AMENITY: Final = "book_amenity"
SERVICE_CANCEL_RESERVATION: Final = "cancel_reservation"
SERVICE_MARK_SEEN: Final = "mark_reservations_seen"

ATTR_AMENITY: Final = "amenity"
ATTR_BEGIN: Final = "begin"
ATTR_CALENDAR: Final = "calendar"
ATTR_DATE: Final = "date"
ATTR_END: Final = "end"
ATTR_RESERVATION_ID: Final = "reservation_id"

_ID = probatio.All(probatio.Any(str, int), probatio.Coerce(str), cv.string)
_WHERE = {probatio.Optional(ATTR_CALENDAR): cv.entity_domain(CALENDAR)}
_GET_AMENITIES = probatio.Schema(_WHERE)
_GET_FREE_HOURS = probatio.Schema(
    {**_WHERE, probatio.Required(ATTR_AMENITY): _ID, probatio.Required(ATTR_DATE): cv.date}
)
_BOOK_AMENITY = probatio.Schema(
    {
        **_WHERE,
        probatio.Required(ATTR_AMENITY): _ID,
        probatio.Required(ATTR_DATE): cv.date,
        probatio.Required(ATTR_BEGIN): cv.time,
        probatio.Required(ATTR_END): cv.time,
    }
)
_CANCEL_RESERVATION = probatio.Schema({**_WHERE, probatio.Required(ATTR_RESERVATION_ID): _ID})
_MARK_SEEN = probatio.Schema(
    {**_WHERE, probatio.Optional(ATTR_RESERVATION_ID): probatio.All(cv.ensure_list, [_ID], probatio.Length(min=1))}
)


@callback
def async_setup_amenity_services(hass: HomeAssistant) -> None:
    """Register the actions; they are there whether or not an account is set up."""
    for name, schema, func, response in (
        (SERVICE_GET_AMENITIES, _GET_AMENITIES, _async_get_amenities, SupportsResponse.ONLY),
        (SERVICE_GET_FREE_HOURS, _GET_FREE_HOURS, _async_get_free_hours, SupportsResponse.ONLY),
        (SERVICE_BOOK_AMENITY, _BOOK_AMENITY, _async_book_amenity, SupportsResponse.OPTIONAL),
        (SERVICE_CANCEL_RESERVATION, _CANCEL_RESERVATION, _async_cancel_reservation, SupportsResponse.OPTIONAL),
        (SERVICE_MARK_SEEN, _MARK_SEEN, _async_mark_seen, SupportsResponse.NONE),
    ):
        hass.services.async_register(DOMAIN, name, func, schema, supports_response=response)


@dataclass(frozen=True, slots=True)
class _House:
    """The building that an action is about."""

    entry: CarsonConfigEntry
    building: Building

    @property
    def desk(self) -> Amenities:
        return self.entry.runtime_data.client.amenities(self.building.id)

    @property
    def calendar_unique_id(self) -> str:
        return building_unique_id(self.entry.runtime_data.account.data.id, self.building.id, CALENDAR_SUFFIX)

    async def find(self, name: str) -> Amenity:
        """Find an amenity by its id, or else by its name."""
        with translated_errors(self.entry, self.building.name):
            every = await self.desk.list_amenities()
        found = [one for one in every if one.id == name]
        found = found or [one for one in every if one.name.casefold() == name.strip().casefold()]
        if not found:
            known = ", ".join(sorted(one.name for one in every)) or "-"
            raise invalid("unknown_amenity", name=name, building=self.building.name, known=known)
        if len(found) > 1:
            raise invalid("ambiguous_amenity", name=name, ids=", ".join(one.id for one in found))
        return found[0]

    def check_window(self, amenity: Amenity, day: date) -> None:
        """Refuse a date that the amenity's rules do not allow today."""
        first, last = amenity.dates_from(self.desk.today(amenity, dt_util.utcnow()))
        if day < first or (last is not None and day > last):
            told = {"name": amenity.name, "date": day.isoformat(), "first": first.isoformat()}
            if last is None:
                raise invalid("too_soon", **told)
            raise invalid("outside_window", **told, last=last.isoformat())

    def check_quota(self, amenity: Amenity, day: date) -> None:
        """Refuse when no reservation is left: at all, or in this week or month if the date is in it."""
        today = self.desk.today(amenity, dt_util.utcnow())
        this_week = day.isocalendar()[:2] == today.isocalendar()[:2]
        this_month = (day.year, day.month) == (today.year, today.month)
        if (
            amenity.exhausted
            or (this_week and amenity.remaining_per_week == 0)
            or (this_month and amenity.remaining_per_month == 0)
        ):
            raise invalid("quota_used_up", name=amenity.name)


async def _async_get_amenities(call: ServiceCall) -> ServiceResponse:
    """List what can be booked."""
    house = await _house(call, POLICY_READ)
    with translated_errors(house.entry, house.building.name):
        every = await house.desk.list_amenities()
    return {"amenities": [_amenity(house, one) for one in every]}


async def _async_get_free_hours(call: ServiceCall) -> ServiceResponse:
    """Tell when an amenity is free on a date: never, if it is full."""
    house = await _house(call, POLICY_READ)
    day: date = call.data[ATTR_DATE]
    amenity = await house.find(call.data[ATTR_AMENITY])
    house.check_window(amenity, day)
    free = await _free_hours(house, amenity, day)
    return {
        "amenity": {"id": amenity.id, "name": amenity.name},
        "date": day.isoformat(),
        "hours": [_told(one) for one in free.hours],
    }


async def _async_book_amenity(call: ServiceCall) -> ServiceResponse:
    """Book an amenity, once its rules and its free hours allow it."""
    house = await _house(call, POLICY_CONTROL)
    day: date = call.data[ATTR_DATE]
    wanted = Hours(call.data[ATTR_BEGIN], call.data[ATTR_END])
    if wanted.end <= wanted.begin and wanted.end != time():
        raise invalid("bad_hours")
    listed = await house.find(call.data[ATTR_AMENITY])
    with translated_errors(house.entry, listed.name):
        amenity = await house.desk.get_amenity(listed.id)
    house.check_window(amenity, day)
    house.check_quota(amenity, day)
    await _check_free(house, amenity, day, wanted)
    try:
        with booking_errors(house.entry, amenity.name):
            reservation = await house.desk.book(amenity.id, day, wanted.begin, wanted.end)
    finally:
        await house.entry.runtime_data.reservations.async_refresh()
    return {"reservation": _reservation(house, reservation)}


async def _async_cancel_reservation(call: ServiceCall) -> ServiceResponse:
    """Cancel a reservation; tells what it was."""
    house = await _house(call, POLICY_CONTROL)
    try:
        with booking_errors(house.entry, house.building.name):
            reservation = await house.desk.cancel(call.data[ATTR_RESERVATION_ID])
    finally:
        await house.entry.runtime_data.reservations.async_refresh()
    return {"cancelled": _reservation(house, reservation)}


async def _async_mark_seen(call: ServiceCall) -> None:
    """Tell Carson that the resident has seen the news of some reservations, or of all that have any."""
    house = await _house(call, POLICY_CONTROL)
    coordinator = house.entry.runtime_data.reservations
    with translated_errors(house.entry, house.building.name):
        ids: list[str] | None = call.data.get(ATTR_RESERVATION_ID)
        if ids is None:
            ids = [one.id for one in (await house.desk.list_reservations()).items if one.has_unseen_update]
        if ids:
            await house.desk.mark_seen(*ids)
    await coordinator.async_refresh()


async def _free_hours(house: _House, amenity: Amenity, day: date) -> FreeHours:
    """Tell the free hours; there are none if Carson refuses the date."""
    with translated_errors(house.entry, amenity.name):
        try:
            return await house.desk.get_free_hours(amenity.id, day)
        except DateUnavailableError:
            return FreeHours(amenity_id=amenity.id, day=day, hours=())


async def _check_free(house: _House, amenity: Amenity, day: date, wanted: Hours) -> None:
    """Refuse hours that are not free; where the answer cannot be read in full, Carson shall decide."""
    free = await _free_hours(house, amenity, day)
    if free.complete and not free.contains(wanted):
        hours = ", ".join(f"{one.begin:%H:%M}-{one.end:%H:%M}" for one in free.hours) or "-"
        raise invalid("hours_not_free", name=amenity.name, date=day.isoformat(), hours=hours)


async def _house(call: ServiceCall, policy: str) -> _House:
    """Tell which building is meant: by its calendar, or because there is only one."""
    hass = call.hass
    calendar: str | None = call.data.get(ATTR_CALENDAR)
    registry = er.async_get(hass)
    if calendar is None:
        every = list(_houses(hass))
        if not every:
            raise invalid("no_amenities")
        if len(every) > 1:
            raise invalid("which_calendar", buildings=", ".join(one.building.name for one in every))
        house = every[0]
        calendar = registry.async_get_entity_id(CALENDAR, DOMAIN, house.calendar_unique_id)
    else:
        registered = registry.async_get(calendar)
        if registered is None or registered.platform != DOMAIN:
            raise invalid("not_a_calendar", calendar=calendar)
        service.async_get_config_entry(hass, DOMAIN, registered.config_entry_id)
        ours = (one for one in _houses(hass) if one.calendar_unique_id == registered.unique_id)
        if (found := next(ours, None)) is None:
            raise invalid("not_a_calendar", calendar=calendar)
        house = found
    await _check_permission(call, calendar, policy)
    return house


async def _check_permission(call: ServiceCall, calendar: str | None, policy: str) -> None:
    """Let users do only what they may with the calendar."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if calendar is not None and not user.permissions.check_entity(calendar, policy):
        raise Unauthorized(context=call.context, entity_id=calendar, permission=policy)


def _houses(hass: HomeAssistant) -> Iterator[_House]:
    """List all buildings with amenities, of all accounts that are set up."""
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for building in entry.runtime_data.reservations.buildings:
            yield _House(entry, building)


def _told(hours: Hours) -> dict[str, JsonValueType]:
    return {"begin": hours.begin.isoformat(), "end": hours.end.isoformat()}


def _amenity(house: _House, amenity: Amenity) -> dict[str, JsonValueType]:
    first, last = amenity.dates_from(house.desk.today(amenity, dt_util.utcnow()))
    return {
        "id": amenity.id,
        "name": amenity.name,
        "notes": amenity.notes,
        "time_zone": str(house.desk.time_zone_of(amenity)),
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


def _reservation(house: _House, reservation: Reservation) -> dict[str, JsonValueType]:
    zone = house.desk.time_zone_of(reservation.amenity)
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
