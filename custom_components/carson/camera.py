"""Cameras: stills that are shared, and live view that does not end with Eagle Eye's url."""

import asyncio
from typing import Any, override

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.prefs import DynamicStreamSettings, get_dynamic_camera_stream_settings
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from .aiocarson import BuildingCamera, CameraState
from .const import DOMAIN, STILL_SECONDS
from .coordinator import CarsonConfigEntry, CarsonData
from .entity import CameraEntity, async_add_cameras, translated_errors
from .media.live_view import live_url

PARALLEL_UPDATES = 0

ATTR_PICTURE_FROZEN = "picture_frozen"
ATTR_SWITCHED_ON = "switched_on"

# Asking more often than the cache refreshes would only send the same picture again.
_FRAME_SECONDS = 10
# A worker reads on until the next packet before it sees that it should stop.
_STOP_SECONDS = 3


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Add each camera."""
    async_add_cameras(entry, async_add_entities, lambda data, camera: (CarsonCameraEntity(data, camera),))


class CarsonCameraEntity(CameraEntity, Camera, RestoreEntity):
    """A camera of the building.

    Switching it off here ends its traffic; the camera itself goes on, it belongs to the building.
    """

    _attr_name = None
    _attr_translation_key = "camera"
    _attr_brand = "Eagle Eye Networks"
    _attr_frame_interval = _FRAME_SECONDS
    _attr_supported_features = CameraEntityFeature.STREAM | CameraEntityFeature.ON_OFF

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Know the camera and where its pictures come from."""
        CameraEntity.__init__(self, data, camera)
        Camera.__init__(self)
        self._entry = data.cameras.config_entry
        self._hub = data.media

    @override
    async def async_added_to_hass(self) -> None:
        """Be as on or off as before the restart."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._attr_is_on = stored.as_dict().get(ATTR_SWITCHED_ON) is not False
        # Before Home Assistant's server closes the player's connection, which would log that as an error.
        end = HassJob(self._async_end_traffic, f"end traffic of {self.entity_id}")
        self.async_on_remove(self.hass.async_add_shutdown_job(end))
        if self.hass.is_running:
            # At a start Home Assistant itself sees to the streams to be kept ready.
            await self._async_resume_preload()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End the player of this entity and its sources."""
        await self._async_end_traffic()
        await super().async_will_remove_from_hass()

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """Tell what is to survive a restart."""
        return RestoredExtraData({ATTR_SWITCHED_ON: self.is_on})

    @property
    @override
    def available(self) -> bool:
        """Follow Eagle Eye's status bits: neither one failed still nor a stream's pause takes a camera away."""
        # Camera's own property, which would follow the stream's restarts, is not asked: see the order of the bases.
        # Nor does a status that tells nothing, as long as nothing else has been told.
        return super().available and self._camera.status.state in {CameraState.ONLINE, None}

    @property
    @override
    def is_recording(self) -> bool:
        """Tell whether Eagle Eye records this camera now."""
        return self._camera.status.is_recording

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Tell whether it is switched on here, and whether it only repeats an old picture."""
        media = self._hub.get(self._camera.id)
        return {
            ATTR_SWITCHED_ON: self.is_on,
            ATTR_PICTURE_FROZEN: media is not None and media.snapshots.frozen,
        }

    @override
    async def stream_source(self) -> str | None:
        """Tell the address of our own live view: no secret of the cloud's in it, no request needed for it."""
        if not self.is_on:
            return None
        media = self._hub.of(self._camera.building_id, self._camera.id)
        return live_url(self.hass, self._entry.entry_id, self._camera.id, media)

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes:
        """Tell the newest still, at most as old as viewers would see it anyway."""
        if not self.is_on:
            raise self._problem("camera_is_off")
        media = self._hub.of(self._camera.building_id, self._camera.id)
        try:
            with translated_errors(self._entry, self._camera.name):
                async with asyncio.timeout(STILL_SECONDS):
                    still = await media.snapshots.get()
        except TimeoutError as err:
            raise self._problem("still_too_slow") from err
        return still.content

    @override
    async def async_turn_off(self) -> None:
        """End all traffic of this camera until it is switched on again."""
        self._attr_is_on = False
        self.async_write_ha_state()
        await self._async_end_traffic()

    @override
    async def async_turn_on(self) -> None:
        """Show pictures again."""
        self._attr_is_on = True
        self.async_write_ha_state()
        await self._async_resume_preload()

    async def _async_end_traffic(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            # Settings of its own: the shared ones may say that this stream is to be kept ready.
            stream.dynamic_stream_settings = DynamicStreamSettings(preload_stream=False)
            stopping = self.hass.async_create_task(stream.stop(), f"stop stream of {self.entity_id}")
            # Were its source gone first, the worker would call that an error.
            await asyncio.wait({stopping}, timeout=_STOP_SECONDS)
            await self._hub.async_drop(self._camera.id)
            await stopping
        await self._hub.async_drop(self._camera.id)

    async def _async_resume_preload(self) -> None:
        """Start the stream that the user wants to be kept ready."""
        if "stream" not in self.hass.config.components or not self.is_on:
            return
        settings = await get_dynamic_camera_stream_settings(self.hass, self.entity_id)
        if settings.preload_stream and (stream := await self.async_create_stream()) is not None:
            stream.add_provider(HLS_PROVIDER)
            await stream.start()

    def _problem(self, key: str) -> HomeAssistantError:
        return HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key=key,
            translation_placeholders={"name": self._camera.name},
        )
