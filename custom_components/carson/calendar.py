"""Calendars of the reservations in a building."""

from datetime import datetime
from typing import override

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.calendar.const import CalendarEntityFeature, CalendarEventStatus
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, Reservation, ReservationState
from .data import CarsonConfigEntry, CarsonData
from .entity import ReservationEntity
from .entity_sync import async_add_buildings
from .errors import translated_reservation_errors

# Cancellations wait for each other; the client sees to that as well.
PARALLEL_UPDATES = 1

_STATUS = {
    ReservationState.APPROVED: CalendarEventStatus.CONFIRMED,
    ReservationState.PENDING: CalendarEventStatus.TENTATIVE,
}


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the calendars of an account."""
    async_add_buildings(
        entry,
        async_add_entities,
        ReservationCalendar,
        exists_fn=lambda building: building.has_amenities,
    )


class ReservationCalendar(ReservationEntity, CalendarEntity):
    """Calendar of the reservations in a building.

    Events cannot be created: amenity and hours would have to be guessed from a name and a time. The action
    `carson.book_amenity` has fields for them.
    """

    _attr_translation_key = "reservations"
    _attr_supported_features = CalendarEntityFeature.DELETE_EVENT

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Initialize the calendar."""
        super().__init__(data, building, "reservations")

    @property
    @override
    def event(self) -> CalendarEvent | None:
        """The current reservation or the next one; denied and cancelled ones do not count."""
        active = self._active_reservations()
        return self._as_event(active[0]) if active else None

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        """Return all reservations in a time range, including denied and cancelled ones."""
        return [
            self._as_event(reservation)
            for reservation in self._reservations
            if reservation.begin < end_date and reservation.end > start_date
        ]

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Cancel a reservation."""
        reservation = next((reservation for reservation in self._reservations if reservation.id == uid), None)
        name = self._building.name if reservation is None else reservation.amenity.name
        try:
            with translated_reservation_errors(name):
                await self.coordinator.client.amenities(self._building.id).cancel(uid)
            self.coordinator.async_note_cancelled(self._building.id, uid)
        finally:
            await self.coordinator.async_refresh()

    def _as_event(self, reservation: Reservation) -> CalendarEvent:
        state = reservation.state
        name = reservation.amenity.name
        return CalendarEvent(
            start=reservation.begin,
            end=reservation.end,
            # Without its state, a denied reservation would look like a valid one on a crowded page.
            summary=name if state.is_active else f"{name} ({state.value})",
            description=state.value.capitalize(),
            location=self._building.name,
            uid=reservation.id,
            status=_STATUS.get(state),
        )
