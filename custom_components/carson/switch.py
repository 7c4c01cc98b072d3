"""Switches that end and resume the traffic of cameras."""

from typing import Any, override

from homeassistant.components.switch import SwitchEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import BuildingCamera
from .data import CarsonConfigEntry, CarsonData
from .entity import CameraEntity
from .entity_sync import async_add_cameras

# A switch only changes what happens here.
PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the switches of an account."""
    async_add_cameras(entry, async_add_entities, CameraTrafficSwitch)


class CameraTrafficSwitch(CameraEntity, SwitchEntity):
    """Switch for the pictures and video of a camera; the camera itself, which belongs to the building, stays on."""

    __slots__ = ("_traffic",)

    _attr_translation_key = "camera"
    _attr_entity_category = EntityCategory.CONFIG

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the switch."""
        super().__init__(data, camera, "traffic")
        self._traffic = data.traffic

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the camera, which can be switched as well."""
        await super().async_added_to_hass()
        self.async_on_remove(self._traffic.async_add_listener(self._camera.id, self.async_write_ha_state))

    @property
    @override
    def available(self) -> bool:
        """Whether there is such a camera; what its state is does not matter."""
        return self._camera.id in self.coordinator.data.by_id

    @property
    @override
    def is_on(self) -> bool:
        """Whether the traffic is switched on."""
        return self._traffic.is_on(self._camera.id)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Allow traffic again."""
        await self._traffic.async_switch(self._camera.id, is_on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """End all traffic until it is switched on again."""
        await self._traffic.async_switch(self._camera.id, is_on=False)
