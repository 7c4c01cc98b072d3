"""The building that an action on amenities is called for."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from homeassistant.components.calendar.const import DOMAIN as CALENDAR
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er, service

from ..aiocarson import Amenities, Building
from ..booking import AmenityBooking
from ..const import DOMAIN
from ..data import CarsonConfigEntry
from ..errors import invalid_input, translated_errors, translated_reservation_errors
from ..identifiers import calendar_unique_id

ATTR_CALENDAR: Final = "calendar"


@dataclass(frozen=True, slots=True)
class BuildingTarget:
    """The building that an action is called for."""

    entry: CarsonConfigEntry
    building: Building

    @property
    def amenities(self) -> Amenities:
        """The client of the building's amenities."""
        return self.entry.runtime_data.client.amenities(self.building.id)

    @property
    def booking(self) -> AmenityBooking:
        """What books the building's amenities."""
        return AmenityBooking(self.entry.runtime_data.reservations, self.building.id, self.building.name)

    @property
    def calendar_unique_id(self) -> str:
        """The unique id of the building's calendar."""
        return calendar_unique_id(self.entry.runtime_data.account.data.id, self.building.id)

    def translated_errors(self, name: str | None = None) -> AbstractContextManager[None]:
        """Translate errors; `name` is what they concern, the building unless it is given."""
        return translated_errors(name or self.building.name)

    def translated_reservation_errors(self, name: str | None = None) -> AbstractContextManager[None]:
        """Translate errors while a reservation is made or cancelled."""
        return translated_reservation_errors(name or self.building.name)


async def async_get_target(call: ServiceCall, policy: str) -> BuildingTarget:
    """Return the building that the call is for: that of the calendar, or the only one."""
    calendar: str | None = call.data.get(ATTR_CALENDAR)
    if calendar is None:
        target = _only_target(call.hass)
        registry = er.async_get(call.hass)
        calendar = registry.async_get_entity_id(CALENDAR, DOMAIN, target.calendar_unique_id)
    else:
        target = _calendar_target(call.hass, calendar)
    await _async_check_permission(call, calendar, policy)
    return target


def _only_target(hass: HomeAssistant) -> BuildingTarget:
    targets = list(_targets(hass))
    if not targets:
        raise invalid_input("no_amenities")
    if len(targets) > 1:
        raise invalid_input("which_calendar", buildings=", ".join(_distinct_names(targets)))
    return targets[0]


def _calendar_target(hass: HomeAssistant, calendar: str) -> BuildingTarget:
    registered = er.async_get(hass).async_get(calendar)
    if registered is None or registered.platform != DOMAIN:
        raise invalid_input("not_a_calendar", calendar=calendar)
    service.async_get_config_entry(hass, DOMAIN, registered.config_entry_id)
    for target in _targets(hass):
        if target.calendar_unique_id == registered.unique_id:
            return target
    raise invalid_input("not_a_calendar", calendar=calendar)


async def _async_check_permission(call: ServiceCall, calendar: str | None, policy: str) -> None:
    """Raise an error if the user may not read or control the calendar."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if calendar is not None and not user.permissions.check_entity(calendar, policy):
        raise Unauthorized(context=call.context, entity_id=calendar, permission=policy)


def _targets(hass: HomeAssistant) -> Iterator[BuildingTarget]:
    """Return all buildings with amenities of all loaded accounts."""
    entries: list[CarsonConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    for entry in entries:
        for building in entry.runtime_data.reservations.buildings:
            yield BuildingTarget(entry, building)


def _distinct_names(targets: list[BuildingTarget]) -> Iterator[str]:
    """Yield the names of buildings; with the account's if two accounts, or two buildings, have the same name."""
    names = [target.building.name for target in targets]
    for target in targets:
        name = target.building.name
        yield name if names.count(name) == 1 else f"{name} ({target.entry.title})"
