"""Base entities of the account, its buildings, doors and cameras."""

from datetime import datetime
import time
from typing import Any, override

from homeassistant.core import CALLBACK_TYPE, Context, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.helpers.update_coordinator import CoordinatorEntity
from homeassistant.util import dt as dt_util

from .aiocarson import Building, BuildingCamera, Camera, CameraState, Door, Reservation
from .base_coordinator import CarsonCoordinator
from .const import DOMAIN
from .coordinator import AccountCoordinator, CameraCoordinator, ReservationCoordinator
from .data import CarsonData
from .door_state import DoorRequest
from .errors import translated_errors
from .identifiers import (
    LAST_OPENING,
    account_identifier,
    account_unique_id,
    building_identifier,
    building_unique_id,
    camera_identifier,
    camera_unique_id,
    door_identifier,
    door_unique_id,
)
from .live_events.motion import MotionChange


class CarsonEntity[CoordinatorT: CarsonCoordinator[Any]](CoordinatorEntity[CoordinatorT]):
    """Base of all entities."""

    _attr_has_entity_name = True

    # Home Assistant fills the dictionary of an entity; with a few attributes more, it takes twice as much memory.
    __slots__ = ("_last_shown", "coordinator", "coordinator_context")

    def __init__(self, coordinator: CoordinatorT, *, unique_id: str, device_identifier: str) -> None:
        """Initialize the entity, which is called when its device has changed."""
        super().__init__(coordinator, device_identifier)
        self._attr_unique_id = unique_id
        self._last_shown: object = None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to changes, and catch up with those since the entity was created."""
        await super().async_added_to_hass()
        self._refresh()

    @callback
    def _refresh(self) -> None:
        """Take over what has changed; the state is written afterwards."""

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The device, which is needed only once: of thousands of entities, it would take much memory."""
        return DeviceInfo(identifiers={(DOMAIN, self.coordinator_context)})

    @property
    def _shown(self) -> object:
        """What the state shows of the coordinator's data; None if it is written after each change of them."""
        return None

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        """Write the state if what it shows has changed: a change concerns few of an account's entities."""
        self._refresh()
        shown = self._shown
        if shown is None or shown != self._last_shown:
            self._last_shown = shown
            super()._handle_coordinator_update()


class AccountEntity(CarsonEntity[AccountCoordinator]):
    """Base of the entities of the account itself."""

    def __init__(self, data: CarsonData, key: str) -> None:
        """Initialize the entity."""
        account_id = data.account.data.id
        super().__init__(
            data.account,
            unique_id=account_unique_id(account_id, key),
            device_identifier=account_identifier(account_id),
        )


class BuildingEntity(CarsonEntity[AccountCoordinator]):
    """Base of the entities that show the account's data of a building."""

    __slots__ = ("_building",)

    def __init__(self, data: CarsonData, building: Building, key: str) -> None:
        """Initialize the entity."""
        account_id = data.account.data.id
        super().__init__(
            data.account,
            unique_id=building_unique_id(account_id, building.id, key),
            device_identifier=building_identifier(account_id, building.id),
        )
        self._building = building

    @property
    @override
    def available(self) -> bool:
        """Whether the account has the building."""
        return super().available and self._current is not None

    @callback
    @override
    def _refresh(self) -> None:
        self._building = self._current or self._building

    @property
    def _current(self) -> Building | None:
        return self.coordinator.index.buildings.get(self._building.id)


class ReservationEntity(CarsonEntity[ReservationCoordinator]):
    """Base of the entities that show the reservations in a building."""

    __slots__ = ("_building",)

    def __init__(self, data: CarsonData, building: Building, key: str) -> None:
        """Initialize the entity."""
        account_id = data.account.data.id
        super().__init__(
            data.reservations,
            unique_id=building_unique_id(account_id, building.id, key),
            device_identifier=building_identifier(account_id, building.id),
        )
        self._building = building

    @property
    @override
    def available(self) -> bool:
        """Whether the reservations are known and not outdated."""
        return super().available and self._building.id in self.coordinator.data.available_building_ids

    @property
    def _reservations(self) -> tuple[Reservation, ...]:
        """All known reservations by begin, including denied and cancelled ones."""
        return self.coordinator.data.by_building.get(self._building.id, ())

    def _active_reservations(self) -> list[Reservation]:
        """Return the reservations that are approved or pending, and not over."""
        now = dt_util.utcnow()
        return [
            reservation for reservation in self._reservations if reservation.state.is_active and reservation.end > now
        ]


class TimedReservationEntity(ReservationEntity):
    """Base of the entities whose state changes when a reservation begins or ends."""

    _cancel_timer: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        """Start the timer."""
        await super().async_added_to_hass()
        self.async_on_remove(self._stop_timer)
        self._start_timer()

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        super()._handle_coordinator_update()
        self._start_timer()

    def _start_timer(self) -> None:
        """Write the state when the next reservation begins or ends."""
        now = dt_util.utcnow()
        active = self._active_reservations()
        times = (time for reservation in active for time in (reservation.begin, reservation.end) if time > now)
        self._stop_timer()
        if (time := min(times, default=None)) is not None:
            self._cancel_timer = async_track_point_in_utc_time(self.hass, self._handle_timer, time)

    @callback
    def _handle_timer(self, _now: datetime) -> None:
        self._cancel_timer = None
        self.async_write_ha_state()
        self._start_timer()

    @callback
    def _stop_timer(self) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None


