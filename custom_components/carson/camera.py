"""Cameras: shared stills, and a live view that outlasts Eagle Eye's urls."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import ContextVar
from datetime import datetime, timedelta
from functools import partial
import logging
from typing import Any, override

from homeassistant.components.camera import DEFAULT_CONTENT_TYPE, Camera
from homeassistant.components.camera.const import CameraEntityFeature
from homeassistant.components.camera.prefs import DynamicStreamSettings, get_dynamic_camera_stream_settings
from homeassistant.components.stream import Stream
from homeassistant.components.stream.const import HLS_PROVIDER
from homeassistant.components.stream.hls import HlsStreamOutput
from homeassistant.core import HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import ExtraStoredData, RestoredExtraData, RestoreEntity
from homeassistant.util import dt as dt_util

from .aiocarson import BuildingCamera, CameraState, Still
from .camera_pictures import async_draw_banner, async_draw_reason, is_requested_by_page, local_time
from .const import ATTR_SWITCHED_ON
from .data import CarsonConfigEntry, CarsonData
from .entity import CameraEntity
from .entity_sync import async_add_cameras
from .errors import action_failed, errors_in_own_language, translated_errors
from .media.live_view import live_url
from .media.manager import MAX_LIVE_VIEWS, CameraStreams
from .text import shortened

PARALLEL_UPDATES = 0

ATTR_PICTURE_FROZEN = "picture_frozen"

# More frequent requests would get the same picture from the cache.
_FRAME_INTERVAL = 10
# The stream worker notices that it should stop when it next receives a packet.
_STOP_TIMEOUT = 3
_MAX_TAGS = 20
# Longer than a segment.
_REAL_PICTURES_TIMEOUT = 12

_creating_stream: ContextVar[bool] = ContextVar("carson_creating_stream", default=False)
"""Whether the live view is requested for Home Assistant's own stream."""


