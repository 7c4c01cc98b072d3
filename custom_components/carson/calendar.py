"""The reservations of a building as a calendar."""

from datetime import datetime
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.calendar.const import CalendarEntityFeature, CalendarEventStatus
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, Reservation, ReservationState
from .booking_errors import booking_errors
from .building_entity import ReservationEntity
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import async_add_buildings

# One cancellation after another; the client sees to that as well.
PARALLEL_UPDATES = 1

CALENDAR_SUFFIX = "reservations"

_STATUS = {
    ReservationState.APPROVED: CalendarEventStatus.CONFIRMED,
    ReservationState.PENDING: CalendarEventStatus.TENTATIVE,
}


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add a calendar for each building that has amenities."""
    async_add_buildings(
        entry,
        async_add_entities,
        lambda data, building: (ReservationCalendar(data, building),),
        wanted=lambda building: building.has_amenities,
    )


class ReservationCalendar(ReservationEntity, CalendarEntity):
    """What the resident has booked in a building.

    Booking is not offered here: an event's name and time would have to be guessed into an amenity
    and its free hours. The action `carson.book_amenity` asks for them.
    """

    _attr_translation_key = "reservations"
    _attr_supported_features = CalendarEntityFeature.DELETE_EVENT

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Know the building."""
        super().__init__(data, building, CALENDAR_SUFFIX)

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """The reservation that goes on, or the next one; those denied or cancelled do not count."""
        live = self._live()
        return self._told(live[0]) if live else None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """List all reservations of a time, whatever became of them."""
        return [self._told(one) for one in self._reservations if one.begin < end_date and one.end > start_date]

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Cancel a reservation."""
        known = next((one for one in self._reservations if one.id == uid), None)
        name = self._building.name if known is None else known.amenity.name
        try:
            with booking_errors(self.coordinator.config_entry, name):
                await self.coordinator.client.amenities(self._building.id).cancel(uid)
        finally:
            await self.coordinator.async_refresh()

    def _told(self, reservation: Reservation) -> CalendarEvent:
        state = reservation.state
        name = reservation.amenity.name
        return CalendarEvent(
            start=reservation.begin,
            end=reservation.end,
            # On a page with many of them nobody may take a denied one for one's own.
            summary=name if state.is_active else f"{name} ({state.value})",
            description=state.value.capitalize(),
            location=self._building.name,
            uid=reservation.id,
            status=_STATUS.get(state),
        )
