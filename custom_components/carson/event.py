"""Events of reservations: the building approved, denied or cancelled one."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, Reservation, ReservationState
from .data import CarsonConfigEntry, CarsonData
from .entity import ReservationEntity
from .entity_sync import async_add_buildings

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the events of an account."""
    async_add_buildings(
        entry,
        async_add_entities,
        ReservationEvent,
        exists_fn=lambda building: building.has_amenities,
    )


class ReservationEvent(ReservationEntity, EventEntity):
    """Event of a reservation whose state has changed."""

    _attr_translation_key = "reservation"

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Initialize the event."""
        super().__init__(data, building, "reservation")
        self._attr_event_types = [state.value for state in ReservationState if state is not ReservationState.UNKNOWN]
        self._states: dict[str, ReservationState] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Store the present states, which trigger no event."""
        await super().async_added_to_hass()
        self._store_states()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        for previous, reservation in self._store_states():
            self._trigger(previous, reservation)
        super()._handle_coordinator_update()

    def _store_states(self) -> list[tuple[ReservationState, Reservation]]:
        """Store the states; return the reservations whose state has changed, with their previous states."""
        if self._building.id not in self.coordinator.data.by_building:
            return []
        previous = self._states or {}
        self._states = {reservation.id: reservation.state for reservation in self._reservations}
        return [
            (previous[reservation.id], reservation)
            for reservation in self._reservations
            if reservation.state is not ReservationState.UNKNOWN
            and previous.get(reservation.id, reservation.state) is not reservation.state
        ]

    def _trigger(self, previous: ReservationState, reservation: Reservation) -> None:
        zone = self.coordinator.client.amenities(self._building.id).time_zone_of(reservation.amenity)
        self._trigger_event(
            reservation.state.value,
            {
                "previous": previous.value,
                "reservation_id": reservation.id,
                "amenity": reservation.amenity.name,
                "begin": reservation.begin.astimezone(zone).isoformat(),
                "end": reservation.end.astimezone(zone).isoformat(),
            },
        )
        # One state for each event, so that each can trigger an automation.
        self.async_write_ha_state()
