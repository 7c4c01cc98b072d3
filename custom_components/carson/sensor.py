"""Sensors of the account, its buildings and cameras."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.components.sensor.const import SensorStateClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType
from homeassistant.util import dt as dt_util

from .aiocarson import Building, BuildingCamera, Reservation
from .data import CarsonConfigEntry, CarsonData
from .entity import AccountEntity, BuildingEntity, CameraEntity, TimedReservationEntity
from .entity_sync import async_add_buildings, async_add_cameras

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class BuildingSensorDescription(SensorEntityDescription):
    """Describes a sensor of a building.

    Attributes:
        value_fn: Returns the state, None if it is unknown.
        exists_fn: Returns whether the building has the sensor.
        enabled_fn: Returns whether the sensor of the building is enabled by default.
    """

    value_fn: Callable[[Building], StateType | datetime]
    exists_fn: Callable[[Building], bool] = lambda _: True
    enabled_fn: Callable[[Building], bool] = lambda _: True


@dataclass(frozen=True, kw_only=True)
class ReservationSensorDescription(SensorEntityDescription):
    """Describes a sensor of a building with amenities.

    Attributes:
        value_fn: Returns the state from the reservations that are approved or pending, and not over.
    """

    value_fn: Callable[[list[Reservation]], StateType | datetime]


BUILDING_SENSORS = (
    BuildingSensorDescription(
        key="visitor_invites_left",
        translation_key="visitor_invites_left",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda building: building.visitor_invites_left,
        enabled_fn=lambda building: building.visitor_invite_enabled,
    ),
)

RESERVATION_SENSORS = (
    ReservationSensorDescription(
        key="next_reservation",
        translation_key="next_reservation",
        device_class=SensorDeviceClass.TIMESTAMP,
        value_fn=lambda reservations: min(
            (reservation.begin for reservation in reservations if reservation.begin > dt_util.utcnow()), default=None
        ),
    ),
    ReservationSensorDescription(
        key="upcoming_reservations",
        translation_key="upcoming_reservations",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=len,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the sensors of an account."""
    async_add_entities([SignInExpirySensor(entry.runtime_data)])
    for building_description in BUILDING_SENSORS:
        async_add_buildings(
            entry,
            async_add_entities,
            partial(BuildingSensor, description=building_description),
            exists_fn=building_description.exists_fn,
        )
    for description in RESERVATION_SENSORS:
        async_add_buildings(
            entry,
            async_add_entities,
            partial(ReservationSensor, description=description),
            exists_fn=lambda building: building.has_amenities,
        )
    async_add_cameras(entry, async_add_entities, LastPictureSensor)


class BuildingSensor(BuildingEntity, SensorEntity):
    """Sensor of a building."""

    entity_description: BuildingSensorDescription

    def __init__(self, data: CarsonData, building: Building, description: BuildingSensorDescription) -> None:
        """Initialize the sensor."""
        super().__init__(data, building, description.key)
        self.entity_description = description
        self._attr_entity_registry_enabled_default = (
            description.entity_registry_enabled_default and description.enabled_fn(building)
        )

    @property
    @override
    def _shown(self) -> object:
        return (self.available, self.native_value)

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The state."""
        return self.entity_description.value_fn(self._building)


class ReservationSensor(TimedReservationEntity, SensorEntity):
    """Sensor of the reservations in a building."""

    entity_description: ReservationSensorDescription

    def __init__(self, data: CarsonData, building: Building, description: ReservationSensorDescription) -> None:
        """Initialize the sensor."""
        super().__init__(data, building, description.key)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The state."""
        return self.entity_description.value_fn(self._active_reservations())


class SignInExpirySensor(AccountEntity, SensorEntity):
    """Sensor of the time when the token expires; unknown if the token does not name it."""

    _attr_translation_key = "sign_in_expiry"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, data: CarsonData) -> None:
        """Initialize the sensor."""
        super().__init__(data, "sign_in_expiry")

    @override
    async def async_added_to_hass(self) -> None:
        """Look after each update whether there is another token: that is no change of the account."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_add_update_listener(self._handle_coordinator_update))

    @property
    @override
    def _shown(self) -> object:
        return (self.available, self.native_value)

    @property
    @override
    def available(self) -> bool:
        """Whether there is a token; it does not matter whether Carson can be reached."""
        return self.coordinator.client.token is not None

    @property
    @override
    def native_value(self) -> datetime | None:
        """The time when the token expires."""
        return self.coordinator.client.token_expires_at


class LastPictureSensor(CameraEntity, SensorEntity):
    """Sensor of the time when the picture that viewers see was taken, as Eagle Eye reports it.

    Not an attribute of the camera, and disabled by default: it changes with every picture, which would fill the
    history.
    """

    _attr_translation_key = "last_picture"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the sensor."""
        super().__init__(data, camera, "last_picture")
        self._attr_entity_registry_enabled_default = False
        self._media = data.media

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to new pictures; none is fetched for this sensor."""
        await super().async_added_to_hass()
        self.async_on_remove(self._media.async_add_still_listener(self._camera.id, self.async_write_ha_state))

    @property
    @override
    def _shown(self) -> object:
        return (super()._shown, self.native_value)

    @property
    @override
    def native_value(self) -> datetime | None:
        """The time of the last picture; unknown until somebody views the camera."""
        streams = self._media.get(self._camera.id)
        still = streams.snapshots.last if streams is not None else None
        return still.taken_at if still is not None else None