# The translation keys of why a camera has no pictures.
_REASONS: dict[CameraState | None, str] = {
    CameraState.OFF: "camera_switched_off",
    CameraState.OFFLINE: "camera_offline",
    CameraState.INTERNET_OFFLINE: "camera_offline",
    CameraState.PASSWORD_NEEDED: "camera_needs_password",
}


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
    _attr_attribution = "Data provided by Carson Living and Eagle Eye Networks"
    _attr_supported_features = CameraEntityFeature.STREAM | CameraEntityFeature.ON_OFF
    # What Eagle Eye says about the camera seldom changes.
    _unrecorded_attributes = frozenset({"account_id", "attribution", "guid", "tags", "timezone", "utc_offset"})

    def __init__(self, data: CarsonData, camera: BuildingCamera) -> None:
        """Initialize the camera."""
        CameraEntity.__init__(self, data, camera)
        Camera.__init__(self)
        self._entry = data.cameras.config_entry
        self._media = data.media
        self._traffic = data.traffic
        self._reason: str | None = None
        self._reason_since: datetime | None = None
        self._is_reason_known = False
        self._was_frozen = False

    @override
    async def async_added_to_hass(self) -> None:
        """Restore whether the camera was turned off."""
        if (stored := await self.async_get_last_extra_data()) is not None:
            self._traffic.async_restore(self._camera.id, stored.as_dict().get(ATTR_SWITCHED_ON) is not False)
        await super().async_added_to_hass()
        self.async_on_remove(self._traffic.async_control(self._camera.id, self._async_apply_traffic))
        self.async_on_remove(self._traffic.async_add_listener(self._camera.id, self._handle_switch))
        self.async_on_remove(self._media.async_add_still_listener(self._camera.id, self._handle_still))
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
        return RestoredExtraData({ATTR_SWITCHED_ON: self._is_switched_on})

    @property
    @override
    def available(self) -> bool:
        """Whether Eagle Eye reports the camera online; failed stills and stream restarts do not matter."""
        # CameraEntity comes first among the bases, so Camera.available, which depends on the stream, is not used.
        # Without any known status the camera counts as available.
        return super().available and self._may_be_online

    @property
    @override
    def is_on(self) -> bool:
        """Whether Home Assistant may request pictures: always, because otherwise its page would stay blank."""
        return True

    @property
    @override
    def supported_features(self) -> CameraEntityFeature:
        """The features; without live view while there is nothing to view."""
        return CameraEntityFeature.ON_OFF if self._reason is not None else self._attr_supported_features

    @property
    @override
    def is_recording(self) -> bool:
        """Whether Eagle Eye is recording this camera, as far as it is of interest here."""
        return self._camera.status.is_recording and self._is_switched_on

    @property
    def _is_switched_on(self) -> bool:
        return self._traffic.is_on(self._camera.id)

    @property
    @override
    def _shown(self) -> object:
        return (super()._shown, self._reason, self._is_frozen)

    @callback
    @override
    def _refresh(self) -> None:
        super()._refresh()
        self._update_reason()

    @callback
    def _handle_switch(self) -> None:
        self._update_reason()
        self.async_write_ha_state()

    @callback
    def _handle_still(self) -> None:
        """Write the state when the camera has stopped sending pictures, or sends them again."""
        if self._is_frozen != self._was_frozen:
            self.async_write_ha_state()

    @property
    def _is_frozen(self) -> bool:
        streams = self._media.get(self._camera.id)
        return streams is not None and streams.snapshots.frozen

    def _update_reason(self) -> None:
        """Update why there are no pictures, and since when."""
        reason = self._find_reason()
        if reason != self._reason:
            # When Home Assistant starts, nobody knows since when.
            self._reason_since = dt_util.utcnow() if self._is_reason_known else None
            self._reason = reason
        self._is_reason_known = True

    def _find_reason(self) -> str | None:
        """Return the translation key of the reason why there are no pictures, None if there should be some."""
        if not self._is_switched_on:
            return "camera_is_off"
        return _REASONS.get(self._camera.status.state)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return whether it is turned on here, whether it only repeats an old picture, and what Eagle Eye says."""
        self._was_frozen = self._is_frozen
        camera = self._camera
        return {
            ATTR_SWITCHED_ON: self._is_switched_on,
            ATTR_PICTURE_FROZEN: self._was_frozen,
            "account_id": shortened(camera.account_id),
            "guid": shortened(camera.guid),
            "tags": [shortened(tag) for tag in camera.tags[:_MAX_TAGS]],
            "utc_offset": camera.utc_offset,
            "timezone": shortened(camera.time_zone),
        }

    @override
    async def stream_source(self) -> str | None:
        """Return the url of our own live view. It holds no session key of Eagle Eye and needs no request."""
        if not self._is_switched_on:
            return None
        if not self._media.async_is_live_possible(self._camera.id):
            async with errors_in_own_language(self.hass):
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
            if not hls.stream_settings.ll_hls:
                # Then a segment that has already begun is recorded as well.
                await _async_wait_for_real_pictures(hls, begin)
            *complete, _ = hls.get_segments() or [None]
            real = sum(segment is not None and segment.start_time >= begin for segment in complete)
            # So many segments are taken, and one more.
            lookback = min(lookback, round((real - 0.5 if real else -1.5) * hls.target_duration))
        await record(video_path, duration=duration, lookback=lookback)

    @override
    async def async_camera_image(self, width: int | None = None, height: int | None = None) -> bytes:
        """Return the newest still, at most as old as the refresh interval of a card.

        Home Assistant's page gets a picture that says why there is none, or from when an old one is. Anything else,
        such as an action that saves it, gets an error.
        """
        is_for_page = is_requested_by_page()
        if self._reason is not None:
            if not is_for_page:
                raise action_failed(self._reason, name=self._camera.name)
            return await self._async_show(
                async_draw_reason(self.hass, self._camera.name, self._reason, self._reason_since)
            )
        streams = self._media.get_or_create(self._camera.building_id, self._camera.id)
        try:
            still = await self._async_still(streams)
        except HomeAssistantError as err:
            if not is_for_page:
                raise
            if (last := streams.snapshots.last) is None:
                key = err.translation_key or "cannot_connect"
                return await self._async_show(async_draw_reason(self.hass, self._camera.name, key))
            return await self._async_show(async_draw_banner(self.hass, last))
        if not streams.snapshots.is_outdated:
            self.content_type = still.content_type
            return still.content
        if is_for_page:
            return await self._async_show(async_draw_banner(self.hass, still))
        raise action_failed("picture_outdated", name=self._camera.name, when=local_time(still.taken_at))

    async def _async_show(self, drawing: Awaitable[bytes]) -> bytes:
        """Return a drawn picture."""
        self.content_type = DEFAULT_CONTENT_TYPE
        return await drawing

    async def _async_still(self, streams: CameraStreams) -> Still:
        """Return the newest still.

        Raises:
            HomeAssistantError: There is none, or not in time.
        """
        try:
            with translated_errors(self._camera.name, log_level=logging.DEBUG):
                async with asyncio.timeout(self._media.account.timeouts.stills.response):
                    return await streams.snapshots.get()
        except TimeoutError as err:
            raise action_failed("still_too_slow", name=self._camera.name) from err

    @override
    async def async_turn_off(self) -> None:
        """End all traffic of this camera until it is turned on again."""
        await self._traffic.async_switch(self._camera.id, is_on=False)

    @override
    async def async_turn_on(self) -> None:
        """Allow traffic again."""
        await self._traffic.async_switch(self._camera.id, is_on=True)

    async def _async_apply_traffic(self, is_on: bool) -> None:
        await (self._async_resume_preload() if is_on else self._async_end_traffic())

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
        if "stream" not in self.hass.config.components or not self._is_switched_on:
            return
        settings = await get_dynamic_camera_stream_settings(self.hass, self.entity_id)
        if settings.preload_stream and (stream := await self.async_create_stream()) is not None:
            stream.add_provider(HLS_PROVIDER)
            await stream.start()


async def _async_wait_for_real_pictures(hls: HlsStreamOutput, begin: datetime) -> None:
    """Wait until the segment with the last still picture is complete, at most for some seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_REAL_PICTURES_TIMEOUT):
            while (last := hls.last_segment) is None or last.start_time + timedelta(seconds=last.duration) < begin:
                await hls.recv()
