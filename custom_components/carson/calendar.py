"""Calendars of the reservations in a building."""

from datetime import datetime
from typing import Any, override

from homeassistant.components.calendar import CalendarEntity, CalendarEvent
from homeassistant.components.calendar.const import (
    EVENT_END,
    EVENT_RRULE,
    EVENT_START,
    EVENT_SUMMARY,
    CalendarEntityFeature,
    CalendarEventStatus,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.translation import async_get_translations

from .aiocarson import Building, Reservation, ReservationState
from .booking import AmenityBooking
from .const import CONF_INACTIVE_RESERVATIONS, DEFAULT_INACTIVE_RESERVATIONS, DOMAIN
from .data import CarsonConfigEntry, CarsonData
from .entity import ReservationEntity
from .entity_sync import async_add_buildings
from .errors import errors_in_own_language, invalid_input, translated_reservation_errors

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
    """Calendar of the reservations in a building; an event that is added there books an amenity."""

    _attr_translation_key = "reservations"
    _attr_supported_features = CalendarEntityFeature.CREATE_EVENT | CalendarEntityFeature.DELETE_EVENT

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Initialize the calendar."""
        super().__init__(data, building, "reservations")
        self._words: dict[ReservationState, str] = {}
        options = data.reservations.config_entry.options
        self._shows_inactive = options.get(CONF_INACTIVE_RESERVATIONS, DEFAULT_INACTIVE_RESERVATIONS)

    @override
    async def async_added_to_hass(self) -> None:
        """Load the words for the states of reservations."""
        await super().async_added_to_hass()
        texts = await async_get_translations(self.hass, self.hass.config.language, "selector", [DOMAIN])
        prefix = f"component.{DOMAIN}.selector.reservation_state.options."
        self._words = {state: texts.get(f"{prefix}{state}", state.value) for state in ReservationState}

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
        """Return the reservations in a time range; denied and cancelled ones if the user wants to see them."""
        return [
            self._as_event(reservation)
            for reservation in self._reservations
            if reservation.begin < end_date
            and reservation.end > start_date
            and (reservation.state.is_active or self._shows_inactive)
        ]

    @override
    async def async_create_event(self, **kwargs: Any) -> None:
        """Book the amenity in the title of an event."""
        async with errors_in_own_language(self.hass):
            if kwargs.get(EVENT_RRULE):
                raise invalid_input("event_repeated")
            booking = AmenityBooking(self.coordinator, self._building.id, self._building.name)
            await booking.async_book_event(kwargs[EVENT_SUMMARY], kwargs[EVENT_START], kwargs[EVENT_END])

    @override
    async def async_delete_event(
        self, uid: str, recurrence_id: str | None = None, recurrence_range: str | None = None
    ) -> None:
        """Cancel a reservation."""
        reservation = next((reservation for reservation in self._reservations if reservation.id == uid), None)
        name = self._building.name if reservation is None else reservation.amenity.name
        try:
            async with errors_in_own_language(self.hass):
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
            summary=name if state.is_active else f"{name} ({self._words[state]})",
            description=self._words[state],
            location=self._building.name,
            # What has no id cannot be deleted.
            uid=reservation.id if state.is_active else None,
            status=_STATUS.get(state),
        )
