"""Events: doors that somebody wanted to open, reservations whose state has changed, motion in front of cameras."""

from typing import Any, override

from homeassistant.components.event import EventEntity
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .aiocarson import ApiError, Building, BuildingCamera, Door, Reservation, ReservationState
from .const import ENDED, FAILED, OPENED, STARTED, UNCLEAR
from .data import CarsonConfigEntry, CarsonData
from .door_state import DoorOutcome
from .entity import DoorEntity, MotionEntity, ReservationEntity
from .entity_sync import async_add_buildings, async_add_cameras_with_events, async_add_doors
from .errors import message_key
from .identifiers import MOTION_EVENT
from .live_events.motion import MotionChange

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the events of an account."""
    async_add_doors(entry, async_add_entities, DoorEvent)
    async_add_buildings(
        entry,
        async_add_entities,
        ReservationEvent,
        exists_fn=lambda building: building.has_amenities,
    )
    async_add_cameras_with_events(entry, async_add_entities, MotionEvent)


class DoorEvent(DoorEntity, EventEntity):
    """Event of a request to open a door, with its outcome."""

    _attr_translation_key = "opening"

    def __init__(self, data: CarsonData, door: Door) -> None:
        """Initialize the event."""
        super().__init__(data, door, "opening")
        self._attr_event_types = [OPENED, FAILED, UNCLEAR]

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the outcomes."""
        await super().async_added_to_hass()
        self.async_on_remove(self._door_state.async_add_outcome_listener(self._handle_outcome))

    @callback
    def _handle_outcome(self, outcome: DoorOutcome) -> None:
        context = outcome.request.context
        if context is not None:
            # The activity shows who it was.
            self.async_set_context(context)
        self._trigger_event(outcome.result, self._event_attributes(outcome))
        self.async_write_ha_state()

    def _event_attributes(self, outcome: DoorOutcome) -> dict[str, Any]:
        """Return who asked, through which entity, and why the door was not opened; nothing of it is secret."""
        error = outcome.error
        return {
            "requested_through": outcome.request.entity_id,
            "requested_by": _find_person(self.hass, outcome.request.context),
            "reason": None if error is None else message_key(error),
            "message": error.reason if isinstance(error, ApiError) else None,
            **outcome.request.image_data,
        }


def _find_person(hass: HomeAssistant, context: Context | None) -> str | None:
    """Return the entity id of the person who is behind a request; None if it was not a person."""
    if context is None or context.user_id is None:
        return None
    people = hass.states.async_all("person")
    return next((person.entity_id for person in people if person.attributes.get("user_id") == context.user_id), None)


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


class MotionEvent(MotionEntity, EventEntity):
    """Event of motion in front of a camera, when it begins and when it ends.

    It has no device class: HomeKit would take the end for another motion.
    """

    _attr_translation_key = "motion"

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the event."""
        super().__init__(data, camera, MOTION_EVENT)
        self._attr_event_types = [STARTED, ENDED]

    @property
    @override
    def _shown(self) -> object:
        return self.available

    @callback
    @override
    def _handle_motion(self, change: MotionChange | None) -> None:
        if change is None:
            return
        begin = dt_util.as_local(change.begin).isoformat()
        if change.end is None:
            self._trigger_event(STARTED, {"begin": begin})
        else:
            duration = (change.end - change.begin).total_seconds()
            self._trigger_event(ENDED, {"begin": begin, "duration": round(duration, 1)})
        self.async_write_ha_state()
