"""Cameras: shared stills, and a live view that outlasts Eagle Eye's urls."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
import logging
from typing import Any, override

from homeassistant.components.camera import Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.prefs import DynamicStreamSettings, get_dynamic_camera_stream_settings
from homeassistant.components.stream import Stream
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.components.stream.hls import HlsStreamOutput
from homeassistant.core import HassJob, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity

from .aiocarson import BuildingCamera, CameraState
from .const import ATTR_SWITCHED_ON
from .data import CarsonConfigEntry, CarsonData
from .entity import CameraEntity
from .entity_sync import async_add_cameras
from .errors import action_failed, translated_errors
from .media.live_view import live_url
from .media.manager import MAX_LIVE_VIEWS

PARALLEL_UPDATES = 0

ATTR_PICTURE_FROZEN = "picture_frozen"

# More frequent requests would get the same picture from the cache.
_FRAME_INTERVAL = 10
# The stream worker notices that it should stop when it next receives a packet.
_STOP_TIMEOUT = 3

_creating_stream: ContextVar[bool] = ContextVar("carson_creating_stream", default=False)
"""Whether the live view is requested for Home Assistant's own stream."""


async def async_setup_entry(
    hass: HomeAssistant, entry: CarsonConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback
) -> None:
    """Set up the camera entities of an account."""
    async_add_cameras(entry, async_add_entities, CarsonCameraEntity)


