"""News of reservations: the building has approved, denied or cancelled one."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, Reservation, ReservationState
from .building_entity import ReservationEntity
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import async_add_buildings

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add an event for each building that has amenities."""
    async_add_buildings(
        entry,
        async_add_entities,
        lambda data, building: (ReservationEvent(data, building),),
        wanted=lambda building: building.has_amenities,
    )


class ReservationEvent(ReservationEntity, EventEntity):
    """Tells that a reservation has got another state."""

    _attr_translation_key = "reservation"

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Know the building."""
        super().__init__(data, building, "reservation")
        self._attr_event_types = [state.value for state in ReservationState if state is not ReservationState.UNKNOWN]
        self._states: dict[str, ReservationState] | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Take what is known by now as old news."""
        await super().async_added_to_hass()
        self._look()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        self._tell(self._look())
        super()._handle_coordinator_update()

    def _look(self) -> list[tuple[ReservationState, Reservation]]:
        """Tell which reservations have got another state since the last look, with the former one."""
        if self._building.id not in self.coordinator.data.by_building:
            return []
        before, self._states = self._states or {}, {one.id: one.state for one in self._reservations}
        return [
            (before[one.id], one)
            for one in self._reservations
            if before.get(one.id, one.state) is not one.state and one.state is not ReservationState.UNKNOWN
        ]

    def _tell(self, changes: list[tuple[ReservationState, Reservation]]) -> None:
        time_zone_of = self.coordinator.client.amenities(self._building.id).time_zone_of
        for before, one in changes:
            zone = time_zone_of(one.amenity)
            self._trigger_event(
                one.state.value,
                {
                    "previous": before.value,
                    "reservation_id": one.id,
                    "amenity": one.amenity.name,
                    "begin": one.begin.astimezone(zone).isoformat(),
                    "end": one.end.astimezone(zone).isoformat(),
                },
            )
            # Each is written for itself, so that each can trigger an automation.
            self.async_write_ha_state()