class DoorEntity(CarsonEntity[AccountCoordinator]):
    """Base of the entities of a door."""

    __slots__ = ("_door", "_door_state")

    def __init__(self, data: CarsonData, door: Door, key: str | None = None) -> None:
        """Initialize the entity."""
        account_id = data.account.data.id
        super().__init__(
            data.account,
            unique_id=door_unique_id(account_id, door.id, key),
            device_identifier=door_identifier(account_id, door.id),
        )
        self._door = door
        self._door_state = data.door_state(door.id)
        if door.staff_only:
            self._attr_entity_registry_enabled_default = False

    @property
    @override
    def available(self) -> bool:
        """Whether the account has the door and Carson reports it as usable.

        Failed polls do not count. Actions on unavailable entities are skipped without an error, but a request
        to open the door shows at once whether Carson can be reached.
        """
        return self._current is not None and self._door.usable

    @callback
    @override
    def _refresh(self) -> None:
        self._door = self._current or self._door

    @property
    @override
    def _shown(self) -> object:
        return (self._door, self.available)

    @property
    def _current(self) -> Door | None:
        return self.coordinator.index.doors.get(self._door.id)

    @property
    def _cameras(self) -> tuple[Camera, ...]:
        """The cameras at Eagle Eye that, according to Carson, show the door."""
        return self.coordinator.index.door_cameras.get(self._door.id, ())

    @property
    def _camera_entity_id(self) -> str | None:
        """The enabled camera entity that shows the door, if there is one."""
        registry = er.async_get(self.hass)
        for camera in self._cameras:
            unique_id = camera_unique_id(self.coordinator.data.id, str(camera.live_view_id))
            entity_id = registry.async_get_entity_id("camera", DOMAIN, unique_id)
            registered = None if entity_id is None else registry.async_get(entity_id)
            if registered is not None and not registered.disabled:
                return entity_id
        return None

    @property
    def _image_entity_id(self) -> str | None:
        """The image entity of the door, unless there is none or it is disabled."""
        registry = er.async_get(self.hass)
        unique_id = door_unique_id(self.coordinator.data.id, self._door.id, LAST_OPENING)
        entity_id = registry.async_get_entity_id("image", DOMAIN, unique_id)
        registered = None if entity_id is None else registry.async_get(entity_id)
        return None if registered is None or registered.disabled else entity_id

    async def async_open_door(self, context: Context | None, at: float | None = None) -> None:
        """Open the door with one request; nothing is repeated.

        Args:
            context: Who or what asks for it.
            at: When it was asked for, in seconds of the monotonic clock; None for now.
        """
        request = DoorRequest(
            entity_id=self.entity_id,
            door_name=self._door.name,
            context=context,
            at=time.monotonic() if at is None else at,
            image=self._image_entity_id,
        )
        with translated_errors(self._door.name):
            await self._door_state.async_open(request)


class CameraEntity(CarsonEntity[CameraCoordinator]):
    """Base of the entities of a camera."""

    __slots__ = ("_camera",)

    def __init__(self, data: CarsonData, camera: BuildingCamera, key: str | None = None) -> None:
        """Initialize the entity."""
        account_id = data.account.data.id
        super().__init__(
            data.cameras,
            unique_id=camera_unique_id(account_id, camera.id, key),
            device_identifier=camera_identifier(account_id, camera.id),
        )
        self._camera = camera
        if camera.staff_only:
            self._attr_entity_registry_enabled_default = False

    @property
    def info(self) -> BuildingCamera:
        """The camera as it was last reported."""
        return self._camera

    @property
    def _may_be_online(self) -> bool:
        """Whether Eagle Eye reports the camera online, or no status."""
        return self._camera.status.state in {CameraState.ONLINE, None}

    @property
    @override
    def available(self) -> bool:
        """Whether the camera is in its building's device list, which is not outdated, or gives pictures."""
        return super().available and self.coordinator.data.is_available(self._camera)

    @property
    @override
    def _shown(self) -> object:
        return (self._camera, self.available)

    @callback
    @override
    def _refresh(self) -> None:
        self._camera = self.coordinator.data.by_id.get(self._camera.id, self._camera)


class MotionEntity(CameraEntity):
    """Base of the entities that show the motion in front of a camera, which live events report."""

    __slots__ = ("_live_events", "_motion")

    def __init__(self, data: CarsonData, camera: BuildingCamera, key: str) -> None:
        """Initialize the entity."""
        super().__init__(data, camera, key)
        self._live_events = data.live_events
        self._motion = data.live_events.motion(camera.id)

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the motion, and to whether events are received."""
        await super().async_added_to_hass()
        self.async_on_remove(self._motion.async_add_listener(self._handle_motion))
        self.async_on_remove(self._live_events.async_add_listener(self._camera.id, self._handle_coordinator_update))

    @property
    @override
    def available(self) -> bool:
        """Whether the camera is online and its events are received; short interruptions do not matter."""
        return super().available and self._may_be_online and self._live_events.is_received(self._camera)

    @property
    @override
    def _shown(self) -> object:
        return (self.available, self._motion.is_on)

    @callback
    def _handle_motion(self, change: MotionChange | None) -> None:
        """Handle a change of the motion."""
        self._handle_coordinator_update()
