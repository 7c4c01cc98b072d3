"""How cameras do: connected, recording; and whether a building can call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import BinarySensorEntity, BinarySensorEntityDescription
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import Building, BuildingCamera, CameraState
from .aiocarson.eagle_eye.models import DeviceStatus
from .building_entity import BuildingEntity
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import CameraEntity, async_add_buildings, async_add_cameras

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class CameraBinarySensorDescription(BinarySensorEntityDescription):
    """Describes a binary sensor by what it reads from a camera's status; None while that is not known."""

    value_fn: Callable[[DeviceStatus], bool | None]


DESCRIPTIONS = (
    CameraBinarySensorDescription(
        key="connectivity",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda status: None if status.state is None else status.state is CameraState.ONLINE,
    ),
    CameraBinarySensorDescription(
        key="recording",
        translation_key="recording",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda status: None if status.state is None else status.is_recording,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the binary sensors of each camera and of each building."""
    async_add_buildings(entry, async_add_entities, lambda data, building: (CallsBinarySensor(data, building),))
    async_add_cameras(
        entry,
        async_add_entities,
        lambda data, camera: (CameraBinarySensor(data, camera, description) for description in DESCRIPTIONS),
    )


class CameraBinarySensor(CameraEntity, BinarySensorEntity):
    """One aspect of a camera's status."""

    entity_description: CameraBinarySensorDescription

    def __init__(self, data: CarsonData, camera: BuildingCamera, description: CameraBinarySensorDescription) -> None:
        """Know the camera and what to read."""
        super().__init__(data, camera, f"-{description.key}")
        self.entity_description = description
        self._attr_entity_registry_enabled_default &= description.entity_registry_enabled_default

    @property
    @override
    def is_on(self) -> bool | None:
        """Read the camera's status."""
        return self.entity_description.value_fn(self._camera.status)


class CallsBinarySensor(BuildingEntity, BinarySensorEntity):
    """Whether the building's intercom can call the resident's telephone."""

    _attr_translation_key = "possible_to_receive_calls"
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False

    def __init__(self, data: CarsonData, building: Building) -> None:
        """Know the building."""
        super().__init__(data, building, "possible_to_receive_calls")

    @property
    @override
    def is_on(self) -> bool:
        """Read the building."""
        return self._building.possible_to_receive_calls
