"""Binary sensors: connectivity, recording and motion of the cameras, calls of the buildings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, BuildingCamera, CameraState
from .data import CarsonConfigEntry, CarsonData
from .entity import BuildingEntity, CameraEntity, MotionEntity
from .entity_sync import async_add_buildings, async_add_cameras, async_add_cameras_with_events
from .identifiers import MOTION

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class CameraBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a camera; `value_fn` returns None if the value is unknown."""

    value_fn: Callable[[BuildingCamera], bool | None]


@dataclass(frozen=True, kw_only=True)
class BuildingBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor of a building; buildings without it are those for which `exists_fn` is false."""

    value_fn: Callable[[Building], bool | None]
    exists_fn: Callable[[Building], bool] = lambda _: True


CAMERA_BINARY_SENSORS = (
    CameraBinarySensorDescription(
        key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda camera: None if camera.state is None else camera.state is CameraState.ONLINE,
    ),
    CameraBinarySensorDescription(
        key="recording",
        translation_key="recording",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda camera: camera.is_recording,
    ),
)

BUILDING_BINARY_SENSORS = (
    BuildingBinarySensorDescription(
        key="possible_to_receive_calls",
        translation_key="possible_to_receive_calls",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda building: building.possible_to_receive_calls,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the binary sensors of an account."""
    for building_description in BUILDING_BINARY_SENSORS:
        async_add_buildings(
            entry,
            async_add_entities,
            partial(BuildingBinarySensor, description=building_description),
            exists_fn=building_description.exists_fn,
        )
    for camera_description in CAMERA_BINARY_SENSORS:
        async_add_cameras(entry, async_add_entities, partial(CameraBinarySensor, description=camera_description))
    async_add_cameras_with_events(entry, async_add_entities, MotionBinarySensor)


class MotionBinarySensor(MotionEntity, BinarySensorEntity):
    """Whether there is motion in front of a camera."""

    _attr_device_class = BinarySensorDeviceClass.MOTION

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the binary sensor."""
        super().__init__(data, camera, MOTION)

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether there is motion; None while no events arrive."""
        return self._motion.is_on


class CameraBinarySensor(CameraEntity, BinarySensorEntity):
    """Binary sensor of a camera."""

    entity_description: CameraBinarySensorDescription

    def __init__(self, data: CarsonData, camera: BuildingCamera, description: CameraBinarySensorDescription) -> None:
        """Initialize the binary sensor."""
        super().__init__(data, camera, description.key)
        self.entity_description = description
        if not description.entity_registry_enabled_default:
            self._attr_entity_registry_enabled_default = False

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the binary sensor is on."""
        return self.entity_description.value_fn(self._camera)


class BuildingBinarySensor(BuildingEntity, BinarySensorEntity):
    """Binary sensor of a building."""

    entity_description: BuildingBinarySensorDescription

    def __init__(self, data: CarsonData, building: Building, description: BuildingBinarySensorDescription) -> None:
        """Initialize the binary sensor."""
        super().__init__(data, building, description.key)
        self.entity_description = description

    @property
    @override
    def _shown(self) -> object:
        return (self.available, self.is_on)

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the binary sensor is on."""
        return self.entity_description.value_fn(self._building)