class CarsonCameraEntity(CameraEntity, Camera, RestoreEntity):
    """A camera of a building.

    Turning it off ends its traffic here; the camera itself, which belongs to the building, stays on.
    """

    _attr_name = None
    _attr_translation_key = "camera"
    _attr_brand = "Eagle Eye Networks"
    _attr_frame_interval = _FRAME_INTERVAL
    _attr_supported_features = CameraEntityFeature.STREAM | CameraEntityFeature.ON_OFF

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the camera."""
        CameraEntity.__init__(self, data, camera)
        Camera.__init__(self)
        self._entry = data.cameras.config_entry
        self._media = data.media

    @override
    async def async_added_to_hass(self) -> None:
        """Restore whether the camera was turned off."""
        await super().async_added_to_hass()
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._attr_is_on = stored.as_dict().get(ATTR_SWITCHED_ON) is not False
        # Before Home Assistant's server closes the player's connection, which would be logged as an error.
        end = HassJob(self._async_end_traffic, f"end traffic of {self.entity_id}")
        self.async_on_remove(self.hass.async_add_shutdown_job(end))
        if self.hass.is_running:
            # During startup Home Assistant itself starts the preloaded streams.
            await self._async_resume_preload()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """End the stream and all traffic of the camera."""
        await self._async_end_traffic()
        await super().async_will_remove_from_hass()

    @property
    @override
    def extra_restore_state_data(self) -> ExtraStoredData:
        """Return whether the camera is turned off, for the next start."""
        return RestoredExtraData({ATTR_SWITCHED_ON: self.is_on})

    @property
    @override
    def available(self) -> bool:
        """Whether Eagle Eye reports the camera online; failed stills and stream restarts do not matter."""
        # CameraEntity comes first among the bases, so Camera.available, which depends on the stream, is not used.
        # Without any known status the camera counts as available.
        return super().available and self._camera.status.state in {CameraState.ONLINE, None}

    @property
    @override
    def is_recording(self) -> bool:
        """Whether Eagle Eye is recording this camera."""
        return self._camera.status.is_recording

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return whether it is turned on here, and whether it only repeats an old picture."""
        streams = self._media.get(self._camera.id)
        return {
            ATTR_SWITCHED_ON: self.is_on,
            ATTR_PICTURE_FROZEN: streams is not None and streams.snapshots.frozen,
        }

    @override
    async def stream_source(self) -> str | None:
        """Return the url of our own live view. It holds no session key of Eagle Eye and needs no request."""
        if not self.is_on:
            return None
        if not self._media.async_is_live_possible(self._camera.id):
            raise action_failed("too_many_live_views", name=self._camera.name, most=str(MAX_LIVE_VIEWS))
        streams = self._media.get_or_create(self._camera.building_id, self._camera.id)
        streams.wants_lead_in = self._wants_lead_in
        return live_url(self.hass, self._entry.entry_id, self._camera.id, streams, for_stream=_creating_stream.get())

    @override
    async def async_create_stream(self) -> Stream | None:
        """Return Home Assistant's stream of the live view."""
        is_new = self.stream is None
        token = _creating_stream.set(True)
        try:
            stream = await super().async_create_stream()
        finally:
            _creating_stream.reset(token)
        if is_new and stream is not None:
            # A recording must not begin with the still picture that fills the first segment.
            record = stream.async_record
            stream.async_record = partial(self._async_record, stream, record)  # type: ignore[method-assign]
        return stream

    def _wants_lead_in(self) -> bool:
        """Return whether the stream is watched, not only recorded, and has nothing to show yet."""
        hls = None if self.stream is None else self.stream.outputs().get(HLS_PROVIDER)
        return hls is not None and not hls.sequences

    async def _async_record(
        self,
        stream: Stream,
        record: Callable[..., Awaitable[None]],
        video_path: str,
        duration: int = 30,
        lookback: int = 5,
    ) -> None:
        """Record the stream; look back no further than to its real pictures."""
        streams = self._media.get(self._camera.id)
        begin = None if streams is None else streams.lead_in_ends_at
        hls = stream.outputs().get(HLS_PROVIDER)
        if begin is not None and isinstance(hls, HlsStreamOutput):
            *complete, _ = hls.get_segments() or [None]
            real = sum(segment is not None and segment.start_time >= begin for segment in complete)
            # So many segments are taken, and one more.
            lookback = min(lookback, round((real - 0.5 if real else -1.5) * hls.target_duration))
        await record(video_path, duration=duration, lookback=lookback)

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes:
        """Return the newest still, at most as old as the refresh interval of a card."""
        if not self.is_on:
            raise action_failed("camera_is_off", name=self._camera.name)
        streams = self._media.get_or_create(self._camera.building_id, self._camera.id)
        try:
            with translated_errors(self._camera.name, log_level=logging.DEBUG):
                async with asyncio.timeout(self._media.account.timeouts.stills.response):
                    still = await streams.snapshots.get()
        except TimeoutError as err:
            raise action_failed("still_too_slow", name=self._camera.name) from err
        return still.content

    @override
    async def async_turn_off(self) -> None:
        """End all traffic of this camera until it is turned on again."""
        self._attr_is_on = False
        self.async_write_ha_state()
        await self._async_end_traffic()

    @override
    async def async_turn_on(self) -> None:
        """Allow traffic again."""
        self._attr_is_on = True
        self.async_write_ha_state()
        await self._async_resume_preload()

    async def _async_end_traffic(self) -> None:
        stream, self.stream = self.stream, None
        if stream is not None:
            # Settings of its own: the shared ones may say that the stream is preloaded.
            stream.dynamic_stream_settings = DynamicStreamSettings(preload_stream=False)
            stopping = self.hass.async_create_task(stream.stop(), f"stop stream of {self.entity_id}")
            # If its source ended first, the worker would log an error.
            await asyncio.wait({stopping}, timeout=_STOP_TIMEOUT)
            await self._media.async_remove(self._camera.id)
            await stopping
        await self._media.async_remove(self._camera.id)

    async def _async_resume_preload(self) -> None:
        """Start the stream if the user enabled preloading."""
        if "stream" not in self.hass.config.components or not self.is_on:
            return
        settings = await get_dynamic_camera_stream_settings(self.hass, self.entity_id)
        if settings.preload_stream and (stream := await self.async_create_stream()) is not None:
            stream.add_provider(HLS_PROVIDER)
            await stream.start()
