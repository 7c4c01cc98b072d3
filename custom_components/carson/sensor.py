"""When a camera's last picture was taken, and what there is to tell of buildings and the account."""

from datetime import datetime
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .aiocarson import BuildingCamera
from .building_sensors import RESERVATION_SENSORS, InvitesLeftSensor, ReservationSensor, SignInExpirySensor
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import CameraEntity, async_add_buildings, async_add_cameras

PARALLEL_UPDATES = 0


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add the sensors of each camera, of each building, and of the account."""
    async_add_entities([SignInExpirySensor(entry.runtime_data)])
    async_add_buildings(entry, async_add_entities, lambda data, building: (InvitesLeftSensor(data, building),))
    async_add_buildings(
        entry,
        async_add_entities,
        lambda data, building: (ReservationSensor(data, building, what) for what in RESERVATION_SENSORS),
        wanted=lambda building: building.has_amenities,
    )
    async_add_cameras(entry, async_add_entities, lambda data, camera: (LastPictureSensor(data, camera),))


class LastPictureSensor(CameraEntity, SensorEntity):
    """Tells when the picture was taken that viewers see, by Eagle Eye's own word.

    A sensor and not an attribute of the camera, and disabled by default: it changes with every
    picture, which is more than most people want in their history.
    """

    _attr_translation_key = "last_picture"
    _attr_device_class = SensorDeviceClass.TIMESTAMP
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Know the camera and its pictures."""
        super().__init__(data, camera, "-last_picture")
        self._attr_entity_registry_enabled_default = False
        self._media = data.media

    @override
    async def async_added_to_hass(self) -> None:
        """Follow the pictures as they come; none is fetched for this."""
        await super().async_added_to_hass()
        self.async_on_remove(self._media.async_add_still_listener(self._camera.id, self.async_write_ha_state))

    @property
    @override
    def native_value(self) -> datetime | None:
        """Read it off the last picture; unknown while nobody has looked."""
        media = self._media.get(self._camera.id)
        still = media.snapshots.last if media is not None else None
        return still.taken_at if still is not None else None
